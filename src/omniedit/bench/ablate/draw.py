"""Which pairs of the pool an arm is trained on, and their shard.

The same number of each task for every arm, so that only their quality differs: at most an equal share of what is
wanted, and never more than there are with O >= 9. Draws are by a hash of seed and id, the same for all arms: of two
arms whose choices overlap, one seed draws as many of the same pairs as it can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from omniedit.bench.ablate.studies import SOFT, Choice
from omniedit.data.importance import THRESHOLD
from omniedit.data.pairs import PairTable
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import DataError
from omniedit.seeding import derive
from omniedit.types import Task
from omniedit.writing import beside

FOLDERS = ("kept", "rejected")
"""Where the pool's pairs are."""


@dataclass(frozen=True)
class Entry:
    """What is known of a candidate without its pictures."""

    id: str
    task: str
    overall: float
    """O by the oracle."""
    student: float | None
    """O by the student; None where it could not read the instruction."""
    l1: float
    """Mean difference from the ideal edit, in levels 0..255."""


JUDGES: Mapping[str, Callable[[Entry], float]] = {
    "student": lambda entry: -1.0 if entry.student is None else entry.student,
    "l1": lambda entry: -entry.l1,
}
"""Judge other than the oracle -> how good it finds a candidate, by which those of a task are ordered."""


@dataclass(frozen=True)
class Pool:
    """The candidates of a finished pool."""

    folder: Path

    @cached_property
    def paths(self) -> list[Path]:
        """Its shards. Raises DataError where there are none."""
        found = [path for name in FOLDERS if (self.folder / name).is_dir() for path in shard_paths(self.folder / name)]
        if not found:
            raise DataError(f"{self.folder} holds no candidates: delete it, and run the same command again")
        return found

    @cached_property
    def entries(self) -> list[Entry]:
        """All that the oracle could score, in the order of the shards, of the same pictures and words one."""
        columns = ("omni_edit_id", "x_task", "o_score", "x_details")
        rows = zip(*map(PairTable(self.paths).column, columns), strict=True)
        found = dict[str, Entry]()
        for name, task, overall, details in rows:
            if overall is not None:
                said = json.loads(details)
                entry = Entry(name, task, overall, said["student"], said["l1"])
                found.setdefault(said["content"], entry)
        return list(found.values())

    def drawn(self, choice: Choice, count: int, seed: int) -> dict[str, float]:
        """Id -> weight of the pairs that ``choice`` takes with ``seed``; ``count`` in all, at most.

        Raises:
            DataError: Nothing of the pool has O >= 9.
        """
        found = dict[str, float]()
        for task in Task:
            mine = [entry for entry in self.entries if entry.task == task]
            good = sum(entry.overall >= THRESHOLD for entry in mine)
            takes = sorted(chosen(mine, choice, good), key=lambda entry: derive(seed, "draw", entry.id))
            for entry in takes[: min(count // len(Task), good)]:
                found[entry.id] = SOFT(entry.overall) if choice.soft else 1.0
        if not found:
            raise DataError(f"no candidate in {self.folder} has O of {THRESHOLD:g}: let the pool have more scenes")
        return found

    def write(self, weights: Mapping[str, float], path: Path) -> None:
        """Write the pairs of these ids as one shard, with these weights.

        Raises:
            OutputError: It cannot be written.
        """
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = pa.array(list(weights), pa.string())
        with beside(path) as temporary, pq.ParquetWriter(temporary, pq.read_schema(self.paths[0])) as writer:
            for shard in self.paths:
                table = pq.read_table(shard)
                table = table.filter(pc.is_in(table["omni_edit_id"], wanted))
                ids = table["omni_edit_id"].to_pylist()
                table = _with(table, "x_weight", [weights[name] for name in ids])
                writer.write_table(_with(table, "x_reason", [""] * len(ids)), row_group_size=64)


def chosen(entries: Sequence[Entry], choice: Choice, good: int) -> Iterable[Entry]:
    """Those of one task that may be drawn.

    Args:
        entries: Of the task.
        choice: Which are taken.
        good: How many have O >= 9: so many a judge other than the oracle takes, the best first, equal ones by id.
    """
    if choice.judge == "oracle":
        return [entry for entry in entries if entry.overall >= choice.threshold]
    score = JUDGES[choice.judge]
    return sorted(entries, key=lambda entry: (-score(entry), entry.id))[:good]


def _with(table: Any, name: str, values: Sequence[float | str]) -> Any:  # noqa: ANN401 (pyarrow has no types)
    """A table with other values in a column."""
    import pyarrow as pa

    place = table.schema.get_field_index(name)
    column = pa.array(values, table.schema.field(place).type)
    return table.set_column(place, table.schema.field(place), column)
