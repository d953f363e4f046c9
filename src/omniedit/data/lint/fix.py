"""A new set in which what is safe to repair is repaired; the old one is not touched.

Pictures are never encoded anew: a shard is copied as it is, or its rows are written again with
the columns that changed.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.data.lint.check import Finding, Repair
from omniedit.data.lint.files import facts
from omniedit.data.lint.registry import CHECKS
from omniedit.data.lint.rows import Row
from omniedit.data.pairs.shards import GROUP, shard_paths
from omniedit.errors import OutputError
from omniedit.writing import new_folder


@dataclass(frozen=True)
class Repaired:
    """What ``fix`` did."""

    rows: int
    """Pairs of the new set."""
    done: Mapping[str, int]
    """Check -> how many of its findings were repaired."""
    dropped: tuple[Finding, ...]
    """The repaired findings for which a pair, or a whole shard, was left out."""
    left: int
    """Errors that the new set still has: no repair of them is safe."""


def fix(path: Path | str, findings: Iterable[Finding], out: Path | str) -> Repaired:
    """Write the set at ``path``, repaired, into the new folder ``out``; it appears whole or not at all.

    Args:
        path: A shard or a folder of shards; files that are no shards are not copied.
        findings: What `omniedit.data.lint.lint` found there, of all rows.
        out: A folder that does not exist yet, outside ``path``.

    Raises:
        OutputError: ``out`` exists, lies in the set, or cannot be written.
    """
    path, out = Path(path), Path(out)
    if out.exists():
        raise OutputError(f"{out} already exists: choose a new folder for the repaired set")
    if path.resolve() in (out.resolve(), *out.resolve().parents):
        raise OutputError(f"{out} lies in the set itself: choose a folder outside {path}")
    found = list(findings)
    with new_folder(out) as temporary:
        shards = shard_paths(path)
        dropped = {shard: _repair_shard(shard, temporary / _relative(shard, path), found) for shard in shards}
    return _summary(found, out, {(str(shard), row) for shard, lost in dropped.items() for row in lost})


def _summary(found: Sequence[Finding], out: Path, dropped: set[tuple[str, int | None]]) -> Repaired:
    repaired = [finding for finding in found if CHECKS[finding.check].repair]
    lost = tuple(finding for finding in repaired if _is_lost(finding, dropped))
    left = [f for f in found if f.severity == "error" and not CHECKS[f.check].repair and not _is_lost(f, dropped)]
    rows = sum(facts(shard).rows for shard in out.rglob("*.parquet"))
    return Repaired(rows, Counter(finding.check for finding in repaired), lost, len(left))


def _is_lost(finding: Finding, dropped: set[tuple[str, int | None]]) -> bool:
    """Whether the finding's pair is no more, or its shard."""
    return not dropped.isdisjoint({(finding.shard, finding.row), (finding.shard, None)})


def _repair_shard(shard: Path, target: Path, found: Sequence[Finding]) -> list[int | None]:
    """Write one shard; return the rows that were left out, or None for the shard as a whole."""
    todo: dict[int | None, list[Repair]] = defaultdict(list)
    for finding in found:
        repair = CHECKS[finding.check].repair
        if finding.shard == str(shard) and repair is not None and repair not in todo[finding.row]:
            todo[finding.row].append(repair)
    if None in todo:
        return [None]
    target.parent.mkdir(parents=True, exist_ok=True)
    if not todo:
        shutil.copyfile(shard, target)
        return []
    return [*_rewrite(shard, target, todo)]


def _rewrite(shard: Path, target: Path, todo: Mapping[int | None, Sequence[Repair]]) -> list[int]:
    """Write a shard with some rows repaired or left out; return the numbers of the latter."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    dropped, number = [], 0
    with pq.ParquetFile(shard) as file:
        layout = file.schema_arrow
        strings = [field.name for field in layout if pa.types.is_string(field.type)]
        with pq.ParquetWriter(target, layout, compression="zstd", use_dictionary=strings) as writer:
            for part in file.iter_batches(GROUP):
                kept = []
                for values in part.to_pylist():
                    repaired = _repaired(Row(shard, number, values), todo.get(number, ()))
                    (dropped.append(number) if repaired is None else kept.append(repaired))
                    number += 1
                if kept:
                    writer.write_table(pa.Table.from_pylist(kept, layout))
    return dropped


def _repaired(row: Row, repairs: Iterable[Repair]) -> dict[str, Any] | None:
    """The values of a row after its repairs; None if one of them drops it."""
    values = dict(row.values)
    for repair in repairs:
        change = repair(Row(row.shard, row.number, values))
        if change is None:
            return None
        values |= {name: value for name, value in change.items() if name in values}
    return values


def _relative(shard: Path, path: Path) -> Path:
    """Where a shard lies in its set."""
    return Path(shard.name) if shard == path else shard.relative_to(path)
