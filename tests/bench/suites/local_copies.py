"""Small local copies of published benchmarks, in their real formats, and rows to sum up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np

from omniedit.bench.results import Row, Status
from omniedit.images import encode
from omniedit.types import Image


def picture(seed: int, size: tuple[int, int] = (24, 16)) -> Image:
    """Noise of ``size`` = (width, height)."""
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def cell(seed: int, size: tuple[int, int] = (24, 16)) -> dict[str, Any]:
    """A picture as ``datasets`` stores it."""
    return {"bytes": encode(picture(seed, size)), "path": None}


def table(rows: Sequence[Mapping[str, Any]], pictures: Sequence[str]) -> datasets.Dataset:
    """A data set whose columns ``pictures`` are of the type Image, as on the Hub."""
    found = datasets.Dataset.from_list([dict(row) for row in rows])
    for name in pictures:
        found = found.cast_column(name, datasets.Image())
    return found


def saved(rows: Sequence[Mapping[str, Any]], pictures: Sequence[str], folder: Path, split: str) -> Path:
    """A folder of ``save_to_disk``: Arrow files."""
    datasets.DatasetDict({split: table(rows, pictures)}).save_to_disk(str(folder))
    return folder


def parquet(rows: Sequence[Mapping[str, Any]], pictures: Sequence[str], path: Path) -> Path:
    """A parquet file in row groups of two, as the Hub has them in larger ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table(rows, pictures).to_parquet(str(path), batch_size=2)
    return path


def scored(id: str, sc: Sequence[float], pq: Sequence[float], task: str = "") -> Row:
    """A scored row."""
    return Row(id, task, "1:1", "", "…", "scored", tuple(sc), tuple(pq), math.sqrt(min(sc) * min(pq)))


def unscored(id: str, status: Status = "unscored") -> Row:
    """A row without scores."""
    return Row(id, "", "1:1", "", "…", status, reason="no numbers")
