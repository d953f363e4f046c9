"""Piles of small photographs, recipes over them, and what a finished build holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from omniedit.data.engine.judges import JudgeTable
from omniedit.data.engine.photo_recipe import PhotoRecipe, SourceTable
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.engine.specialists import SpecialistTable
from omniedit.data.sources import FilterConfig
from omniedit.types import Image, Task

SIZE = (48, 40)
FILTERS = FilterConfig(min_megapixels=0.001, min_sharpness=0.0)


def picture(number: int, size: tuple[int, int] = SIZE) -> Image:
    """A smooth picture like no other."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC))


def pile(folder: Path, count: int, *, faulty: bool = False) -> Path:
    """A folder of so many photographs; with those that a source drops beside them, if asked for."""
    folder.mkdir(parents=True)
    for number in range(count):
        PIL.Image.fromarray(picture(number)).save(folder / f"{number:03}.png")
        (folder / f"{number:03}.txt").write_text(f"yard number {number}")
    if faulty:
        PIL.Image.fromarray(picture(0)).save(folder / "zero_again.jpg", quality=95)
        PIL.Image.fromarray(picture(99, (20, 10))).save(folder / "small.png")
        (folder / "torn.png").write_bytes((folder / "000.png").read_bytes()[:200])
    return folder


def recipe(source: Path, *tasks: Task, **changes: Any) -> PhotoRecipe:
    """Templates and CPU tools over a pile."""
    specialists: Mapping[Task, SpecialistTable] = {task: SpecialistTable() for task in tasks}
    values = {"proposals": ProposalsTable(count=2), "specialists": specialists, **changes}
    return PhotoRecipe(source=SourceTable({"path": str(source)}, FILTERS), **values)


def asked(url: str, cache: Path, **options: Any) -> JudgeTable:
    """A judge behind a server."""
    return JudgeTable("openai:tester", {"base_url": url, "cache": str(cache), **options})


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a build but what was measured, which no two builds share, and what kills left."""
    files = (path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))
    kept = (path for path in files if path.name != "report.html" and path.parent.name != "times")
    return {str(path.relative_to(out)): path.read_bytes() for path in kept}
