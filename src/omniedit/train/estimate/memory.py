"""Memory that training takes on one GPU, by formula.

With P parameters, P_t of them trained, on n GPUs, in bytes:

    weights       4 P_t + 2 (P - P_t), buffers as what is not trained   (4 P in single precision)
    casts         2 P_t: autocast keeps the matrices that train in bfloat16 too (in single precision or sharded: 0)
    gradients     4 P_t; as much again for the buckets of DDP
    optimiser     8 P_t; 8-bit: 2 P_t and 8 bytes for each 256 values (tensors below 4096 values: 8 P_t)
    average       4 P_t, on the GPU or beside it
    gathered      sharded: the two largest blocks, what is outside of blocks, and one block's gradients, whole, in the
                  precision of the products

Fully sharded (FSDP), each of the first five but casts is divided by n.

Activations are what autograd keeps. Of one block, for each of T tokens of width D, in single precision and in elements
of e bytes (2 in bfloat16, where normalisations stay in single precision):

    trained   D (16 + 16 e): two normalisations' inputs and outputs; their modulated outputs, queries, keys, values,
              attention's result and its projection, the feed-forward's two times 4 D, its result
    LoRA      D (8 + 9 e): two normalisations' inputs; the projections' input, queries, keys, values, attention's
              result, the feed-forward's inner 4 D: a matrix that is not trained need not know its input
    frozen    D (8 + 8 e): the same without the projections' input
    nothing   where nothing before the block is trained

A second attention (SD3.5) adds D 6 e for its image-side tokens (LoRA, frozen: D 4 e), normalised queries and keys
D (8 + 2 e) for each attention, and causal condition attention the joined keys and values, 2 N D e. Between the blocks,
control outputs are kept, as the inputs of their zero layers, and the last normalisation; with gradient checkpointing
the inputs of all blocks too, but the insides of the largest block only.

Not counted: the driver's own memory, fragmentation (together 1 to 2 GiB), the detail head, the loss, and encoders that
are not cached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from omniedit.train.estimate.flops import Flow, Lengths, blocks, image_tokens, in_branch, transformer

if TYPE_CHECKING:
    from omniedit.train.recipe import TrainConfig

QUANTISED = 4096
"""bitsandbytes keeps tensors with fewer values in single precision."""
CHUNK = 256
"""Values that share a scale in its 8-bit states."""


@dataclass(frozen=True)
class Memory:
    """Bytes on one GPU."""

    weights: int
    casts: int
    gradients: int
    optimizer: int
    average: int
    gathered: int
    activations: int
    host: int
    """In the memory of the machine, of each process: the average, where it is kept there."""

    @property
    def total(self) -> int:
        """On the GPU, all together."""
        return sum(getattr(self, field.name) for field in fields(self) if field.name != "host")


def memory(net: nn.Module, lengths: Lengths, train: TrainConfig, *, devices: int = 1, sharded: bool = False) -> Memory:
    """Of one GPU, at the peak of a step.

    Args:
        net: one of ``NETWORKS``, or an ``SD3Transformer2DModel``; on any device, ``meta`` too; what is trained is what
            requires gradients.
        lengths: tokens of a sample.
        train: batch, precision, optimiser, gradient checkpointing.
        devices: n.
        sharded: whether they share the weights (FSDP, full shard), or each has a copy (DDP).
    """
    half = train.precision == "bf16"
    trained = [p for p in net.parameters() if p.requires_grad]
    frozen = [p for p in net.parameters() if not p.requires_grad]
    count, share = _values(trained), devices if sharded else 1
    average = 4 * count // share if train.ema else 0
    samples = -(-train.batch // (devices * train.accumulate))
    return Memory(
        weights=(4 * count + (2 if half else 4) * _values([*frozen, *net.buffers()])) // share,
        casts=2 * _values([p for p in trained if p.ndim > 1]) if half and not sharded else 0,
        gradients=4 * count * (2 if devices > 1 and not sharded else 1) // share,
        optimizer=sum(STATES[train.optimizer](p.numel()) for p in trained) // share,
        average=0 if train.ema_device else average,
        gathered=_gathered(net, half) if sharded else 0,
        activations=samples * activations(net, lengths, half=half, checkpointing=train.gradient_checkpointing),
        host=average if train.ema_device else 0,
    )


def _adamw(values: int) -> int:
    return 8 * values


def _adamw8bit(values: int) -> int:
    return 8 * values if values < QUANTISED else 2 * values + 8 * -(-values // CHUNK)


STATES = {"adamw": _adamw, "adamw8bit": _adamw8bit}
"""Optimiser -> bytes of its states for a tensor of so many values."""


def _values(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _gathered(net: nn.Module, half: bool) -> int:
    """Two blocks and what is outside of blocks, whole, and one block's gradients."""
    sizes = sorted(_values(block.parameters()) for _, block in blocks(net))
    trained = [_values(p for p in block.parameters() if p.requires_grad) for _, block in blocks(net)]
    outside = _values(net.parameters()) - sum(sizes)
    return (2 if half else 4) * (sum(sizes[-2:]) + outside + max(trained, default=0))


def activations(net: nn.Module, lengths: Lengths, *, half: bool, checkpointing: bool) -> int:
    """Bytes that one sample keeps for its backward pass, at most at once."""
    insides = [inside(net, name, block, lengths, half=half) for name, block in blocks(net)]
    kept = max(insides) if checkpointing else sum(insides)
    return kept + between(net, lengths, half=half, checkpointing=checkpointing)


def inside(net: nn.Module, name: str, block: Any, lengths: Lengths, *, half: bool) -> int:  # noqa: ANN401 (no types)
    """What is kept inside of the block of that name."""
    if not Flow(net).through(name):
        return 0
    e, image, kind = 2 if half else 4, image_tokens(net, f"{name}.", lengths.image), _kind(block)
    normed = 8 + 2 * e if block.attn.norm_q is not None else 0
    second = (6 if kind == "trained" else 4) * e + normed if block.attn2 is not None else 0
    joined = 2 * lengths.image * e if getattr(net, "causal", False) and in_branch(f"{name}.") else 0
    tokens = (image + lengths.text) * (EACH[kind](e) + normed) + image * second + joined
    return int(block.attn.inner_dim) * tokens


EACH: dict[str, Callable[[int], int]] = {
    "trained": lambda e: 16 + 16 * e,
    "lora": lambda e: 8 + 9 * e,
    "frozen": lambda e: 8 + 8 * e,
}
"""Kind of a block -> bytes of a channel of a token, for elements of ``e`` bytes."""


def _kind(block: nn.Module) -> str:
    trained = [name for name, p in block.named_parameters() if p.requires_grad]
    if not trained:
        return "frozen"
    return "lora" if all(".lora_" in name for name in trained) else "trained"


def between(net: nn.Module, lengths: Lengths, *, half: bool, checkpointing: bool) -> int:
    """What is kept outside of blocks."""
    base, e = transformer(net), 2 if half else 4
    kept = lengths.image * (8 + e if base.norm_out.linear.weight.requires_grad else 4)
    for name, _ in blocks(net):
        tokens = image_tokens(net, f"{name}.", lengths.image) + lengths.text
        kept += e * tokens if checkpointing or in_branch(f"{name}.") else 0
    return int(base.inner_dim) * kept
