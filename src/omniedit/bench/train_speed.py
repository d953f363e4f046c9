"""What a training step costs, beside diffusers' own: ``python -m omniedit.bench.train_speed [TURNS]``.

Every network of :data:`omniedit.model.networks.NETWORKS` does what a step of training does (noise, forward, loss,
backward, clipping, AdamW), and so does what ``train_controlnet_sd3.py`` of diffusers trains: ``SD3ControlNetModel``
beside a frozen ``SD3Transformer2DModel``, with that script's loss. All have the same small base, batch and text, in
single precision on one thread.

Times are ratios of steps that took turns in one process, so that a busy machine slows all alike. Memory is what a
process of its own came to hold at most, above what it held before the network was built.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from omniedit.bench.speed import peak_memory
from omniedit.errors import OmniEditError

if TYPE_CHECKING:
    from diffusers import SD3Transformer2DModel
    from torch import Tensor, nn
    from torch.optim import Optimizer

REFERENCE = "diffusers' ControlNet"
"""Whose step is 1."""

Step = Callable[[], None]


@dataclass(frozen=True)
class Setup:
    """The base and the batch that all have."""

    layers: int = 6
    heads: int = 4
    """Of 64 channels, as SD3's."""
    side: int = 32
    """Of the latents: half as many tokens in a row."""
    text: int = 77
    """Text tokens."""
    batch: int = 2

    def base(self) -> SD3Transformer2DModel:
        """A transformer with random weights."""
        import torch
        from diffusers import SD3Transformer2DModel

        torch.manual_seed(0)
        return SD3Transformer2DModel(
            sample_size=self.side,
            in_channels=16,
            num_layers=self.layers,
            num_attention_heads=self.heads,
            joint_attention_dim=128,
            caption_projection_dim=64 * self.heads,
            pooled_projection_dim=64,
            pos_embed_max_size=self.side,
        )

    def batch_of(self, channels: int) -> tuple[Tensor, ...]:
        """Target latents, noise, a condition of so many ``channels``, text, pooled text, and times 0..1."""
        import torch

        def normal(*shape: int) -> Tensor:
            return torch.randn(self.batch, *shape)

        grid = (self.side, self.side)
        return (
            normal(16, *grid),
            normal(16, *grid),
            normal(channels, *grid),
            normal(self.text, 128),
            normal(64),
            torch.rand(self.batch),
        )


SETUP = Setup()
"""What is measured if nothing else is said."""


def network_step(name: str, setup: Setup, **options: str) -> Step:
    """A step of one of ours: what it adds is trained, and the base too where that is its method."""
    import torch

    from omniedit.model.flow import FlowConfig
    from omniedit.model.networks import NETWORKS
    from omniedit.train.objective import FlowBatch, flow_loss
    from omniedit.train.optimise import make_optimizer
    from omniedit.train.parts import PARTS
    from omniedit.train.recipe import TrainConfig

    config, flow = TrainConfig(), FlowConfig()
    net = NETWORKS[name].from_transformer(setup.base(), **options).train()
    PARTS["all" if net.trains_base else "control"](net, config)
    optimizer = make_optimizer(net, config)
    target, noise, condition, text, pooled, sigma = setup.batch_of(net.condition_channels)
    batch = FlowBatch(target, condition, noise, sigma, torch.ones(setup.batch))

    def step() -> None:
        loss = flow_loss(lambda x, s: net(x, condition, text, pooled, 1000 * s, return_dict=False)[0], batch, flow)
        _update(loss, net, optimizer)

    return step


