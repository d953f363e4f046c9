from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from piles import blotches, encoded, pictures
from scipy.fft import dctn

from omniedit.data.sources import hash_source, merge_hashes, open_source, perceptual_hash
from omniedit.data.sources.hashes import NearHashes, distance, read_hashes, write_hashes
from omniedit.data.sources.ledger import duplicates
from omniedit.errors import DataError
from omniedit.images import decode

HASHES = st.integers(0, 2**64 - 1)


@st.composite
def crowded(draw: st.DrawFn) -> list[tuple[str, str, int]]:
    """Photographs with hashes that are often near each other, in a chain too."""
    values = draw(st.lists(HASHES, min_size=1, max_size=4))
    found = []
    for index in range(draw(st.integers(1, 14))):
        flips = draw(st.sets(st.integers(0, 63), max_size=4))
        value = draw(st.sampled_from(values)) ^ sum(1 << bit for bit in flips)
        values.append(value)
        found.append((f"{draw(st.integers(0, 30)):02}-{index}", f"ref{index}", value))
    return found


@settings(deadline=None)
@given(known=st.lists(HASHES, max_size=8), value=HASHES, flips=st.sets(st.integers(0, 63)), limit=st.integers(0, 12))
def test_no_near_hash_is_missed(known: list[int], value: int, flips: set[int], limit: int) -> None:
    known = [*known, value ^ sum(1 << bit for bit in flips)]
    near = [(distance(other, value), f"{index:02}") for index, other in enumerate(known)]
    expected = min((found for found in near if found[0] <= limit), default=None)
    found = NearHashes(limit, [(other, f"{index:02}") for index, other in enumerate(known)]).near(value)
    assert (found and (found[1], found[0])) == expected


@settings(deadline=None)
@given(photos=crowded(), bits=st.integers(0, 8), seed=st.integers(0, 99))
def test_which_duplicate_is_kept_depends_on_nothing_but_the_photographs(
    photos: list[tuple[str, str, int]], bits: int, seed: int
) -> None:
    dropped = duplicates(photos, bits)
    assert duplicates(random.Random(seed).sample(photos, len(photos)), bits) == dropped
    kept = [photo for photo in photos if photo[:2] not in dropped]
    assert all(distance(a[2], b[2]) > bits for a in kept for b in kept if a is not b)
    for name, ref, value in photos:  # each dropped one has a kept one of smaller id near it
        if (name, ref) in dropped:
            assert any(other < name and distance(value, theirs) <= bits for other, _, theirs in kept)
    assert min(photos) in kept


def test_an_id_given_twice_is_kept_once() -> None:
    assert list(duplicates([("a", "2", 0), ("a", "1", 2**64 - 1), ("b", "3", 0)], 0)) == [("a", "2")]
    assert duplicates([("a", "1", 0), ("b", "2", 0)], -1) == {}


@given(seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_a_picture_compressed_or_resized_stays_near_and_another_does_not(seed: int) -> None:
    image = blotches(seed, (240, 160))
    own = perceptual_hash(image)
    small = np.asarray(PIL.Image.fromarray(image).resize((120, 80), PIL.Image.Resampling.LANCZOS))
    assert distance(own, perceptual_hash(small)) <= 4
    assert distance(own, perceptual_hash(decode(encoded(image, "JPEG", 60)).image)) <= 4
    assert distance(own, perceptual_hash(blotches(seed + 1, (240, 160)))) > 8


@given(seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_the_bits_are_those_of_the_whole_cosine_transform(seed: int) -> None:
    image = blotches(seed, (90, 70))
    small = PIL.Image.fromarray(image).convert("L").resize((32, 32), PIL.Image.Resampling.LANCZOS)
    low = dctn(np.asarray(small, np.float64))[:8, :8]
    bits = "".join(str(int(value > np.median(low))) for value in low.flat)
    assert distance(perceptual_hash(image), int(bits, 2)) <= 1  # our values are rounded


def test_flat_pictures_are_all_the_same() -> None:
    assert len({perceptual_hash(np.full((40, 30 + value, 3), value, np.uint8)) for value in range(10, 250, 60)}) == 1


@settings(deadline=None, max_examples=25)
@given(entries=st.lists(st.tuples(HASHES, st.text("abc/é 1.", min_size=1).map(lambda name: f"n{name}n"))))
def test_hash_files_merge_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[int, str]]
) -> None:
    root = tmp_path_factory.mktemp("hashes")
    write_hashes(root / "all", entries)
    write_hashes(root / "a", entries[::2])
    write_hashes(root / "b", entries[1:])
    merge_hashes(root / "one", [root / "a", root / "b"])
    merge_hashes(root / "other", [root / "b", root / "a", root / "one"])
    assert (root / "one").read_bytes() == (root / "other").read_bytes() == (root / "all").read_bytes()
    assert set(read_hashes(root / "one")) == set(entries)


def test_a_list_of_a_folder_has_every_picture_or_none(tmp_path: Path) -> None:
    for key, data in pictures(3).items():
        (tmp_path / f"{key}.png").write_bytes(data)
    assert hash_source(open_source(tmp_path), tmp_path / "list.txt") == 3
    assert [name for _, name in read_hashes(tmp_path / "list.txt")] == ["000000.png", "000001.png", "000002.png"]
    (tmp_path / "broken.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"broken\.png has no hash"):
        hash_source(open_source(tmp_path), tmp_path / "other.txt")
    assert not (tmp_path / "other.txt").exists()


def test_a_line_that_is_no_hash_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# of a benchmark\n\n00ff00ff00ff00ff\tone\nff\n")
    with pytest.raises(DataError, match=r"line 4 of .*list.txt is no perceptual hash: 'ff'"):
        list(read_hashes(tmp_path / "list.txt"))
    with pytest.raises(DataError, match="cannot be read"):
        list(read_hashes(tmp_path / "nowhere.txt"))
