"""What is due and what is wrong, token by token: the teacher's view of a candidate, taken from a better one.

Where several candidates of one proposal were judged, the best of them stands for the ideal edit if it would be kept:
what differs between source and ideal is due, and what differs between result and ideal is wrong.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from omniedit.data.importance import THRESHOLD
from omniedit.data.pairs import PairTable
from omniedit.judge.student.net import MAPS
from omniedit.types import Image

FULL = 0.15 * 255
"""Mean difference of the channels, of 255, at which a pixel is all due or all wrong."""

DUE, WRONG = range(MAPS)
"""Their places."""
Maps = NDArray[np.float16]
"""``[h, w, M]`` by token, 0..1; NaN where no ideal is known."""


def best_answers(table: PairTable) -> dict[str, int]:
    """Id of a proposal -> place in ``table`` of its best candidate, for proposals whose best would be kept."""
    best: dict[str, tuple[float, int]] = {}
    for place, (name, overall) in enumerate(zip(proposal_ids(table), table.column("o_score"), strict=True)):
        if overall is not None and overall >= THRESHOLD:
            best[name] = max(best.get(name, (0.0, 0)), (overall, -place))
    return {name: -place for name, (_, place) in best.items()}


def proposal_ids(table: PairTable) -> list[str]:
    """The id of every pair's proposal."""
    return [json.loads(proposal)["id"] for proposal in table.column("x_proposal")]


def maps_of(source: Image, result: Image, ideal: Image | None, side: int) -> Maps:
    """What is due and what is wrong in tokens of ``side`` x ``side`` pixels, of pictures whose sides are multiples."""
    height, width = source.shape[0] // side, source.shape[1] // side
    if ideal is None or ideal.shape != source.shape:
        return np.full((height, width, MAPS), np.nan, np.float16)
    amounts = [np.minimum(difference(ideal, other) / FULL, 1) for other in (source, result)]
    tokens = [amount.reshape(height, side, width, side).mean((1, 3)) for amount in amounts]
    return np.stack(tokens, axis=2).astype(np.float16)


def difference(a: Image, b: Image) -> NDArray[np.float32]:
    """Mean over the channels of how far two pictures differ, ``[H, W]``, 0..255."""
    return np.asarray(np.abs(a.astype(np.float32) - b).mean(2), np.float32)
