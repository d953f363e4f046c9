"""Of several candidates of one proposal keep the best: one per form of mask, as Emu Edit does (arXiv 2311.10089)."""

from __future__ import annotations

from collections.abc import Sequence

from omniedit.types import Verdict


def best(verdicts: Sequence[Verdict]) -> int | None:
    """Return the place of the highest overall score; the first of equals.

    Args:
        verdicts: A judge's verdict on each candidate. One that is unscored is passed over, never guessed.

    Returns:
        Its place among ``verdicts``; None where none is scored.
    """
    scores = {place: verdict.overall for place, verdict in enumerate(verdicts) if verdict.overall is not None}
    return max(scores, key=lambda place: (scores[place], -place), default=None)
