"""Training examples: from pairs to the samples of a step, in memory or read as they are needed.

examples.collect(indices, draws) -> Collected     in any process: reads and decodes
collected.encode(encoders) -> Encoded             in the trainer, on its device: latents and embedded words
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from omniedit.errors import DataError
from omniedit.model.codec import Codec
from omniedit.model.inpainting import erase, with_mask
from omniedit.model.text import Reads, Text
from omniedit.train.buckets import Size, fit, fit_mask
from omniedit.train.draws import Draw
from omniedit.train.wording import Rewording
from omniedit.types import Image, Mask, Pair, Proposal


class Encoders(NamedTuple):
    """What turns pictures and words into what a network reads."""

    codec: Codec
    text: Reads

    def to(self, device: torch.device | str) -> Encoders:
        """Move what has weights to ``device``, in place; return self."""
        for encoder in self:
            if hasattr(encoder, "to"):
                encoder.to(device)
        return self


class Encoded(NamedTuple):
    """A batch as a network reads it."""

    target: Tensor
    """``[B, C, h, w]``."""
    condition: Tensor | None
    """Of the source pictures: ``[B, C, h, w]``; inpainting: one channel more; None for text to picture."""
    text: Text


class Collected(Protocol):
    """The samples of a step, read but not yet encoded."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of their pairs, for messages."""
        ...

    @property
    def weight(self) -> Tensor:
        """``float32 [B]``, importance of each."""
        ...

    def encode(self, encoders: Encoders | None, device: torch.device) -> Encoded:
        """Latents and embedded words on ``device``."""
        ...


class Examples(Protocol):
    """All that a run trains on."""

    @property
    def buckets(self) -> Sequence[Size]:
        """The size of every example."""
        ...

    def collect(self, indices: Sequence[int], draws: Sequence[Draw]) -> Collected:
        """The examples at ``indices``, all of one bucket, as ``draws`` has it."""
        ...


@dataclass(frozen=True, eq=False)
class Example:
    """One picture to learn from: with its source (an edit) or without (a captioned picture)."""

    id: str
    source: Image | None
    target: Image
    texts: tuple[str, ...]
    """Wordings of the instruction, or captions: one is drawn each time."""
    weight: float
    bucket: Size
    edit: Proposal | None = None
    """What the texts ask for, if they can be worded anew."""
    mask: Mask | None = None
    """Where the edit was made, at the bucket's size; None where nobody said."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Samples as pictures and words."""

    ids: tuple[str, ...]
    weight: Tensor
    targets: list[Image]
    sources: list[Image]
    """Empty for text to picture."""
    masks: list[Mask]
    """For inpainting; else empty."""
    words: list[str]

    def encode(self, encoders: Encoders | None, device: torch.device) -> Encoded:
        """Through the codec and the text encoder."""
        assert encoders is not None, "pictures need a codec and a text encoder"
        codec, text = encoders
        words = [said if text.fits(said) else "" for said in self.words]  # one that is too long trains without words
        target = codec.encode(self.targets).to(device)
        condition = codec.encode(self.sources).to(device) if self.sources else None
        if self.masks:
            hidden = [erase(s, m) for s, m in zip(self.sources, self.masks, strict=True)]
            condition = with_mask(codec.encode(hidden).to(device), self.masks)
        return Encoded(target, condition, Text(*(part.to(device) for part in text(words))))


Reader = Callable[[Pair, Size], list[Example]]
"""Which examples a pair gives at the size of its bucket: :func:`edits` or :func:`captioned`."""


def edits(pair: Pair, bucket: Size) -> list[Example]:
    """The edit of a kept pair."""
    made = pair.candidate
    mask = None if made.mask is None else fit_mask(made.mask, bucket)
    source, target = fit(made.source, bucket), fit(made.result, bucket)
    words = made.proposal.instructions
    return [Example(pair.id, source, target, words, pair.weight, bucket, made.proposal, mask)]


def captioned(pair: Pair, bucket: Size) -> list[Example]:
    """Both pictures of a kept pair with their captions: what a text-to-image base learns from."""
    made, proposal = pair.candidate, pair.candidate.proposal
    both = ((made.source, proposal.source_caption), (made.result, proposal.target_caption))
    return [
        Example(pair.id, None, fit(image, bucket), (caption,), pair.weight, bucket)
        for image, caption in both
        if caption
    ]


class Wording:
    """Which words an example is given: one of its own, made anew, or none."""

    def __init__(self, text: Reads | None = None, reword: Rewording | None = None) -> None:
        """Draw from an example's own words, or through ``reword``; ``text`` refuses long ones (None: it cuts them)."""
        self._text, self._reword = text, reword

    def fitting(self, example: Example) -> Example | None:
        """``example`` with those of its words that can be read; None where none can."""
        fits = self._text.fits if self._text else bool
        texts = tuple(text for text in example.texts if text.strip() and fits(text))
        return replace(example, texts=texts) if texts else None

    def __call__(self, example: Example, draw: Draw) -> str:
        """The words of ``example`` in the step of ``draw``."""
        if draw.text_dropped:
            return ""
        anew = self._reword(example.edit, draw.words) if self._reword else None
        return anew or example.texts[draw.words.integers(len(example.texts))]


def gather(examples: Sequence[Example], draws: Sequence[Draw], wording: Wording, *, masks: bool) -> Pictures:
    """The samples of a step from examples that are decoded."""
    return Pictures(
        ids=tuple(e.id for e in examples),
        weight=torch.tensor([e.weight for e in examples], dtype=torch.float32),
        targets=[e.target for e in examples],
        sources=[e.source for e in examples if e.source is not None],
        masks=[_mask(e) for e in examples] if masks else [],
        words=[wording(e, draw) for e, draw in zip(examples, draws, strict=True)],
    )


def _mask(example: Example) -> Mask:
    """An example's mask. Raises DataError where it has none."""
    if example.mask is None:
        raise DataError(f"pair {example.id} says not where it was edited: inpainting needs the column x_mask")
    return example.mask
