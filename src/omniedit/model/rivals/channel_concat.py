"""The source picture in further input channels: InstructPix2Pix (arXiv 2211.09800, section 3.2), UltraEdit's SD3.

Figure 4c of the paper: the patch embedding takes noisy latents and condition together, ``[x ; c]``, with weights
``[W_x ; W_c]``, of which ``W_c`` starts at zero; all else is the base's own. Since ``[W_x ; W_c][x ; c]`` is
``W_x x + W_c c``, the new weights are a layer of their own here, and the base keeps its shape and its names.

Letters: B batch, C latent channels, K condition channels, N image tokens, D width, P patch size.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import SD3Transformer2DModel
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from omniedit.model.condition import ConditionCache
from omniedit.model.detail import zeroed
from omniedit.model.editing_network import EditingNetwork, patches


class ChannelConcat(EditingNetwork):
    """The paper's rival (c). InstructPix2Pix and UltraEdit train all of it (:attr:`trains_base`).

    * Extra parameters: ``P^2 K D``, K = C.
    * Cost of a step: the base's, and ``2 P^2 K D N`` FLOPs.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
    """

    trains_base = True

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, base_config: dict[str, Any]) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__(base_config)
        patch = self.base.config.patch_size
        embed = nn.Conv2d(self.condition_channels, self.base.inner_dim, patch, patch, bias=False)
        self.condition_embed = zeroed(embed)

    def added_parts(self) -> tuple[nn.Module, ...]:
        """The new weights of the patch embedding."""
        return (self.condition_embed,)

    def predict(
        self,
        x: Tensor,
        condition: Tensor,
        text: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        cache: ConditionCache | None,
    ) -> Tensor:
        """The base, its image tokens with those of the condition added."""
        h, p, t = self._embed(x, text, pooled, timestep)
        h = h + patches(self.condition_embed, condition)
        return self._draw(self._transform(h, p, t), t, x.shape[-2:])

    def to_diffusers(self) -> SD3Transformer2DModel:
        """The same as one ``SD3Transformer2DModel`` of ``C + K`` input channels, which is given ``[x ; c]``.

        It is the layout of UltraEdit's checkpoints.
        """
        added = self._condition_weights()
        channels = self.base.config.in_channels + added.shape[1]
        config = {name: value for name, value in dict(self.base.config).items() if not name.startswith("_")}
        wide = SD3Transformer2DModel(**config | {"in_channels": channels, "out_channels": self.base.out_channels})
        weights = dict(self.base.state_dict())
        weights["pos_embed.proj.weight"] = torch.cat([weights["pos_embed.proj.weight"], added], dim=1)
        wide.load_state_dict(weights)
        return wide.to(device=self.device, dtype=self.dtype)

    def _condition_weights(self) -> Tensor:
        """``W_c [D, K, P, P]`` in the order that diffusers' pipelines give the channels in."""
        return self.condition_embed.weight.detach()
