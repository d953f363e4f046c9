"""GEdit-Bench: 606 real users' wishes, each in English and in Chinese, in 11 groups (Step1X-Edit, arXiv 2504.17761).

    source   https://huggingface.co/datasets/stepfun-ai/GEdit-Bench, 1,212 rows, half of them in each language
    licence  MIT (its card)
    row      task_type "background_change", key "…", instruction "…", instruction_language "en" or "cn",
             input_image, input_image_raw, Intersection_exist true
    judge    VIEScore with GPT-4.1, or Qwen2.5-VL-72B

    G_SC, G_PQ, G_O = mean over the 11 groups of the group's mean of SC, PQ, sqrt(SC * PQ)

as ``GEdit-Bench/calculate_statistics.py`` of https://github.com/stepfun-ai/Step1X-Edit has it. It sums up each language
by itself, so there are two suites, and once more the rows that its column ``Intersection_exist`` marks. The script
takes the results that it finds; here a group of which more than one in twenty is missing has no mean (`means`).

Contestants get ``input_image_raw``, as its example of generating pictures has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from omniedit.bench.results import Row
from omniedit.bench.suites import means
from omniedit.bench.suites.local import Download, Entry, LocalSuite, text
from omniedit.bench.suites.tables import TableRow, table_rows
from omniedit.errors import DataError
from omniedit.types import Task

TASKS: Mapping[str, Task] = {
    "background_change": Task.BACKGROUND,
    "color_alter": Task.ATTRIBUTE,
    "material_alter": Task.ATTRIBUTE,
    "motion_change": Task.ATTRIBUTE,  # a pose or a face: none of ours, but a property of what is there
    "ps_human": Task.ATTRIBUTE,  # retouching, likewise
    "style_change": Task.STYLE,
    "subject-add": Task.ADDITION,
    "subject-remove": Task.REMOVAL,
    "subject-replace": Task.SWAP,
    "text_change": Task.SWAP,  # words for words
    "tone_transfer": Task.ENVIRONMENT,  # light, season, mood of the whole picture
}
"""The 11 groups, and the nearest of our tasks."""

_COLUMNS = ("task_type", "key", "instruction", "instruction_language", "Intersection_exist")
_FIGURES = {"G_SC": means.sc, "G_PQ": means.pq, "G_O": means.overall}


class GEditEnglish(LocalSuite):
    """Its English half."""

    name: ClassVar[str] = "gedit-en"
    rubric: ClassVar[str] = "viescore"
    language: ClassVar[str] = "en"
    """In the words of its column ``instruction_language``."""
    download = Download(
        "GEdit-Bench (https://huggingface.co/datasets/stepfun-ai/GEdit-Bench)",
        "1,212 rows with their pictures, some gigabytes",
        ("hf download stepfun-ai/GEdit-Bench --repo-type dataset --local-dir gedit-bench",),
        "the folder gedit-bench",
    )

    def read(self, copy: Path) -> Iterator[Entry]:
        """The rows in this language. Errors as `LocalSuite.read`."""
        for row in table_rows(copy, _COLUMNS, "train"):
            if row.cells["instruction_language"] == self.language:
                yield _entry(row)

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """``G_SC``, ``G_PQ`` and ``G_O``, each also of the marked rows; ``O`` of each group; and ``coverage``, 0..1."""
        every = {name: entry.group for name, entry in self.entries.items()}
        marked = {name: every[name] for name, entry in self.entries.items() if entry.subset}
        found: dict[str, float | None] = {}
        for suffix, groups in (("", every), (" intersection", marked)):
            for figure, value in _FIGURES.items():
                found[figure + suffix] = means.average(means.group_means(rows, groups, value), TASKS)
        of_groups = means.group_means(rows, every, means.overall)
        found |= {f"O {group}": of_groups.get(group) for group in TASKS}
        return found | {"coverage": means.coverage(rows, every, means.overall)}


class GEditChinese(GEditEnglish):
    """Its Chinese half."""

    name: ClassVar[str] = "gedit-cn"
    language: ClassVar[str] = "cn"


def _entry(row: TableRow) -> Entry:
    group = text(row.cells, "task_type", row.where)
    if group not in TASKS:
        raise DataError(f"{row.where} is of the group {group!r}, which is none of {', '.join(TASKS)}")
    return Entry(
        id=f"{group}-{text(row.cells, 'key', row.where)}",
        group=group,
        task=TASKS[group],
        instruction=text(row.cells, "instruction", row.where),
        photo=row.picture("input_image_raw", "input_image", "source_image"),
        subset=bool(row.cells["Intersection_exist"]),
    )
