"""Many devices: the same batches, the same losses, and checkpoints that go from one number of devices to another."""

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
STEPS = 20


def exact(recipe: MakeRecipe, out: str, *, steps: int = STEPS, schedule: str = "cosine") -> Path:
    """A recipe whose every loss is logged, in single precision, with a part of the batch for each device."""
    path = recipe(out=out, steps=steps, precision="fp32", parts="all")
    text = path.read_text().replace("log_every = 2", "log_every = 1")
    path.write_text(text.replace("warmup = 2", f'warmup = 2\nschedule = "{schedule}"'))
    return path


def losses(run: Path) -> list[float]:
    return [entry["loss"] for entry in read_log(run) if "loss" in entry]


@pytest.mark.parametrize("shares", ["false", "true"], ids=["DDP", "FSDP"])
def test_two_processes_give_the_losses_and_weights_of_one(recipe: MakeRecipe, tmp_path: Path, shares: str) -> None:
    train(exact(recipe, "one"))
    launch(exact(recipe, "two"), 2, ACCELERATE_USE_FSDP=shares)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), abs=1e-4)
    one, two = (load_file(checkpoints(tmp_path / run)[-1] / "net.safetensors") for run in ("one", "two"))
    assert one.keys() == two.keys()
    assert all(torch.allclose(one[name], two[name], atol=1e-3) for name in one)


def test_a_run_goes_on_with_another_number_of_devices(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(exact(recipe, "whole", steps=8, schedule="constant"))
    launch(exact(recipe, "moved", steps=4, schedule="constant"), 2, ACCELERATE_USE_FSDP="true")
    train(exact(recipe, "moved", steps=8, schedule="constant"))
    assert losses(tmp_path / "moved")[-4:] == pytest.approx(losses(tmp_path / "whole")[-4:], abs=2e-3)


def test_parts_of_a_batch_give_the_same_as_the_whole(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(exact(recipe, "whole"))
    path = exact(recipe, "parts")
    path.write_text(path.read_text().replace("batch = 4", "batch = 4\naccumulate = 2"))
    train(path)
    assert losses(tmp_path / "parts") == pytest.approx(losses(tmp_path / "whole"), abs=1e-4)


@pytest.mark.parametrize("network", ["controlnet", "controlnet_text"])
def test_every_weight_that_trains_has_a_gradient_on_every_device(
    recipe: MakeRecipe, tmp_path: Path, network: str
) -> None:
    path = recipe(steps=2)
    path.write_text(path.read_text().replace("layers = 2", f'layers = 2\nnetwork = "{network}"'))
    launch(path, 2)  # DDP stops at a weight without a gradient
    assert len(losses(tmp_path / "run")) == 1
