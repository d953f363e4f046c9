"""The training objective: the flow loss of one batch (paper, Eq. 6, in rectified-flow form).

Letters: B batch, C latent channels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

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


def flow_loss(
    network: Network, batch: FlowBatch, flow: FlowConfig, *, weighting: str = "sd3", outline: float = 0.0
) -> Tensor:
    """Weighted mean squared error of a batch, a scalar; ``weighting`` is a key of :data:`WEIGHTINGS`.

    ``velocity`` is compared as velocity (SD3, arXiv 2403.03206, Eq. 13). A network that predicts ``x_0`` is compared
    there, divided by ``max(sigma, floor)``: the velocity error of JiT (arXiv 2511.13720, Eq. 6). To that comes
    ``outline`` times :func:`outline_loss`, for a network that predicts a blend.
    """
    x = interpolate(batch.target, batch.noise, batch.sigma)
    output = network(x, batch.sigma).float()
    sample = TO_SAMPLE[flow.prediction](output, x, batch.sigma, batch.condition)
    error = (sample - batch.target) / expand(batch.sigma, x).clamp_min(flow.floor)
    weight = batch.weight * WEIGHTINGS[weighting](batch.sigma)
    loss = (weight * error.square().flatten(1).mean(1)).mean()
    return loss + outline * outline_loss(output, batch).mean() if outline and batch.condition is not None else loss


def min_snr(sigma: Tensor, most: float = 5.0) -> Tensor:
    """Min-SNR (arXiv 2303.09556, Eq. 7) for a velocity error: ``min(SNR, most) sigma^2``.

    ``SNR = ((1 - sigma) / sigma)^2`` in rectified flow, and an error of ``x_0`` is sigma times one of the velocity.
    """
    return torch.minimum((1 - sigma) ** 2, most * sigma**2)


WEIGHTINGS: dict[str, Callable[[Tensor], Tensor]] = {"sd3": torch.ones_like, "min_snr": min_snr}
"""Name in a recipe -> weight ``[B]`` of a velocity error at ``sigma [B]``. SD3 draws times as they should count."""


CHANGED = 0.04
"""Difference, on -1..1, from which a pixel counts as changed: five levels of 255."""
WHOLE = 0.95
"""Share of changed pixels from which an edit is one of the whole picture, and has no outline to learn."""


def outline_loss(output: Tensor, batch: FlowBatch) -> Tensor:
    """What a blending network should say of each pixel, told directly: ``[B]``.

    In ``x_0 = (1 - a) source + a colour`` the error of ``x_0`` teaches ``a`` nothing before ``colour`` is better than
    the source, and ``colour`` nothing before ``a`` lets it through. So with M the pixels that the pair changed:

        cross-entropy(a, M) + mean over M of (colour - x_0)^2

    the cross-entropy with its changed pixels weighted up to three times, where they are the fewer. Edits of the whole
    picture and samples without a source have no outline: 0.
    """
    assert batch.condition is not None
    weight, colour = output.chunk(2, dim=1)
    changed = ((batch.target - batch.condition).abs().amax(1, keepdim=True) > CHANGED).float()
    share = changed.flatten(1).mean(1)
    local = (share < WHOLE) & (batch.condition.flatten(1).abs().amax(1) > 0)
    rarity = expand(((1 - share) / share.clamp_min(0.02)).clamp(0.3, 3), output)
    wrong_place = F.binary_cross_entropy_with_logits(
        weight, changed.expand_as(weight), weight=torch.lerp(torch.ones_like(rarity), rarity, changed), reduction="none"
    )
    wrong_colour = (colour - batch.target).square() * changed
    return local * (wrong_place.flatten(1).mean(1) + wrong_colour.flatten(1).mean(1) / share.clamp_min(0.02))


def balance_weights(source: Tensor, target: Tensor, power: float) -> Tensor:
    """Weights ``[B]`` that keep a small edit from drowning beside an edit of the whole picture.

    ``(m0 / (m + m0))^power`` scaled to 1 at ``m = m0``, with ``m`` the mean squared change of a pair and ``m0 = 0.05``.
    """
    reference = 0.05
    change = (target - source).square().flatten(1).mean(1)
    return (2 * reference / (change + reference)).pow(power)
