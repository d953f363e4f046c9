"""The training loop: the same command trains, resumes and finishes.

    recipe -> examples in buckets -> for every step: batch, loss, gradient, AdamW, averaged weights -> checkpoints ->
    model folder

All that a step draws is a function of (seed, step), so a run that is killed and started again ends with the same
weights, bit for bit, on the same device.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from omniedit.data.lint import demand_sound, quick_lint
from omniedit.data.pairs import read_pairs
from omniedit.data.proposals.lexicon import world
from omniedit.model.text import TextEncoder
from omniedit.train.attention import PlainAttention
from omniedit.train.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from omniedit.train.loader import ExampleSet
from omniedit.train.log import Log
from omniedit.train.objective import flow_loss
from omniedit.train.recipe import Recipe, TrainConfig
from omniedit.train.stages import STAGES
from omniedit.train.validation import Validator


def train(recipe_path: Path | str, *, out: Path | str | None = None, dry_run: bool = False) -> Path:
    """Train what a recipe asks for, resuming where an earlier run stopped; returns the finished model's folder.

    Args:
        recipe_path: a TOML file (:class:`omniedit.train.recipe.Recipe`).
        out: overrides the recipe's folder.
        dry_run: check everything and print what would be done, then stop (returns the folder that would be written).

    Raises:
        OmniEditError: the recipe, the pairs or a checkpoint cannot be used, or the loss is no longer a number.
    """
    recipe = Recipe.read(recipe_path)
    recipe = replace(recipe, out=str(out)) if out is not None else recipe
    calm_allocator()
    torch.set_num_threads(recipe.run.threads or torch.get_num_threads())
    torch.manual_seed(recipe.seed)
    stage, text, folder = STAGES[recipe.stage], TextEncoder.from_pretrained(), Path(recipe.out)
    demand_sound(quick_lint(recipe.pairs))
    examples = ExampleSet(recipe, text)
    examples.add(read_pairs(recipe.pairs), stage.read)
    order, net = examples.order(), stage.build(recipe, text)
    print(describe(recipe, examples, order.steps_per_epoch, net))
    if dry_run:
        return folder / "model"

    optimizer = make_optimizer(net, recipe.train)
    average = {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}
    start = resume(folder, net, average, optimizer)
    log, validator = Log(folder, start, recipe), Validator(recipe, stage)
    with log, PlainAttention():
        for step in range(start, recipe.train.steps):
            batch, words = examples.batch(order(step), step)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.train.bfloat16):
                loss = flow_loss(stage.network(net, batch, words), batch, recipe.flow, recipe.train.outline)
            torch.autograd.backward(loss)
            norm = nn.utils.clip_grad_norm_(net.parameters(), recipe.train.clip)
            set_rate(optimizer, recipe.train, step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            update_average(average, net, recipe.train.ema, step)
            log.step(step, loss, norm, learning_rate(recipe.train, step))
            done = step + 1
            if done % recipe.run.checkpoint_every == 0 or done == recipe.train.steps:
                save_checkpoint(folder, done, net, average, optimizer)
            if done % recipe.run.validate_every == 0:
                log.validation(done, validator(net, average, done))
    return stage.save(net, average, recipe, world().known())


def calm_allocator() -> None:
    """Keep freed memory instead of returning it to the system after every step.

    With glibc's default thresholds a training step can spend more time in page faults than in arithmetic. Elsewhere
    this does nothing.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for option, value in ((-1, 2**31 - 1), (-3, 2**31 - 1), (-2, 2**28)):  # trim and mmap thresholds, top pad
            mallopt(option, value)


def make_optimizer(net: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW over what trains; biases and embeddings of places are not decayed."""
    trained = [p for p in net.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, fused=True)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Warm-up from zero, then a cosine from the full rate to a twentieth of it."""
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    done = min(1.0, max(0, step - config.warmup) / max(1, config.steps - config.warmup))
    return config.learning_rate * warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def set_rate(optimizer: torch.optim.Optimizer, config: TrainConfig, step: int) -> None:
    """Set the learning rate of ``step``."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(config, step)


@torch.no_grad()
def update_average(average: dict[str, Tensor], net: nn.Module, decay: float, step: int) -> None:
    """Exponential moving average of the weights, shorter in the first steps.

    Decay ``min(decay, (1 + n) / (10 + n))``.
    """
    decay = min(decay, (1 + step) / (10 + step))
    state = net.state_dict()
    torch._foreach_lerp_(list(average.values()), [state[name] for name in average], 1 - decay)


def resume(folder: Path, net: nn.Module, average: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> int:
    """The step to start from: the newest complete checkpoint's, its state loaded, or 0."""
    found = checkpoints(folder)
    return load_checkpoint(found[-1], net, average, optimizer) if found else 0


def describe(recipe: Recipe, examples: ExampleSet, epoch: int, net: nn.Module) -> str:
    """What is about to be trained, in a few lines; ``epoch`` is its length in steps."""
    total = sum(p.numel() for p in net.parameters())
    trained = sum(p.numel() for p in net.parameters() if p.requires_grad)
    return (
        f"{recipe.name}, stage {recipe.stage}: {total / 1e6:.1f} M parameters, {trained / 1e6:.1f} M of them trained\n"
        f"{len(examples.examples)} examples, {epoch} steps per epoch, {recipe.train.steps} steps in all"
        + (f"; {examples.passed_over} texts passed over as too long" if examples.passed_over else "")
    )
