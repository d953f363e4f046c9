"""Causal condition attention: condition tokens that attend only to themselves, so that they can be cached.

``s`` is modulated at t = 0 and sees neither image nor text tokens, so its keys and values are the same at every step
and for every guidance branch. Image and text tokens attend to themselves, to each other and to those keys and values.
The idea is OminiControl2's (arXiv 2503.08280), brought to EditNet.

Letters: B batch, S condition tokens, N image tokens, L text tokens, D width, H heads.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention import JointTransformerBlock
from diffusers.models.attention_processor import Attention
from torch import Tensor
from torch.nn import functional as F

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of one layer, each ``[B, H, S, D / H]``."""
ConditionCache = tuple[KeysValues, ...]
"""Keys and values of all layers."""


def condition_stream(block: JointTransformerBlock, s: Tensor, t0: Tensor) -> tuple[Tensor, KeysValues]:
    """One layer of the condition stream: tokens ``[B, S, D]`` -> next tokens, and this layer's keys and values.

    The block's image-side weights serve the condition, as they do in joint attention. ``t0 [B, D]`` is the modulation
    at t = 0.
    """
    normed, gate_attention, shift, scale, gate_mlp = block.norm1(s, emb=t0)[:5]
    keys_values = _keys_values(block.attn, normed)
    query = _heads(block.attn, block.attn.to_q(normed), block.attn.norm_q)
    attended = _merge(F.scaled_dot_product_attention(query, *keys_values))
    s = s + gate_attention.unsqueeze(1) * block.attn.to_out[0](attended)
    feed = block.norm2(s) * (1 + scale[:, None]) + shift[:, None]
    return s + gate_mlp.unsqueeze(1) * block.ff(feed), keys_values


def attend_with_condition(
    block: JointTransformerBlock, h: Tensor, p: Tensor, t: Tensor, keys_values: KeysValues
) -> tuple[Tensor | None, Tensor]:
    """Run ``block`` on image tokens ``h`` and text tokens ``p``, which attend to the condition's keys and values too.

    The block's attention must use :class:`ConditionedAttention`. Returns ``(p', h')``; ``p'`` is None for SD3's last
    block.
    """
    p_out, h_out = block(h, p, t, joint_attention_kwargs={"keys_values": keys_values})
    return p_out, h_out


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


def _heads(attn: Attention, tokens: Tensor, norm: Any = None) -> Tensor:
    """``[B, T, D]`` -> ``[B, H, T, D / H]``, normalised per head where the block does so (SD3.5)."""
    split = tokens.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
    return split if norm is None else norm(split)


def _merge(tokens: Tensor) -> Tensor:
    """``[B, H, T, D / H]`` -> ``[B, T, D]``."""
    return tokens.transpose(1, 2).flatten(2)
