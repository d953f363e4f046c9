from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piles import KINDS, blotches, caption, img2dataset, pictures, samples, write_table, write_tar

from omniedit.data.sources import Item, Source, items, open_source, photos
from omniedit.data.sources.kinds import spec_of
from omniedit.errors import DataError, ImageError, RecipeError
from omniedit.testing import hostile_files
from omniedit.types import Photo

COUNT = 13
PICTURES = pictures(COUNT)


@pytest.fixture(scope="session")
def piles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    return {name: make(tmp_path_factory.mktemp(name), PICTURES) for name, make in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_every_picture_with_its_caption(piles: dict[str, Source], kind: str) -> None:
    found = {photo.caption: photo for photo in photos(piles[kind])}
    assert set(found) == set(map(caption, PICTURES))
    assert len({photo.id for photo in found.values()}) == COUNT
    for index, key in enumerate(PICTURES):
        np.testing.assert_array_equal(found[caption(key)].image, blotches(index))


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_item_refers_to_can_be_fetched(piles: dict[str, Source], kind: str) -> None:
    source = pickle.loads(pickle.dumps(open_source(spec_of(piles[kind]))))  # noqa: S301 (our own)
    for item in items(piles[kind]):
        if getattr(source, "streaming", False):
            with pytest.raises(DataError, match="in order only"):
                source.fetch(item.ref)
        else:
            assert source.fetch(item.ref) == item.content


@settings(deadline=None, max_examples=40)
@given(kind=st.sampled_from(sorted(KINDS)), count=st.integers(1, 2 * COUNT))
def test_shards_are_the_source_once(piles: dict[str, Source], kind: str, count: int) -> None:
    source = piles[kind]
    shards = [item.id for index in range(count) for item in items(source, (index, count))]
    assert sorted(shards) == sorted(item.id for item in items(source))


@pytest.mark.parametrize("kind", KINDS)
def test_memory_holds_one_picture_at_a_time(piles: dict[str, Source], alive: Callable[..., int], kind: str) -> None:
    for _ in photos(piles[kind]):
        assert max(alive(Photo), alive(Item)) <= 2  # the last one, and this


def test_there_is_no_shard_beyond_the_last(piles: dict[str, Source]) -> None:
    with pytest.raises(DataError, match="from 0 to 1"):
        next(items(piles["folder"], (2, 2)))


# Telling kinds --------------------------------------------------------------------------------------------------------


def test_an_option_that_a_kind_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="unknown setting 'colour'"):
        open_source({"kind": "folder", "path": str(tmp_path), "colour": "red"})
    with pytest.raises(DataError, match="no source of kind 'zip'; there are folder, parquet"):
        open_source({"kind": "zip", "path": str(tmp_path)})


def test_what_cannot_be_told_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is nothing at"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(DataError, match="has no pictures"):
        open_source(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"")
    write_tar(tmp_path / "b.tar", {})
    with pytest.raises(DataError, match=r"several kinds \(1 for folder, 1 for webdataset\)"):
        open_source(tmp_path)
    with pytest.raises(DataError, match="give the folder"):
        open_source(tmp_path / "a.jpg")
    (tmp_path / "c.doc").write_bytes(b"")
    with pytest.raises(DataError, match="neither a parquet file"):
        open_source(tmp_path / "c.doc")


# Broken piles ---------------------------------------------------------------------------------------------------------


def test_hostile_files_are_dropped_with_the_reason_of_the_reader(tmp_path: Path) -> None:
    made = [hostile for hostile in hostile_files(tmp_path) if hostile.path.exists() and not hostile.path.is_dir()]
    dropped: dict[str, str] = {}
    assert list(photos(open_source(tmp_path), dropped=lambda item, why: dropped.update({item.id: why}))) == []
    assert set(dropped) >= {hostile.name for hostile in made} - {"program.eps", "bomb.png.gz", "icon.ico", "photo.heic"}
    assert all(dropped.values())


