"""What EditNet takes at SD3-medium's size on this machine's GPU: ``python -m omniedit.bench.gpu [TURNS]``.

Prints a table in Markdown, with the card's name: joint and causal attention, a step of training and a step of an edit.
Weights are random, since they cost what trained ones do; pictures of 1 megapixel are latents, and texts are embedded,
as from a cache. Training is that of ``recipes/omniedit_sd3.toml`` on one device: bfloat16, the control branch alone,
gradient checkpointing. An edit is guided by text and picture: three branches at once, the source picture cached where
attention is causal.

Without a GPU it runs too, and takes hours: for tests there are smaller sizes.
"""

from __future__ import annotations

import gc
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from omniedit.errors import OmniEditError
from omniedit.train.estimate.cards import utilisation
from omniedit.train.estimate.flops import Lengths, flops
from omniedit.train.estimate.outline import SD3_MEDIUM

if TYPE_CHECKING:
    from torch import Tensor

    from omniedit.model.editnet import EditNet

WARM = 2
"""Steps before those that are counted."""
HEAD = (
    "",
    "attention",
    "samples at once",
    "seconds of a step",
    "samples a second",
    "peak memory",
    "of the card's best",
)

Step = Callable[[], None]


@dataclass(frozen=True)
class Size:
    """What is measured."""

    transformer: Mapping[str, Any] = field(default_factory=lambda: SD3_MEDIUM)
    """Configuration of the base."""
    picture: tuple[int, int] = (1024, 1024)
    """Width and height in pixels."""
    text: int = 333
    """Text tokens: 77 of CLIP and 256 of T5."""
    training: int = 4
    """Samples at once in training."""
    branches: int = 3
    """Branches of a guided edit."""


@dataclass(frozen=True)
class Timing:
    """A row of the table."""

    work: str
    """``training``, or ``edit``."""
    attention: str
    """``joint`` or ``causal``."""
    samples: int
    """At once."""
    seconds: float | None = None
    """Of a step, the median; None where memory did not suffice."""
    memory: int | None = None
    """Bytes that PyTorch held on the GPU at most; None on a CPU, where it does not count them."""
    share: float | None = None
    """Model FLOPs of the card's best, 0..1; None for a card that is not known."""

    def cells(self) -> tuple[str, ...]:
        """The row as :data:`HEAD` has it."""
        first = (self.work, self.attention, str(self.samples))
        if self.seconds is None:
            return (*first, "out of memory", "–", "–", "–")
        memory = "–" if self.memory is None else f"{self.memory / 2**30:.1f} GiB"
        share = "–" if self.share is None else f"{self.share:.0%}"
        return (*first, f"{self.seconds:.3f}", f"{self.samples / self.seconds:.2f}", memory, share)


def timings(turns: int = 10, size: Size | None = None, device: str = "") -> Iterator[Timing]:
    """Measure all, one after the other; what does not fit is said.

    Args:
        turns: steps of each that are counted.
        size: of network and pictures; SD3-medium's at 1 megapixel if None.
        device: ``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one.
    """
    import torch

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    for work in STEPS:
        for attention in ("joint", "causal"):
            try:
                yield _timing(work, attention, turns, size or Size(), device)
            except torch.OutOfMemoryError:
                yield Timing(work, attention, _samples(work, size or Size()))
            gc.collect()
            if device.startswith("cuda"):
                torch.cuda.empty_cache()


def table(rows: Iterator[Timing], about: str) -> Iterator[str]:
    """The lines of the table, each as soon as it is known, below what it is ``about``."""
    yield from (about, "", f"| {' | '.join(HEAD)} |", "|---|---|" + "--:|" * (len(HEAD) - 2))
    for row in rows:
        yield f"| {' | '.join(row.cells())} |"


def about(size: Size | None = None) -> str:
    """Card, versions and size, in one line."""
    import torch

    size = size or Size()
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU ({platform.machine()})"
    width, height = size.picture
    return (
        f"{card}, PyTorch {torch.__version__}; {width} × {height}, {size.text} text tokens, bfloat16, random weights."
    )


def _samples(work: str, size: Size) -> int:
    return size.training if work == "training" else size.branches


