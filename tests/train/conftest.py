"""A few tiny pairs on disk, and recipes that train on them in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from omniedit.data.pairs import write_pairs
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

RECIPE = """
name = "tiny"
stage = "{stage}"
pairs = "{pairs}"
out = "{out}"
[data]
memory = {memory}
[model]
layers = 2
heads = 2
head_width = 8
patch = 8
area = 1024
[flow]
prediction = "blend"
shift = 1.0
floor = 0.5
[train]
steps = {steps}
batch = 4
warmup = 2
learning_rate = {rate}
parts = "{parts}"
precision = "{precision}"
[run]
checkpoint_every = 3
validate_every = 100
log_every = 2
threads = 1
"""


def tiny_pair(index: int) -> Pair:
    """A noisy picture that becomes red or blue, as its instruction says."""
    rng = np.random.default_rng(index)
    height, width = [(32, 32), (24, 40), (40, 24)][index % 3]
    source = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    colour, value = [("red", (220, 30, 30)), ("blue", (30, 30, 220))][index % 2]
    result = np.full_like(source, value)
    proposal = Proposal(
        f"p{index}",
        Task.STYLE,
        f"make everything {colour}",
        phrasings=(f"turn it all {colour}",),
        target=colour,
        source_caption="a photo of noise",
        target_caption=f"a photo of something {colour}",
    )
    return Pair(
        f"pair-{index}", Candidate(f"photo-{index}", proposal, source, result, "test"), Verdict((10, 10), (10,))
    )


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    write_pairs(folder / "shard.parquet", [tiny_pair(i) for i in range(12)])
    return folder


@pytest.fixture
def recipe(pairs: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a recipe: ``recipe(stage="edit", steps=6, out="run")``."""

    def write(
        *,
        stage: str = "edit",
        steps: int = 6,
        out: str = "run",
        rate: float = 1e-3,
        parts: str = "control",
        memory: bool = True,
        precision: str = "bf16",
    ) -> Path:
        path = tmp_path / f"{out}.toml"
        settings = {"stage": stage, "steps": steps, "out": tmp_path / out, "rate": rate, "parts": parts}
        path.write_text(RECIPE.format(pairs=pairs, precision=precision, memory=str(memory).lower(), **settings))
        return path

    return write
