"""Emu Edit test: 3,589 wishes of crowd workers for pictures of MagicBrush (Emu Edit, arXiv 2311.10089).

    source   https://huggingface.co/datasets/facebook/emu_edit_test_set, split test (a split validation has 2,022 more)
    licence  CC BY-NC 4.0: not for commercial use
    row      task "background", idx 0, instruction "…", input_caption "…", output_caption "…", image, split, hash
    size     3,589 items in the tasks background, global, style, remove, add, local, texture (its card)

Published are CLIP and DINO similarities and L1 beside the source, means over all items; none follows from a judge's
scores. Here each task has its mean O, and ``average`` is the mean over the tasks, each counting alike: figures of ours,
for comparison within one judge and rubric.

There is no answer to compare with. A known fault: many rows have the same caption, "a train station in city", before
and after the edit, whatever they show (discussion 3 of its ``…_generations``); captions that do not differ are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from omniedit.bench.results import Row
from omniedit.bench.suites import means
from omniedit.bench.suites.local import Download, Entry, LocalSuite, text
from omniedit.bench.suites.tables import TableRow, table_rows
from omniedit.types import Task

TASKS: Mapping[str, Task] = {
    "background": Task.BACKGROUND,
    "global": Task.ENVIRONMENT,
    "style": Task.STYLE,
    "remove": Task.REMOVAL,
    "add": Task.ADDITION,
    "text": Task.SWAP,  # words for words
}
"""Its tasks and the nearest of ours. ``local``, ``texture`` and whatever else is there count as attribute."""

_COLUMNS = ("instruction", "task", "idx", "input_caption", "output_caption")


class EmuEditSuite(LocalSuite):
    """Its test split."""

    name: ClassVar[str] = "emuedit"
    download = Download(
        "the Emu Edit test set (https://huggingface.co/datasets/facebook/emu_edit_test_set)",
        "about 1.2 GB",
        ("hf download facebook/emu_edit_test_set --repo-type dataset --include 'data/test-*' --local-dir emu-edit",),
        "the folder emu-edit",
    )

    def read(self, copy: Path) -> Iterator[Entry]:
        """The rows of the split test. Errors as `LocalSuite.read`."""
        return map(_entry, table_rows(copy, _COLUMNS, "test"))

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """``O`` of each task, ``average`` over the tasks, and ``coverage``, 0..1."""
        groups = {name: entry.group for name, entry in self.entries.items()}
        tasks = means.group_means(rows, groups, means.overall)
        found = {f"O {task}": tasks[task] for task in sorted(tasks)}
        average, covered = means.average(tasks, tasks), means.coverage(rows, groups, means.overall)
        return {**found, "average": average, "coverage": covered}


def _entry(row: TableRow) -> Entry:
    task = text(row.cells, "task", row.where)
    before, after = (str(row.cells[f"{side}_caption"] or "") for side in ("input", "output"))
    return Entry(
        id=f"{task}-{row.cells['idx']}",
        group=task,
        task=TASKS.get(task, Task.ATTRIBUTE),
        instruction=text(row.cells, "instruction", row.where),
        photo=row.picture("image"),
        captions=("", "") if before == after else (before, after),
    )
