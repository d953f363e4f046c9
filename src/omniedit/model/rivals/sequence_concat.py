"""The source picture in further tokens of the base itself: FLUX.1 Kontext (arXiv 2506.15742), Qwen-Image-Edit.

    s_0 = E_c(c) + positions + role
    [h_{i+1} ; s_{i+1}], p_{i+1} = B_i([h_i ; s_i], p_i, t)             the prediction is read off h alone

Positions: Kontext's rotary positions have a third axis, on which the source is one step away from the picture that is
made, at the same row and column. SD3 adds its positions to its tokens, so the axis becomes a vector that is added:
tokens of the source have the base's own positions, row for row and column for column, and ``role``, which is
learned. It starts at zero: until it is trained, only what is in them tells the tokens apart.

At its start this is *not* its base: twice as many tokens are attended to, and a clean picture among them. No weights
of its own could be silent at first, since there are none but the embedding. It has to be trained with its base.

Letters: B batch, C latent channels, N image tokens, T text tokens, L layers, D width, P patch size.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from omniedit.model.condition import ConditionCache
from omniedit.model.editing_network import EditingNetwork, patches


class SequenceConcat(EditingNetwork):
    """Kontext's way of conditioning over SD3. Its peers train all of it (:attr:`trains_base`), or LoRA.

    * Extra parameters: ``P^2 C D + 2 D``.
    * Cost of a step: ``L`` blocks of ``24 D^2 (2 N + T) + 4 D (2 N + T)^2`` FLOPs, where the base's have N for 2 N.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
    """

    trains_base = True

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, base_config: dict[str, Any]) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__(base_config)
        self.condition_embed = ConditionEmbed(self.base.pos_embed.proj)

    def added_parts(self) -> tuple[nn.Module, ...]:
        """The condition's embedding."""
        return (self.condition_embed,)

    def start_from_base(self) -> None:
        """The condition's patches are embedded as the base embeds its own."""
        self.condition_embed.proj.load_state_dict(self.base.pos_embed.proj.state_dict())

    def predict(
        self,
        x: Tensor,
        condition: Tensor,
        text: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        cache: ConditionCache | None,
    ) -> Tensor:
        """The formulas above."""
        h, p, t = self._embed(x, text, pooled, timestep)
        positions: Tensor = self.base.pos_embed.cropped_pos_embed(*condition.shape[-2:])
        s = (self.condition_embed(condition) + positions).to(h.dtype)
        last = self._transform(torch.cat([h, s], dim=1), p, t)[:, : h.shape[1]]
        return self._draw(last, t, x.shape[-2:])


class ConditionEmbed(nn.Module):
    """Tokens of the source picture, without their positions."""

    def __init__(self, proj: nn.Conv2d) -> None:
        """Build it with a copy of the base's patch embedding ``proj``, and a role of zero."""
        super().__init__()
        self.proj = copy.deepcopy(proj)
        self.role = nn.Parameter(torch.zeros(proj.out_channels))

    def forward(self, condition: Tensor) -> Tensor:
        """``[B, C, height, width]`` -> ``[B, N, D]``."""
        return patches(self.proj, condition) + self.role
