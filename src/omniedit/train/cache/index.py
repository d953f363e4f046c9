"""Where everything is, for training: one table of the pairs, published when all that they need is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.errors import DataError
from omniedit.train.cache.identity import text_key
from omniedit.train.cache.rows import Row, Subject, entries, part_path, read_rows
from omniedit.train.cache.shards import Shard, read_manifests
from omniedit.writing import beside, publish

NAME = "index.parquet"
"""The table's file."""
META = b"omniedit"
"""Where the rest is in the table's metadata, as JSON."""

Place = tuple[int, int]
"""Number of a file, and the row in it."""


@dataclass(frozen=True)
class About:
    """What a cache is of, and which files it has."""

    codec: str
    """Kind of the codec."""
    codec_id: str
    """Its name by content."""
    channels: int
    """Channels of a latent."""
    factor: int
    """Pixels of a latent's cell along a side."""
    text: str
    """Kind of the text encoder."""
    text_id: str
    """Its name by content."""
    token_width: int
    """E of a text's tokens."""
    pooled_width: int
    """P of a pooled text."""
    dtype: str
    """Number format on disk."""
    empty_text: Place
    """Where the empty text is."""
    units: Mapping[str, tuple[Shard, ...]]
    """Name of a finished unit -> its files, in the order of their numbers, without their keys."""
    pairs: int
    """Pairs that can be trained on."""
    left_out: int
    """Pairs that cannot: ``left_out.jsonl`` says why."""
    pictures: int
    """Different pictures of the pairs."""
    texts: int
    """Different texts, the empty one among them."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(shard.bytes for shards in self.units.values() for shard in shards)

    def to_json(self) -> str:
        """As words."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, words: str | bytes) -> About:
        """The inverse of :meth:`to_json`. Raises ValueError, TypeError or KeyError where ``words`` are other ones."""
        content = json.loads(words)
        units = {name: tuple(Shard(**shard) for shard in shards) for name, shards in content["units"].items()}
        return cls(**{**content, "units": units, "empty_text": tuple(content["empty_text"])})


def conclude(out: Path, subject: Subject) -> About:
    """Publish the index of the pairs, and the list of those that are left out.

    Raises:
        OutputError: A file cannot be written.
        DataError: What was written of a part is broken, or no pair is left.
    """
    units = _units(out, subject)
    places = _places(shard for shards in units.values() for shard in shards)
    rows = [row for part in subject.parts() for row in read_rows(part_path(out, subject, part))]
    left_out = [row for row in rows if row.problem]
    if len(left_out) == len(rows):
        raise DataError(
            f"no pair of {len(rows):,} can be cached: {left_out[0].problem if left_out else 'none is there'}"
        )
    _publish_left_out(out, left_out)
    try:
        columns = _columns(subject, rows, places)
        about = _about(subject, units, places, columns, len(left_out))
    except KeyError as error:
        raise DataError(f"{out}: another process is making files anew that were broken; run this again") from error
    _publish_table(out, columns, about)
    return about


def read_about(folder: Path) -> About:
    """What a cache is of.

    Raises:
        DataError: There is no index, or it is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / NAME
    if not path.is_file():
        raise DataError(f"{folder} holds no finished cache: there is no {NAME}; run omniedit cache (again)")
    try:
        return About.from_json(pq.read_schema(path).metadata[META])
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is broken ({error}): delete it, and run omniedit cache again") from error


def read_column(folder: Path, name: str) -> Any:  # noqa: ANN401 (pyarrow has no types)
    """A column of the index, as an Arrow array.

    Raises:
        DataError: The index is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(folder / NAME, columns=[name]).column(name).combine_chunks()
    except (pa.ArrowException, OSError, KeyError) as error:
        raise DataError(f"{folder / NAME} is broken ({error}): delete it, and run omniedit cache again") from error


def _units(out: Path, subject: Subject) -> dict[str, tuple[Shard, ...]]:
    """The finished units that hold something that the pairs need."""
    needed = {entry.key.hex() for part in subject.parts() for entry in entries(out, subject, part)}
    found = read_manifests(out).items()
    return {name: shards for name, shards in found if any(not needed.isdisjoint(shard.keys) for shard in shards)}


def _places(shards: Iterable[Shard]) -> dict[bytes, Place]:
    """Where everything is."""
    return {
        bytes.fromhex(key): (number, row) for number, shard in enumerate(shards) for row, key in enumerate(shard.keys)
    }


def _about(
    subject: Subject,
    units: Mapping[str, tuple[Shard, ...]],
    places: Mapping[bytes, Place],
    columns: Mapping[str, list[Any]],
    left_out: int,
) -> About:
    codec, text = subject.codec, subject.text
    pictures = {tuple(place) for side in ("source", "target") for place in columns[side]}
    return About(
        codec=codec.kind,
        codec_id=subject.codec_id,
        channels=codec.channels,
        factor=codec.factor,
        text=text.kind,
        text_id=subject.text_id,
        token_width=text.token_width,
        pooled_width=text.pooled_width,
        dtype=subject.config.dtype,
        empty_text=places[text_key("", subject.text_id)],
        units={name: tuple(replace(shard, keys=()) for shard in shards) for name, shards in units.items()},
        pairs=len(columns["id"]),
        left_out=left_out,
        pictures=len(pictures),
        texts=len({"", *(text for texts in columns["wordings"] for text in texts)}),
    )


def _columns(subject: Subject, rows: Sequence[Row], places: Mapping[bytes, Place]) -> dict[str, list[Any]]:
    """The table of the pairs that are not left out."""
    kept = [number for number, row in enumerate(rows) if not row.problem]
    buckets = [bucket for part in subject.parts() for bucket in subject.buckets(part)]
    names = {size: name for name, size in reversed(list(subject.sizes.items()))}
    index = subject.index.take(np.array(kept, np.int64))
    texts = [[places[text_key(text, subject.text_id)] for text in rows[number].texts] for number in kept]
    return {
        "id": [rows[number].id for number in kept],
        "task": index.task.tolist(),
        "width": index.width.tolist(),
        "height": index.height.tolist(),
        "score": index.score.tolist(),
        "weight": index.weight.tolist(),
        "ratio": [names[buckets[number]] for number in kept],
        "bucket": [list(buckets[number]) for number in kept],
        "source": [list(places[rows[number].source]) for number in kept],
        "target": [list(places[rows[number].target]) for number in kept],
        "texts": [[number for place in places_of for number in place] for places_of in texts],
        "wordings": [list(rows[number].texts) for number in kept],
    }


def _publish_table(out: Path, columns: Mapping[str, list[Any]], about: About) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pair = pa.list_(pa.int32(), 2)
    words, places = {"id": pa.string(), "ratio": pa.string()}, {"bucket": pair, "source": pair, "target": pair}
    numbers = {"task": pa.uint8(), "width": pa.int32(), "height": pa.int32()}
    numbers |= {"score": pa.float64(), "weight": pa.float64()}
    types = {**words, **numbers, **places, "texts": pa.list_(pa.int32()), "wordings": pa.list_(pa.string())}
    schema = pa.schema([(name, types[name]) for name in columns], metadata={META: about.to_json()})
    with beside(out / NAME) as temporary:
        pq.write_table(pa.table(dict(columns), schema=schema), temporary, compression="zstd")


def _publish_left_out(out: Path, rows: Sequence[Row]) -> None:
    publish(out / "left_out.jsonl", (json.dumps({"id": row.id, "problem": row.problem}) + "\n" for row in rows))
