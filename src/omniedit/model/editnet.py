"""EditNet (arXiv 2411.07199, section 4, Figure 4) over diffusers' SD3 transformer.

With base block ``B_i``, trainable copy ``C_i``, image tokens ``h``, text tokens ``p``, condition tokens ``s`` (the
source picture) and modulation ``t``:

    h~, s_{i+1}, p~ = C_i([h_i ; s_i], p_i, t)
    h_{i+1} = B_i^h(h_i, p_i, t) + Z_i^h(h~)
    p_{i+1} = B_i^p(h_i, p_i, t) + Z_i^p(p~)

The ``Z`` are linear layers that start at zero, so that an untrained EditNet is its base exactly. ``C_i`` reads the
base's current states at every layer and updates the text stream: that is what the paper adds over ControlNet. The
last SD3 block has no text output.

Letters: B batch, N image tokens, S condition tokens (= N), L text tokens, D width, H heads.
"""

from __future__ import annotations

import copy
from typing import Any

from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from omniedit.model.condition import CONDITION_ATTENTION, ConditionCache, condition_stream
from omniedit.model.detail import DETAILS, Features, NoDetail, SourceDetail, zeroed
from omniedit.model.editing_network import EditingNetwork, patches


class EditNet(EditingNetwork):
    """An SD3 transformer with EditNet's control branch.

    With D the width, C the latent's channels, P the patch size, L the layers, N image and T text tokens, and
    ``F(n) = 24 D^2 n + 4 D n^2`` the FLOPs of a block over n tokens (the last one, where the text ends, takes fewer):

    * extra parameters: copies of the L blocks (SD3: ``36 D^2 + 30 D`` each, the last one ``23 D^2 + 20 D``; SD3.5 as
      in :class:`~omniedit.model.rivals.ControlNet`), ``(2 L - 1)(D^2 + D)`` in zero layers, ``P^2 C D + D`` in the
      patch embedding;
    * cost of a step: ``L F(N + T)`` for the base; for the branch, when it attends jointly, ``L F(2 N + T)`` and
      ``2 D^2 (L N + (L - 1) T)`` in zero layers; when it attends causally, to a cached condition,
      ``L (F(N + T) + 4 D (N + T) N)`` and the same zero layers.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
        condition_attention: ``"joint"`` (the paper: condition tokens take part in attention fully) or ``"causal"``
            (they attend to themselves only and are modulated at t = 0, so that their keys and values can be computed
            once per picture, after the idea of OminiControl2, arXiv 2503.08280).
        detail: features of the detail head for models that work on pixels (:mod:`omniedit.model.detail`); 0: none, as
            in the paper.
        detail_sees: what that head sees beside its tokens: ``"source"``, or ``"noisy"``, the noisy picture too.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        base_config: dict[str, Any],
        condition_attention: str = "joint",
        detail: int = 0,
        detail_sees: str = "source",
    ) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__(base_config)
        if condition_attention not in CONDITION_ATTENTION:
            raise ValueError(f"condition_attention is {condition_attention!r}, not one of {tuple(CONDITION_ATTENTION)}")
        if detail_sees not in DETAILS:
            raise ValueError(f"detail_sees is {detail_sees!r}, not one of {tuple(DETAILS)}")
        width = self.base.inner_dim
        self.condition_embed = copy.deepcopy(self.base.pos_embed.proj)
        self.control_blocks = nn.ModuleList(copy.deepcopy(block) for block in self.base.transformer_blocks)
        self.image_out = nn.ModuleList(zeroed(nn.Linear(width, width)) for _ in self.control_blocks)
        self.text_out = nn.ModuleList(zeroed(nn.Linear(width, width)) for _ in self.control_blocks[:-1])
        self.detail_head = self._new_detail_head(DETAILS[detail_sees], detail) if detail else NoDetail()
        self._attention = CONDITION_ATTENTION[condition_attention]
        self._attention.prepare(self.control_blocks)

    @property
    def causal(self) -> bool:
        """Whether the condition can be computed once per picture (:meth:`cache_condition`)."""
        return self._attention.cached

    def added_parts(self) -> tuple[nn.Module, ...]:
        """What the paper trains."""
        return self.condition_embed, self.control_blocks, self.image_out, self.text_out, self.detail_head

    def start_from_base(self) -> None:
        """The control branch starts as a copy of the base."""
        self.condition_embed.load_state_dict(self.base.pos_embed.proj.state_dict())
        self.control_blocks.load_state_dict(self.base.transformer_blocks.state_dict())

    def predict(
        self,
        x: Tensor,
        condition: Any,  # noqa: ANN401 (None only beside a cache)
        text: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        cache: ConditionCache | None,
    ) -> Tensor:
        """Figure 4 of the paper."""
        h, p, t = self._embed(x, text, pooled, timestep)
        s, features = self._condition_states(condition, cache)
        for i, (block, control) in enumerate(zip(self.base.transformer_blocks, self.control_blocks, strict=True)):
            controlled = self._run(self._attention.control, control, i, h, p, s, t)
            p, h = self._run(block, h, p, t)
            h, s = h + self.image_out[i](controlled.h), controlled.s
            if p is not None:
                p = p + self.text_out[i](controlled.p)
        last = self.base.norm_out(h, t)
        sample = self._unpatchify(self.base.proj_out(last), x.shape[-2:])
        return self.detail_head.draw(sample, last, features, x)

    def cache_condition(self, condition: Tensor) -> ConditionCache:
        """Keys and values of the source picture ``[B, C, height, width]`` at every layer, for causal attention.

        They depend on neither noise, time nor text: compute them once per picture and pass them to every step and every
        guidance branch.

        Raises:
            ValueError: when this EditNet attends jointly.
        """
        if not self.causal:
            return super().cache_condition(condition)
        s, features = self._embed_condition(condition)
        t0 = self._clean_modulation(s)
        layers = []
        for control in self.control_blocks:
            s, keys_values = self._run(condition_stream, control, s, t0)
            layers.append(keys_values)
        return ConditionCache(tuple(layers), features)

    def _embed_condition(self, condition: Tensor) -> tuple[Tensor, Features]:
        """Tokens ``[B, S, D]`` of the source picture: its own patch embedding, at the base's positions.

        And what the detail head sees.
        """
        s = patches(self.condition_embed, condition)
        positions: Tensor = self.base.pos_embed.cropped_pos_embed(*condition.shape[-2:])
        features = self.detail_head.look(condition)
        return self.detail_head.tokens(s + positions, features).to(s.dtype).contiguous(), features

    def _condition_states(
        self,
        condition: Any,  # noqa: ANN401 (None only beside a cache)
        cache: ConditionCache | None,
    ) -> tuple[Tensor | ConditionCache, Features]:
        """What flows through the control branch, tokens ``[B, S, D]`` (joint) or the cache (causal), and features."""
        if not self.causal:
            return self._embed_condition(condition)
        cache = cache if cache is not None else self.cache_condition(condition)
        return cache, cache.features

    def _new_detail_head(self, kind: type[SourceDetail], features: int) -> SourceDetail:
        base = self.base
        return kind(base.inner_dim, base.config.patch_size, base.config.in_channels, base.out_channels, features)

    def _clean_modulation(self, s: Tensor) -> Tensor:
        """Modulation ``[B, D]`` of condition tokens in causal attention: t = 0 and no text, since they are clean."""
        pooled = s.new_zeros(s.shape[0], self.base.config.pooled_projection_dim)
        modulation: Tensor = self.base.time_text_embed(s.new_zeros(s.shape[0]), pooled)
        return modulation
