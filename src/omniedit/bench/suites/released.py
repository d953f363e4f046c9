"""The suite ``released``: the dev split of the released dataset, ``TIGER-Lab/OmniEdit-Filtered-1.2M``.

    source   https://huggingface.co/datasets/TIGER-Lab/OmniEdit-Filtered-1.2M, which others use in place of the
             benchmark that was not released
    licence  MIT, of the compilation; its photographs, from LAION-5B and OpenImages, have their own
    size     700 items: swap 200, the other five tasks 100 each; 1.5 GB
    item     {"omni_edit_id": "task_env_weather_112463", "task": "env", "edited_prompt_list": ["make it a rainy day",
             …], "src_img": …, "edited_img": …}
    judge    none was published with it; ours and its rubric are those of the suite ``omniedit``

The edited picture, which a specialist made and a judge let pass, is shown as ``reference``: it is no ideal.

A row has several wordings; the first, the short one, is what a contestant is asked. Groups are the six names of tasks
that the dataset uses; it counts a background swap as a swap, and so does the group, while the item's task is
``background`` where the wording says "background".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from omniedit.bench.suites.local import Download, Entry, LocalSuite
from omniedit.bench.suites.tables import table_rows
from omniedit.data.pairs.schema import RELEASED_TASKS
from omniedit.errors import DataError
from omniedit.types import Task

if TYPE_CHECKING:
    from omniedit.bench.results import Row

DATASET = "TIGER-Lab/OmniEdit-Filtered-1.2M"
SPLIT = "dev"
COLUMNS = ("omni_edit_id", "task", "edited_prompt_list")

_TASKS = {name: task for task, name in RELEASED_TASKS.items() if task is not Task.BACKGROUND}


class ReleasedSuite(LocalSuite):
    """The dev split of the released dataset, as parquet files."""

    name: ClassVar[str] = "released"
    download: ClassVar[Download] = Download(
        f"the dev split of {DATASET} (https://huggingface.co/datasets/{DATASET}; MIT, its photographs apart)",
        "1.5 GB",
        (f'hf download {DATASET} --repo-type dataset --include "data/dev-*" --local-dir omniedit-dev',),
        "omniedit-dev",
    )

    def read(self, copy: Path) -> Iterator[Entry]:
        """The rows. Errors as `LocalSuite.read`."""
        for row in table_rows(copy, COLUMNS, SPLIT):
            if row.path.name.startswith("train-"):
                raise DataError(f"{row.path} is of the train split: the suite is the {SPLIT} split\n{self._fetch}")
            words, task = _wording(row.cells, row.where), _task(row.cells, row.where)
            yield Entry(
                id=str(row.cells["omni_edit_id"] or row.row),
                group=task,
                task=_ours(task, words),
                instruction=words,
                photo=row.picture("src_img"),
                reference=row.picture("edited_img"),
            )

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits over all that items depend on, in no order. Errors as `ids`.

        Column by column: a column of a row group is read whole, some 100 MB, and only the last one is held.
        """
        entries = list(self.entries.values())
        photos = [entry.photo.digest() for entry in entries]
        references = [entry.reference.digest() for entry in entries if entry.reference]
        words = [json.dumps([entry.id, entry.group, str(entry.task), entry.instruction]) for entry in entries]
        lines = sorted(map(" ".join, zip(words, photos, references, strict=True)))
        return hashlib.sha256("\n".join((self.name, *lines)).encode()).hexdigest()[:12]

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """None: nobody published figures on it."""
        return {}

    @property
    def _fetch(self) -> str:
        return "\n".join(f"  {command}" for command in self.download.commands)


def _wording(cells: Mapping[str, Any], where: str) -> str:
    """The first wording of a row.

    Raises:
        DataError: There is none.
    """
    wordings = cells["edited_prompt_list"] or []
    if not wordings or not isinstance(wordings[0], str) or not wordings[0].strip():
        raise DataError(f"{where} has no instruction in edited_prompt_list: fetch the file again")
    return wordings[0].strip()


def _task(cells: Mapping[str, Any], where: str) -> str:
    """The dataset's name of a row's task.

    Raises:
        DataError: It is none.
    """
    name = cells["task"]
    if name not in _TASKS:
        raise DataError(f"{where} names no task but {name!r}; there are {', '.join(sorted(_TASKS))}")
    return str(name)


def _ours(name: str, words: str) -> Task:
    """The task among our seven; see the module."""
    task = _TASKS[name]
    return Task.BACKGROUND if task is Task.SWAP and "background" in words.casefold() else task
