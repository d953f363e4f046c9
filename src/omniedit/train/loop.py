"""The training loop: the same command trains, resumes and finishes.

    recipe -> examples in buckets -> for every step: batch, loss, gradient, AdamW, averaged weights -> checkpoints ->
    model folder

All that a step draws is a function of (seed, step, position in the global batch): a run that is killed and started
again ends with the same weights, bit for bit, on the same device; on another number of devices it sees the same data.
"""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn

from omniedit.train.attention import PlainAttention
from omniedit.train.batches import Batches, Part, Parts, finish
from omniedit.train.checkpoint import State, resume, save_best, save_checkpoint
from omniedit.train.devices import card, devices, prepare, sharded
from omniedit.train.estimate.plan import Plan, describe_plan
from omniedit.train.holdings import look_over
from omniedit.train.log import Log
from omniedit.train.objective import flow_loss
from omniedit.train.open import Opened, open_run
from omniedit.train.optimise import Average, Guard, learning_rate, set_rate
from omniedit.train.recipe import Recipe
from omniedit.train.validation import Validator, save_sheet


def train(recipe_path: Path | str, *, out: Path | str | None = None, dry_run: bool = False) -> Path:
    """Train what a recipe asks for, resuming where an earlier run stopped; returns the finished model's folder.

    Args:
        recipe_path: a TOML file (:class:`omniedit.train.recipe.Recipe`).
        out: overrides the recipe's folder.
        dry_run: check everything and print what would be done, then stop (returns the folder that would be written).

    Raises:
        OmniEditError: the recipe, the pairs or a checkpoint cannot be used, or gradients are no longer numbers.
    """
    recipe = Recipe.read(recipe_path)
    recipe = replace(recipe, out=str(out)) if out is not None else recipe
    calm_allocator()
    with devices(recipe) as accelerator:
        torch.set_num_threads(recipe.run.threads or torch.get_num_threads())
        if not recipe.data.cache:  # whose pairs were looked at when it was made
            look_over(recipe)
        opened = open_run(recipe, dry=dry_run)
        plan = opened.plan(accelerator.num_processes, sharded=sharded(accelerator), card=card(accelerator))
        if accelerator.is_main_process:
            print(describe_plan(plan))
        if dry_run:
            return Path(recipe.out) / "model"
        return run(opened, accelerator, plan)


def run(opened: Opened, accelerator: Accelerator, plan: Plan) -> Path:
    """All steps that are left to do; returns the model's folder."""
    recipe, folder = opened.recipe, Path(opened.recipe.out)
    trainer = Trainer.of(opened, accelerator)
    start = resume(folder, trainer.state)
    parts = Parts(
        opened.holding.examples, opened.holding.order, recipe, accelerator.process_index, accelerator.num_processes
    )
    stream = iter(Batches(parts, start, opened.steps))
    validator = Validator(recipe)
    with Log(folder, recipe, start, opened.steps, accelerator, plan) as log, plain_attention(accelerator, recipe):
        for step in range(start, opened.steps):
            log.step(step, *trainer.update(step, stream), trainer.rate(step))
            done = step + 1
            if done % recipe.run.checkpoint_every == 0 or done == opened.steps:
                trainer.save(folder, done)
            if opened.stage.edits and recipe.run.validate_every and done % recipe.run.validate_every == 0:
                trainer.validate(validator, folder, done, log)
    return trainer.finish(folder)


