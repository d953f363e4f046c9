"""Training sets of every form are read alike: ours, the released data set's, saved ones, tars, from disk and afar."""

from __future__ import annotations

import io
import pickle
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import fsspec
import fsspec.config
import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from omniedit.data.export import export
from omniedit.data.pairs import RELEASED_COLUMNS, read_rows, write_pairs
from omniedit.errors import DataError, ImageError
from omniedit.images import RATIOS
from omniedit.testing.dataset_hub import DatasetHub
from omniedit.train.buckets import bucket_counts, bucket_sizes, fit, nearest_bucket
from omniedit.train.items import Items
from omniedit.train.sources import ParquetItems, SavedItems, TarItems, open_items
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

TASKS = tuple(Task)
COUNT = 21


def picture(number: int, after: bool) -> np.ndarray:
    """A picture in one of the seven ratios, red to the right and green to the bottom; blue says which it is."""
    ratio = list(RATIOS.values())[number % 7]
    height = 24
    width = round(height * ratio)
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    blue = np.full_like(across, number * 8 + 4 * after)
    return np.rint(np.stack([across, down, blue], axis=2)).astype(np.uint8)


def pair(number: int) -> Pair:
    task = TASKS[number // 3 % 7]
    proposal = Proposal(f"p{number}", task, f"do {number}", phrasings=(f"please do {number}",), object="car")
    mask = np.ones((24, picture(number, False).shape[1]), np.float32) if number % 2 else None
    candidate = Candidate(f"f{number}", proposal, picture(number, False), picture(number, True), "m", mask=mask)
    verdict = Verdict() if number == 5 else Verdict((9.0, 10.0), (9.0,), "judge", "1", "r")
    return Pair(f"pair/{number}", candidate, verdict, 0.5 if number == 4 else 1.0)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    (folder / "kept").mkdir()
    for shard in range(3):
        write_pairs(folder / f"kept/{shard:05}.parquet", map(pair, range(7 * shard, 7 * shard + 7)))
    return folder


def released(shards: Path) -> list[dict[str, Any]]:
    """The rows as the released data set has them: its columns alone, pictures as JPEG."""

    def jpeg(stored: dict[str, Any]) -> dict[str, Any]:
        out = io.BytesIO()
        PIL.Image.open(io.BytesIO(stored["bytes"])).save(out, "JPEG", quality=100, subsampling=0)
        return {"bytes": out.getvalue(), "path": None}

    rows = [{name: row[name] for name in RELEASED_COLUMNS} for row in read_rows(shards)]
    return [{**row, "src_img": jpeg(row["src_img"]), "edited_img": jpeg(row["edited_img"])} for row in rows]


def as_dataset(rows: list[dict[str, Any]]) -> datasets.Dataset:
    whole, text, image = datasets.Value("int64"), datasets.Value("string"), datasets.Image()
    kinds = {"edited_prompt_list": [text], "o_score": datasets.Value("float64"), "src_img": image, "edited_img": image}
    kinds |= dict.fromkeys(("width", "height", "sc_score_1", "sc_score_2", "pq_score"), whole)
    features = datasets.Features({name: kinds.get(name, text) for name in RELEASED_COLUMNS})
    return datasets.Dataset.from_list(rows, features=features)


def write_released(shards: Path, folder: Path) -> Path:
    """As the Hub has it: ``data/train-00000-of-00003.parquet`` and on, written by ``datasets``, and a dev split."""
    (folder / "data").mkdir(parents=True)
    rows = as_dataset(released(shards))
    for shard in range(3):
        file = folder / f"data/train-{shard:05}-of-00003.parquet"
        rows.shard(3, shard).to_parquet(file, batch_size=3)
    rows.select(range(2)).to_parquet(folder / "data/dev-00000-of-00001.parquet")
    return folder


def write_remote(shards: Path, folder: Path) -> str:
    """The same in a file system of fsspec that is no disk."""
    write_released(shards, folder)
    memory = fsspec.filesystem("memory")
    for file in (folder / "data").iterdir():
        memory.pipe(f"/{folder.name}/data/{file.name}", file.read_bytes())
    return f"memory://{folder.name}"


def write_saved(shards: Path, folder: Path) -> Path:
    as_dataset(released(shards)).save_to_disk(folder, num_shards=2)
    return folder


def write_splits(shards: Path, folder: Path) -> Path:
    rows = as_dataset(released(shards))
    datasets.DatasetDict({"train": rows, "dev": rows.select(range(2))}).save_to_disk(folder)
    return folder


def write_tars(shards: Path, folder: Path) -> Path:
    export(shards, "webdataset", folder)
    return folder


FORMS: dict[str, Callable[[Path, Path], Path | str]] = {
    "ours": lambda shards, folder: shards,
    "released": write_released,
    "remote": write_remote,
    "saved": write_saved,
    "splits": write_splits,
    "tars": write_tars,
}
EXACT = ("ours", "tars")
"""Forms that keep our own columns."""


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def items(form: str, shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Items:
    return open_items(str(FORMS[form](shards, tmp_path_factory.mktemp("form") / form)))


def test_the_index_says_what_the_pairs_are(items: Items, form: str) -> None:
    assert len(items) == COUNT
    for number in range(COUNT):
        wanted, item = pair(number), items[number]
        height, width = wanted.candidate.source.shape[:2]
        task = wanted.candidate.proposal.task
        released_task = Task.SWAP if task is Task.BACKGROUND else task
        assert item.id == wanted.id
        assert item.task is (task if form in EXACT else released_task)
        assert (item.width, item.height) == (width, height)
        assert item.score == wanted.verdict.overall
        assert item.weight == (wanted.weight if form in EXACT else 1)
    assert set(items.index.wordings.tolist()) == {2}


def test_pairs_come_as_they_were(items: Items, form: str) -> None:
    for number in (0, 1, 8, 20, 2):
        wanted, found = pair(number).candidate, items.read(number).candidate
        assert found.proposal.instructions == wanted.proposal.instructions
        assert found.source.shape == wanted.source.shape
        tolerance = 0 if form in EXACT else 8
        assert np.abs(found.source.astype(int) - wanted.source).max() <= tolerance
        assert np.abs(found.result.astype(int) - wanted.result).max() <= tolerance
        if form in EXACT:
            assert found.proposal == wanted.proposal
            assert (found.mask is None) == (wanted.mask is None)


def test_a_worker_gets_columns_and_no_open_file(items: Items) -> None:
    before = items.read(3)
    copy = pickle.loads(pickle.dumps(items))  # noqa: S301 (as a worker process gets it)
    assert len(pickle.dumps(items)) < 20_000
    assert np.array_equal(copy.read(3).candidate.source, before.candidate.source)


def test_seven_ratios_find_seven_buckets_upright(items: Items) -> None:
    sizes = bucket_sizes(512 * 512)
    counts = bucket_counts(items.index.width, items.index.height, sizes)
    assert {count.pictures for count in counts} == {3}
    assert max(count.most_cropped for count in counts) < 0.12
    for number in range(7):
        item, read = items[number], items.read(number).candidate
        size = nearest_bucket(item.width, item.height, sizes.values())
        for image in (read.source, read.result):
            fitted = fit(image, size).astype(int)
            assert fitted.shape[:2] == size[::-1]
            assert fitted[:, -1, 0].mean() - fitted[:, 0, 0].mean() > 150, "red is to the right"
            assert fitted[-1, :, 1].mean() - fitted[0, :, 1].mean() > 150, "green is at the bottom"


def test_another_split_is_asked_for_by_name(shards: Path, tmp_path: Path) -> None:
    assert len(open_items(str(write_released(shards, tmp_path / "a")), split="dev")) == 2
    assert len(open_items(str(write_splits(shards, tmp_path / "b")), split="dev")) == 2
    for folder in "ab":
        with pytest.raises(DataError, match=r"no split 'test'; it has .*dev"):
            open_items(str(tmp_path / folder), split="test")


def test_a_file_a_folder_and_a_pattern_are_addresses(shards: Path) -> None:
    assert len(open_items(str(shards / "kept/00001.parquet"))) == 7
    assert len(open_items(str(shards / "kept"))) == COUNT
    assert len(open_items(f"{shards}/kept/*[02].parquet")) == 14
    assert len(open_items(f"file://{shards}")) == COUNT


def test_links_and_hidden_folders_above_do_no_harm(shards: Path, tmp_path: Path) -> None:
    """The Hub's own cache: a hidden folder, with links for files."""
    folder = tmp_path / ".cache/snapshot"
    folder.mkdir(parents=True)
    (folder / "train-00000-of-00001.parquet").symlink_to(shards / "kept/00000.parquet")
    (folder / ".omniedit-half.tmp.parquet").write_bytes(b"half")
    (folder / "gpt.scores.parquet").write_bytes(b"scores")
    assert len(open_items(str(folder))) == len(open_items(f"{folder}/*.parquet")) == 7


def test_what_is_no_set_is_refused(shards: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist; for a data set of the Hub write hf://datasets/a/b"):
        open_items("a/b")
    with pytest.raises(DataError, match="neither a parquet file or tar"):
        open_items(str(tmp_path))
    with pytest.raises(DataError, match="memory://nowhere"):
        open_items("memory://nowhere")
    write_tars(shards, tmp_path / "both")
    (tmp_path / "both/a.parquet").write_bytes((shards / "kept/00000.parquet").read_bytes())
    with pytest.raises(DataError, match="both parquet files and tars"):
        open_items(str(tmp_path / "both"))


def change(shards: Path, out: Path, **columns: list[Any] | None) -> str:
    """A shard of seven rows with other columns, or without them."""
    table = pq.read_table(shards / "kept/00000.parquet")
    for name, values in columns.items():
        place, field = table.schema.get_field_index(name), table.schema.field(name)
        table = table.remove_column(place)
        if values is not None:
            table = table.add_column(place, field, pa.array(values, field.type))
    pq.write_table(table, out, row_group_size=2)
    return str(out)


def test_exchanged_and_wrong_columns_are_caught_when_read(shards: Path, tmp_path: Path) -> None:
    width = [item.shape[1] for item in (picture(number, False) for number in range(7))]
    swapped = open_items(change(shards, tmp_path / "a.parquet", width=[24] * 7, height=width))
    assert swapped.read(0).id == "pair/0"  # a square
    with pytest.raises(DataError, match=r"a\.parquet, row 3 .*width and height are exchanged; see omniedit lint"):
        swapped.read(3)
    wrong = open_items(change(shards, tmp_path / "b.parquet", height=[25] * 7))
    with pytest.raises(DataError, match=r"b\.parquet, row 5 .*columns say .* × 25, its pictures are .* × 24; see"):
        wrong.read(5)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"width": None}, "lacks the column width"),
        ({"width": [24, 24, 24, 0, 24, 24, 24]}, "row 3 has no width; see omniedit lint"),
        ({"height": [24, None, 24, 24, 24, 24, 24]}, "row 1 has no height"),
        ({"x_task": ["swap"] * 6 + ["shrink"]}, "row 6 names no task; there are swap, removal"),
        ({"x_task": None, "task": ["swap"] * 2 + [None] + ["env"] * 4}, "row 2 names no task"),
        ({"omni_edit_id": ["a", "b", None, "d", "e", "f", "g"]}, "row 2 has no id"),
    ],
)
def test_rows_that_cannot_be_ordered_are_refused(
    shards: Path, tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        open_items(change(shards, tmp_path / "a.parquet", **columns))


def test_a_set_without_scores_reads(shards: Path, tmp_path: Path) -> None:
    items = open_items(change(shards, tmp_path / "a.parquet", o_score=None, x_sc=None, x_pq=None, x_weight=None))
    assert {(items[number].score, items[number].weight) for number in range(7)} == {(None, 1.0)}
    assert items.read(6).id == "pair/6"


def test_broken_files_are_named(shards: Path, tmp_path: Path) -> None:
    for name, source in {
        "a.parquet": shards / "kept/00000.parquet",
        "b.tar": write_tars(shards, tmp_path / "t"),
    }.items():
        file = source if source.is_file() else next(source.glob("*.tar"))
        (tmp_path / name).write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        with pytest.raises(DataError, match=rf"{name}.*(cut off|broken)"):
            open_items(str(tmp_path / name))


def test_a_file_that_changes_under_the_reader_is_noticed(shards: Path, tmp_path: Path) -> None:
    path = change(shards, tmp_path / "a.parquet")
    items = open_items(path)
    change(shards, tmp_path / "a.parquet", omni_edit_id=[f"other-{number}" for number in range(7)])
    with pytest.raises(DataError, match="has changed; start again"):
        items.read(0)
    Path(path).unlink()
    with pytest.raises(DataError, match=r"a\.parquet does not exist"):
        items.read(6)


def test_a_broken_picture_is_named(shards: Path, tmp_path: Path) -> None:
    broken = [{"bytes": b"nothing", "path": None}] * 7
    items = open_items(change(shards, tmp_path / "a.parquet", edited_img=broken))
    with pytest.raises(ImageError, match=r"a\.parquet, row 2, edited_img"):
        items.read(2)


def test_rows_of_a_group_are_read_once_while_it_is_held(shards: Path, tmp_path: Path) -> None:
    items = open_items(change(shards, tmp_path / "a.parquet"), held=2)
    assert isinstance(items, ParquetItems)
    for number in (0, 1, 2, 0, 3, 1):
        items.read(number)
    assert items._group.cache_info().misses == 2
    assert items.index.group.tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_forms_are_told_apart(shards: Path, tmp_path: Path) -> None:
    assert isinstance(open_items(str(shards)), ParquetItems)
    assert isinstance(open_items(str(write_saved(shards, tmp_path / "saved"))), SavedItems)
    assert isinstance(open_items(str(write_tars(shards, tmp_path / "tars"))), TarItems)


# The Hub --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub(shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatasetHub]:
    """The Hub with the released form of the set."""
    with DatasetHub("someone/pairs", write_released(shards, tmp_path / "hub")) as server:
        monkeypatch.setitem(fsspec.config.conf, "hf", {"endpoint": server.url})
        yield server


def test_a_set_streams_from_the_hub(hub: DatasetHub) -> None:
    items = open_items("hf://datasets/someone/pairs")
    assert len(items) == COUNT
    found = [items.read(number) for number in (3, 20, 8)]
    assert [pair.id for pair in found] == ["pair/3", "pair/20", "pair/8"]
    assert found[0].candidate.source.shape == picture(3, False).shape


def test_opening_fetches_no_picture_and_reading_one_group(hub: DatasetHub) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (12, 200, 300, 3), np.uint8)
    file = hub.folder / "data/train-00000-of-00001.parquet"
    for old in hub.folder.glob("data/*"):
        old.unlink()
    proposal = Proposal("p", Task.SWAP, "do it")
    write_pairs(file, [Pair(f"n{n}", Candidate("", proposal, noise[n], noise[n], ""), Verdict()) for n in range(12)])
    pq.write_table(pq.read_table(file), file, row_group_size=3)
    items = open_items("hf://datasets/someone/pairs")
    assert sum(size for _, size in hub.ranges) < 0.05 * file.stat().st_size + 2**17
    hub.ranges.clear()
    assert [items.read(number).id for number in (7, 6, 8)] == ["n7", "n6", "n8"]
    assert sum(size for _, size in hub.ranges) < 0.26 * file.stat().st_size + 2**17