@pytest.mark.parametrize("kind", ["parquet", "webdataset", "dataset", "downloaded_tars"])
def test_hostile_bytes_are_dropped_in_archives_too(tmp_path: Path, kind: str) -> None:
    (tmp_path / "hostile").mkdir()
    hostile = [one for one in hostile_files(tmp_path / "hostile") if one.path.is_file() and one.name != "heavy.png"]
    files = {one.name.replace(".", "-"): one.path.read_bytes() for one in hostile if one.path.stat().st_size}
    source = KINDS[kind](tmp_path, {**files, "good": PICTURES["000000"]})
    dropped: list[str] = []
    assert len(list(photos(source, dropped=lambda _, why: dropped.append(why)))) == 1
    assert len(dropped) == len(files)


def test_a_tar_that_breaks_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", samples(PICTURES))
    write_tar(tmp_path / "1.tar", samples(PICTURES))
    whole = (tmp_path / "0.tar").read_bytes()
    (tmp_path / "0.tar").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "2.tar").write_bytes(b"no tar")
    found = list(items(open_source(tmp_path)))
    good = [item for item in found if not item.problem]
    assert COUNT < len(good) < 2 * COUNT
    assert all(item.open() for item in good)
    problems = [item.problem for item in found if item.problem]
    assert any("0.tar" in problem and "cut off or broken after 0/" in problem for problem in problems)
    assert any("2.tar" in problem and "from its beginning" in problem for problem in problems)


def test_a_sample_without_a_picture_says_what_it_has(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", {"a.txt": b"words", "a.json": b"[" * 100_000, "b.png": PICTURES["000000"]})
    problem, good = items(open_source(tmp_path))
    assert problem.problem.endswith("has no picture, only txt, json")
    assert good.id == "0/b"
    with pytest.raises(ImageError, match="no picture"):
        problem.open()


def test_a_broken_table_does_not_stop_the_others(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", PICTURES, group=4)
    write_table(tmp_path / "b.parquet", PICTURES, group=4)
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[200:400] = bytes(200)
    (tmp_path / "a.parquet").write_bytes(data)
    (tmp_path / "c.parquet").write_bytes(data[:1000])
    found = list(items(open_source(tmp_path)))
    assert {f"b/{row}" for row in range(COUNT)} <= {item.id for item in found if not item.problem}
    assert {item.id.split("/")[0] for item in found if item.problem} >= {"c"}


def test_a_table_without_pictures_names_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", PICTURES, group=COUNT)
    source = open_source({"path": str(tmp_path), "image": "immage"})
    assert "has no column 'immage'; it has image, key, caption" in next(items(source)).problem


def test_a_column_of_ids_is_taken(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", PICTURES, group=COUNT)
    assert [item.id for item in items(open_source({"path": str(tmp_path), "id": "key"}))] == list(PICTURES)


@pytest.mark.parametrize("form", ["webdataset", "files", "parquet"])
def test_what_img2dataset_could_not_download_has_its_reason(tmp_path: Path, form: str) -> None:
    source = img2dataset(tmp_path, PICTURES, form, failed={"900000": "HTTP Error 404", "900001": "timed out"})
    found = {item.id: item for item in items(source)}
    assert len(found) == COUNT + 2
    assert found["900000"].problem == "img2dataset could not download it (failed_to_download: HTTP Error 404)"
    assert sum(not item.problem for item in found.values()) == COUNT


def test_a_picture_that_is_lost_from_its_shard_is_missed(tmp_path: Path) -> None:
    source = img2dataset(tmp_path, PICTURES, "webdataset")
    tar = tmp_path / "pile" / "00000.tar"
    tar.write_bytes(tar.read_bytes()[:4096])
    found = list(items(source))
    assert len(found) == COUNT
    assert any(item.problem.endswith("its picture is not in its shard") for item in found)


def test_a_name_that_is_no_text_is_dropped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(PICTURES["000000"])
    Path(str(tmp_path), b"bad\xff.png".decode(errors="surrogateescape")).write_bytes(PICTURES["000001"])
    problems = [item.problem for item in items(open_source(tmp_path))]
    assert sorted(problems) == ["", "the name bad\\xff.png is not UTF-8: rename the file"]


def test_a_data_set_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        next(items(open_source({"kind": "dataset", "path": str(tmp_path / "nowhere")})))
