"""Checkpoints that hold all that a run needs to go on bit for bit: weights, averaged weights, optimiser, step.

A checkpoint is a folder ``step-N`` that appears at once, by renaming a finished temporary folder: a kill during a
save leaves the one before. Tensors are whole, so that a run may go on with another number of devices; they are
safetensors, and nothing is unpickled. What is not trained is not in it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from omniedit.errors import ModelError
from omniedit.train.devices import shared_like, whole
from omniedit.train.optimise import Average
from omniedit.writing import publish

PARTS = ("net", "average", "optimizer")
BEST = "best"
"""Folder of the weights that scored best."""


@dataclass(frozen=True, eq=False)
class State:
    """What training changes."""

    trained: Mapping[str, nn.Parameter]
    """By name, without what wraps the network."""
    average: Average
    optimizer: torch.optim.Optimizer

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """All of it as whole tensors on the CPU, by part; every device has to call this."""
        slots = {
            f"{name}:{slot}": torch.as_tensor(value)
            for name, parameter in self.trained.items()
            for slot, value in self._slots(parameter).items()
        }
        return dict(zip(PARTS, map(_gathered, (self.trained, self.average.weights, _apart(slots))), strict=True))

    def used(self) -> dict[str, Tensor]:
        """The weights that are used, as in :meth:`tensors`: the averaged ones, where there are any."""
        return _gathered(self.average.weights or self.trained)

    @torch.no_grad()
    def load(self, tensors: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Put in what :meth:`tensors` gave. Raises KeyError or RuntimeError where it is of another network."""
        for kept, given in ((self.trained, tensors["net"]), (self.average.weights, tensors["average"])):
            if kept.keys() != given.keys():
                raise KeyError(str(sorted(kept.keys() ^ given.keys())[:3]))
            for name, tensor in kept.items():
                tensor.copy_(shared_like(given[name], tensor))
        for key, value in tensors["optimizer"].items():
            name, slot = key.rsplit(":", 1)
            parameter = self.trained[name]
            self._slots(parameter)[slot] = shared_like(value, parameter) if value.ndim else _number(value)

    def _slots(self, parameter: nn.Parameter) -> dict[str, Any]:
        """The optimiser's state of a parameter."""
        inner = getattr(self.optimizer, "optimizer", self.optimizer)
        slots: dict[str, Any] = inner.state[parameter]
        return slots


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A copy of each that is also another's (tables of bitsandbytes): a file holds every tensor by itself."""
    often = Counter(map(id, tensors.values()))
    return {name: tensor.clone() if often[id(tensor)] > 1 else tensor for name, tensor in tensors.items()}


def _number(value: Tensor) -> Tensor | int:
    """The steps of an optimiser as it keeps them: PyTorch's in a tensor, those of bitsandbytes as a whole number."""
    return value if value.is_floating_point() else int(value)


def _gathered(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Whole tensors on the CPU."""
    return {name: whole(tensor).cpu().contiguous() for name, tensor in tensors.items()}


def save_checkpoint(folder: Path, step: int, tensors: Mapping[str, Mapping[str, Tensor]], keep: int) -> Path:
    """Write ``folder/step-N`` atomically and remove all but the newest ``keep``."""
    final, partial = folder / f"step-{step:08d}", folder / f"partial-{step:08d}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for part in PARTS:
        save_file(dict(tensors[part]), partial / f"{part}.safetensors")
    (partial / "state.json").write_text(json.dumps({"step": step}) + "\n")
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    for old in checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return final


def save_best(folder: Path, step: int, weights: Mapping[str, Tensor], scores: Mapping[str, float]) -> bool:
    """Keep ``weights`` in ``folder/best`` if their mean score is the highest so far; whether it is."""
    best, partial = folder / BEST, folder / f"partial-{BEST}"
    if best.exists() and json.loads((best / "scores.json").read_text())["mean"] >= scores["mean"]:
        return False
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file(dict(weights), partial / "average.safetensors")
    publish(partial / "scores.json", json.dumps({"step": step, **scores}) + "\n")
    shutil.rmtree(best, ignore_errors=True)
    partial.rename(best)
    return True


def checkpoints(folder: Path) -> list[Path]:
    """Complete checkpoints in ``folder``, oldest first."""
    return sorted(folder.glob("step-*"))


def resume(folder: Path, state: State) -> int:
    """The step to start from: the newest complete checkpoint's, its state loaded, or 0.

    Raises:
        ModelError: the checkpoint belongs to another network.
    """
    found = checkpoints(folder)
    if not found:
        return 0
    path = found[-1]
    try:
        state.load({part: load_file(path / f"{part}.safetensors") for part in PARTS})
    except (RuntimeError, KeyError) as error:
        raise ModelError(
            f"{path} was written by another network: use another 'out' folder, or remove it ({str(error)[:200]})"
        ) from error
    return int(json.loads((path / "state.json").read_text())["step"])
