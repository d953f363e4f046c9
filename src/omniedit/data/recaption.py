"""A reject that did something else well -> a pair whose instruction says what was done.

    pair = recaption(pair, describe, judge)

An edit of good quality that does not follow its instruction is a good example of another instruction. A model
describes it, and a judge scores the new words as it would any others; only what passes is kept. Nothing is lost either
way: a new pair carries the old instruction, scores and reason in its candidate's details, and a reject that stays one
says what was tried. (OmniEdit drops such candidates, arXiv 2411.07199, section 3.3; to relabel what failed by what it
reached is hindsight experience replay, arXiv 1707.01495.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from omniedit.data.importance import THRESHOLD, reject_reason
from omniedit.judge.rubric import Judge
from omniedit.types import Candidate, Pair, Proposal

Describe = Callable[[Candidate], str]
"""A model that sees ``source``, ``result`` and the old instruction, and words an instruction for what was done; empty
text where it cannot tell."""

DETAIL = "recaptioned"
"""Key of the candidate's details under which the old instruction, scores and reason stay."""


@dataclass(frozen=True)
class RecaptionConfig:
    """Which rejects are described anew, and what the new words must reach."""

    success: float = 5.0
    """The first SC score, editing success, is to be at most this: the instruction was not followed."""
    quality: float = 8.0
    """The minimum of PQ is to be at least this: no words mend a broken picture."""
    threshold: float = THRESHOLD
    """Overall score from which the new verdict keeps the pair."""


def recaption(pair: Pair, describe: Describe, judge: Judge, config: RecaptionConfig = RecaptionConfig()) -> Pair:
    """A kept pair with new words, or the reject as it was, its reason ending in what was tried.

    Args:
        pair: Any pair; one that is kept, was recaptioned before, or does not fit ``config`` comes back as it is.
        describe: Words what was done. Its errors and the judge's are the caller's to handle.
        judge: Scores the new words; it gets no ideal edit, since none is known for them.
        config: What fits, and what passes.
    """
    if not fits(pair, config):
        return pair
    words = " ".join(describe(pair.candidate).split())
    if not words or words.casefold() == pair.candidate.proposal.instruction.casefold():
        return replace(pair, reason=f"{pair.reason}; recaptioning found no other words")
    candidate = _reworded(pair, words)
    verdict = judge.score(candidate)
    failure = reject_reason(verdict, config.threshold)
    if failure:
        return replace(pair, reason=f"{pair.reason}; recaptioned as {words!r}: {failure}")
    return Pair(f"{pair.id}-{DETAIL}", candidate, verdict)


def fits(pair: Pair, config: RecaptionConfig = RecaptionConfig()) -> bool:
    """Whether ``pair`` is a reject of good quality that does not follow its instruction."""
    verdict = pair.verdict
    if pair.weight > 0 or not verdict.scored or DETAIL in pair.candidate.details:
        return False
    return verdict.sc[0] <= config.success and min(verdict.pq) >= config.quality


def _reworded(pair: Pair, words: str) -> Candidate:
    """The candidate with an instruction of ``words``, and the record of what it was."""
    old, verdict = pair.candidate.proposal, pair.verdict
    # The arguments and captions told of an edit that did not happen. The task stays: it names who made the picture.
    proposal = Proposal(f"{old.id}-{DETAIL}", old.task, words, source_caption=old.source_caption)
    was = {
        "instruction": old.instruction,
        "sc": list(verdict.sc),
        "pq": list(verdict.pq),
        "judge": verdict.judge,
        "judge_version": verdict.version,
        "reason": pair.reason,
    }
    return replace(pair.candidate, proposal=proposal, details={**pair.candidate.details, DETAIL: was})
