"""EditNet and every rival learn eight edits by heart, over a base that never saw a picture."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from small_networks import KINDS, small_base
from torch import Tensor

from omniedit.model.flow import interpolate, shift_sigma, sigma_schedule, to_velocity
from omniedit.model.networks import NETWORKS, EditingNetwork
from omniedit.model.rivals.inpaint import inpaint_condition
from omniedit.model.sampling import euler

SIDE, SQUARE = 16, 8
RATE, SHIFT = 8e-3, 3.0
QUICK = ("channel_concat", "controlnet", "controlnet_text")
LEARNERS = [kind for kind in KINDS if not kind.endswith("of two")]


class Pairs(NamedTuple):
    """Eight edits: four pictures, a square on a background each, and two edits of each."""

    source: Tensor
    """``[8, 3, 16, 16]``."""
    target: Tensor
    """The square is of the opposite colour (even), or gone (odd)."""
    square: Tensor
    """``[8, 1, 16, 16]``, 1 where the square is."""
    text: Tensor
    """``[8, 8, 12]``: which of the two it is to be."""


def pairs() -> Pairs:
    generator = torch.Generator().manual_seed(7)
    square = torch.zeros(4, 1, SIDE, SIDE)
    for mask, (top, left) in zip(square, [(0, 4), (8, 8), (4, 8), (8, 0)], strict=True):
        mask[:, top : top + SQUARE, left : left + SQUARE] = 1
    ground = 0.3 * torch.rand(4, 3, 1, 1, generator=generator) - 0.15
    colour = 0.5 * torch.tensor([[1, -1, 1], [-1, 1, 1], [1, 1, -1], [-1, -1, 1]]).view(4, 3, 1, 1)
    source = torch.lerp(ground, colour, square)
    targets = torch.stack([torch.lerp(ground, -colour, square), ground.expand_as(source)], dim=1).flatten(0, 1)
    text = 3 * torch.randn(2, 8, 12, generator=generator).repeat(4, 1, 1)
    return Pairs(source.repeat_interleave(2, 0), targets, square.repeat_interleave(2, 0), text)


class Learner:
    """A network that predicts ``x_0``, and what it learns from."""

    def __init__(self, kind: str) -> None:
        name, options = KINDS[kind]
        self.steps = 200 if name in QUICK else 300
        sizes = {"patch_size": 4, "in_channels": 3, "out_channels": 3, "num_layers": 2, "attention_head_dim": 16}
        base = small_base(**sizes, num_attention_heads=6, caption_projection_dim=96, qk_norm="rms_norm")
        torch.manual_seed(0)
        self.net: EditingNetwork = NETWORKS[name].from_transformer(base, **options).train()
        self.net.base.requires_grad_(self.net.trains_base)
        self.pairs = pairs()
        self.condition = self.pairs.source
        if name == "inpaint":
            self.condition = inpaint_condition(self.pairs.source * (1 - self.pairs.square), self.pairs.square)

    def sample(self, x: Tensor, sigma: Tensor) -> Tensor:
        text = self.pairs.text
        (sample,) = self.net(x, self.condition, text, text.flatten(1)[:, :10], 1000 * sigma, return_dict=False)
        return sample

    def loss(self, generator: torch.Generator) -> Tensor:
        target = self.pairs.target
        noise = torch.randn(target.shape, generator=generator)
        sigma = shift_sigma(torch.rand(len(target), generator=generator), SHIFT)
        return (self.sample(interpolate(target, noise, sigma), sigma) - target).square().mean()

    @torch.no_grad()
    def error(self) -> float:
        generator = torch.Generator().manual_seed(8)
        return sum(self.loss(generator).item() for _ in range(8)) / 8

    def learn(self) -> None:
        trained = [parameter for parameter in self.net.parameters() if parameter.requires_grad]
        optimizer = torch.optim.Adam(trained, lr=RATE, betas=(0.9, 0.99), fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=self.steps, pct_start=0.1)
        generator = torch.Generator().manual_seed(9)
        for _ in range(self.steps):
            self.loss(generator).backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()

    @torch.inference_mode()
    def edit(self) -> Tensor:
        """From noise to pictures, as editing does."""
        noise = torch.randn(self.pairs.target.shape, generator=torch.Generator().manual_seed(10))
        return euler(lambda x, sigma: to_velocity(self.sample(x, sigma), x, sigma), noise, sigma_schedule(6, SHIFT))


@pytest.mark.parametrize("kind", LEARNERS)
def test_it_learns_eight_edits(kind: str) -> None:
    learner = Learner(kind)
    before, known = learner.error(), learner.pairs
    learner.learn()
    assert learner.error() < before / 20

    result = learner.edit()
    to_target = distance(result, known.target, known.square)
    to_source = distance(result, known.source, known.square)
    to_other_edit = distance(result, known.target.unflatten(0, (4, 2)).flip(1).flatten(0, 1), known.square)
    assert (to_target < 0.6 * to_source).all(), (to_target, to_source)
    assert to_target.mean() < 0.35 * to_source.mean(), (to_target, to_source)
    assert to_target.mean() < 0.5 * to_other_edit.mean(), (to_target, to_other_edit)
    assert distance(result, known.target, 1 - known.square).mean() < 0.1


def distance(a: Tensor, b: Tensor, where: Tensor) -> Tensor:
    """``[8]``: mean absolute difference of pictures where ``where`` is 1."""
    return ((a - b).abs() * where).sum(dim=(1, 2, 3)) / (3 * where.sum(dim=(1, 2, 3)))
