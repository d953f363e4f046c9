"""How sure a mean is: bootstrap intervals that resample photographs, not edits.

Edits of one photograph are alike: 434 edits of 62 photographs say less than 434 photographs would. Photographs are
drawn with replacement, each with all of its edits, and the mean is taken over the edits that were drawn (the cluster
bootstrap; Field and Welsh 2007, JRSS B 69(3)). With one edit of each photograph this is Efron's bootstrap (1979).

Of n photographs, percentile intervals are too narrow by a factor of about √((n − 1) / n) · z / t. So their tails are

    α' = Φ(−√(n / (n − 1)) · t)          t: quantile 0.975 of Student's t with n − 1 degrees of freedom

instead of 0.025 (the expanded percentile interval; Hesterberg 2015, The American Statistician 69(4), section 5.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omniedit.seeding import stream

Floats = NDArray[np.float64]
Interval = tuple[float, float]

RESAMPLES = 2000
"""Resamples of a bootstrap."""
CONFIDENCE = 0.95
"""How often an interval is to hold the true mean."""


def bootstrap(values: Sequence[float], photos: Sequence[str] = (), *, seed: int = 0) -> Interval | None:
    """95 % interval of the mean of ``values``. Their order has no part in it.

    Args:
        values: A number for each edit.
        photos: The photograph of each edit, by any name; empty if each has its own.
        seed: Seed of the resamples.

    Returns:
        Its ends; None for fewer than two photographs, of which nothing can be said.
    """
    sums, counts = by_photo(values, photos)
    if len(sums) < 2:
        return None
    picks = stream(seed, "bootstrap").integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    tail = expanded_tail(len(sums))
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


def by_photo(values: Sequence[float], photos: Sequence[str] = ()) -> tuple[Floats, Floats]:
    """Sum and number of the ``values`` of each photograph, each ``[photographs]``, in an order that is theirs alone."""
    groups: dict[str, list[float]] = {}
    alone = ((f"{place:012d}", value) for place, value in enumerate(sorted(values)))
    for photo, value in zip(photos, values, strict=True) if photos else alone:
        groups.setdefault(photo, []).append(value)
    ordered = [groups[photo] for photo in sorted(groups)]
    return np.array([math.fsum(group) for group in ordered]), np.array([float(len(group)) for group in ordered])


def expanded_tail(count: int) -> float:
    """What to cut off from either end of the resampled means of ``count`` photographs, two or more."""
    from scipy.special import ndtr, stdtrit

    return float(ndtr(stdtrit(count - 1, (1 - CONFIDENCE) / 2) * math.sqrt(count / (count - 1))))
