"""Repairs: into a new set, only what is safe, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from faulty_sets import FAULTS, REMOVAL, SWAP, change, cut_picture, list_wordings, make_clean, put
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.lint import CHECKS, fix, lint
from omniedit.data.lint.rows import Row
from omniedit.data.lint.words import repair_wordings, spoken, tidy
from omniedit.data.pairs import read_pairs, write_pairs
from omniedit.errors import OutputError


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A set with a fault of each kind that can be repaired, and one of a kind that cannot."""
    folder = make_clean(tmp_path / "faulty")
    FAULTS["duplicate-pair"](folder)
    list_wordings(0, "  remove\tit ", "Remove it.", "")(folder)
    put(1, width=512)(folder)
    change(folder, lambda rows: rows[2]["src_img"].update(path="a.jpg"))
    put(SWAP, x_judge="")(folder)
    write_pairs(folder / "kept/00001.parquet", [])
    (folder / "kept/00002.parquet").write_bytes(b"no parquet")
    return folder


def test_what_is_safe_is_repaired_and_the_rest_is_told(faulty: Path, tmp_path: Path) -> None:
    repaired = fix(faulty, lint(faulty), tmp_path / "new")
    assert {finding.check for finding in lint(tmp_path / "new")} == {"no-stamp"}
    assert repaired.rows == 5
    assert [finding.check for finding in repaired.dropped] == ["empty-shard", "not-parquet", "duplicate-pair"]
    assert set(repaired.done) >= {"untidy-instruction", "blank-wording", "repeated-wording", "wrong-columns"}
    first = next(read_pairs(tmp_path / "new/kept"))
    assert first.candidate.proposal.instructions == ("remove it",)


def test_the_set_itself_is_not_touched(faulty: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in faulty.rglob("*.parquet")}
    fix(faulty, lint(faulty), tmp_path / "new")
    assert {path: path.read_bytes() for path in faulty.rglob("*.parquet")} == before


def test_pictures_and_sound_shards_go_over_byte_for_byte(faulty: Path, tmp_path: Path) -> None:
    fix(faulty, lint(faulty), tmp_path / "new")
    untouched = "rejected/00000.parquet"
    assert (tmp_path / "new" / untouched).read_bytes() == (faulty / untouched).read_bytes()
    old, new = (pq.read_table(folder / "kept/00000.parquet") for folder in (faulty, tmp_path / "new"))
    assert new.schema.equals(old.schema, check_metadata=True)
    assert new["edited_img"].to_pylist() == old["edited_img"].to_pylist()[: SWAP + 1]


def test_an_unreadable_picture_goes_and_an_unreadable_mask_is_emptied(tmp_path: Path) -> None:
    folder = make_clean(tmp_path / "set")
    cut_picture(folder)
    put(REMOVAL, x_mask={"bytes": b"no picture", "path": None})(folder)
    repaired = fix(folder, lint(folder), tmp_path / "new")
    assert [finding.id for finding in repaired.dropped] == [f"pair-{SWAP}"]
    pairs = list(read_pairs(tmp_path / "new/kept"))
    assert [pair.id for pair in pairs] == ["pair-0", "pair-1", "pair-2"]
    assert pairs[REMOVAL].candidate.mask is None
    assert list(lint(tmp_path / "new")) == []


def test_errors_that_cannot_be_repaired_are_counted(tmp_path: Path) -> None:
    folder = make_clean(tmp_path / "set")
    put(SWAP, o_score=1.0)(folder)
    assert fix(folder, lint(folder), tmp_path / "new").left == 1


def test_a_set_is_never_repaired_in_place_or_over_another(faulty: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="already exists"):
        fix(faulty, [], faulty)
    with pytest.raises(OutputError, match="lies in the set itself"):
        fix(faulty, [], faulty / "new")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        fix(faulty, [], tmp_path / "file" / "new")


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None)
@given(st.lists(words, max_size=5))
def test_repaired_wordings_are_sound_and_lose_no_words(wordings: list[str]) -> None:
    before = Row(Path("a"), 0, {"edited_prompt_list": wordings, "x_proposal": None})
    after = Row(Path("a"), 0, {**before.values, **repair_wordings(before)})
    for name in ("blank-wording", "untidy-instruction", "repeated-wording"):
        assert CHECKS[name].find(after) == ""  # type: ignore[attr-defined]
    assert {spoken(wording) for wording in wordings if tidy(wording)} == set(map(spoken, after.wordings))