@dataclass(frozen=True, eq=False)
class Trainer:
    """A network on its devices, and what changes it."""

    opened: Opened
    accelerator: Accelerator
    net: nn.Module
    state: State
    guard: Guard

    @classmethod
    def of(cls, opened: Opened, accelerator: Accelerator) -> Trainer:
        """Put the network on its devices."""
        config = opened.recipe.train
        if opened.encoders:
            opened.encoders.to(accelerator.device)
        net, optimizer = prepare(accelerator, opened.net, opened.recipe)
        plain = accelerator.unwrap_model(net)
        trained = {name: p for name, p in plain.named_parameters() if p.requires_grad}
        average = Average(trained, config.ema, config.ema_device)
        return cls(opened, accelerator, net, State(trained, average, optimizer), Guard(config.patience))

    def rate(self, step: int) -> float:
        """The learning rate of ``step``."""
        return learning_rate(self.opened.recipe.train, step, self.opened.steps)

    def update(self, step: int, stream: Iterator[Part]) -> tuple[float, float, float]:
        """One step. A gradient that is no number changes nothing.

        Returns:
            The loss and the gradient's norm, over all devices, and how many seconds were spent waiting for data.
        """
        config, optimizer = self.opened.recipe.train, self.state.optimizer
        set_rate(optimizer, self.rate(step))
        total, ids, waited = torch.zeros((), device=self.accelerator.device), list[str](), 0.0
        for index in range(config.accumulate):
            since = time.perf_counter()
            part = next(stream)
            waited += time.perf_counter() - since
            last = index + 1 == config.accumulate
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self.net):
                loss = self.loss(part) / config.accumulate
                self.accelerator.backward(loss)
            total, ids = total + loss.detach(), [*ids, *part.collected.ids]
        norm = float(self.clip(config.clip))
        if self.guard.sound(norm, step, ids):
            optimizer.step()
            self.state.average.update(self.state.trained, step)
        optimizer.zero_grad(set_to_none=True)
        return float(self.accelerator.reduce(total, "mean")), norm, waited

    def loss(self, part: Part) -> torch.Tensor:
        """The objective of a part."""
        recipe, device = self.opened.recipe, self.accelerator.device
        batch, words = finish(part, self.opened.encoders, recipe, device)
        with self.accelerator.autocast():
            network = self.opened.stage.network(self.net, batch, words)
            return flow_loss(
                network, batch, recipe.flow, weighting=recipe.train.weighting, outline=recipe.train.outline
            )

    def clip(self, most: float) -> torch.Tensor:
        """Clip the gradient's norm, which is returned as it was."""
        norm: torch.Tensor = self.accelerator.clip_grad_norm_(list(self.state.trained.values()), most)
        return norm.full_tensor() if hasattr(norm, "full_tensor") else norm

    def save(self, folder: Path, done: int) -> None:
        """Write a checkpoint after ``done`` steps."""
        tensors = self.state.tensors()
        if self.accelerator.is_main_process:
            save_checkpoint(folder, done, tensors, self.opened.recipe.run.keep)
        self.accelerator.wait_for_everyone()

    def validate(self, validator: Validator, folder: Path, done: int, log: Log) -> None:
        """Score the averaged weights, show their edits, and keep the best.

        All devices edit, since each may have a share of the weights.
        """
        weights, plain = self.state.used(), self.accelerator.unwrap_model(self.net)
        with self.state.average.inside(self.state.trained), self.accelerator.autocast():
            scores, rows = validator(self.opened.editor(plain), done)
        plain.train()
        if self.accelerator.is_main_process:
            save_sheet(rows, folder / "validation" / f"step-{done:08d}.png")
            log.validation(done, scores)
            if "mean" in scores and save_best(folder, done, weights, scores):
                log.say(f"step {done} is the best so far: {folder / 'best'}")
        self.accelerator.wait_for_everyone()

    def finish(self, folder: Path) -> Path:
        """Save the model; returns its folder."""
        weights = self.state.used()
        if self.accelerator.is_main_process:
            self.opened.stage.save(weights, self.opened.recipe)
        self.accelerator.wait_for_everyone()
        return folder / "model"


def plain_attention(accelerator: Accelerator, recipe: Recipe) -> contextlib.AbstractContextManager[object]:
    """On CPUs, attention as plain products, which is faster there for small heads (docs/log.md).

    Not with gradient checkpointing: what that computes again, it computes outside of any such mode.
    """
    suits = accelerator.device.type == "cpu" and not recipe.train.gradient_checkpointing
    return PlainAttention() if suits else contextlib.nullcontext()


def calm_allocator() -> None:
    """Keep freed memory instead of returning it to the system after every step.

    With glibc's default thresholds a training step can spend more time in page faults than in arithmetic. Elsewhere
    this does nothing.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for option, value in ((-1, 2**31 - 1), (-3, 2**31 - 1), (-2, 2**28)):  # trim and mmap thresholds, top pad
            mallopt(option, value)
