"""The expected value of a score over the tokens that could say it, at the place where it is said.

G-Eval (arXiv 2303.16634, section 2) replaces the score that a model says by ``Σ p(s) · s`` over all scores that it
could have said: finer than whole numbers, with fewer ties. Here the reply is forced, word for word, up to its first
score::

    {"reasoning": "…", "score": [

and what the model would say next is looked at. Then its likeliest score is forced too, and the next one is looked at.

How a score of several digits is counted. Every score ``0 … scale`` is spelt out with what stands before and behind it,
and turned into tokens. The spellings form a tree: they share their tokens up to the first that differs (the root), and
some share more (``1`` and ``10``, where every digit is a token). The probability of a score is the product over the
branchings on its way: at the root as the model gives it, further down relative to the other ways on::

    p(8) = P(8)    p(1) = P(1) · P(, | 1) / (P(, | 1) + P(0 | 1))    p(10) = P(1) · P(0 | 1) / (P(, | 1) + P(0 | 1))

A tokenizer that has ``10`` as one token needs no second step, and gets none. What a score would be followed by matters
only where it decides between two scores, so ``8`` stands also for ``8.5``.

The sum of all p(s) is the share of the model's belief that is on scores at all. Where it is less than `BELIEF`, there
is no score: the model would have said something else, and the rest would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omniedit.judge.local.chat import Prompt, extended, inputs_of
from omniedit.judge.local.loading import VisionLanguageModel

if TYPE_CHECKING:
    from torch import Tensor

BELIEF = 0.5
"""Least probability of all scores together for their expected value to count."""

Path = tuple[int, ...]
"""Tokens from the root of a tree to one of its branchings."""


@dataclass(frozen=True)
class ScoreTree:
    """The spellings of all scores at one place of one reply, as token ids."""

    root: Path
    """Tokens of the reply that all spellings share."""
    spellings: tuple[Path, ...]
    """For each score 0, 1 … its tokens behind the root."""

    @classmethod
    def of(cls, encode: Callable[[str], Sequence[int]], before: str, after: str, scale: int) -> ScoreTree:
        """Spell out ``before``, a score of 0 to ``scale``, and ``after``; ``encode`` gives the tokens of a text."""
        rows = [tuple(encode(f"{before}{score}{after}")) for score in range(scale + 1)]
        shared = 0
        while len({row[shared] for row in rows}) == 1:
            shared += 1
        return cls(rows[0][:shared], tuple(row[shared:] for row in rows))

    @property
    def branchings(self) -> dict[Path, frozenset[int]]:
        """Path from the root -> the tokens by which scores part there, the root's own first."""
        found: dict[Path, set[int]] = {}
        for row in self.spellings:
            for depth, token in enumerate(row):
                found.setdefault(row[:depth], set()).add(token)
        return {path: frozenset(ways) for path, ways in found.items() if len(ways) > 1}

    @property
    def paths(self) -> list[Path]:
        """The longest paths to a branching: sequences that pass all branchings, none of them twice over."""
        every = list(self.branchings)
        return [path for path in every if not any(path == other[: len(path)] for other in every if other != path)]

    def probabilities(self, following: Callable[[Path], Tensor]) -> list[float]:
        """p(s) of every score.

        Args:
            following: Path to a branching -> logits of the token behind it, ``float32 [vocabulary]``.
        """
        import torch

        chances: dict[tuple[Path, int], float] = {}
        for path, ways in self.branchings.items():
            tokens = sorted(ways)
            logits = following(path).double()
            known = torch.log_softmax(logits if path == () else logits[tokens], 0)
            picked = known[tokens] if path == () else known
            chances |= {(path, token): float(chance) for token, chance in zip(tokens, picked.exp(), strict=True)}
        return [self._product(row, chances) for row in self.spellings]

    def _product(self, row: Path, chances: dict[tuple[Path, int], float]) -> float:
        product = 1.0
        for depth, token in enumerate(row):
            product *= chances.get((row[:depth], token), 1.0)
        return product


@dataclass(frozen=True)
class Expected:
    """The expected scores of one reply."""

    scores: tuple[float, ...]
    """One for each criterion, on 0..scale."""
    belief: float
    """Least probability, over the criteria, that any score was to be said."""
    said: str
    """The forced reply, with the likeliest scores."""


def expected_scores(
    loaded: VisionLanguageModel, prompts: Sequence[Prompt], beginnings: Sequence[str], end: str, count: int, scale: int
) -> list[Expected]:
    """Expected scores of a batch of questions of one kind.

    Args:
        loaded: The model.
        prompts: The questions.
        beginnings: For each, its reply up to where the first score begins.
        end: The reply from behind the last score on.
        count: Scores of a reply.
        scale: The best score that was asked for.
    """
    said = list(beginnings)
    scores: list[list[float]] = [[] for _ in prompts]
    beliefs = [1.0] * len(prompts)
    for place in range(count):
        after = ", " if place + 1 < count else end
        trees = [ScoreTree.of(lambda text: _encoded(loaded, text), text, after, scale) for text in said]
        for index, chances in enumerate(_chances(loaded, prompts, trees)):
            belief = sum(chances)
            scores[index].append(sum(score * chance for score, chance in enumerate(chances)) / max(belief, 1e-30))
            beliefs[index] = min(beliefs[index], belief)
            said[index] += f"{chances.index(max(chances))}{after}"
    return [Expected(tuple(row), belief, text) for row, belief, text in zip(scores, beliefs, said, strict=True)]


def _encoded(loaded: VisionLanguageModel, text: str) -> list[int]:
    return list(loaded.tokenizer(text, add_special_tokens=False)["input_ids"])


def _chances(loaded: VisionLanguageModel, prompts: Sequence[Prompt], trees: Sequence[ScoreTree]) -> list[list[float]]:
    """p(s) of every score in every tree; the n-th paths of all trees make one pass of the model."""
    import torch

    inputs = inputs_of(loaded, prompts)
    logits: list[dict[Path, Tensor]] = [{} for _ in trees]
    for turn in range(max(len(tree.paths) for tree in trees)):
        paths = [tree.paths[min(turn, len(tree.paths) - 1)] for tree in trees]
        replies = [tree.root + path for tree, path in zip(trees, paths, strict=True)]
        batch = extended(inputs, replies, loaded.tokenizer.pad_token_id)
        with torch.inference_mode():
            last = loaded.model(**batch, logits_to_keep=1 + max(map(len, paths))).logits.float()
        for found, path, row in zip(logits, paths, last, strict=True):
            found |= {path[:depth]: row[depth - len(path) - 1] for depth in range(len(path) + 1)}
    return [tree.probabilities(found.__getitem__) for tree, found in zip(trees, logits, strict=True)]
