"""FLOPs of a network for one sample, by formula: what a forward pass takes, and what training takes.

A weight matrix ``W`` that is multiplied with T tokens takes ``2 T |W|``, and the same again in the backward pass for
the gradient of ``W``, where it is trained, and for that of its input, where something before it is trained. Attention
of Q queries to K keys over D channels takes ``4 D Q K``, and twice that in the backward pass. With N image tokens, as
many of the source picture, and L text tokens, a block sees

    the base, ControlNet's branch     T = N (text side: L)     Q K = (N + L)^2
    sequence_concat                   T = 2 N                  Q K = (2 N + L)^2
    EditNet's branch, joint           T = 2 N                  Q K = (2 N + L)^2
    EditNet's branch, causal          T = 2 N                  Q K = (N + L) (2 N + L) + N^2

and a second attention (SD3.5) is among the image-side tokens alone. What leads to nothing has no backward pass: the
text that a ControlNet's last block gives, and what a causal EditNet's last block makes of the source's queries.
Normalisations, activations and sums are not
counted, as is usual. A convolution counts like a matrix, once for each place it is put.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import nn

TEXT = {"context_embedder", "text_out", "ff_context", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out"}
"""Names of what text tokens go through; image tokens go through the rest."""
ONCE = {"time_text_embed", "norm1", "norm1_context", "norm_out"}
"""Names of what a sample goes through once: times, and the modulation that follows from them."""
FIRST = {"pos_embed", "pos_embed_input", "condition_embed", "context_embedder", "time_text_embed", "look_fine"}
"""Names of what reads data, so that nothing before it is trained."""
ENTRANCE = {"to_q", "to_k", "to_v", "add_q_proj", "add_k_proj", "add_v_proj"}
"""Names of what a block's input goes through first, after its modulation."""
CELLS = {"look_fine": 2, "look_coarse": 4, "look_deep": 8, "mix_deep": 8, "grow_deep": 8, "mix_coarse": 4}
CELLS |= {"grow_coarse": 4, "mix_fine": 2, "paint": 2}
"""Parts of the detail head -> side of the places that they look at, in pixels."""


