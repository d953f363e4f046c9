"""Attention under control: inside a UNet, an edit's attention maps are replaced by Edit(M, M*, t).

    with controlled(unet, control):
        for control.step, t in enumerate(timesteps):
            noise = unet(z, t, ...)

Letters: :mod:`omniedit.data.diffusion.p2p`. Equations: arXiv 2208.01626; it numbers only the first, the others are
named after their paragraph of section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from omniedit.errors import ModelError

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel
    from diffusers.models.attention_processor import Attention
    from torch import Tensor


class Watcher(Protocol):
    """Something that reads cross-attention maps as they are made."""

    def see(self, layer: str, maps: Tensor) -> None:
        """Read the maps M̂ of one layer, ``[R, heads, n, L]``, which are not to be changed."""
        ...


@dataclass(eq=False)
class Control:
    """What Edit needs to know of a batch of R rows; only ``step`` changes while it is sampled.

    A source is a row like the others: its origin is itself, its A the identity, its c 1, so that M̂ = M exactly.
    """

    origin: Tensor
    """Row of each row's source, ``int64 [R]``."""
    mapper: Tensor
    """A of each row, ``[R, L, L]``."""
    until: Tensor
    """Step before which token j of each row takes its map from the source, ``int64 [R, L]``: τ; 0 for new tokens."""
    weight: Tensor
    """c of each row's tokens, ``[R, L]``."""
    self_until: int = 0
    """Step before which self-attention is the source's."""
    self_pixels: int = 0
    """Self-attention of layers with this many pixels or fewer is injected."""
    watchers: tuple[Watcher, ...] = ()
    """Who reads the cross-attention maps."""
    step: int = 0
    """The step that is being sampled, counted from the noisy end."""

    def cross(self, layer: str, maps: Tensor) -> Tensor:
        """M̂ for the maps M and M* of all rows, and what the watchers see; ``[R, heads, n, L]`` both."""
        edited = edit(maps, self.origin, self.mapper, self.step < self.until, self.weight)
        for watcher in self.watchers:
            watcher.see(layer, edited)
        return edited

    def sources(self, batch: int, pixels: int) -> Tensor | None:
        """For each of ``batch`` rows, unguided ones first, the row whose self-attention it has; None: all their own."""
        import torch

        if self.step >= self.self_until or pixels > self.self_pixels:
            return None
        unguided = batch - len(self.origin)
        return torch.cat([torch.arange(unguided, device=self.origin.device), self.origin + unguided])


def edit(maps: Tensor, origin: Tensor, mapper: Tensor, injected: Tensor, weight: Tensor) -> Tensor:
    """M̂ = Edit(M, M*, t): what the edit looks at.

    "Word swap" and "adding a new phrase", with A for the alignment, and then "attention re-weighting":

        M̂_ij = c_j · (M A)_ij   where token j takes a map of the source and t is within τ
        M̂_ij = c_j · M*_ij      otherwise

    Args:
        maps: M of the sources and M* of the edits, ``[R, heads, n, L]``.
        origin: Row of each row's source, ``[R]``.
        mapper: A, ``[R, L, L]``.
        injected: Which tokens take the source's map now, ``bool [R, L]``.
        weight: c, ``[R, L]``.

    Returns:
        M̂, shaped as ``maps``.
    """
    import torch

    taken = maps[origin] @ mapper[:, None].to(maps.dtype)
    chosen = torch.where(injected[:, None, None], taken, maps)
    return chosen * weight[:, None, None].to(maps.dtype)


class PromptToPromptAttention:
    """The attention processor of one layer: softmax(Q Kᵀ / √d) V, under control.

    Cross-attention is M̂ V, with M from Eq. 1 for the guided rows, which are the last R of a batch. In self-attention
    M̂ = M is the same as Q* := Q and K* := K, so that no map of n × n pixels is ever held in memory.
    """

    def __init__(self, layer: str, control: Control) -> None:
        """Take the place of the processor of ``layer``, the name that ``unet.attn_processors`` has for it."""
        self.layer = layer
        self.control = control

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """Attend, ``[B, n, width]`` to the same; the names of the arguments are those of diffusers."""
        if attention_mask is not None:
            raise ModelError("Prompt-to-Prompt edits attention without masks; leave attention_mask out")
        crosses = encoder_hidden_states is not None
        context = encoder_hidden_states if encoder_hidden_states is not None else hidden_states
        q, k, v = (
            part.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for part in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        )
        attended = self.cross(q, k, v, attn.scale) if crosses else self.self_attention(q, k, v, attn.scale)
        joined = attended.transpose(1, 2).flatten(2)
        for layer in attn.to_out:
            joined = layer(joined)
        return joined

    def cross(self, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """M̂ V with M = softmax(Q Kᵀ / √d) (Eq. 1); every part is ``[B, heads, n or L, d]``, ``scale`` is 1 / √d."""
        import torch

        maps = torch.softmax(q @ k.transpose(-1, -2) * scale, dim=-1, dtype=torch.float32).to(v.dtype)
        rows = len(self.control.origin)
        maps = torch.cat([maps[:-rows], self.control.cross(self.layer, maps[-rows:])])
        return maps @ v

    def self_attention(self, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """softmax(Q Kᵀ / √d) V, with the sources' Q and K for the edits while that is held."""
        from torch.nn.functional import scaled_dot_product_attention

        sources = self.control.sources(len(q), q.shape[-2])
        if sources is not None:
            q, k = q[sources], k[sources]
        return scaled_dot_product_attention(q, k, v, scale=scale)


@contextmanager
def controlled(unet: UNet2DConditionModel, control: Control) -> Iterator[None]:
    """Put the attention of ``unet`` under control; afterwards, come what may, its own processors are back.

    Args:
        unet: A ``UNet2DConditionModel``; only its transformer blocks (attn1, attn2) are touched.
        control: Shared by all layers.

    Raises:
        ModelError: It has no cross-attention to words, or processors with weights of their own.
    """
    from torch.nn import Module

    own = dict(unet.attn_processors)
    layers = [name for name in own if name.endswith((".attn1.processor", ".attn2.processor"))]
    if not layers:
        raise ModelError(
            f"{type(unet).__name__} has no transformer blocks: Prompt-to-Prompt wants a text-to-image UNet"
        )
    if any(isinstance(own[name], Module) for name in layers):
        raise ModelError(
            "the UNet's attention has processors with weights, as an IP-Adapter's: unload them before Prompt-to-Prompt"
        )
    try:
        unet.set_attn_processor({**own, **{name: PromptToPromptAttention(name, control) for name in layers}})
        yield
    finally:
        unet.set_attn_processor(dict(own))
