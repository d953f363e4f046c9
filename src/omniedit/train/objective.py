"""The training objective: the flow loss of one batch (paper, Eq. 6, in rectified-flow form).

Letters: B batch, C latent channels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from omniedit.model.flow import TO_SAMPLE, FlowConfig, expand, interpolate

Network = Callable[[Tensor, Tensor], Tensor]
"""``(x_sigma, sigma) -> output``: the network with condition and text already given."""


class FlowBatch(NamedTuple):
    """What the loss needs of a batch."""

    target: Tensor
    """``x_0 [B, C, h, w]``."""
    condition: Tensor | None
    """Source latents of the same shape; None for text to picture."""
    noise: Tensor
    """Standard normal, like ``target``."""
    sigma: Tensor
    """``[B]``."""
    weight: Tensor
    """``[B]``, weight of each sample (importance times balance)."""


def flow_loss(network: Network, batch: FlowBatch, flow: FlowConfig) -> Tensor:
    """Weighted mean squared error of a batch, a scalar.

    ``velocity`` is compared as velocity (SD3, arXiv 2403.03206, Eq. 13). A network that predicts ``x_0`` is compared
    there, divided by ``max(sigma, floor)``: the velocity error of JiT (arXiv 2511.13720, Eq. 6).
    """
    x = interpolate(batch.target, batch.noise, batch.sigma)
    output = network(x, batch.sigma).float()
    sample = TO_SAMPLE[flow.prediction](output, x, batch.sigma, batch.condition)
    error = (sample - batch.target) / expand(batch.sigma, x).clamp_min(flow.floor)
    return (batch.weight * error.square().flatten(1).mean(1)).mean()


def balance_weights(source: Tensor, target: Tensor, power: float) -> Tensor:
    """Weights ``[B]`` that keep a small edit from drowning beside an edit of the whole picture.

    ``(m0 / (m + m0))^power`` scaled to 1 at ``m = m0``, with ``m`` the mean squared change of a pair and ``m0 = 0.05``.
    """
    reference = 0.05
    change = (target - source).square().flatten(1).mean(1)
    return (2 * reference / (change + reference)).pow(power)