class Lengths(NamedTuple):
    """Tokens of a sample."""

    image: int
    """N, of the noisy picture; the source picture has as many."""
    text: int
    """L."""

    @classmethod
    def of(cls, net: nn.Module, size: tuple[int, int], text: int, factor: int = 8) -> Lengths:
        """Of a picture of ``size`` (width, height) in pixels and ``text`` tokens, for a network of ``NETWORKS``.

        ``factor`` is how many pixels' side a latent stands for: 8 for SD3's VAE, 1 for pixel models.
        """
        side = factor * transformer(net).config.patch_size
        return cls((size[0] // side) * (size[1] // side), text)


class Flops(NamedTuple):
    """FLOPs of one sample."""

    forward: int
    backward: int
    again: int
    """What gradient checkpointing computes a second time; not among model FLOPs."""

    @property
    def training(self) -> int:
        """Forward and backward: the model FLOPs."""
        return self.forward + self.backward


class Product(NamedTuple):
    """FLOPs of a part of a network."""

    forward: int
    backward: int
    block: bool
    """Whether it is inside a transformer block, where gradient checkpointing works."""


def flops(net: nn.Module, lengths: Lengths) -> Flops:
    """FLOPs of a sample; what is trained is what requires gradients.

    Args:
        net: one of ``NETWORKS``, or an ``SD3Transformer2DModel``; on any device, ``meta`` too.
        lengths: how many tokens the sample has.
    """
    parts = [*_matrices(net, lengths), *_attention(net, lengths)]
    return Flops(
        sum(part.forward for part in parts),
        sum(part.backward for part in parts),
        sum(part.forward for part in parts if part.block),
    )


def transformer(net: nn.Module) -> Any:  # noqa: ANN401 (diffusers has no types)
    """The SD3 transformer in ``net``, or ``net`` itself."""
    return getattr(net, "base", net)


def blocks(net: nn.Module) -> Iterator[tuple[str, Any]]:
    """The ``JointTransformerBlock`` modules of ``net``, by name."""
    from diffusers.models.attention import JointTransformerBlock

    return ((name, module) for name, module in net.named_modules() if isinstance(module, JointTransformerBlock))


def in_branch(name: str) -> bool:
    """Whether that is the name of something in EditNet's control blocks."""
    return name.startswith("control_blocks.")


def image_tokens(net: nn.Module, name: str, image: int) -> int:
    """Image-side tokens that go through the block, or the matrix in a block, of that ``name``: the source's too."""
    return 2 * image if in_branch(name) or (type(net).__name__ == "SequenceConcat" and _in_blocks(name)) else image


def _in_blocks(name: str) -> bool:
    return in_branch(name) or "transformer_blocks" in name.split(".")


def _matrices(net: nn.Module, lengths: Lengths) -> Iterator[Product]:
    """Every product with a weight matrix."""
    flow, last = Flow(net), _last_of_branch(net)
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            places, back = _places(net, name, lengths), int(module.weight.requires_grad) + int(flow.into(name))
            size, lost = 2 * module.weight.numel(), _leading_nowhere(net, name, last, lengths)
            yield Product(size * places, size * back * (places - lost), _in_blocks(name))


def _places(net: nn.Module, name: str, lengths: Lengths) -> int:
    """How often a sample goes through the matrix ``name``."""
    parts = set(name.split("."))
    if parts & ONCE:
        return 2 if _causal(net, name) and "norm1" in parts else 1
    if parts & TEXT:
        return lengths.text
    cells = [side for part, side in CELLS.items() if part in parts]
    if cells:
        return int(lengths.image * (transformer(net).config.patch_size // cells[0]) ** 2)
    return image_tokens(net, name, lengths.image)


def _leading_nowhere(net: nn.Module, name: str, last: str, lengths: Lengths) -> int:
    """How many of these places have no backward pass; ``last`` is the last block of a control branch."""
    parts = set(name.split("."))
    if not name.startswith(f"{last}.") or parts & ONCE:
        return 0
    if _causal(net, name):
        return 0 if parts & (TEXT | {"to_k", "to_v"}) else lengths.image
    return lengths.text if type(net).__name__ == "ControlNet" and parts & {"to_add_out", "ff_context"} else 0


def _last_of_branch(net: nn.Module) -> str:
    """Name of the last block of a control branch."""
    names = [name for name, _ in blocks(net) if not name.startswith("base.")]
    return names[-1] if names else ""


def _causal(net: nn.Module, name: str) -> bool:
    return in_branch(f"{name}.") and bool(getattr(net, "causal", False))


def _attention(net: nn.Module, lengths: Lengths) -> Iterator[Product]:
    """Every product of queries with keys, and of attention with values."""
    flow, last = Flow(net), _last_of_branch(net)
    for name, block in blocks(net):
        image, text, lost = image_tokens(net, f"{name}.", lengths.image), lengths.text, 0
        pairs = (image + text) ** 2
        if _causal(net, name):
            pairs = (lengths.image + text) * (image + text) + lengths.image**2
            lost = lengths.image**2 if name == last else 0
        if block.attn2 is not None:
            pairs += image**2
        one = 4 * block.attn.inner_dim
        yield Product(one * pairs, 2 * one * (pairs - lost) * flow.through(name), True)


class Flow:
    """Where gradients go: only to what comes after something that is trained."""

    def __init__(self, net: nn.Module) -> None:
        """Look at which parameters of ``net`` require gradients."""
        self._trained = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
        self._base = base = "base." if hasattr(net, "base") else ""
        branch = hasattr(net, "control_blocks") or hasattr(net, "control")
        times = self._any(f"{base}time_text_embed")
        self._text = times or self._any(f"{base}context_embedder")
        self._image = times or self._any(f"{base}pos_embed") or (not branch and self._any("condition_embed"))
        self._first = f"{base}transformer_blocks.0"

    def _any(self, start: str) -> bool:
        return any(name.startswith(f"{start}.") for name in self._trained)

    def into(self, name: str) -> bool:
        """Whether the input of the matrix ``name`` needs a gradient."""
        parts = set(name.split("."))
        if not self._trained or parts & FIRST:
            return False
        if parts & ONCE:
            return self._any(f"{'control.' if name.startswith('control.') else self._base}time_text_embed")
        if not name.startswith(f"{self._first}."):
            return True
        if parts & ENTRANCE:
            text = bool(parts & TEXT)
            modulation = f"{self._first}.norm1_context" if text else f"{self._first}.norm1"
            return (self._text if text else self._image) or self._any(modulation)
        return self.through(self._first)

    def through(self, block: str) -> bool:
        """Whether gradients go through a block at all: not through a frozen one with nothing trained before it."""
        return bool(self._trained) and (block != self._first or self._text or self._image or self._any(block))
