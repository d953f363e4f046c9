"""Whether a difference is more than chance: a sign-flip test of paired differences, and Holm's correction for several.

If two contestants are equally good, then on each photograph it is chance which of them came out ahead: every sign of
the differences is as likely as the other. The p value is the share of all ways to choose the signs in which the sum is
at least as far from zero as it is (Fisher 1935, The Design of Experiments, section 21). The differences of one
photograph keep or change their signs together, for they are not independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.bench.intervals import Floats
from omniedit.seeding import stream

EXACT = 14
"""Up to so many photographs on which the two differ, all 2^n ways are counted."""
DRAWS = 19_999
"""Of more, so many ways are drawn."""
_BLOCK = 1 << 20
"""Signs that are in memory at a time."""
_ROUNDING = 1e-9
"""Sums that differ by no more than this share of all that was added are the same."""


def sign_flips(differences: Floats, *, seed: int = 0) -> float:
    """Two-sided p value of the differences' sum.

    Of drawn ways, p = (hits + 1) / (draws + 1), which is never zero (Phipson and Smyth 2010, SAGMB 9(1)).

    Args:
        differences: ``[photographs]``, the sum of each one's differences; order and signs have no part in the result.
        seed: Seed of what is drawn.
    """
    sizes = np.sort(np.abs(differences[differences != 0]))
    if not sizes.size:
        return 1.0
    least = abs(differences.sum()) - _ROUNDING * sizes.sum()
    exact = sizes.size <= EXACT
    ways = _all_signs(sizes.size) if exact else _drawn_signs(sizes.size, seed)
    hits = sum(int((np.abs(signs @ sizes) >= least).sum()) for signs in ways)
    return hits / 2**sizes.size if exact else (hits + 1) / (DRAWS + 1)


def _all_signs(count: int) -> Iterator[Floats]:
    """Every way to choose ``count`` signs, ``[2^count, count]``."""
    bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
    yield _signs(bits)


def _drawn_signs(count: int, seed: int) -> Iterator[Floats]:
    """`DRAWS` ways to choose ``count`` signs, in blocks ``[ways, count]``."""
    rng, step = stream(seed, "sign flips"), max(1, _BLOCK // count)
    for start in range(0, DRAWS, step):
        bits = rng.integers(2, size=(min(step, DRAWS - start), count), dtype=np.int8)
        yield _signs(bits)


def _signs(bits: NDArray[np.integer[Any]]) -> Floats:
    return np.asarray(1 - 2 * bits, np.float64)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Corrected p values for when several are looked at: one is below 0.05 by chance in at most 5 of 100 families.

    Each, from the smallest on, is multiplied by how many are left, itself included, and is at least its predecessor
    (Holm 1979, Scandinavian Journal of Statistics 6(2)). None, for what could not be tested, stays None and counts not.
    """
    told = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(told):
        highest = min(1.0, max(highest, p * (len(told) - rank)))
        corrected[place] = highest
    return corrected
