"""What became of every photograph of an ingest, and the files that say so.

    plan.json                    what the ingest is: source, thresholds, number of shards
    parts/00000-of-00004.jsonl   a shard's photographs as its filters judged them; ".partial" while it is written
    ledger.jsonl                 a line for every photograph, kept or dropped with its reason
    photos.parquet               the kept ones: where each is in its source
    hashes.txt                   their perceptual hashes: a hash file
    summary.json                 the counts

Near-duplicates are told when all shards are there. Photographs that passed the filters are taken in the order of their
ids; one that is near to an id already kept is dropped, and any other is kept. So the smallest id of two that are near
is kept; every dropped one has a kept one near it, no two kept ones are near, and neither the number of shards nor the
order in which they were read changes anything. A shard could not tell by itself: what its photographs are near to may
itself be dropped for one in another shard.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from omniedit.data.sources.hashes import NearHashes, write_hashes
from omniedit.data.sources.source import Shard
from omniedit.errors import DataError
from omniedit.writing import written

TABLE = "photos.parquet"
"""The table of kept photographs."""
GROUP = 1_000
"""Rows of a row group of the table of kept photographs: so many are in memory at once."""


@dataclass(frozen=True)
class Line:
    """What became of one photograph."""

    unit: int
    """Number of its unit in the source."""
    id: str
    """Its id."""
    ref: str
    """Where it is in the source."""
    where: str = ""
    """The same, for people."""
    reason: str = ""
    """Why it was dropped, ``"name: …"``; empty if kept."""
    caption: str = ""
    """What it shows, as far as known."""
    width: int = 0
    """In pixels; 0 if it could not be opened."""
    height: int = 0
    """In pixels; 0 if it could not be opened."""
    bytes: int = 0
    """Size of its file; 0 if it could not be opened."""
    sha256: str = ""
    """Hexadecimal digest of its file; empty if it could not be opened."""
    phash: str = ""
    """Its perceptual hash, 16 hexadecimal digits; empty if a filter dropped it before."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """What else the source knows of it."""

    @property
    def key(self) -> tuple[str, str]:
        """Id and ref: what tells lines apart even where a source gives an id twice."""
        return self.id, self.ref

    def to_json(self) -> str:
        """The line of a ledger."""
        text = json.dumps({"status": "dropped" if self.reason else "kept", **vars(self)}, ensure_ascii=False)
        return text.encode(errors="replace").decode() + "\n"  # half a surrogate pair, from a hostile caption

    @staticmethod
    def from_json(text: str) -> Line:
        """The inverse.

        Raises:
            ValueError, TypeError: It is no such line.
        """
        values = json.loads(text)
        values.pop("status", None)
        return Line(**values)


@dataclass(frozen=True)
class IngestSummary:
    """The counts of an ingest."""

    seen: int
    """Photographs that entered."""
    kept: int
    """Those that were kept."""
    reasons: Mapping[str, int]
    """Those that were dropped, by the name of the reason, most frequent first."""


def part_path(out: Path, shard: Shard) -> Path:
    """Where a finished shard's lines are."""
    return out / "parts" / f"{shard[0]:05}-of-{shard[1]:05}.jsonl"


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a ledger or of a part.

    Raises:
        DataError: A line cannot be read.
    """
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                yield Line.from_json(text)
            except (ValueError, TypeError) as error:
                raise DataError(
                    f"line {number} of {path} is broken ({error}): delete the file, and run again"
                ) from error


def conclude(out: Path, shards: int, duplicate_bits: int) -> IngestSummary:
    """Tell the near-duplicates of all shards, and write everything but ``parts/``; the same again gives the same bytes.

    In memory are the ids and hashes of the photographs that passed, and no photograph.

    Raises:
        DataError: A shard is missing.
        OutputError: Something cannot be written.
    """
    parts = [part_path(out, (index, shards)) for index in range(shards)]
    if missing := [part.name for part in parts if not part.exists()]:
        raise DataError(
            f"{out} lacks the shard {', '.join(missing[:5])} ({len(missing):,} of {shards:,}): run it first"
        )
    passed = ((line.id, line.ref, int(line.phash, 16)) for line in _in_order(parts) if not line.reason)
    reasons = duplicates(passed, duplicate_bits)
    with written(out / "ledger.jsonl") as file:
        counts = Counter[str]()
        for line in _judged(parts, reasons):
            file.write(line.to_json())
            counts[line.reason.partition(":")[0]] += 1
    _write_table(out / TABLE, (line for line in _judged(parts, reasons) if not line.reason))
    kept = ((int(line.phash, 16), line.id) for line in _judged(parts, reasons) if not line.reason)
    write_hashes(out / "hashes.txt", kept)
    summary = IngestSummary(counts.total(), counts.pop("", 0), dict(counts.most_common()))
    with written(out / "summary.json") as file:
        file.write(json.dumps(asdict(summary), indent=1) + "\n")
    return summary


def duplicates(passed: Iterable[tuple[str, str, int]], bits: int) -> dict[tuple[str, str], str]:
    """Why photographs ``(id, ref, hash)`` are dropped for others among them, by id and ref.

    Args:
        passed: In any order.
        bits: Hashes that differ in at most so many bits are near; -1: none is.
    """
    kept, reasons = NearHashes(max(bits, 0)), dict[tuple[str, str], str]()
    last = None
    for name, ref, value in sorted(passed):
        if name == last:
            reasons[name, ref] = f"id: another photograph of the source has the id {name}; ids must differ"
        elif bits >= 0 and (found := kept.near(value)):
            reasons[name, ref] = f"duplicate: {found[1]} bits from {found[0]}; the limit is more than {bits}"
        elif bits >= 0:
            kept.add(value, name)
        last = name
    return reasons


def _in_order(parts: Sequence[Path]) -> Iterator[Line]:
    """All lines in the order of the source, whatever the number of shards."""
    return heapq.merge(*map(read_lines, parts), key=lambda line: line.unit)


def _judged(parts: Sequence[Path], reasons: Mapping[tuple[str, str], str]) -> Iterator[Line]:
    """All lines in order, with the reasons of what is dropped for another photograph."""
    for line in _in_order(parts):
        reason = "" if line.reason else reasons.get(line.key, "")
        yield replace(line, reason=reason) if reason else line


def _write_table(path: Path, lines: Iterator[Line]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words, numbers = ("id", "ref", "where", "caption", "sha256", "phash", "metadata"), ("width", "height", "bytes")
    schema = pa.schema([*((name, pa.string()) for name in words), *((name, pa.int64()) for name in numbers)])
    with written(path, "wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while group := list(islice(lines, GROUP)):
            rows = [{**vars(line), "metadata": json.dumps(line.metadata, ensure_ascii=False)} for line in group]
            writer.write_table(pa.Table.from_pylist(rows, schema))
