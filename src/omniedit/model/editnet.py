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
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch
from diffusers import ModelMixin, SD3Transformer2DModel
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from torch import Tensor, nn

from omniedit.model.condition import CONDITION_ATTENTION, ConditionCache, condition_stream
from omniedit.model.detail import Features, NoDetail, SourceDetail, zeroed

T = TypeVar("T")


class EditNet(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """An SD3 transformer with EditNet's control branch.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
        condition_attention: ``"joint"`` (the paper: condition tokens take part in attention fully) or ``"causal"``
        (they
            attend to themselves only and are modulated at t = 0, so that their keys and values can be computed once per
            picture, after the idea of OminiControl2, arXiv 2503.08280).
        detail: features of the detail head for models that work on pixels (:mod:`omniedit.model.detail`); 0: none, as
            in the paper.
    """

    _supports_gradient_checkpointing = True
    _no_split_modules = ("JointTransformerBlock",)

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, base_config: dict[str, Any], condition_attention: str = "joint", detail: int = 0) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__()
        if condition_attention not in CONDITION_ATTENTION:
            raise ValueError(f"condition_attention is {condition_attention!r}, not one of {tuple(CONDITION_ATTENTION)}")
        self.base = SD3Transformer2DModel.from_config(base_config)
        width = self.base.inner_dim
        self.condition_embed = copy.deepcopy(self.base.pos_embed.proj)
        self.control_blocks = nn.ModuleList(copy.deepcopy(block) for block in self.base.transformer_blocks)
        self.image_out = nn.ModuleList(zeroed(nn.Linear(width, width)) for _ in self.control_blocks)
        self.text_out = nn.ModuleList(zeroed(nn.Linear(width, width)) for _ in self.control_blocks[:-1])
        self.detail_head = self._new_detail_head(detail) if detail else NoDetail()
        self.gradient_checkpointing = False
        self._attention = CONDITION_ATTENTION[condition_attention]
        self._attention.prepare(self.control_blocks)

    @classmethod
    def from_transformer(
        cls, base: SD3Transformer2DModel, *, condition_attention: str = "joint", detail: int = 0
    ) -> EditNet:
        """An untrained EditNet over ``base``: its weights are copied, and the control branch starts as their copy.

        Only the control branch requires gradients (:meth:`control_parameters`). The base's config is copied, never
        shared: diffusers' FrozenDict is not frozen.
        """
        config = {key: value for key, value in dict(base.config).items() if not key.startswith("_")}
        net: EditNet = cls(base_config=copy.deepcopy(config), condition_attention=condition_attention, detail=detail)
        net.base.load_state_dict(base.state_dict())
        net.condition_embed.load_state_dict(base.pos_embed.proj.state_dict())
        net.control_blocks.load_state_dict(base.transformer_blocks.state_dict())
        net.base.requires_grad_(False)
        if (net.dtype, net.device) != (base.dtype, base.device):
            net.to(dtype=base.dtype, device=base.device)
        return net

    @property
    def causal(self) -> bool:
        """Whether the condition can be computed once per picture (:meth:`cache_condition`)."""
        return self._attention.cached

    def control_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that EditNet adds to its base: what the paper trains."""
        for part in (self.condition_embed, self.control_blocks, self.image_out, self.text_out, self.detail_head):
            yield from part.parameters()

    def forward(
        self,
        hidden_states: Tensor,
        condition: Tensor | None,
        encoder_hidden_states: Tensor,
        pooled_projections: Tensor,
        timestep: Tensor,
        condition_cache: ConditionCache | None = None,
        return_dict: bool = True,
    ) -> Transformer2DModelOutput | tuple[Tensor]:
        """Predict from noisy latents, a source picture and text (argument names are diffusers' own).

        Args:
            hidden_states: noisy latents ``[B, C, height, width]``, sides multiples of the patch size.
            condition: latents of the source picture, same shape; may be None when ``condition_cache`` is given.
            encoder_hidden_states: text tokens ``[B, L, joint_attention_dim]``.
            pooled_projections: pooled text ``[B, pooled_projection_dim]``.
            timestep: ``[B]``, 0..1000 (1000 sigma).
            condition_cache: from :meth:`cache_condition` (causal attention only).
            return_dict: a ``Transformer2DModelOutput`` when True, else a 1-tuple.

        Returns:
            ``sample [B, out_channels, height, width]``.
        """
        height, width = hidden_states.shape[-2:]
        h = self.base.pos_embed(hidden_states).contiguous()
        p = self.base.context_embedder(encoder_hidden_states)
        t = self.base.time_text_embed(timestep, pooled_projections)
        s, features = self._condition_states(condition, condition_cache)
        for i, (block, control) in enumerate(zip(self.base.transformer_blocks, self.control_blocks, strict=True)):
            controlled = self._run(self._attention.control, control, i, h, p, s, t)
            p_next, h_next = self._run(block, h, p, t)
            h, s = h_next + self.image_out[i](controlled.h), controlled.s
            p = p_next + self.text_out[i](controlled.p) if p_next is not None else None
        last = self.base.norm_out(h, t)
        sample = self.detail_head.draw(self._unpatchify(self.base.proj_out(last), height, width), last, features)
        return Transformer2DModelOutput(sample=sample) if return_dict else (sample,)

    def cache_condition(self, condition: Tensor) -> ConditionCache:
        """Keys and values of the source picture ``[B, C, height, width]`` at every layer, for causal attention.

        They depend on neither noise, time nor text: compute them once per picture and pass them to every step and every
        guidance branch.

        Raises:
            ValueError: when this EditNet attends jointly.
        """
        if not self.causal:
            raise ValueError("only causal condition attention can be cached; this EditNet attends jointly")
        s, features = self._embed_condition(condition)
        t0 = self._clean_modulation(s)
        layers = []
        for control in self.control_blocks:
            s, keys_values = condition_stream(control, s, t0)
            layers.append(keys_values)
        return ConditionCache(tuple(layers), features)

    def _embed_condition(self, condition: Tensor) -> tuple[Tensor, Features]:
        """Tokens ``[B, S, D]`` of the source picture: its own patch embedding, at the base's positions.

        And what the detail head sees.
        """
        patches: Tensor = self.condition_embed(condition).flatten(2).transpose(1, 2)
        positions: Tensor = self.base.pos_embed.cropped_pos_embed(*condition.shape[-2:])
        features = self.detail_head.look(condition)
        return self.detail_head.tokens(patches + positions, features).to(patches.dtype).contiguous(), features

    def _condition_states(
        self, condition: Tensor | None, cache: ConditionCache | None
    ) -> tuple[Tensor | ConditionCache, Features]:
        """What flows through the control branch, tokens ``[B, S, D]`` (joint) or the cache (causal), and features."""
        if self.causal and cache is not None:
            return cache, cache.features
        if condition is None:
            raise ValueError("EditNet needs a condition, or (causal attention only) a condition_cache")
        if not self.causal:
            return self._embed_condition(condition)
        cache = self.cache_condition(condition)
        return cache, cache.features

    def _new_detail_head(self, features: int) -> SourceDetail:
        base = self.base
        return SourceDetail(
            base.inner_dim, base.config.patch_size, base.config.in_channels, base.out_channels, features
        )

    def _clean_modulation(self, s: Tensor) -> Tensor:
        """Modulation ``[B, D]`` of condition tokens in causal attention: t = 0 and no text, since they are clean."""
        pooled = s.new_zeros(s.shape[0], self.base.config.pooled_projection_dim)
        modulation: Tensor = self.base.time_text_embed(s.new_zeros(s.shape[0]), pooled)
        return modulation

    def _run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call ``function``, with gradient checkpointing where that is switched on."""
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            result: T = self._gradient_checkpointing_func(function, *arguments)
            return result
        return function(*arguments)

    def _unpatchify(self, tokens: Tensor, height: int, width: int) -> Tensor:
        """``[B, N, patch * patch * C]`` -> ``[B, C, height, width]``, in SD3's order."""
        patch, channels = self.base.config.patch_size, self.base.out_channels
        rows, columns = height // patch, width // patch
        grid = tokens.reshape(-1, rows, columns, patch, patch, channels)
        return torch.einsum("nhwpqc->nchpwq", grid).reshape(-1, channels, height, width)
