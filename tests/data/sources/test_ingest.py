from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from piles import KINDS, blotches, caption, encoded, folder, pictures, write_tar

from omniedit.data.sources import (
    FilterConfig,
    Item,
    KeptPhotos,
    Line,
    Look,
    Source,
    conclude,
    ingest,
    ingest_shard,
    kept_photos,
    open_source,
    photos,
)
from omniedit.data.sources.hashes import read_hashes
from omniedit.data.sources.ledger import read_lines
from omniedit.errors import DataError, ImageError, OutputError
from omniedit.images import Picture
from omniedit.testing import hostile_files

ANY = FilterConfig(min_megapixels=0, min_sharpness=0)
RESULTS = ("ledger.jsonl", "photos.parquet", "hashes.txt", "summary.json")


def mixed() -> dict[str, bytes]:
    """Good pictures, copies of some under later names, a narrow one and a broken one."""
    return {
        **pictures(9),
        "500000": encoded(blotches(3), "JPEG"),
        "500001": encoded(blotches(3, (96, 64)), "JPEG"),
        "600000": encoded(blotches(20, (90, 30))),
        "700000": b"no picture",
    }


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


@pytest.fixture
def pile(tmp_path: Path) -> Source:
    return folder(tmp_path, mixed())


def test_every_photograph_is_kept_or_has_a_reason(pile: Source, tmp_path: Path) -> None:
    summary = ingest(pile, tmp_path / "out", ANY)
    lines = list(read_lines(tmp_path / "out" / "ledger.jsonl"))
    assert summary.seen == len(lines) == len(mixed())
    assert summary.kept == 9
    assert summary.reasons == {"duplicate": 2, "ratio": 1, "unreadable": 1}
    by_key = {Path(line.id).stem: line for line in lines}
    assert by_key["600000"].reason == "ratio: 3; the limit is at most 2"
    assert "700000.png is text; give a picture" in by_key["700000"].reason
    kept = by_key["000000"]
    assert (kept.width, kept.height, kept.bytes, kept.caption) == (48, 32, len(mixed()["000000"]), caption("000000"))
    assert {int(kept.phash, 16)} < {value for value, _ in read_hashes(tmp_path / "out" / "hashes.txt")}
    texts = [json.loads(text) for text in (tmp_path / "out" / "ledger.jsonl").read_text().splitlines()]
    assert {text["status"] for text in texts if not text["reason"]} == {"kept"}


@pytest.mark.parametrize("kind", ["folder", "parquet", "streamed", "webdataset", "downloaded_tars"])
def test_nothing_depends_on_the_number_of_shards_or_their_order(tmp_path: Path, kind: str) -> None:
    source = KINDS[kind](tmp_path, mixed())
    ingest(source, tmp_path / "one", ANY)
    for count in (2, 5):
        for index in reversed(range(count)):
            ingest_shard(source, tmp_path / str(count), (index, count), ANY)
        conclude(tmp_path / str(count), count, ANY.duplicate_bits)
        assert results(tmp_path / str(count)) == results(tmp_path / "one")


def test_several_processes_give_the_same(pile: Source, tmp_path: Path) -> None:
    ingest(pile, tmp_path / "one", ANY)
    ingest(pile, tmp_path / "two", ANY, workers=2, shards=2)
    assert results(tmp_path / "two") == results(tmp_path / "one")


@pytest.mark.parametrize("stop", [1, 6, 12])
def test_an_ingest_that_was_stopped_goes_on_where_it_was(pile: Source, tmp_path: Path, stop: int) -> None:
    ingest(pile, tmp_path / "whole", ANY)
    seen: list[str] = []

    def die(line: Line) -> None:
        seen.append(line.id)
        if len(seen) == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(pile, tmp_path / "out", ANY, progress=die)
    with next((tmp_path / "out" / "parts").iterdir()).open("ab") as file:
        file.write(b'{"status": "kept", "unit": 7, "id": "to')  # a line torn by a power cut
    again: list[str] = []
    ingest(pile, tmp_path / "out", ANY, progress=lambda line: again.append(line.id))
    assert len(seen + again) == len(set(seen + again)) == len(mixed())
    assert results(tmp_path / "out") == results(tmp_path / "whole")
    ingest(pile, tmp_path / "out", ANY, progress=lambda line: pytest.fail(f"{line.id} is done again"))


def test_a_pile_that_changed_meanwhile_is_not_mixed(pile: Source, tmp_path: Path) -> None:
    def die(line: Line) -> None:
        if line.unit == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(pile, tmp_path / "out", ANY, progress=die)
    (Path(pile.path) / "part0" / "000000.png").unlink()
    with pytest.raises(DataError, match="the pile has changed"):
        ingest(pile, tmp_path / "out", ANY)


def test_another_ingest_is_not_mixed_in(pile: Source, tmp_path: Path) -> None:
    ingest(pile, tmp_path / "out", ANY, shards=2)
    with pytest.raises(DataError, match=r"another ingest \(its filters differ\)"):
        ingest(pile, tmp_path / "out", FilterConfig())
    with pytest.raises(DataError, match=r"another ingest \(its shards differ\)"):
        ingest(pile, tmp_path / "out", ANY, shards=3)
    assert ingest(pile, tmp_path / "out", ANY).kept == 9  # as many shards as were begun with


