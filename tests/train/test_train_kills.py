"""A run that is killed at any moment, in the middle of saving too, ends with the weights of one left in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file

from omniedit.train.checkpoint import PARTS, checkpoints
from omniedit.train.loop import train

MakeRecipe = Callable[..., Path]
KILLS = 10
STEPS = 60
# Imports once, and forks a run for every line that it reads: kills fall into steps and saves, not into imports.
NURSERY = """
import os, sys
from omniedit.train.loop import train
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        train(sys.argv[1])
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def frequent(recipe: MakeRecipe, out: str) -> Path:
    """A run that saves after every second step, so that most of its time is saving."""
    path = recipe(steps=STEPS, out=out, parts="all")
    path.write_text(path.read_text().replace("checkpoint_every = 3", "checkpoint_every = 2"))
    return path


def test_ten_kills_change_nothing(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(frequent(recipe, "whole"))
    path, chance, killed = frequent(recipe, "killed"), random.Random(0), tmp_path / "killed"
    command = [sys.executable, "-c", NURSERY, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, **pipes) as nursery:  # type: ignore[call-overload]
        for _ in range(KILLS):
            before = set(killed.glob("*"))
            child = run(nursery)
            while set(killed.glob("*")) == before:
                time.sleep(0.002)  # until it begins to write
            time.sleep(chance.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            assert answer(nursery) == signal.SIGKILL, "it had come to its end"
        run(nursery)
        assert answer(nursery) == 0
        nursery.stdin.close()
    one, other = (everything(checkpoints(tmp_path / name)[-1]) for name in ("whole", "killed"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def run(nursery: subprocess.Popen[str]) -> int:
    """Begin a run; its process."""
    assert nursery.stdin is not None
    nursery.stdin.write("run\n")
    return answer(nursery)


def answer(nursery: subprocess.Popen[str]) -> int:
    """The next number that is printed, among what runs print."""
    assert nursery.stdout is not None
    for line in nursery.stdout:
        if line.strip().isdecimal():
            return int(line)
    raise AssertionError("the runs' parent has died")


def everything(checkpoint: Path) -> dict[str, torch.Tensor]:
    """All tensors of a checkpoint."""
    assert checkpoint.name == f"step-{STEPS:08d}"
    found = ((part, load_file(checkpoint / f"{part}.safetensors")) for part in PARTS)
    return {f"{part}/{name}": tensor for part, tensors in found for name, tensor in tensors.items()}
