"""Checkpoints that hold all that a run needs to go on bit for bit: weights, averaged weights, optimiser, step.

A checkpoint is a folder ``step-N`` that appears at once, by renaming a finished temporary folder: a kill during a
save leaves the one before. Tensors are safetensors; nothing is unpickled.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from omniedit.errors import ModelError

KEPT = 2
"""Checkpoints that are kept."""


def save_checkpoint(
    folder: Path, step: int, net: nn.Module, average: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> Path:
    """Write ``folder/step-N`` atomically and remove all but the newest ``KEPT``."""
    final, partial = folder / f"step-{step:08d}", folder / f"partial-{step:08d}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file(_detached(net.state_dict()), partial / "net.safetensors")
    save_file(_detached(average), partial / "average.safetensors")
    save_file(_flatten(optimizer.state_dict()["state"]), partial / "optimizer.safetensors")
    (partial / "state.json").write_text(json.dumps({"step": step}) + "\n")
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    for old in checkpoints(folder)[:-KEPT]:
        shutil.rmtree(old)
    return final


def checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints in ``folder``, oldest first."""
    return sorted(folder.glob("step-*"))


def load_checkpoint(path: Path, net: nn.Module, average: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> int:
    """Put a checkpoint's state into the three, in place; returns its step.

    Raises:
        ModelError: the checkpoint belongs to another network.
    """
    try:
        net.load_state_dict(load_file(path / "net.safetensors"))
        for name, tensor in load_file(path / "average.safetensors").items():
            average[name].copy_(tensor)
    except (RuntimeError, KeyError) as error:
        raise ModelError(
            f"{path} was written by another network: use another 'out' folder, or remove it ({str(error)[:200]})"
        ) from error
    state = optimizer.state_dict()
    state["state"] = _unflatten(load_file(path / "optimizer.safetensors"))
    optimizer.load_state_dict(state)
    return int(json.loads((path / "state.json").read_text())["step"])


def _detached(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as safetensors takes them."""
    return {name: tensor.detach().contiguous() for name, tensor in state.items()}


def _flatten(state: Mapping[int, Mapping[str, Any]]) -> dict[str, Tensor]:
    """``{parameter: {slot: tensor}}`` -> ``{"parameter.slot": tensor}``."""
    return {f"{i}.{slot}": torch.as_tensor(v).contiguous() for i, slots in state.items() for slot, v in slots.items()}


def _unflatten(flat: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """The inverse of :func:`_flatten`."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        index, slot = key.split(".", 1)
        state.setdefault(int(index), {})[slot] = tensor
    return state
