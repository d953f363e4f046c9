"""Optimiser states in 8 bits: they train, and go on bit for bit after a stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from launching import launch
from safetensors.torch import load_file

from omniedit.train.checkpoint import checkpoints
from omniedit.train.log import read_log
from omniedit.train.loop import train

MakeRecipe = Callable[..., Path]


def eight(recipe: MakeRecipe, out: str, steps: int, optimizer: str = "adamw8bit") -> Path:
    """A recipe whose matrices are large enough for 8 bits: 4,096 values and more."""
    path = recipe(out=out, steps=steps, parts="all")
    text = path.read_text().replace("head_width = 8", "head_width = 32").replace("log_every = 2", "log_every = 1")
    path.write_text(text.replace("warmup = 2", f'warmup = 2\nschedule = "constant"\noptimizer = "{optimizer}"'))
    return path


def losses(run: Path) -> list[float]:
    return [entry["loss"] for entry in read_log(run) if "loss" in entry]


def test_a_stopped_run_goes_on_to_the_same_bits(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(eight(recipe, "whole", 6))
    train(eight(recipe, "parts", 3))
    train(eight(recipe, "parts", 6))
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    for part in ("net", "average", "optimizer"):
        whole, parts = (
            load_file(checkpoints(tmp_path / run)[-1] / f"{part}.safetensors") for run in ("whole", "parts")
        )
        assert whole.keys() == parts.keys()
        assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_states_are_small_and_losses_near_those_of_whole_states(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(eight(recipe, "small", 6))
    train(eight(recipe, "whole", 6, "adamw"))
    assert losses(tmp_path / "small") == pytest.approx(losses(tmp_path / "whole"), rel=0.02)
    sizes = [(checkpoints(tmp_path / run)[-1] / "optimizer.safetensors").stat().st_size for run in ("small", "whole")]
    assert sizes[0] < 0.5 * sizes[1]
    states = load_file(checkpoints(tmp_path / "small")[-1] / "optimizer.safetensors")
    assert {tensor.dtype for tensor in states.values() if tensor.ndim == 2} >= {torch.uint8}


def test_shares_of_such_states_are_refused(recipe: MakeRecipe) -> None:
    with pytest.raises(AssertionError, match="take adamw with it"):
        launch(eight(recipe, "run", 2), 2, ACCELERATE_USE_FSDP="true")
