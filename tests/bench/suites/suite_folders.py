"""Folders of small photographs, and suites made of them, for the tests of suites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from omniedit.bench.suites.making import Made, make
from omniedit.bench.suites.making.choice import LIMITS
from omniedit.images import resize, save_picture
from omniedit.types import Image

SMALL = replace(LIMITS, min_megapixels=0.0)
"""Limits that let photographs of a few pixels pass."""
KNOWN = {"objects": [{"name": "dog", "colour": "brown", "where": "left"}], "licence": "CC0"}
"""What a file beside a photograph says, so that templates can propose every task."""


def photograph(seed: int, size: tuple[int, int] = (72, 48)) -> Image:
    """A picture of random patches with grain on them, ``size`` = (width, height): sharp, and like no other."""
    rng = np.random.default_rng(seed)
    patches = resize(rng.integers(20, 236, (6, 6, 3), np.uint8), size)
    return (patches + rng.integers(-20, 20, patches.shape)).astype(np.uint8)


def folder_of(folder: Path, sizes: Sequence[tuple[int, int]], *, known: bool = True) -> Path:
    """A folder of photographs of such sizes, each with a file beside it where they are ``known``."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, size in enumerate(sizes):
        save_picture(folder / f"photo-{seed}.png", photograph(seed, size), overwrite=True)
        if known:
            (folder / f"photo-{seed}.json").write_text(json.dumps(KNOWN), encoding="utf-8")
    return folder


def frozen(tmp_path: Path, sizes: Sequence[tuple[int, int]] = ((72, 48), (48, 48))) -> tuple[Path, Made]:
    """A suite in ``tmp_path`` that lacks nothing, and what making it said."""
    made = make(folder_of(tmp_path / "photographs", sizes), tmp_path / "suite", limits=SMALL)
    return tmp_path / "suite", made
