"""Perceptual hashes: 64 bits that stay nearly the same when a picture is resized, compressed or slightly regraded.

The hash is pHash as the ``imagehash`` library computes it, so that lists made with it can be used here: grey, 32 × 32,
cosine transform, the 8 × 8 lowest frequencies, each bit "above their median" (Zauner, "Implementation and Benchmarking
of Perceptual Image Hash Functions", 2010, section 3.2.1).

A hash file is text: on each line 16 hexadecimal digits, and after a tab whatever names the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import PIL.Image

from omniedit.data.sources.source import Source, items
from omniedit.errors import DataError, ImageError
from omniedit.types import Image
from omniedit.writing import written

BITS = 64
SIDE, LOW = 32, 8
_WAVES = 2 * np.cos(np.pi / (2 * SIDE) * np.outer(np.arange(LOW), 2 * np.arange(SIDE) + 1))
"""``[LOW, SIDE]``: the lowest waves of the cosine transform (DCT-II, not normalised, as ``scipy.fft.dctn`` has it)."""


def perceptual_hash(image: Image) -> int:
    """64 bits of a picture ``uint8 [height, width, 3]``; pictures that look alike differ in few of them.

    All flat pictures have the same hash, black ones but for a bit.
    """
    return hash_of_grey(PIL.Image.fromarray(image).convert("L"))


def hash_of_grey(grey: PIL.Image.Image) -> int:
    """:func:`perceptual_hash` of a picture that has been made grey (Pillow's ``L``)."""
    small = np.asarray(grey.resize((SIDE, SIDE), PIL.Image.Resampling.LANCZOS), np.float64)
    low = np.round(_WAVES @ small @ _WAVES.T, 3)  # of a flat picture, rounding errors would be hashed
    below, above = np.sort(low, axis=None)[BITS // 2 - 1 : BITS // 2 + 1]
    return int.from_bytes(np.packbits(low > (below + above) / 2).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ, 0..64."""
    return (one ^ other).bit_count()


def to_hex(value: int) -> str:
    """16 hexadecimal digits."""
    return f"{value:016x}"


class NearHashes:
    """Hashes with their names, to be asked for those near another.

    Two hashes that differ in at most ``limit`` bits agree in at least one of ``limit + 1`` bands of bits: only those
    that share a band are compared. Of n random hashes that are some ``n * (limit + 1) / 2 ** (64 / (limit + 1))``.
    """

    def __init__(self, limit: int, known: Iterable[tuple[int, str]] = ()) -> None:
        """Take ``known`` hashes; hashes count as near if at most ``limit`` bits (0..63) differ."""
        self.limit = limit
        edges = [BITS * band // (limit + 1) for band in range(limit + 2)]
        self._bands = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
        self._buckets: list[dict[int, dict[int, str]]] = [{} for _ in self._bands]
        for value, name in known:
            self.add(value, name)

    def add(self, value: int, name: str) -> None:
        """Take a hash; of equal ones the name that comes first in order counts."""
        for (shift, mask), buckets in zip(self._bands, self._buckets, strict=True):
            bucket = buckets.setdefault(value >> shift & mask, {})
            bucket[value] = min(name, bucket.get(value, name))

    def near(self, value: int) -> tuple[str, int] | None:
        """Name and distance of the nearest hash, of several the first name; None if none is near."""
        best: tuple[int, str] | None = None
        for (shift, mask), buckets in zip(self._bands, self._buckets, strict=True):
            for other, name in buckets.get(value >> shift & mask, {}).items():
                bits = (value ^ other).bit_count()
                if bits <= self.limit and (best is None or (bits, name) < best):
                    best = bits, name
        return None if best is None else (best[1], best[0])


# Files ----------------------------------------------------------------------------------------------------------------


def read_hashes(path: Path | str) -> Iterator[tuple[int, str]]:
    """The hashes of a file and their names; empty lines and those after ``#`` are passed over.

    Raises:
        DataError: There is no such file, or a line is no hash.
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                digits, _, name = line.strip().partition("\t")
                if digits and not digits.startswith("#"):
                    yield _parsed(digits, f"line {number} of {path}"), name or f"line {number}"
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the list of hashes {path} cannot be read: {error}") from error


def _parsed(digits: str, where: str) -> int:
    try:
        if len(digits) == BITS // 4:
            return int(digits, 16)
    except ValueError:
        pass
    raise DataError(f"{where} is no perceptual hash: {digits[:80]!r} is not {BITS // 4} hexadecimal digits")


def write_hashes(path: Path | str, hashes: Iterable[tuple[int, str]]) -> int:
    """Write a hash file, sorted by name, each line once; return the number of lines.

    Raises:
        OutputError: It cannot be written.
    """
    lines = sorted({(_on_one_line(name), value) for value, name in hashes})
    with written(Path(path)) as file:
        file.writelines(f"{to_hex(value)}\t{name}\n" for name, value in lines)
    return len(lines)


def _on_one_line(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def merge_hashes(path: Path | str, parts: Iterable[Path | str]) -> int:
    """Write one hash file of several; their order and overlap change nothing. Return the number of lines.

    Raises:
        DataError: One cannot be read.
        OutputError: It cannot be written.
    """
    return write_hashes(path, (entry for part in parts for entry in read_hashes(part)))


def hash_source(source: Source, path: Path | str) -> int:
    """Write the hash file of all pictures of a source, a benchmark's for example; return their number.

    Raises:
        DataError: A picture cannot be opened: a list that lacks one would let it leak.
        OutputError: It cannot be written.
    """

    def hashes() -> Iterator[tuple[int, str]]:
        for item in items(source):
            try:
                yield perceptual_hash(item.open().image), item.id
            except ImageError as error:
                raise DataError(f"{item.id} has no hash: {error}") from error

    return write_hashes(path, hashes())
