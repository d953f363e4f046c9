"""Rectified flow (arXiv 2209.03003; SD3, arXiv 2403.03206): from a picture to noise, and what a network predicts.

    x_sigma = (1 - sigma) x_0 + sigma eps          v = d x_sigma / d sigma = eps - x_0

``sigma`` runs from 0 (picture) to 1 (noise). A network may predict ``v`` itself, ``x_0`` (JiT, arXiv 2511.13720:
large pixel patches need it), or, where a source picture is given, how to blend a colour over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class FlowConfig:
    """How times are drawn and what the network predicts."""

    prediction: str = "velocity"
    """``velocity`` (SD3), ``sample`` (x_0), or ``blend`` (x_0 as a colour laid over the source picture)."""
    shift: float = 3.0
    """SD3's shift of sigma towards noise (arXiv 2403.03206, Eq. 23); 1 leaves sigma alone."""
    mean: float = 0.0
    """Mean of the logit-normal from which training draws sigma (arXiv 2403.03206, section 3.1)."""
    std: float = 1.0
    """Its standard deviation."""
    pure: float = 0.0
    """Share of training samples at sigma = 1, where only the source and the words tell the target."""
    floor: float = 0.05
    """Smallest sigma by which an x_0 error is divided to make it a velocity error (JiT, section 4.1)."""


def shift_sigma(sigma: Tensor, shift: float) -> Tensor:
    """SD3's resolution shift: ``shift s / (1 + (shift - 1) s)`` (arXiv 2403.03206, Eq. 23)."""
    return shift * sigma / (1 + (shift - 1) * sigma)


def sigma_schedule(steps: int, shift: float) -> Tensor:
    """``[steps + 1]`` values of sigma from 1 to 0, evenly spaced before the shift."""
    return shift_sigma(torch.linspace(1, 0, steps + 1, dtype=torch.float64), shift).float()


def draw_sigma(count: int, config: FlowConfig, generator: torch.Generator) -> Tensor:
    """``[count]`` times for training: logit-normal, shifted, a share of them pure noise."""
    normal, uniform = torch.randn(count, generator=generator), torch.rand(count, generator=generator)
    sigma = shift_sigma(torch.sigmoid(config.mean + config.std * normal), config.shift)
    return torch.where(uniform < config.pure, 1.0, sigma)


def interpolate(x0: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """``x_sigma`` for pictures ``[B, C, h, w]``, noise of the same shape and sigma ``[B]``."""
    sigma = expand(sigma, x0)
    return (1 - sigma) * x0 + sigma * noise


def expand(sigma: Tensor, like: Tensor) -> Tensor:
    """``[B]`` -> ``[B, 1, 1, 1]``, ready to broadcast against ``like``."""
    return sigma.view(-1, *[1] * (like.ndim - 1))


def velocity_to_sample(output: Tensor, x: Tensor, sigma: Tensor, condition: Tensor | None) -> Tensor:
    """``x_0 = x_sigma - sigma v``."""
    return x - expand(sigma, x) * output


def sample_to_sample(output: Tensor, x: Tensor, sigma: Tensor, condition: Tensor | None) -> Tensor:
    """The network's output is ``x_0``; a blending head's weights (channels after those of ``x``) are not used."""
    return output[:, -x.shape[1] :]


def blend_to_sample(output: Tensor, x: Tensor, sigma: Tensor, condition: Tensor | None) -> Tensor:
    """``x_0 = (1 - a) source + a colour``: ``a`` is the sigmoid of the first half of the channels, ``colour`` the rest.

    Without a source (guidance's empty condition is zeros, not None) the colour alone is ``x_0``.
    """
    weight, colour = output.chunk(2, dim=1)
    if condition is None:
        return colour
    return torch.lerp(condition, colour, torch.sigmoid(weight))


TO_SAMPLE: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]] = {
    "velocity": velocity_to_sample,
    "sample": sample_to_sample,
    "blend": blend_to_sample,
}
"""Prediction -> function ``(output, x_sigma, sigma, condition) -> x_0``."""


def to_velocity(x0: Tensor, x: Tensor, sigma: Tensor, floor: float = 1e-3) -> Tensor:
    """``v = (x_sigma - x_0) / sigma``, the division guarded near sigma = 0."""
    return (x - x0) / expand(sigma, x).clamp_min(floor)
