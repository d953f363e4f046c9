"""What every pair of a set needs: the names of its two latents and of its texts, or why it is left out.

Pairs are looked at in parts, runs of as many as a unit has. A part is a file named by the ids, sizes and scores of its
pairs and by the encoders, so a set that grows is looked at only where it is new. Whoever changes pictures and nothing
else deletes the folder ``rows``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import DataError, ImageError
from omniedit.model.codec import Codec
from omniedit.model.text import Reads
from omniedit.train.buckets import Size, nearest_sizes
from omniedit.train.cache.config import DEFAULTS, CacheConfig
from omniedit.train.cache.identity import identity, picture_key, text_key
from omniedit.train.items import Index, Items
from omniedit.types import Pair
from omniedit.writing import beside, telling

SIDES: dict[str, Callable[[Pair], Any]] = {
    "source": lambda pair: pair.candidate.source,
    "target": lambda pair: pair.candidate.result,
}
"""The two pictures of a pair."""


class Entry(NamedTuple):
    """A latent or an embedded text that a pair needs."""

    key: bytes
    """Its name."""
    row: int
    """Number of the pair in the set."""
    bucket: Size | None
    """Size of the picture; None for a text."""
    what: str
    """``source`` or ``target``; of a text, its words."""


@dataclass(frozen=True)
class Row:
    """What a pair needs."""

    id: str
    source: bytes = b""
    """Name of the source's latent."""
    target: bytes = b""
    """Name of the target's latent."""
    texts: tuple[str, ...] = ()
    """Its wordings, without those that the text encoder cannot read."""
    problem: str = ""
    """Why it is left out; empty if it is not."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What a cache is made of, and with: pairs, encoders, settings."""

    items: Items
    codec: Codec
    text: Reads
    sizes: Mapping[str, Size]
    """Name of a ratio -> the size of its bucket."""
    config: CacheConfig
    codec_id: str
    """Name of the codec by its content."""
    text_id: str
    """Name of the text encoder by its content."""

    @classmethod
    def of(
        cls, items: Items, codec: Codec, text: Reads, sizes: Mapping[str, Size], config: CacheConfig = DEFAULTS
    ) -> Subject:
        """Name the encoders, which takes as long as hashing their weights."""
        return cls(items, codec, text, sizes, config, identity(codec, config.dtype), identity(text, config.dtype))

    @property
    def index(self) -> Index:
        """The columns of the pairs."""
        return self.items.index

    def buckets(self, part: range) -> list[Size]:
        """The buckets of the pairs of a part."""
        rows = slice(part.start, part.stop)
        return nearest_sizes(self.index.width[rows], self.index.height[rows], self.sizes.values())

    def parts(self) -> list[range]:
        """The numbers of the pairs of every part."""
        size, count = self.config.unit, len(self.items)
        return [range(start, min(start + size, count)) for start in range(0, count, size)]


def part_path(out: Path, subject: Subject, part: range) -> Path:
    """Where it is kept what the pairs of a part need."""
    rows, index = slice(part.start, part.stop), subject.index
    columns: tuple[NDArray[Any], ...] = (index.width[rows], index.height[rows], index.score[rows])
    words = (subject.codec_id, subject.text_id, subject.config.wordings, sorted(subject.sizes.values()))
    digest = hashlib.sha256(repr((words, index.ids[rows].to_pylist())).encode())
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return out / "rows" / f"{digest.hexdigest()[:32]}.parquet"


def look(out: Path, subject: Subject, part: range) -> None:
    """Look at the pairs of a part, and publish what they need.

    Raises:
        OutputError: It cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = part_path(out, subject, part)
    rows = [look_at(subject, row, bucket) for row, bucket in zip(part, subject.buckets(part), strict=True)]
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as temporary:
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows], _schema()), temporary, compression="zstd")


def look_at(subject: Subject, row: int, bucket: Size) -> Row:
    """What one pair needs."""
    id, wordings = subject.index.ids[row].as_py(), subject.config.wordings
    try:
        pair = subject.items.read(row)
    except (DataError, ImageError) as error:
        return Row(id, problem=str(error))
    said = pair.candidate.proposal.instructions
    texts = tuple(text for text in said if subject.text.fits(text))[: wordings or None]
    if not "".join(texts).strip():
        wrong = "too long for the text encoder" if "".join(said).strip() else "empty"
        return Row(id, problem=f"its instruction is {wrong}")
    source, target = (picture_key(picture(pair), bucket, subject.codec_id) for picture in SIDES.values())
    return Row(id, source, target, texts)


def read_rows(path: Path) -> list[Row]:
    """What the pairs of a part need.

    Raises:
        DataError: The file is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(path, memory_map=True).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is broken ({error}): delete it, and run omniedit cache again") from error
    return [Row(**{**row, "texts": tuple(row["texts"])}) for row in found]


def entries(out: Path, subject: Subject, part: range) -> Iterator[Entry]:
    """All that the pairs of a part need, in order; first the empty text, which guidance needs."""
    yield Entry(text_key("", subject.text_id), part.start, None, "")
    rows, buckets = read_rows(part_path(out, subject, part)), subject.buckets(part)
    for number, row, bucket in zip(part, rows, buckets, strict=True):
        if not row.problem:
            pictures = (Entry(getattr(row, side), number, bucket, side) for side in SIDES)
            yield from chain(pictures, (Entry(text_key(t, subject.text_id), number, None, t) for t in row.texts))


def _schema() -> Any:  # noqa: ANN401 (pyarrow has no types)
    import pyarrow as pa

    words = {"id": pa.string(), "texts": pa.list_(pa.string()), "problem": pa.string()}
    return pa.schema({"id": words["id"], "source": pa.binary(), "target": pa.binary(), **words})
