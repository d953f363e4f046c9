"""The batches of a run, step by step: this device's share of each, read ahead by worker processes where asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from omniedit.errors import OmniEditError
from omniedit.model.text import Text
from omniedit.train.draws import Draw
from omniedit.train.examples import Collected, Encoders, Examples
from omniedit.train.objective import FlowBatch, balance_weights
from omniedit.train.recipe import Recipe

Order = Callable[[int], list[int]]
"""Step -> indices of its global batch."""
AHEAD = 2
"""Parts of a batch that every worker holds ready."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a step's batch: what a device computes at once."""

    collected: Collected
    draws: list[Draw]


@dataclass(frozen=True, eq=False)
class Parts(Dataset[Any]):
    """Every part of every step that falls to one device; numbered ``step * accumulate + part``."""

    examples: Examples
    order: Order
    recipe: Recipe
    rank: int
    world: int

    def __getitem__(self, number: int) -> Part | OmniEditError:
        """Read a part; a fault is returned, to be raised by the process that asked."""
        train = self.recipe.train
        step, part = divmod(number, train.accumulate)
        indices = self.order(step)
        places = range(len(indices))[self.rank :: self.world][part :: train.accumulate]
        draws = [Draw.of(train, self.recipe.seed, step, place) for place in places]
        try:
            return Part(self.examples.collect([indices[place] for place in places], draws), draws)
        except OmniEditError as error:  # torch would wrap it into a page of traceback
            return error


class Batches:
    """Iterates over steps: the parts of each, one at a time."""

    def __init__(self, parts: Parts, start: int, steps: int) -> None:
        """Begin at ``start``; ``steps`` in all."""
        recipe = parts.recipe
        numbers = range(start * recipe.train.accumulate, steps * recipe.train.accumulate)
        workers = recipe.data.workers
        self._loader = DataLoader(
            parts,
            batch_size=None,
            sampler=numbers,
            num_workers=workers,
            multiprocessing_context="spawn" if workers else None,
            prefetch_factor=AHEAD if workers else None,
            worker_init_fn=_one_thread,
        )

    def __iter__(self) -> Iterator[Part]:
        """The parts, in order.

        Raises:
            OmniEditError: a pair cannot be read.
        """
        for part in self._loader:
            if isinstance(part, OmniEditError):
                raise part
            yield part


def _one_thread(worker: int) -> None:
    """Workers are many: none takes all cores for a picture."""
    import cv2

    del worker
    cv2.setNumThreads(1)


def finish(part: Part, encoders: Encoders | None, recipe: Recipe, device: torch.device) -> tuple[FlowBatch, Text]:
    """Encode a part, and add what chance decides: times, noise, emptied sources."""
    target, condition, text = part.collected.encode(encoders, device)
    drawn = [draw.noise(recipe.flow, target.shape[1:]) for draw in part.draws]
    sigma, noise = (torch.stack(values).to(device) for values in zip(*drawn, strict=True))
    weight = part.collected.weight.to(device)
    if condition is not None:
        weight = weight * balance_weights(condition[:, : target.shape[1]], target, recipe.train.balance)
        condition = condition * _kept(part.draws, condition)
    return FlowBatch(target, condition, noise, sigma, weight), text


def _kept(draws: list[Draw], condition: Tensor) -> Tensor:
    """``[B, 1, 1, 1]``: 0 where the source picture is dropped."""
    kept = torch.tensor([not draw.image_dropped for draw in draws]).to(condition)
    return kept.view(-1, 1, 1, 1)
