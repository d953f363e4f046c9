"""How EditNet's control branch attends to the source picture: jointly (the paper), or causally, to be cached.

Causal: condition tokens ``s`` are modulated at t = 0 and see neither image nor text tokens, so their keys and values
are the same at every step and for every guidance branch. Image and text tokens attend to themselves, to each other and
to those keys and values. The idea is OminiControl2's (arXiv 2503.08280), brought to EditNet.

Letters: B batch, S condition tokens, N image tokens, L text tokens, D width, H heads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from diffusers.models.attention import JointTransformerBlock
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional as F

from omniedit.model.detail import Features

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of one layer, each ``[B, H, S, D / H]``."""


class ConditionCache(NamedTuple):
    """What is computed of a source picture once."""

    layers: tuple[KeysValues, ...]
    """Keys and values of all layers."""
    features: Features
    """What the detail head sees."""


class Controlled(NamedTuple):
    """What a control block gives."""

    h: Tensor
    """``h~ [B, N, D]``, to be added to the image tokens."""
    p: Tensor | None
    """``p~ [B, L, D]``, to be added to the text tokens; None at SD3's last block."""
    s: Any
    """The condition for the next block."""


class JointCondition:
    """Condition tokens take part in attention fully (the paper)."""

    cached = False

    def prepare(self, blocks: Iterable[JointTransformerBlock]) -> None:
        """Nothing: SD3's own attention does it."""

    def control(self, block: JointTransformerBlock, i: int, h: Tensor, p: Tensor, s: Tensor, t: Tensor) -> Controlled:
        """``C_i([h ; s], p, t)`` with condition tokens ``s [B, S, D]``."""
        p_out, joined = block(torch.cat([h, s], dim=1), p, t)
        return Controlled(joined[:, : h.shape[1]], p_out, joined[:, h.shape[1] :])


class CausalCondition:
    """Condition tokens attend to themselves only; ``s`` is the :class:`ConditionCache` of the picture."""

    cached = True

    def prepare(self, blocks: Iterable[JointTransformerBlock]) -> None:
        """Let the blocks attend to given keys and values."""
        for block in blocks:
            block.attn.set_processor(ConditionedAttention())

    def control(
        self, block: JointTransformerBlock, i: int, h: Tensor, p: Tensor, s: ConditionCache, t: Tensor
    ) -> Controlled:
        """``C_i(h, p, t)``, attending to the picture's keys and values of layer ``i`` too."""
        p_out, h_out = block(h, p, t, joint_attention_kwargs={"keys_values": s.layers[i]})
        return Controlled(h_out, p_out, s)


CONDITION_ATTENTION: dict[str, JointCondition | CausalCondition] = {
    "joint": JointCondition(),
    "causal": CausalCondition(),
}
"""Name in a configuration -> how the control branch attends to the source picture."""


def condition_stream(block: JointTransformerBlock, s: Tensor, t0: Tensor) -> tuple[Tensor, KeysValues]:
    """One layer of the condition stream: tokens ``[B, S, D]`` -> next tokens, and this layer's keys and values.

    The block's image-side weights serve the condition, as they do in joint attention. ``t0 [B, D]`` is the modulation
    at t = 0.
    """
    normed, gate_attention, shift, scale, gate_mlp, *second = block.norm1(s, emb=t0)
    keys_values = _keys_values(block.attn, normed)
    query = _heads(block.attn, block.attn.to_q(normed), block.attn.norm_q)
    attended = _merge(F.scaled_dot_product_attention(query, *keys_values))
    s = s + gate_attention.unsqueeze(1) * block.attn.to_out[0](attended)
    if second:  # SD3.5: these tokens attend to each other a second time
        normed_again, gate_again = second
        s = s + gate_again.unsqueeze(1) * block.attn2(hidden_states=normed_again)
    feed = block.norm2(s) * (1 + scale[:, None]) + shift[:, None]
    return s + gate_mlp.unsqueeze(1) * block.ff(feed), keys_values


class ConditionedAttention:
    """An attention processor: SD3's joint attention, with the condition's keys and values appended."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: None = None,
        *,
        keys_values: KeysValues,
    ) -> tuple[Tensor, Tensor]:
        """Image ``[B, N, D]`` and text ``[B, L, D]`` after attention."""
        query, key, value = _image_text_projections(attn, hidden_states, encoder_hidden_states)
        condition_key, condition_value = (part.to(query.dtype) for part in keys_values)
        key, value = torch.cat([key, condition_key], dim=2), torch.cat([value, condition_value], dim=2)
        attended = _merge(F.scaled_dot_product_attention(query, key, value))
        image, text = attended[:, : hidden_states.shape[1]], attended[:, hidden_states.shape[1] :]
        return attn.to_out[0](image), text if attn.context_pre_only else attn.to_add_out(text)


def _image_text_projections(attn: Attention, image: Tensor, text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values ``[B, H, N + L, D / H]`` of image and text tokens, image first."""
    query = torch.cat(
        [_heads(attn, attn.to_q(image), attn.norm_q), _heads(attn, attn.add_q_proj(text), attn.norm_added_q)], dim=2
    )
    key = torch.cat(
        [_heads(attn, attn.to_k(image), attn.norm_k), _heads(attn, attn.add_k_proj(text), attn.norm_added_k)], dim=2
    )
    value = torch.cat([_heads(attn, attn.to_v(image)), _heads(attn, attn.add_v_proj(text))], dim=2)
    return query, key, value


def _keys_values(attn: Attention, tokens: Tensor) -> KeysValues:
    """The image-side keys and values of ``tokens``."""
    return _heads(attn, attn.to_k(tokens), attn.norm_k), _heads(attn, attn.to_v(tokens))


def _heads(attn: Attention, tokens: Tensor, norm: nn.Module | None = None) -> Tensor:
    """``[B, T, D]`` -> ``[B, H, T, D / H]``, normalised per head where the block does so (SD3.5)."""
    batch, count, width = tokens.shape
    split = tokens.reshape(batch, count, attn.heads, width // attn.heads).transpose(1, 2)
    normed: Tensor = split if norm is None else norm(split)
    return normed


def _merge(tokens: Tensor) -> Tensor:
    """``[B, H, T, D / H]`` -> ``[B, T, D]``."""
    return tokens.transpose(1, 2).flatten(2)
