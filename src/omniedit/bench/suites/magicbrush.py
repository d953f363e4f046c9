"""MagicBrush, the test split: 1,053 turns in 535 sessions, edited by people with DALL-E 2 (arXiv 2306.10012).

    source   https://github.com/OSU-NLP-Group/MagicBrush: a zip file with the password MagicBrush
    licence  CC BY 4.0 (its card); its authors ask not to put the unpacked test data on line, nor to train on it
    item     {"input": "139-input.png", "mask": "139-mask1.png", "output": "139-output1.png", "instruction": "…"}
    size     1,053 turns, up to three in a session

Each turn is an item of its own, edited from its own input: what its evaluation calls single-turn or all-turn. The
multi-turn setting, where an editor goes on from its own results, is not run.

Published are L1, L2, CLIP-I and DINO against the answer made by people, and CLIP-T against a caption. None follows
from a judge's scores, so `MagicBrushSuite.figures` is empty; `distances` measures L1 and L2 on the pictures of a
run. CLIP-I, CLIP-T and DINO need models of their own (`judge.metrics.ClipScore` for the first).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import PIL.Image

from omniedit.bench.results import Row
from omniedit.bench.suites.local import Download, Entry, LocalSuite, file, read_json, text
from omniedit.bench.suites.means import COVERAGE
from omniedit.errors import DataError
from omniedit.images import load_rgb, to_unit
from omniedit.types import Image, Task

LIST = "edit_turns.json"
"""The list of turns."""


class MagicBrushSuite(LocalSuite):
    """Its test split, turn by turn. It names no tasks: the groups are ``turn 1``, ``turn 2`` and ``turn 3``.

    Of our tasks, the nearest to a change within a mask is attribute.
    """

    name: ClassVar[str] = "magicbrush"
    download = Download(
        "the test split of MagicBrush (https://github.com/OSU-NLP-Group/MagicBrush)",
        "1,053 turns and their pictures",
        (
            "get the zip file that the section Dataset Access of its README links to",
            "unzip -P MagicBrush test.zip -d magicbrush",
        ),
        "the folder magicbrush",
    )

    def read(self, copy: Path) -> Iterator[Entry]:
        """The turns of the list, whose pictures lie beside it in ``images/SESSION``. Errors as `LocalSuite.read`."""
        listed = _list(copy)
        turns = read_json(listed, "the turns")
        if not isinstance(turns, list):
            raise DataError(f"{listed} holds no list of turns, as {LIST} of MagicBrush does")
        for number, cells in enumerate(turns):
            yield _entry(cells, listed.parent / "images", f"turn {number} of {listed}")

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """Nothing: what is published does not follow from scores (see `distances`)."""
        return {}


def distances(pictures: Path, ids: Sequence[str]) -> Mapping[str, float | None]:
    """``L1`` and ``L2`` (mean absolute and mean squared difference, 0..1) from results to the answers made by people.

    Means over the items, each result brought to its answer's size by Pillow's cubic filter, as
    ``evaluation/image_eval.py`` of MagicBrush has it.

    Args:
        pictures: Folder of a run's ``ID-result.png`` and ``ID-reference.png``.
        ids: The suite's ids.

    Returns:
        The two, None where fewer than `COVERAGE` of the items have both pictures.

    Raises:
        ImageError: A picture cannot be opened.
    """
    pairs = ((pictures / f"{name}-result.png", pictures / f"{name}-reference.png") for name in ids)
    there = [_difference(*map(load_rgb, pair)) for pair in pairs if all(path.is_file() for path in pair)]
    if not there or len(there) < COVERAGE * len(ids):
        return {"L1": None, "L2": None}
    first, second = np.mean(there, axis=0)
    return {"L1": float(first), "L2": float(second)}


def _difference(result: Image, reference: Image) -> tuple[float, float]:
    height, width = reference.shape[:2]
    resized = np.asarray(PIL.Image.fromarray(result).resize((width, height), PIL.Image.Resampling.BICUBIC))
    difference = to_unit(resized).astype(np.float64) - to_unit(reference)
    return float(np.abs(difference).mean()), float(np.square(difference).mean())


def _list(copy: Path) -> Path:
    if copy.is_file():
        return copy
    found = sorted(copy.rglob(LIST))
    if not found:
        raise DataError(f"{copy} holds no {LIST}: give the folder that test.zip was unpacked to")
    return next((path for path in found if path.parent.name == "test"), found[0])


def _entry(cells: Any, images: Path, where: str) -> Entry:  # noqa: ANN401 (JSON)
    if not isinstance(cells, dict):
        raise DataError(f"{where} is {cells!r}, not an object with input, mask, output and instruction")
    before, after = text(cells, "input", where), text(cells, "output", where)
    session = before.partition("-")[0]
    turn = re.search(r"-output(\d+)\.", after)
    if turn is None:
        raise DataError(f"{where} has the output {after!r}, whose name does not say which turn it is")
    return Entry(
        id=f"{session}-{turn[1]}",
        group=f"turn {turn[1]}",
        task=Task.ATTRIBUTE,
        instruction=text(cells, "instruction", where),
        photo=file(images / session / before, where),
        mask=file(images / session / text(cells, "mask", where), where),
        reference=file(images / session / after, where),
    )
