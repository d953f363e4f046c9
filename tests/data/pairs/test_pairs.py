"""Shards: the released columns, a round trip without loss, whole or not at all, and clear words for what is broken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.pairs import EXTRA_COLUMNS, RELEASED_COLUMNS, PairTable, read_pairs, schema, write_pairs
from omniedit.data.pairs.schema import pair_of, row_of
from omniedit.errors import DataError, ImageError, OutputError
from omniedit.types import Candidate, Image, Pair, Proposal, Task, Verdict

RELEASED = {
    "omni_edit_id": pa.string(),
    "task": pa.string(),
    "src_img": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "edited_img": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "edited_prompt_list": pa.list_(pa.string()),
    "width": pa.int64(),
    "height": pa.int64(),
    "sc_score_1": pa.int64(),
    "sc_score_2": pa.int64(),
    "sc_reasoning": pa.string(),
    "pq_score": pa.int64(),
    "pq_reasoning": pa.string(),
    "o_score": pa.float64(),
}
"""As the card of TIGER-Lab/OmniEdit-Filtered-1.2M lists them."""


def image(seed: int, width: int = 20, height: int = 12) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def pair(number: int = 0, task: Task = Task.BACKGROUND, verdict: Verdict | None = None) -> Pair:
    proposal = Proposal(
        f"photo-{number}", task, "Put it in the woods.", "car", target="forest", phrasings=("Into the woods!", "Wald ☘")
    )
    mask = (np.arange(240).reshape(12, 20) / np.float32(255)).astype(np.float32)
    candidate = Candidate(
        "photo", proposal, image(number), image(number + 1), "maker", 2**63 + number, mask, {"grounding": "", "s": 0.5}
    )
    verdict = verdict or Verdict((9.4, 8.55), (7.49,), "oracle", "1", "abc", "car gone 94 %", "blur 9 %")
    return Pair(f"pair-{number}", candidate, verdict, weight=0.0, reason="artefacts 7.4, overall 7.9 < 9")


def same(a: Pair, b: Pair) -> bool:
    arrays = ("source", "result", "mask")
    plain = dict.fromkeys(arrays)
    equal = all(
        (x is None) == (y is None) and (x is None or np.array_equal(x, y))
        for x, y in ((getattr(a.candidate, name), getattr(b.candidate, name)) for name in arrays)
    )
    rest = [
        (p.id, p.verdict, p.weight, p.reason, vars(p.candidate) | plain | {"details": dict(p.candidate.details)})
        for p in (a, b)
    ]
    return equal and rest[0] == rest[1]


# Columns --------------------------------------------------------------------------------------------------------------


def test_the_released_columns_come_first_in_their_order_and_types() -> None:
    fields = list(schema())[: len(RELEASED)]
    assert [(field.name, field.type) for field in fields] == list(RELEASED.items())
    assert schema().names == [*RELEASED_COLUMNS, *EXTRA_COLUMNS]
    assert all(name.startswith("x_") for name in EXTRA_COLUMNS)


def test_a_row_speaks_the_released_language(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "a.parquet", [pair()]).path
    row = pq.read_table(path).to_pylist()[0]
    assert row["task"] == "swap"
    assert row["x_task"] == "background"
    assert (row["width"], row["height"]) == (20, 12)
    assert (row["sc_score_1"], row["sc_score_2"], row["pq_score"]) == (9, 9, 7)
    assert row["o_score"] == pair().verdict.overall
    assert row["edited_prompt_list"] == ["Put it in the woods.", "Into the woods!", "Wald ☘"]
    assert row["src_img"]["bytes"].startswith(b"\x89PNG")


def test_datasets_opens_it_with_working_pictures(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.parquet", [pair(0), replace(pair(1), candidate=replace(pair(1).candidate, mask=None))])
    files = str(tmp_path / "*.parquet")
    data = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert isinstance(data.features["src_img"], datasets.Image)
    assert data.features["o_score"].dtype == "float64"
    assert np.array_equal(np.asarray(data[0]["edited_img"]), pair(0).candidate.result)
    assert data[1]["x_mask"] is None
    assert data["omni_edit_id"][:] == ["pair-0", "pair-1"]


# Round trip -----------------------------------------------------------------------------------------------------------


def test_pairs_come_back_as_they_were(tmp_path: Path) -> None:
    unscored = Verdict(judge="vlm", unscored="no numbers", transcript="Sorry, I can't.")
    pairs = [pair(0), pair(1, Task.ATTRIBUTE), pair(2, Task.STYLE, unscored)]
    pairs.append(replace(pair(3), candidate=replace(pair(3).candidate, mask=None), weight=1.0, reason=""))
    write_pairs(tmp_path / "a.parquet", pairs)
    back = list(read_pairs(tmp_path / "a.parquet"))
    assert len(back) == len(pairs)
    assert all(same(a, b) for a, b in zip(pairs, back, strict=True))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scores = st.floats(0, 10)


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Proposal, texts, st.sampled_from(Task), texts, texts, texts, target=texts, phrasings=st.tuples(texts, texts)
    ),
    st.builds(
        Verdict, st.tuples(scores, scores), st.tuples(scores), texts, texts, texts, texts, texts, transcript=texts
    ),
    st.integers(0, 2**64 - 1),
)
def test_any_words_and_scores_come_back(proposal: Proposal, verdict: Verdict, seed: int) -> None:
    it = replace(pair(), candidate=replace(pair().candidate, proposal=proposal, seed=seed), verdict=verdict)
    table = pa.Table.from_pylist([row_of(it)], schema())
    assert same(it, pair_of(table.to_pylist()[0]))


def test_the_released_datasets_own_shards_read_too(tmp_path: Path) -> None:
    write_pairs(tmp_path / "ours.parquet", [pair(0, Task.ENVIRONMENT)])
    theirs = pq.read_table(tmp_path / "ours.parquet").select(list(RELEASED_COLUMNS))
    pq.write_table(theirs.replace_schema_metadata(None), tmp_path / "theirs.parquet")
    back = next(read_pairs(tmp_path / "theirs.parquet"))
    assert back.candidate.proposal.task is Task.ENVIRONMENT
    assert back.candidate.proposal.instructions == pair().candidate.proposal.instructions
    assert back.verdict.sc == (9.0, 9.0)
    assert back.weight == 1.0
    assert np.array_equal(back.candidate.result, pair().candidate.result)


def test_a_folder_reads_in_the_order_of_names_and_without_unfinished_files(tmp_path: Path) -> None:
    for number in (2, 0, 1):
        write_pairs(tmp_path / f"{number}.parquet", [pair(number)])
    (tmp_path / ".3.parquet-00.tmp").write_bytes(b"half")
    assert [it.id for it in read_pairs(tmp_path)] == ["pair-0", "pair-1", "pair-2"]


def test_a_table_is_a_sequence_over_all_shards(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.parquet", [pair(number) for number in range(70)])
    write_pairs(tmp_path / "b.parquet", [pair(70)])
    write_pairs(tmp_path / "c.parquet", [])
    table = PairTable([tmp_path / "a.parquet", tmp_path / "b.parquet", tmp_path / "c.parquet"])
    assert len(table) == 71
    assert [table[index].id for index in (0, 63, 64, 69, 70, -1)] == [
        f"pair-{number}" for number in (0, 63, 64, 69, 70, 70)
    ]
    assert [it.id for it in table[68:]] == ["pair-68", "pair-69", "pair-70"]
    assert table.column("omni_edit_id") == [f"pair-{number}" for number in range(71)]
    for index in (71, -72):
        with pytest.raises(IndexError):
            table[index]


# Files ----------------------------------------------------------------------------------------------------------------


def test_the_same_pairs_give_the_same_bytes_and_their_digest(tmp_path: Path) -> None:
    shards = [write_pairs(tmp_path / f"{name}.parquet", [pair(0), pair(1)]) for name in "ab"]
    contents = [shard.path.read_bytes() for shard in shards]
    assert contents[0] == contents[1]
    assert {shard.sha256 for shard in shards} == {hashlib.sha256(contents[0]).hexdigest()}
    assert [shard.rows for shard in shards] == [2, 2]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_pairs(path, [pair(0)])
    with pytest.raises(OutputError, match="already exists"):
        write_pairs(path, [pair(1)])
    assert next(read_pairs(path)).id == "pair-0"
    write_pairs(path, [pair(1)], overwrite=True)
    assert next(read_pairs(path)).id == "pair-1"


def test_a_writer_that_fails_leaves_no_file_and_the_old_one_whole(tmp_path: Path) -> None:
    def breaks() -> Iterator[Pair]:
        yield pair(1)
        raise RuntimeError("no more")

    path = write_pairs(tmp_path / "a.parquet", [pair(0)]).path
    for name in ("a.parquet", "b.parquet"):
        with pytest.raises(RuntimeError):
            write_pairs(tmp_path / name, breaks(), overwrite=True)
    assert list(tmp_path.iterdir()) == [path]
    assert next(read_pairs(path)).id == "pair-0"


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_pairs(tmp_path / "nowhere" / "a.parquet", [pair()])


# What is broken -------------------------------------------------------------------------------------------------------


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_pairs(tmp_path / "a.parquet", [pair()])
    pq.write_table(pq.read_table(tmp_path / "a.parquet").drop_columns(["src_img", "o_score"]), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"b\.parquet lacks the column src_img, o_score"):
        next(read_pairs(tmp_path / "b.parquet"))
    with pytest.raises(DataError, match="no column 'colour'"):
        PairTable([tmp_path / "a.parquet"]).column("colour")


def test_a_broken_or_missing_shard_is_a_data_error(tmp_path: Path) -> None:
    whole = write_pairs(tmp_path / "a.parquet", [pair()]).path.read_bytes()
    for name, content in (("cut", whole[: len(whole) // 2]), ("text", b"no parquet"), ("empty", b"")):
        (tmp_path / f"{name}.parquet").write_bytes(content)
        with pytest.raises(DataError, match=rf"{name}\.parquet is no parquet file, or is broken"):
            next(read_pairs(tmp_path / f"{name}.parquet"))
    with pytest.raises(DataError, match="does not exist"):
        len(PairTable([tmp_path / "nowhere.parquet"]))
    (tmp_path / "folder").mkdir()
    for nothing in ("nowhere", "folder"):
        with pytest.raises(DataError, match="neither a shard nor a folder with shards"):
            next(read_pairs(tmp_path / nothing))


def test_a_broken_picture_or_row_names_its_place(tmp_path: Path) -> None:
    rows = [row_of(pair(0)), row_of(pair(1))]
    rows[1]["edited_img"] = {"bytes": rows[1]["edited_img"]["bytes"][:100], "path": None}
    pq.write_table(pa.Table.from_pylist(rows, schema()), tmp_path / "a.parquet")
    with pytest.raises(ImageError, match=r"a\.parquet, row 1 of group 0, edited_img"):
        list(read_pairs(tmp_path / "a.parquet"))
    rows = [{**row_of(pair(0)), "x_proposal": "", "task": "dream"}]
    pq.write_table(pa.Table.from_pylist(rows, schema()), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"row 0 of group 0 makes no sense .*'dream' is no task"):
        list(read_pairs(tmp_path / "b.parquet"))
