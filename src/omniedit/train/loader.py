"""Judged pairs in memory, at their bucket's size, and the batch of any step.

A batch is a function of (seed, step): which pairs, which of their wordings, which noise, which are emptied for
guidance. Resuming needs no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from omniedit.errors import DataError
from omniedit.images import resize
from omniedit.model.codec import PixelCodec
from omniedit.model.flow import draw_sigma
from omniedit.model.text import Text, TextEncoder
from omniedit.seeding import derive
from omniedit.train.buckets import BatchOrder, Size, bucket_sizes, nearest_bucket
from omniedit.train.objective import FlowBatch, balance_weights
from omniedit.train.recipe import Recipe
from omniedit.train.wording import Rewording
from omniedit.types import Image, Pair, Proposal


@dataclass(frozen=True, eq=False)
class Example:
    """One picture to learn from: with its source (an edit) or without (a captioned picture)."""

    source: Image | None
    target: Image
    texts: tuple[str, ...]
    """Wordings of the instruction, or captions: one is drawn each time."""
    weight: float
    bucket: Size
    edit: Proposal | None = None
    """What the texts ask for, if they can be worded anew."""


Fitted = Callable[[Image], tuple[Image, Size]]
"""A picture -> the picture at its bucket's size, and that size."""
Reader = Callable[[Pair, Fitted], list[Example]]
"""Which examples a pair gives: :func:`edits` or :func:`captioned`."""


@dataclass(eq=False)
class ExampleSet:
    """All examples of a run, and their order."""

    recipe: Recipe
    text: TextEncoder
    examples: list[Example] = field(default_factory=list)
    passed_over: int = 0
    """Texts that the text encoder cannot read because they are too long."""

    def add(self, pairs: Iterable[Pair], read: Reader) -> None:
        """Take in the pairs that have a weight, through ``read``, fitted to their buckets, as often as the mix says."""
        sizes = list(bucket_sizes(self.recipe.model.area, self.recipe.model.patch).values())
        for pair in (pair for pair in pairs if pair.weight > 0):
            for example in read(pair, lambda image: fit(image, sizes)):
                texts = tuple(text for text in example.texts if self.text.fits(text))
                self.passed_over += len(example.texts) - len(texts)
                if texts:
                    copies = getattr(self.recipe.mix, pair.candidate.proposal.task.value)
                    self.examples += [replace(example, texts=texts)] * copies

    def order(self) -> BatchOrder:
        """The order of batches.

        Raises:
            DataError: there is nothing to train on.
        """
        if not self.examples:
            raise DataError(f"{self.recipe.pairs} holds no pair with a positive weight: nothing to train on")
        return BatchOrder([e.bucket for e in self.examples], self.recipe.train.batch, self.recipe.seed)

    def batch(self, indices: list[int], step: int) -> tuple[FlowBatch, Text]:
        """The batch of ``step``."""
        config, codec = self.recipe.train, PixelCodec()
        rng = np.random.default_rng(derive(self.recipe.seed, "batch", step))
        generator = torch.Generator().manual_seed(derive(self.recipe.seed, "noise", step) % 2**63)
        chosen = [self.examples[i] for i in indices]
        target = codec.encode([e.target for e in chosen])
        noise = torch.randn(target.shape, generator=generator)
        sigma = draw_sigma(len(chosen), self.recipe.flow, generator)
        weight = torch.tensor([e.weight for e in chosen], dtype=torch.float32)
        condition = None
        if chosen[0].source is not None:
            condition = codec.encode([e.source for e in chosen if e.source is not None])
            weight = weight * balance_weights(condition, target, config.balance)
            condition = condition * torch.from_numpy(rng.random((len(chosen), 1, 1, 1)) >= config.image_dropout)
        texts = [self._say(e, rng) if rng.random() >= config.text_dropout else "" for e in chosen]
        return FlowBatch(target, condition, noise, sigma, weight), self.text(texts)

    def _say(self, example: Example, rng: np.random.Generator) -> str:
        """One of the example's wordings, or a new one."""
        return self.reword(example.edit, rng) or example.texts[rng.integers(len(example.texts))]

    @cached_property
    def reword(self) -> Rewording:
        """Words instructions anew, as often as the recipe says."""
        return Rewording(self.text, self.recipe.train.reword, self.recipe.train.strange)


def edits(pair: Pair, fitted: Fitted) -> list[Example]:
    """The edit of a kept pair."""
    source, bucket = fitted(pair.candidate.source)
    target, _ = fitted(pair.candidate.result)
    proposal = pair.candidate.proposal
    return [Example(source, target, proposal.instructions, pair.weight, bucket, proposal)]


def captioned(pair: Pair, fitted: Fitted) -> list[Example]:
    """Both pictures of a kept pair with their captions: what the text-to-image base learns from."""
    proposal = pair.candidate.proposal
    both = ((pair.candidate.source, proposal.source_caption), (pair.candidate.result, proposal.target_caption))
    fitted_both = [(fitted(image), caption) for image, caption in both if caption]
    return [Example(None, image, (caption,), pair.weight, bucket) for (image, bucket), caption in fitted_both]


def fit(image: Image, sizes: list[Size]) -> tuple[Image, Size]:
    """``image`` at the size of its bucket: resized to cover it, the rest cropped evenly from both sides."""
    height, width = image.shape[:2]
    bucket = nearest_bucket(width, height, sizes)
    if (width, height) == bucket:
        return image, bucket
    scale = max(bucket[0] / width, bucket[1] / height)
    covering = max(bucket[0], round(width * scale)), max(bucket[1], round(height * scale))
    left, top = (covering[0] - bucket[0]) // 2, (covering[1] - bucket[1]) // 2
    return resize(image, covering)[top : top + bucket[1], left : left + bucket[0]], bucket
