"""Token alignment: two prompts -> A, which token of the edit takes which token's attention map of the source.

Pure functions of words and positions: no tokenizer, no network. Letters: :mod:`omniedit.data.diffusion.p2p`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import InstructionError

Span = tuple[int, int]
"""First position, and the position after the last."""


@dataclass(frozen=True)
class Prompt:
    """A prompt as a text encoder reads it: a start token, the words' tokens, an end token, padding.

    Raises:
        InstructionError: It has more tokens than the encoder reads, or a word without any.
    """

    words: tuple[str, ...]
    """Its words and marks, in order."""
    counts: tuple[int, ...]
    """Tokens of each word, 1 or more."""
    length: int
    """L: tokens that the encoder reads."""

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        if len(self.words) != len(self.counts) or min(self.counts, default=1) < 1:
            raise InstructionError(f"each word of {' '.join(self.words)!r} wants one token or more: {self.counts}")
        if self.end >= self.length:
            raise InstructionError(
                f"the prompt {' '.join(self.words)!r} has {self.end - 1} tokens, the text encoder reads "
                f"{self.length - 2}: shorten it"
            )

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where each word's tokens stand, the first at position 1."""
        return tuple(pairwise(accumulate(self.counts, initial=1)))

    @property
    def end(self) -> int:
        """Position of the end token; padding follows."""
        return 1 + sum(self.counts)

    def tokens(self, words: Collection[int]) -> NDArray[np.bool_]:
        """Which positions belong to the words of these indices, ``bool [L]``."""
        chosen = np.zeros(self.length, np.bool_)
        for word in words:
            chosen[slice(*self.spans[word])] = True
        return chosen

    def find(self, word: str) -> tuple[int, ...]:
        """Indices of every occurrence of ``word``, whatever its case.

        Raises:
            InstructionError: The prompt does not have it.
        """
        found = tuple(index for index, own in enumerate(self.words) if own.lower() == word.lower())
        if not found:
            raise InstructionError(f"there is no word {word!r} in the prompt {' '.join(self.words)!r}")
        return found


@dataclass(frozen=True, eq=False)
class Alignment:
    """How the tokens of an edit's prompt follow from those of its source's."""

    mapper: NDArray[np.float32]
    """A, ``[L, L]``: ``A[i, j]`` is the part of source token i's map that edit token j takes; ``M A`` has the maps."""
    taken: NDArray[np.bool_]
    """``[L]``: whether edit token j takes a map of the source; the paper's A(j) is not None."""
    source_words: tuple[int, ...]
    """Indices of the source's words that the edit does not have."""
    target_words: tuple[int, ...]
    """Indices of the edit's words that the source does not have."""


def align(source: Prompt, target: Prompt, *, swap: bool = True) -> Alignment:
    """Align two prompts, word by word where they agree (arXiv 2208.01626, section 3.2).

    Words in common, the start and the end take their own map (the paper's A(j) of "adding a new phrase"). A phrase
    in another's place takes that one's maps when ``swap`` ("word swap"): word by word where both have as many words,
    else as a whole; between different numbers of tokens the maps' sum stays the same, shared alike. A phrase that is
    new keeps its own map: its columns of A are 0. Padding goes by position; where the source has none there yet, by
    its first.

    Args:
        source: P.
        target: P*, read by the same encoder.
        swap: False gives the refinement of the paper: only words in common take a map, and A is 0 or 1.

    Raises:
        InstructionError: The encoders differ in length.
    """
    if source.length != target.length:
        raise InstructionError(f"prompts of one encoder have one length, not {source.length} and {target.length}")
    mapper = np.zeros((source.length, target.length), np.float32)
    mapper[0, 0] = mapper[source.end, target.end] = 1
    gone: list[int] = []
    new: list[int] = []
    for equal, theirs, ours in _blocks(source, target):
        if not equal:
            gone += theirs
            new += ours
        if equal or swap:
            for left, right in _partners(source, target, theirs, ours):
                _link(mapper, left, right)
    for position in range(target.end + 1, target.length):
        if source.end + 1 < source.length:
            mapper[max(position, source.end + 1), position] = 1
    return Alignment(mapper, mapper.max(axis=0) > 0, tuple(gone), tuple(new))


def token_weights(target: Prompt, weights: Mapping[str, float]) -> NDArray[np.float32]:
    """The c of re-weighting, ``float32 [L]``: the weight of each word at all its tokens, 1 at the others.

    Raises:
        InstructionError: The prompt lacks a word.
    """
    vector = np.ones(target.length, np.float32)
    for word, weight in weights.items():
        vector[target.tokens(target.find(word))] = weight
    return vector


def _blocks(source: Prompt, target: Prompt) -> Iterator[tuple[bool, list[int], list[int]]]:
    """Runs of words: whether they are the same, their indices in the source, and in the target."""
    theirs, ours = ([word.lower() for word in prompt.words] for prompt in (source, target))
    for tag, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        yield tag == "equal", list(range(a, b)), list(range(c, d))


def _partners(source: Prompt, target: Prompt, theirs: list[int], ours: list[int]) -> list[tuple[Span, Span]]:
    """Which tokens of the source go to which of the target; none where a phrase was left out or put in."""
    if not theirs or not ours:
        return []
    if len(theirs) == len(ours):
        return [(source.spans[left], target.spans[right]) for left, right in zip(theirs, ours, strict=True)]
    return [
        (
            (source.spans[theirs[0]][0], source.spans[theirs[-1]][1]),
            (target.spans[ours[0]][0], target.spans[ours[-1]][1]),
        )
    ]


def _link(mapper: NDArray[np.float32], left: Span, right: Span) -> None:
    """Give the maps of the tokens ``left`` to the tokens ``right``: one to one, or their sum shared alike."""
    size = right[1] - right[0]
    one_to_one = size == left[1] - left[0]
    mapper[slice(*left), slice(*right)] = np.eye(size, dtype=np.float32) if one_to_one else np.float32(1 / size)
