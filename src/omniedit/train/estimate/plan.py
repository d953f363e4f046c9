"""What a run will do and take, in words: what ``omniedit train --dry-run`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from torch import nn

from omniedit.train.estimate.cards import peak
from omniedit.train.estimate.flops import Flops, Lengths, flops
from omniedit.train.estimate.memory import Memory, memory

if TYPE_CHECKING:
    from omniedit.train.recipe import Recipe

USUAL = 0.4
"""Share of a card's best that the expected time takes for granted; a run prints what it reaches."""
CLIP = 77
"""Tokens of CLIP, which are before T5's."""
PARTS = {
    "weights": "weights",
    "casts": "weights in bfloat16",
    "gradients": "gradients",
    "optimizer": "optimiser",
    "average": "average",
    "gathered": "gathered blocks",
    "activations": "activations",
}
"""Part of :class:`.memory.Memory` -> its name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A run, and the machine for it."""

    recipe: Recipe
    net: nn.Module
    """With what is to be trained requiring gradients; it may be an :func:`.outline.outline`."""
    samples: int
    """Examples of an epoch."""
    steps: int
    """Steps of the whole run."""
    size: tuple[int, int]
    """Width and height in pixels that the numbers are told for; buckets have one area, and so nearly one cost."""
    text: int
    """Text tokens of a sample."""
    factor: int = 8
    """Pixels' side of a latent: 8 for SD3's VAE, 1 for pixel models."""
    about: str = ""
    """What was taken of the pairs, and the table of buckets."""
    devices: int = 1
    sharded: bool = False
    """Whether the devices share the weights (FSDP) or each has a copy (DDP)."""
    card: str = ""
    """Name of the devices, as ``torch.cuda.get_device_name`` has it; empty: no time is told."""

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        net: nn.Module,
        *,
        samples: int,
        steps: int,
        about: str = "",
        devices: int = 1,
        sharded: bool = False,
        card: str = "",
    ) -> Plan:
        """The plan of a run, told for square pictures of the recipe's area; arguments as the fields."""
        from omniedit.model.text.embedded import TextConfig
        from omniedit.train.buckets import bucket_sizes

        model = recipe.model
        return cls(
            recipe=recipe,
            net=net,
            samples=samples,
            steps=steps,
            size=bucket_sizes(model.area, model.multiple)["1:1"],
            text=CLIP + model.text_length if model.sd3 else TextConfig().length,
            factor=8 if model.sd3 else 1,
            about=about,
            devices=devices,
            sharded=sharded,
            card=card,
        )

    @property
    def lengths(self) -> Lengths:
        """Tokens of a sample."""
        return Lengths.of(self.net, self.size, self.text, self.factor)

    @property
    def flops(self) -> Flops:
        """Of a sample."""
        return flops(self.net, self.lengths)

    @property
    def step_flops(self) -> int:
        """Model FLOPs of a step, which :func:`.cards.utilisation` takes."""
        return self.recipe.train.batch * self.flops.training

    @property
    def memory(self) -> Memory:
        """Of one device."""
        return memory(self.net, self.lengths, self.recipe.train, devices=self.devices, sharded=self.sharded)

    @property
    def seconds(self) -> float | None:
        """The whole run at the usual share of the card's best; None where the card is not known."""
        best, one = peak(self.card), self.flops
        again = one.again if self.recipe.train.gradient_checkpointing else 0
        done = self.steps * self.recipe.train.batch * (one.training + again)
        return None if best is None else done / (best * self.devices * USUAL)


def describe_plan(plan: Plan) -> str:
    """The plan as text, a line for each thing; what is not counted but estimated says "computed"."""
    width = max(len(name) for name, _ in _lines(plan))
    lines = (f"{name:{width}}  {words}".rstrip() for name, words in _lines(plan))
    return "\n".join([*([plan.about] if plan.about else []), *lines])


def _lines(plan: Plan) -> Iterator[tuple[str, str]]:
    """Names and what is said of them."""
    recipe, one, train = plan.recipe, plan.flops, plan.recipe.train
    total = sum(p.numel() for p in plan.net.parameters())
    trained = sum(p.numel() for p in plan.net.parameters() if p.requires_grad)
    kind = f"{recipe.model.network}, " if recipe.stage == "edit" else ""
    yield recipe.name, f"{kind}stage {recipe.stage}{f', over {recipe.model.sd3}' if recipe.model.sd3 else ''}"
    yield "parameters", f"{amount(total)}, {amount(trained)} of them trained ({train.parts})"
    epochs = plan.steps * train.batch / max(1, plan.samples)
    yield "steps", f"{plan.steps:,} of {train.batch} samples: {epochs:.3g} epochs of {plan.samples:,} examples"
    yield "a sample", f"{plan.size[0]} × {plan.size[1]}: {plan.lengths.image} image and {plan.text} text tokens"
    yield "", f"{amount(one.forward)}FLOP forward, {amount(one.training)}FLOP with the backward pass (computed)"
    again = f", {amount(train.batch * one.again)}FLOP computed again" if train.gradient_checkpointing else ""
    yield "a step", f"{amount(plan.step_flops)}FLOP{again} (computed)"
    yield from _memory(plan)
    yield from _time(plan)


def _memory(plan: Plan) -> Iterator[tuple[str, str]]:
    """Of a device, and of what it consists."""
    held, devices = plan.memory, f", {plan.devices} GPUs{', sharded' * plan.sharded}" if plan.devices > 1 else ""
    driver = "; 1 to 2 GiB of the driver's come to it" if plan.card else ""
    yield "memory", f"{gib(held.total)} of each device, without the pictures (computed{devices}{driver})"
    kept = {PARTS[field.name]: getattr(held, field.name) for field in fields(held) if field.name in PARTS}
    yield "", ", ".join(f"{name} {gib(count)}" for name, count in kept.items() if count)
    if held.host:
        yield "", f"and {gib(held.host)} of the machine's memory for each process, for the average"


def _time(plan: Plan) -> Iterator[tuple[str, str]]:
    if not plan.card:
        return
    if plan.seconds is None:
        yield "time", f"not told: how fast {plan.card} is at best is not known"
    else:
        yield "time", f"{duration(plan.seconds)} on {plan.devices} × {plan.card} at {USUAL:.0%} of its best (computed)"


def amount(number: float) -> str:
    """A number in three digits with a letter: ``2.03 G``."""
    for letter, size in (("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {letter}" if number < 1000 * size else f"{number / size:,.0f} {letter}"
    return f"{number:.3g} "


def gib(count: int) -> str:
    """Bytes in GiB, or MiB where there are few."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**29 else f"{count / 2**20:.1f} MiB"


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"
