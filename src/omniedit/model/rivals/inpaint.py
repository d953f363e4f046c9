"""Inpainting: a masked picture and its mask in further input channels. The specialists' own model.

The paper trains it to reconstruct a picture from what lies outside a mask and a caption (arXiv 2411.07199, section 3.2,
Eqs. 7-10), and does not say which network it is: this is Stable Diffusion's (arXiv 2112.10752, section 4.5).
"""

from __future__ import annotations

import torch
from torch import Tensor

from omniedit.model.rivals.channel_concat import ChannelConcat


class Inpaint(ChannelConcat):
    """:class:`~omniedit.model.rivals.channel_concat.ChannelConcat` of ``C + 1`` channels (:func:`inpaint_condition`).

    * Extra parameters: ``P^2 (C + 1) D``.
    * Cost of a step: the base's, and ``2 P^2 (C + 1) D N`` FLOPs.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
    """

    @property
    def condition_channels(self) -> int:
        """Those of the masked latents, and the mask."""
        return super().condition_channels + 1

    def _condition_weights(self) -> Tensor:
        """The mask first, as ``StableDiffusion3InpaintPipeline`` has it (``[x ; mask ; masked latents]``)."""
        weights = super()._condition_weights()
        return torch.cat([weights[:, -1:], weights[:, :-1]], dim=1)


def inpaint_condition(masked: Tensor, mask: Tensor) -> Tensor:
    """The condition ``[B, C + 1, height, width]`` of :class:`Inpaint`.

    Args:
        masked: latents of the picture whose pixels under the mask are blank, ``[B, C, height, width]``.
        mask: ``[B, 1, height, width]``, 1 where the picture is to be filled in, 0 where it is kept.
    """
    return torch.cat([masked, mask.to(masked.dtype)], dim=1)
