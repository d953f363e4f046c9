"""The exact words of a reply: what a distilled judge learns to say, and what is forced to get expected scores.

{"reasoning": "…", "score": [8, 7]}    or, where scores come first,    {"score": [8, 7], "reasoning": "…"}
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from omniedit.judge.questions import Asking


def beginning(reasoning: str, asking: Asking) -> str:
    """The reply up to where its first score begins."""
    said = f'"reasoning": {json.dumps(reasoning, ensure_ascii=False)}, ' if asking.reasoning_first else ""
    return f'{{{said}"score": ['


def end(asking: Asking) -> str:
    """The reply from behind its last score on; where the reasoning comes last, up to where that begins."""
    return "]}" if asking.reasoning_first else '], "reasoning": "'


def reply_of(reasoning: str, scores: Sequence[float], asking: Asking) -> str:
    """The whole reply, which ``read_reply`` reads back to ``scores``, at nine decimals of the asked scale.

    Args:
        reasoning: Why.
        scores: On 0..10, in the order of the criteria.
        asking: Order and scale.
    """
    listed = ", ".join(_number(score * asking.scale / 10) for score in scores)
    rest = "" if asking.reasoning_first else json.dumps(reasoning, ensure_ascii=False)[1:] + "}"
    return beginning(reasoning, asking) + listed + end(asking) + rest


def _number(value: float) -> str:
    """A decimal without needless digits: ``8``, ``7.25``."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
