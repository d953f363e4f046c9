"""Instructions worded anew while training, so that a model hears an edit asked for in more ways than a pair holds.

A share of them is *strange*: words of the sentence are replaced by random ones of the vocabulary, so that the task has
to be read from what is left. "Zinc the mug" can only be a removal, and "plural the mug blue" a recolouring: that is how
a verb is understood which training never used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from omniedit.data.proposals.lexicon import embedded
from omniedit.data.proposals.phrases import HELD_OUT
from omniedit.data.proposals.template import can_phrase, phrase
from omniedit.model.text import TextEncoder
from omniedit.types import Proposal

STRANGE_WORD = 0.5
"""Chance of a word of a strange sentence to be replaced."""


@dataclass(frozen=True)
class Rewording:
    """Words edits anew."""

    text: TextEncoder
    """Whose vocabulary gives the random words."""
    share: float
    """Share of instructions that are worded anew."""
    strange: float
    """Share of those whose sentence is strange."""

    def __call__(self, edit: Proposal | None, rng: np.random.Generator) -> str:
        """An instruction for ``edit``, or an empty string where the pair's own should be used."""
        known = embedded()
        if edit is None or rng.random() >= self.share or not can_phrase(edit, known):
            return ""

        def change(word: str) -> str:
            return self.words[int(rng.integers(len(self.words)))] if rng.random() < STRANGE_WORD else word

        said = phrase(edit, rng, known=known, change=change if rng.random() < self.strange else None)
        return said[0] if said and self.text.fits(said[0]) else ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Random words: whole words of the vocabulary, except what evaluation asks with."""
        secret = re.compile("|".join(re.escape(words) for words in (*HELD_OUT, *embedded().held_out)))
        words = sorted(self.text.tokenizer.get_vocab())
        return tuple(word for word in words if word.isalpha() and len(word) > 2 and not secret.search(word))