def _timing(work: str, attention: str, turns: int, size: Size, device: str) -> Timing:
    """Build, warm up, measure."""
    import torch

    gpu = device.startswith("cuda")
    if gpu:
        torch.cuda.reset_peak_memory_stats(device)
    step, work_flops = STEPS[work](attention, size, device)
    seconds = []
    for turn in range(WARM + turns):
        began = time.perf_counter()
        step()
        if gpu:
            torch.cuda.synchronize(device)
        if turn >= WARM:
            seconds.append(time.perf_counter() - began)
    took, memory = median(seconds), torch.cuda.max_memory_allocated(device) if gpu else None
    card = torch.cuda.get_device_name(device) if gpu else ""
    return Timing(work, attention, _samples(work, size), took, memory, utilisation(work_flops, took, card))


# Steps ----------------------------------------------------------------------------------------------------------------


def _network(attention: str, size: Size, device: str) -> EditNet:
    """EditNet with random weights, made where it is used."""
    import torch
    from diffusers import SD3Transformer2DModel

    from omniedit.model.editnet import EditNet

    torch.manual_seed(0)
    with torch.device(device):
        base = SD3Transformer2DModel(**size.transformer)
        net: EditNet = EditNet.from_transformer(base, condition_attention=attention)
    net.to(device)  # tables of positions are made on the CPU
    return net


def _inputs(samples: int, size: Size, device: str) -> tuple[Tensor, ...]:
    """Target, noise and source as latents, text, pooled text, and times 0..1, in bfloat16."""
    import torch

    config = size.transformer
    grid = (config["in_channels"], size.picture[1] // 8, size.picture[0] // 8)
    shapes = (grid, grid, grid, (size.text, config["joint_attention_dim"]), (config["pooled_projection_dim"],))
    made = [torch.randn(samples, *shape, device=device, dtype=torch.bfloat16) for shape in shapes]
    return (*made, torch.rand(samples, device=device))


def _training(attention: str, size: Size, device: str) -> tuple[Step, float]:
    """A step of training as the loop takes it, and its model FLOPs."""
    import torch
    from torch.nn.utils import clip_grad_norm_

    from omniedit.model.flow import FlowConfig
    from omniedit.train.objective import FlowBatch, flow_loss
    from omniedit.train.optimise import make_optimizer
    from omniedit.train.parts import PARTS
    from omniedit.train.recipe import TrainConfig

    config, flow, net = TrainConfig(), FlowConfig(), _network(attention, size, device).train()
    PARTS["control"](net, config)
    net.enable_gradient_checkpointing()
    for parameter in net.parameters():
        parameter.data = parameter.data if parameter.requires_grad else parameter.data.bfloat16()
    optimizer, kind = make_optimizer(net, config), torch.device(device).type
    target, noise, source, text, pooled, sigma = _inputs(size.training, size, device)
    batch = FlowBatch(target.float(), source.float(), noise.float(), sigma, torch.ones_like(sigma))

    def step() -> None:
        with torch.autocast(kind, torch.bfloat16):
            loss = flow_loss(
                lambda x, s: net(x, batch.condition, text, pooled, 1000 * s, return_dict=False)[0], batch, flow
            )
        torch.autograd.backward(loss)
        clip_grad_norm_([p for p in net.parameters() if p.requires_grad], config.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step, size.training * flops(net, Lengths.of(net, size.picture, size.text)).training


def _edit(attention: str, size: Size, device: str) -> tuple[Step, float]:
    """A step of the sampler for all branches, and its FLOPs as PyTorch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    net = _network(attention, size, device).to(torch.bfloat16).eval().requires_grad_(False)
    x, _, source, text, pooled, sigma = _inputs(size.branches, size, device)
    with torch.inference_mode():
        cache = net.cache_condition(source) if net.causal else None

    def step() -> None:
        with torch.inference_mode():
            net(x, source, text, pooled, 1000 * sigma, condition_cache=cache, return_dict=False)

    with FlopCounterMode(display=False) as counter:
        step()
    return step, counter.get_total_flops()


STEPS: Mapping[str, Callable[[str, Size, str], tuple[Step, float]]] = {"training": _training, "edit": _edit}
"""What is measured -> a step of it, and the FLOPs of one."""

if __name__ == "__main__":
    try:
        for line in table(timings(int(sys.argv[1]) if sys.argv[1:] else 10), about()):
            print(line, flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
