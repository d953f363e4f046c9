"""Samplers: from noise to picture along a rectified flow, by calling ``v`` a few times.

    x_sigma = (1 - sigma) x_0 + sigma eps,    d x_sigma / d sigma = v(x_sigma, sigma) = eps - x_0    (arXiv 2209.03003)

A sampler walks ``sigmas`` from 1 to 0. It knows nothing of pictures, instructions or guidance: those are inside ``v``.

Letters: B batch, C channels, h and w latent height and width, N steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Velocity = Callable[[Tensor, Tensor], Tensor]
"""``v(x [B, C, h, w], sigma [B]) -> [B, C, h, w]``."""


@dataclass(frozen=True, eq=False)
class Step:
    """Where a sampler is, for progress bars and previews."""

    index: int
    """Steps done, 1..total."""
    total: int
    """Steps in all."""
    estimate: Tensor
    """What the picture would be if the flow were straight from here on: ``x_0 = x - sigma v``, ``[B, C, h, w]``."""


Callback = Callable[[Step], None]


class Sampler(Protocol):
    """The one signature of all samplers."""

    def __call__(self, velocity: Velocity, x: Tensor, sigmas: Tensor, callback: Callback | None = None) -> Tensor:
        """Carry ``x [B, C, h, w]`` from ``sigmas[0]`` to ``sigmas[-1]`` and tell ``callback`` of each step."""
        ...


def euler(velocity: Velocity, x: Tensor, sigmas: Tensor, callback: Callback | None = None) -> Tensor:
    """Euler's method, first order: one call of ``velocity`` a step. Exact where the flow is straight.

    Args:
        velocity: The model.
        x: The start, ``[B, C, h, w]``; at ``sigmas[0] == 1`` pure noise.
        sigmas: ``[N + 1]``, falling.
        callback: Told of every step.
    """
    for i in range(len(sigmas) - 1):
        v = velocity(x, sigmas[i].expand(len(x)))
        _report(callback, i, sigmas, x, v)
        x = x + (sigmas[i + 1] - sigmas[i]) * v
    return x


def heun(velocity: Velocity, x: Tensor, sigmas: Tensor, callback: Callback | None = None) -> Tensor:
    """Heun's method, second order: two calls of ``velocity`` a step (Algorithm 1 of Karras et al., arXiv 2206.00364).

    The step that ends at 0 is Euler's, as in the paper: a model that predicts ``x_0`` has no velocity there.
    Arguments as in :func:`euler`.
    """
    for i in range(len(sigmas) - 1):
        step = sigmas[i + 1] - sigmas[i]
        v = velocity(x, sigmas[i].expand(len(x)))
        _report(callback, i, sigmas, x, v)
        ahead = x + step * v
        if sigmas[i + 1] > 0:
            v = (v + velocity(ahead, sigmas[i + 1].expand(len(x)))) / 2
            ahead = x + step * v
        x = ahead
    return x


def _report(callback: Callback | None, i: int, sigmas: Tensor, x: Tensor, v: Tensor) -> None:
    if callback is not None:
        callback(Step(i + 1, len(sigmas) - 1, x - sigmas[i] * v))


SAMPLERS: dict[str, Sampler] = {"euler": euler, "heun": heun}
"""Name -> sampler."""
