"""ImgEdit-Bench, the basic suite: 737 single edits in nine tasks (ImgEdit, arXiv 2505.20275).

    source   https://github.com/PKU-YuanGroup/ImgEdit, Benchmark/Basic/basic_edit.json; pictures in Benchmark.tar of
             https://huggingface.co/datasets/sysuyy/ImgEdit
    licence  none stated in its repository: fetch it yourself, pass nothing on
    item     "1082": {"id": "animal/000342021.jpg", "prompt": "Change the tortoise's shell texture to a smooth
             surface.", "edit_type": "alter"}
    judge    GPT-4o in its script, GPT-4.1 in its paper (issue 34 there); it tells the judge that the second and third
             score are at most the first

    item = (a + min(b, a) + min(c, a)) / 3 with scores a, b, c on 1..5;  task = mean of its items
    overall = mean of the nine tasks

The scripts end at the tasks. That the published overall is the mean of tasks, not of items, follows from published
tables: Step1X-Edit's nine figures there have the mean 3.06, which is the overall given, and 3.12 weighted by items.
The scripts also round each item to two decimals, which moves a task by less than 0.005; here nothing is rounded.

Scores of the rubric ``imgedit`` lie on 0..10 as all verdicts do: 1..5 is 1 + 4 s / 10, so 0, 2.5, 5, 7.5 and 10 are
1, 2, 3, 4 and 5. To have a judge choose among these five only, ask it with ``Asking(scale=4)``. The original has other
words for every task, asks for all three scores at once, and leaves the cap to the judge: compare figures within one
judge and one rubric.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from omniedit.bench.results import Row
from omniedit.bench.suites import means
from omniedit.bench.suites.local import Download, Entry, LocalSuite, file, read_json, text
from omniedit.errors import DataError
from omniedit.types import Task

TASKS: Mapping[str, tuple[str, Task]] = {
    "add": ("add", Task.ADDITION),
    "alter": ("adjust", Task.ATTRIBUTE),
    "adjust": ("adjust", Task.ATTRIBUTE),
    "extract": ("extract", Task.BACKGROUND),  # a thing cut out: everything around it goes
    "replace": ("replace", Task.SWAP),
    "remove": ("remove", Task.REMOVAL),
    "background": ("background", Task.BACKGROUND),
    "style": ("style", Task.STYLE),
    "compose": ("hybrid", Task.ATTRIBUTE),  # several local edits at once
    "action": ("action", Task.ATTRIBUTE),  # a pose or a face: a property of who is there
}
"""``edit_type`` -> the task's name in published tables, and the nearest of ours."""

PUBLISHED = tuple(dict.fromkeys(name for name, _ in TASKS.values()))
"""The nine tasks as published tables name them."""
FILES = ("basic_edit.json", "singleturn.json")
"""Names of the list of items: that of the repository, and that of older versions."""


class ImgEditSuite(LocalSuite):
    """Its basic suite; the UGE and multi-turn suites are not covered."""

    name: ClassVar[str] = "imgedit"
    rubric: ClassVar[str] = "imgedit"
    download = Download(
        "ImgEdit-Bench (https://github.com/PKU-YuanGroup/ImgEdit)",
        "737 edits and their pictures",
        (
            "hf download sysuyy/ImgEdit Benchmark.tar --repo-type dataset --local-dir imgedit",
            "tar -xf imgedit/Benchmark.tar -C imgedit",
            "curl -Lo imgedit/basic_edit.json "
            "https://raw.githubusercontent.com/PKU-YuanGroup/ImgEdit/main/Benchmark/Basic/basic_edit.json",
        ),
        "the folder imgedit",
    )

    def read(self, copy: Path) -> Iterator[Entry]:
        """The items of the list, whose pictures may lie anywhere below the folder. Errors as `LocalSuite.read`."""
        listed = _list(copy)
        items = read_json(listed, "the items by key")
        if not isinstance(items, dict) or not items:
            raise DataError(f"{listed} holds no items by key, as basic_edit.json of ImgEdit does")
        base = _base(listed.parent if copy.is_file() else copy, listed, next(iter(items.values())))
        for key, cells in items.items():
            yield _entry(str(key), cells, base, f"item {key} of {listed}")

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """The nine tasks and ``overall``, on 1..5, and ``coverage``, 0..1; of the rubric ``imgedit`` only."""
        groups = {name: TASKS[entry.group][0] for name, entry in self.entries.items()}
        tasks = means.group_means(rows, groups, capped)
        found = {task: tasks.get(task) for task in PUBLISHED}
        return {**found, "overall": means.average(tasks, PUBLISHED), "coverage": means.coverage(rows, groups, capped)}


def capped(row: Row) -> float | None:
    """The mean of an item's three scores, the second and third at most the first, on 1..5.

    Over the repeats of the first judge, each reply capped by itself. None for another rubric's scores.
    """
    asked = [(score.judge, score.rubric) for score in row.scores]
    first = [score for score, way in zip(row.scores, asked, strict=True) if way == asked[0] and not score.unscored]
    replies = [(score.sc, score.pq) for score in first] or [(row.sc, row.pq)]
    if any((len(sc), len(pq)) != (1, 2) for sc, pq in replies):
        return None
    marks = [sum(min(score, sc[0]) for score in (*sc, *pq)) / 3 for sc, pq in replies]
    return 1 + 0.4 * sum(marks) / len(marks)


def _list(copy: Path) -> Path:
    if copy.is_file():
        return copy
    for name in FILES:
        if found := sorted(copy.rglob(name)):
            return found[0]
    raise DataError(f"{copy} holds no {' and no '.join(FILES)}: fetch it from the repository of ImgEdit")


def _base(copy: Path, listed: Path, first: Any) -> Path:  # noqa: ANN401 (JSON)
    """The folder below ``copy`` that paths of pictures are relative to: the one where the ``first`` item's is."""
    name = text(first if isinstance(first, dict) else {}, "id", f"the first item of {listed}")
    depth = len(Path(name).parts) - 1
    for found in sorted(copy.rglob(Path(name).name)):
        if len(found.parents) > depth and (base := found.parents[depth]) / name == found:
            return base
    raise DataError(f"{name}, the picture of the first item of {listed}, is nowhere below {copy}: unpack Benchmark.tar")


def _entry(key: str, cells: Any, base: Path, where: str) -> Entry:  # noqa: ANN401 (JSON)
    if not isinstance(cells, dict):
        raise DataError(f"{where} is {cells!r}, not an object with id, prompt and edit_type")
    kind = text(cells, "edit_type", where)
    if kind not in TASKS:
        raise DataError(f"{where} has the edit_type {kind!r}, which is none of {', '.join(TASKS)}")
    return Entry(
        id=key,
        group=kind,
        task=TASKS[kind][1],
        instruction=text(cells, "prompt", where),
        photo=file(base / text(cells, "id", where), where),
    )