def controlnet_step(setup: Setup, *, share: float = 1.0) -> Step:
    """A step of ``train_controlnet_sd3.py`` (diffusers, examples/controlnet), whose branch has a share of the layers.

    The script's own branch has 12 layers of SD3-medium's 24; EditNet's has all.
    """
    import torch
    from diffusers import SD3ControlNetModel

    transformer = setup.base().requires_grad_(False)
    net = SD3ControlNetModel.from_transformer(
        setup.base(),
        num_layers=round(share * setup.layers),
        num_extra_conditioning_channels=0,
        load_weights_from_transformer=False,  # the last layer's have another shape, and random ones cost the same
    ).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-6, weight_decay=1e-2)
    target, noise, condition, text, pooled, sigma = setup.batch_of(16)

    def step() -> None:
        s = sigma.view(-1, 1, 1, 1)
        x = (1 - s) * target + s * noise
        given = {"timestep": 1000 * sigma, "encoder_hidden_states": text, "pooled_projections": pooled}
        residuals = net(hidden_states=x, controlnet_cond=condition, return_dict=False, **given)[0]
        output = transformer(hidden_states=x, block_controlnet_hidden_states=residuals, return_dict=False, **given)[0]
        loss = (output * -s + x - target).square().flatten(1).mean(1).mean()
        _update(loss, net, optimizer)

    return step


def _update(loss: Tensor, net: nn.Module, optimizer: Optimizer) -> None:
    """Backward, clipping and AdamW."""
    from torch.autograd import backward
    from torch.nn.utils import clip_grad_norm_

    backward(loss)
    clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


CONTESTANTS: Mapping[str, Callable[[Setup], Step]] = {
    REFERENCE: controlnet_step,
    "the same, half of the layers": partial(controlnet_step, share=0.5),
    "editnet, joint": partial(network_step, "editnet", condition_attention="joint"),
    "editnet, causal": partial(network_step, "editnet", condition_attention="causal"),
    "controlnet": partial(network_step, "controlnet"),
    "controlnet_text": partial(network_step, "controlnet_text"),
    "channel_concat": partial(network_step, "channel_concat"),
    "sequence_concat": partial(network_step, "sequence_concat"),
    "inpaint": partial(network_step, "inpaint"),
}
"""Name -> how its step is set up."""


def measurements(
    turns: int = 15, setup: Setup = SETUP, names: Sequence[str] = tuple(CONTESTANTS)
) -> Iterator[tuple[str, str]]:
    """What was measured, and the result: samples per second, and time and memory as shares of the reference's.

    Args:
        turns: steps of each, in turn, after one that is not counted.
        setup: base and batch.
        names: who is measured, the reference among them.
    """
    seconds = step_times(turns, setup, names)
    held = {name: step_memory(name, setup) for name in names}
    for name in names:
        times = sorted(took / reference for took, reference in zip(seconds[name], seconds[REFERENCE], strict=True))
        rate = setup.batch / median(seconds[name])
        yield (
            name,
            f"{rate:6.2f} samples a second; {median(times):.2f} times the reference's time "
            f"({times[0]:.2f} to {times[-1]:.2f}), {held[name] / held[REFERENCE]:.2f} times its memory "
            f"({held[name] / 2**20:.0f} MiB)",
        )


def step_times(turns: int, setup: Setup, names: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each step, by contestant."""
    import torch

    torch.set_num_threads(1)
    steps = {name: CONTESTANTS[name](setup) for name in names}
    for step in steps.values():
        step()
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(turns):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def step_memory(name: str, setup: Setup) -> int:
    """Bytes that two steps of a contestant take at most, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_held, name, setup).result()


def _held(name: str, setup: Setup) -> int:
    """In the new process: what comes to be held, above what is held once all is imported."""
    import torch

    torch.set_num_threads(1)
    CONTESTANTS[name](Setup(layers=2, heads=1, side=4, text=2, batch=1))()
    before = _high_water()
    step = CONTESTANTS[name](setup)
    step()
    step()
    return _high_water() - before


def _high_water() -> int:
    """Most memory that this process held, in bytes: not its parent's, which ``getrusage`` would count too."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return peak_memory()


if __name__ == "__main__":
    try:
        for name, result in measurements(int(sys.argv[1]) if sys.argv[1:] else 15):
            print(f"{name:30} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