def test_what_the_hub_has_not_is_said(hub: DatasetHub) -> None:
    with pytest.raises(DataError, match="hf://datasets/someone/other does not exist"):
        open_items("hf://datasets/someone/other")
    with pytest.raises(DataError, match="neither a parquet file or tar"):
        open_items("hf://datasets/someone/pairs/nothing")
    items = open_items("hf://datasets/someone/pairs")
    for file in hub.folder.glob("data/*"):
        file.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"hf://.*train-00000-of-00003\.parquet .*check the address and the network"):
        items.read(0)


# Size -----------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_rows_open_small(tmp_path: Path) -> None:
    count = 100_000
    empty = pa.array([{"bytes": b"", "path": None}] * count, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    table = pa.table(
        {
            "omni_edit_id": [f"task_obj_swap_{number:010}x" for number in range(count)],
            "task": (["swap", "env", "style", "removal"] * count)[:count],
            "src_img": empty,
            "edited_img": empty,
            "edited_prompt_list": [["change the thing", "put another there"]] * count,
            "width": pa.array(np.full(count, 1024)),
            "height": pa.array(np.full(count, 1360)),
            "o_score": pa.array(np.full(count, 9.0)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=100)
    del table, empty
    tracemalloc.start()
    items = open_items(str(tmp_path / "a.parquet"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert items.index.nbytes <= count * (35 + 4 + 25) + 64
    assert peak < 3 * items.index.nbytes  # numpy alone: what Arrow holds for a moment is not traced
    assert Counter(items.index.task.tolist()).total() == count
    assert items[count - 1].id.endswith("99999x")