def test_a_missing_shard_is_named(pile: Source, tmp_path: Path) -> None:
    ingest_shard(pile, tmp_path / "out", (0, 3), ANY)
    with pytest.raises(DataError, match=r"00001-of-00003\.jsonl, 00002-of-00003\.jsonl \(2 of 3\)"):
        conclude(tmp_path / "out", 3, 4)
    with pytest.raises(DataError, match="holds no finished ingest"):
        len(KeptPhotos(str(tmp_path / "out")))
    with pytest.raises(DataError, match="holds no ingest"):
        list(kept_photos(tmp_path / "out" / "parts"))


def test_two_processes_do_not_write_one_shard(pile: Source, tmp_path: Path) -> None:
    def once_more(line: Line) -> None:
        with pytest.raises(OutputError, match="another process is writing"):
            ingest_shard(pile, tmp_path / "out", (0, 1), ANY)

    ingest_shard(pile, tmp_path / "out", (0, 1), ANY, progress=once_more)


@pytest.mark.parametrize("kind", KINDS)
def test_kept_photographs_are_opened_from_where_they_are(tmp_path: Path, kind: str) -> None:
    source = KINDS[kind](tmp_path, mixed())
    ingest(source, tmp_path / "out", ANY)
    wanted = {photo.id: photo for photo in photos(source)}
    kept = list(kept_photos(tmp_path / "out"))
    shards = [photo.id for index in range(3) for photo in kept_photos(tmp_path / "out", (index, 3))]
    assert sorted(shards) == sorted(photo.id for photo in kept)
    assert len(kept) == 9
    table = pickle.loads(pickle.dumps(KeptPhotos(str(tmp_path / "out"))))  # noqa: S301 (our own)
    picked = [] if "streamed" in kind else [*table[:4], *(table[index] for index in range(4, 9))]
    assert len(table) == 9
    for photo in [*kept, *picked]:
        np.testing.assert_array_equal(photo.image, wanted[photo.id].image)
        assert photo.caption == wanted[photo.id].caption
        photo.image[0] = 0  # it is the caller's own


def test_a_picture_that_has_gone_since_says_so(pile: Source, tmp_path: Path) -> None:
    ingest(pile, tmp_path / "out", ANY)
    for path in Path(pile.path).rglob("*.png"):
        path.unlink()
    with pytest.raises(ImageError, match="does not exist"):
        KeptPhotos(str(tmp_path / "out"))[0]


def test_hostile_files_end_in_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "pile").mkdir()
    hostile_files(tmp_path / "pile")
    (tmp_path / "pile" / "good.png").write_bytes(encoded(blotches(0)))
    summary = ingest(open_source(tmp_path / "pile"), tmp_path / "out", ANY)
    assert summary.kept == 1
    assert summary.reasons == {"unreadable": summary.seen - 1}


def test_hostile_words_do_not_break_the_ledger(tmp_path: Path) -> None:
    words = b'{"caption": "half a pair: \\ud800", "\\udfff": "\\u2028\\u0085\\n", "n": NaN}'
    write_tar(tmp_path / "a.tar", {"a\nb\udcff\t.png": encoded(blotches(0)), "a\nb\udcff\t.json": words})
    assert ingest(open_source(tmp_path), tmp_path / "out", ANY).kept == 1
    assert len(list(read_lines(tmp_path / "out" / "ledger.jsonl"))) == 1
    assert len(list(read_hashes(tmp_path / "out" / "hashes.txt"))) == 1
    assert len(list(kept_photos(tmp_path / "out"))) == 1
    assert KeptPhotos(str(tmp_path / "out"))[0].caption == "half a pair: ?"


def test_photographs_of_an_earlier_ingest_come_first(pile: Source, tmp_path: Path) -> None:
    ingest(pile, tmp_path / "first", ANY)
    config = FilterConfig(min_megapixels=0, min_sharpness=0, known=(str(tmp_path / "first" / "hashes.txt"),))
    assert ingest(pile, tmp_path / "second", config).kept == 0


def test_a_filter_of_ones_own_is_asked(pile: Source, tmp_path: Path) -> None:
    def dark(look: Look) -> str:
        return f"dark: {look.image.mean():.0f}; the limit is at least 300" if look.image.mean() < 300 else ""

    assert ingest(pile, tmp_path / "out", ANY, extra=[dark]).reasons["dark"] == 11


@pytest.mark.parametrize("kind", KINDS)
def test_an_ingest_holds_one_picture_at_a_time(tmp_path: Path, alive: Callable[..., int], kind: str) -> None:
    def count(line: Line) -> None:
        assert max(alive(kind) for kind in (Picture, Item, Look)) <= 2

    ingest(KINDS[kind](tmp_path, mixed()), tmp_path / "out", ANY, progress=count)
