"""A set of pairs -> findings, shard by shard, row by row.

    for finding in lint("pairs"):
        print(finding.place, finding.message)

At most 16 rows are in memory, and some ten numbers of every row that was seen, for the checks of the whole set.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from omniedit.data.lint.across import Leakage
from omniedit.data.lint.check import Check, Finding, Hit, Memory, RowCheck, SetCheck, ShardCheck, ShardFacts
from omniedit.data.lint.files import facts, rows, sound_columns
from omniedit.data.lint.registry import chosen
from omniedit.data.lint.rows import Row
from omniedit.data.pairs.shards import shard_paths
from omniedit.data.sources.hashes import read_hashes
from omniedit.errors import DataError

QUICK_ROWS = 8
"""Rows of every shard that are looked at before a training."""

Progress = Callable[[int, int], None]
"""Called with the rows that were looked at, and the number of all."""


def lint(
    path: Path | str,
    *,
    checks: Iterable[str] | None = None,
    leakage: Path | str | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Finding]:
    """Every fault of the set at ``path``, a shard or a folder of shards, as it is found.

    Args:
        path: The set.
        checks: Names of checks (`omniedit.data.lint.CHECKS`); all if None.
        leakage: A list of hashes (`omniedit.data.sources.hashes`) that no picture may be near to.
        limit: Look at the first rows of every shard only.
        progress: Called after every row.

    Raises:
        DataError: There is no shard, a check is unknown, or the list of hashes cannot be read.
    """
    return _lint(path, chosen(checks), leakage, limit, progress)


def quick_lint(path: Path | str, limit: int = QUICK_ROWS) -> list[Finding]:
    """Faults of the first ``limit`` rows of every shard, without the checks that take long (registration).

    Raises:
        DataError: There is no shard.
    """
    fast = {name: check for name, check in chosen(None).items() if not (isinstance(check, RowCheck) and check.slow)}
    return list(_lint(path, fast, None, limit, None))


def demand_sound(findings: Iterable[Finding]) -> None:
    """Refuse a set that has errors; warnings pass.

    Raises:
        DataError: With the first errors, how many there are, and what to do.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        shown = "".join(f"\n  {error.place}: {error.message} [{error.check}]" for error in errors[:3])
        raise DataError(
            f"the pairs have faults, {len(errors)} among the first rows of their shards:{shown}\n"
            "See them all with: omniedit lint PAIRS; what is safe to repair, omniedit lint --fix repairs"
        )


@dataclass
class _Places:
    """Numbers the rows of the set, and finds a number's shard and row again."""

    shards: list[ShardFacts] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def begin(self, shard: ShardFacts, start: int) -> None:
        self.shards.append(shard)
        self.starts.append(start)

    def find(self, place: int) -> tuple[ShardFacts, int]:
        index = bisect_right(self.starts, place) - 1
        return self.shards[index], place - self.starts[index]


def _lint(
    path: Path | str,
    checks: Mapping[str, Check],
    leakage: Path | str | None,
    limit: int | None,
    progress: Progress | None,
) -> Iterator[Finding]:
    shards = [facts(shard) for shard in shard_paths(path)]
    known = list(read_hashes(leakage)) if leakage is not None else []
    total = sum(shard.rows if limit is None else min(limit, shard.rows) for shard in shards)
    memories = _memories(checks, known)
    places, done = _Places(), 0
    for shard in shards:
        yield from _of_shard(shard, checks)
        places.begin(shard, done)
        broken: list[Finding] = []
        for row in _readable(shard, limit, broken):
            yield from _of_row(row, checks, shard)
            _remember(row, done, checks, memories, shard)
            done += 1
            if progress is not None:
                progress(done, total)
        yield from broken
    for name, memory in memories.items():
        yield from (_of_hit(hit, name, checks[name], places) for hit in memory.finish())


def _memories(checks: Mapping[str, Check], known: Sequence[tuple[int, str]]) -> dict[str, Memory]:
    """A new memory of each check of the whole set."""
    begin = {name: check.begin for name, check in checks.items() if isinstance(check, SetCheck)}
    if "leakage" in begin:
        begin["leakage"] = partial(Leakage, known)
    return {name: make() for name, make in begin.items()}


def _of_shard(shard: ShardFacts, checks: Mapping[str, Check]) -> Iterator[Finding]:
    for name, check in checks.items():
        if isinstance(check, ShardCheck):
            for message in check.find(shard):
                yield Finding(name, check.severity, str(shard.path), None, "", message)


def _readable(shard: ShardFacts, limit: int | None, broken: list[Finding]) -> Iterator[Row]:
    """The rows up to where the shard breaks, if it does: then ``broken`` says so."""
    import pyarrow as pa

    if shard.trouble:
        return
    number = 0
    try:
        for row in rows(shard, limit):
            number = row.number + 1
            yield row
    except (pa.ArrowException, OSError) as error:
        broken.append(
            Finding("not-parquet", "error", str(shard.path), None, "", f"it is broken from row {number} on ({error})")
        )


def _of_row(row: Row, checks: Mapping[str, Check], shard: ShardFacts) -> Iterator[Finding]:
    columns = _columns(shard)
    for name, check in checks.items():
        if isinstance(check, RowCheck) and columns.issuperset(check.needs):
            message = check.find(row)
            if message:
                yield Finding(name, check.severity, str(row.shard), row.number, row.id, message)


def _remember(
    row: Row, place: int, checks: Mapping[str, Check], memories: Mapping[str, Memory], shard: ShardFacts
) -> None:
    columns = _columns(shard)
    for name, memory in memories.items():
        check = checks[name]
        if isinstance(check, SetCheck) and columns.issuperset(check.needs):
            memory.see(row, place)


@lru_cache(maxsize=4)
def _columns(shard: ShardFacts) -> frozenset[str]:
    """Columns that checks of this shard may ask for."""
    return frozenset(sound_columns(shard))


def _of_hit(hit: Hit, name: str, check: Check, places: _Places) -> Finding:
    shard, number = places.find(hit.place)
    message = hit.message
    if hit.other is not None:
        other, other_number = places.find(hit.other)
        message = f"{message} {_id(other, other_number) or 'the pair'} ({other.path.name}, row {other_number})"
    return Finding(name, check.severity, str(shard.path), number, _id(shard, number), message)


@lru_cache(maxsize=4)
def _ids(shard: ShardFacts) -> list[str]:
    import pyarrow.parquet as pq

    if "omni_edit_id" not in sound_columns(shard):
        return [""] * shard.rows
    return [value or "" for value in pq.read_table(shard.path, columns=["omni_edit_id"])["omni_edit_id"].to_pylist()]


def _id(shard: ShardFacts, number: int) -> str:
    return _ids(shard)[number]
