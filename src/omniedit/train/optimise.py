"""The update: optimiser, learning rate, averaged weights, and a guard against gradients that are no numbers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from omniedit.errors import MissingExtraError, OmniEditError
from omniedit.train.recipe import TrainConfig


def make_optimizer(net: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW over what trains; biases and other vectors are not decayed.

    Raises:
        MissingExtraError: 8-bit states are asked for, and bitsandbytes is not installed.
    """
    trained = [p for p in net.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return OPTIMIZERS[config.optimizer]([group for group in groups if group["params"]], config)


def _adamw(groups: list[dict[str, Any]], config: TrainConfig) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, fused=True)


def _adamw8bit(groups: list[dict[str, Any]], config: TrainConfig) -> torch.optim.Optimizer:
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise MissingExtraError("bitsandbytes", "adam8bit") from error
    optimizer: torch.optim.Optimizer = AdamW8bit(groups, lr=config.learning_rate, betas=config.betas)
    return optimizer


OPTIMIZERS = {"adamw": _adamw, "adamw8bit": _adamw8bit}
"""Name in a recipe -> how it is made."""


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """Of ``step``, of ``steps``: warm-up from zero; then constant, or a cosine down to a twentieth."""
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    if config.schedule == "constant":
        return config.learning_rate * warm
    done = min(1.0, max(0, step - config.warmup) / max(1, steps - config.warmup))
    return config.learning_rate * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


class Average:
    """Exponential moving average of what trains (each device: of its own part), kept in single precision.

    Decay ``min(decay, (1 + n) / (10 + n))``: shorter in the first steps.
    """

    def __init__(self, trained: Mapping[str, nn.Parameter], decay: float, device: str = "") -> None:
        """Start at the weights; ``device`` is where the average lies, empty for beside them."""
        self._decay = decay
        self.weights = {n: p.detach().clone().float() for n, p in trained.items()} if decay else {}
        if device:
            self.weights = {name: tensor.to(device) for name, tensor in self.weights.items()}

    @torch.no_grad()
    def update(self, trained: Mapping[str, nn.Parameter], step: int) -> None:
        """Take in the weights after ``step``."""
        decay = min(self._decay, (1 + step) / (10 + step))
        if self.weights:
            current = [local(trained[name].detach()).to(local(kept)) for name, kept in self.weights.items()]
            torch._foreach_lerp_([local(tensor) for tensor in self.weights.values()], current, 1 - decay)

    @contextlib.contextmanager
    def inside(self, trained: Mapping[str, nn.Parameter]) -> Iterator[None]:
        """While it is entered, the network has the averaged weights."""
        with torch.no_grad():
            own = {name: local(trained[name].detach()).clone() for name in self.weights}
            _put(trained, self.weights)
            try:
                yield
            finally:
                _put(trained, own)


def _put(trained: Mapping[str, nn.Parameter], weights: Mapping[str, Tensor]) -> None:
    for name, tensor in weights.items():
        local(trained[name].detach()).copy_(local(tensor))


def local(tensor: Tensor) -> Tensor:
    """The part of a sharded tensor that lies on this device; any other tensor itself."""
    own: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return own


class Guard:
    """Leaves out a step whose gradient is no number, and gives up when too many come in a row."""

    def __init__(self, patience: int) -> None:
        """Give up at the ``patience``-th step in a row."""
        self._patience, self._row = patience, list[str]()

    def sound(self, norm: float, step: int, ids: Iterable[str]) -> bool:
        """Whether the gradient of ``step`` can be used.

        Raises:
            OmniEditError: too many in a row cannot; the message names the pairs.
        """
        if math.isfinite(norm):
            self._row.clear()
            return True
        self._row.append(f"step {step + 1}: {', '.join(ids)}")
        if len(self._row) >= self._patience:
            raise OmniEditError(
                f"the gradient was not a number {len(self._row)} steps in a row: lower learning_rate, try precision = "
                f"'fp32', or look at these pairs\n" + "\n".join(self._row)
            )
        return False
