"""Readings of both questions -> ``Verdict``: passes averaged, or unscored with the reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from omniedit.judge.reply.reading import Reading
from omniedit.judge.reply.scores import Unread
from omniedit.judge.rubric import Judge, unscored
from omniedit.types import Verdict


def verdict_of(judge: Judge, sc: Sequence[Reading], pq: Sequence[Reading], transcript: str, stamp: str = "") -> Verdict:
    """What a ``judge`` says after all its passes.

    Each criterion's score is the mean over the passes that could be read. Where fewer than half of a side's passes
    could, the verdict is unscored; where some could not, the reasoning says so.

    Args:
        judge: Who said it.
        sc: Its answers on semantic consistency, one for each pass.
        pq: Its answers on perceptual quality.
        transcript: All that it answered, verbatim.
        stamp: ``questions.stamp`` of what it was asked; the rubric's hash where empty.
    """
    stamp = stamp or judge.rubric.hash
    try:
        sc_scores, sc_reasoning = _averaged("SC", sc)
        pq_scores, pq_reasoning = _averaged("PQ", pq)
    except Unread as reason:
        return replace(unscored(judge, str(reason), transcript), rubric=stamp)
    return Verdict(
        sc=sc_scores,
        pq=pq_scores,
        judge=judge.name,
        version=judge.version,
        rubric=stamp,
        sc_reasoning=sc_reasoning,
        pq_reasoning=pq_reasoning,
        transcript=transcript,
    )


def _averaged(side: str, passes: Sequence[Reading]) -> tuple[tuple[float, ...], str]:
    """The mean scores of a side and the reasons of its passes, a paragraph each.

    Raises:
        Unread: There is no pass, or fewer than half could be read.
    """
    read = [reading for reading in passes if not reading.unread]
    lost = [reading.unread for reading in passes if reading.unread]
    missing = f"{len(lost)} of {len(passes)} passes unread ({lost[0]})" if lost else ""
    if not read or len(read) < len(lost):
        raise Unread(f"{side}: {missing if len(passes) > 1 else ''.join(lost) or 'no answer'}")
    scores = tuple(math.fsum(values) / len(values) for values in zip(*(it.scores for it in read), strict=True))
    return scores, "\n\n".join(text for text in (*(it.reasoning for it in read), missing) if text)
