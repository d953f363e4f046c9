"""A run that is killed at any moment, in the middle of saving too, ends with the weights of one left in peace."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import torch
from forked import started
from safetensors.torch import load_file

from omniedit.train.checkpoint import PARTS, checkpoints
from omniedit.train.loop import train

MakeRecipe = Callable[..., Path]
KILLS = 10
STEPS = 60


def frequent(recipe: MakeRecipe, out: str) -> Path:
    """A run that saves after every second step, so that most of its time is saving."""
    path = recipe(steps=STEPS, out=out, parts="all")
    path.write_text(path.read_text().replace("checkpoint_every = 3", "checkpoint_every = 2"))
    return path


def test_ten_kills_change_nothing(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(frequent(recipe, "whole"))
    path, chance, killed = frequent(recipe, "killed"), random.Random(0), tmp_path / "killed"
    for _ in range(KILLS):
        before = set(killed.glob("*"))
        process = started(train, path)
        while process.is_alive() and set(killed.glob("*")) == before:
            time.sleep(0.002)  # until it begins to write
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it had come to its end"
    train(path)
    one, other = (everything(checkpoints(tmp_path / name)[-1]) for name in ("whole", "killed"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def everything(checkpoint: Path) -> dict[str, torch.Tensor]:
    """All tensors of a checkpoint."""
    assert checkpoint.name == f"step-{STEPS:08d}"
    found = ((part, load_file(checkpoint / f"{part}.safetensors")) for part in PARTS)
    return {f"{part}/{name}": tensor for part, tensors in found for name, tensor in tensors.items()}
