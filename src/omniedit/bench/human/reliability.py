"""How far raters agree: Krippendorff's alpha, ordinal, as ImagenHub computes it (arXiv 2310.01596).

    alpha = 1 - D_observed / D_expected          1: they always agree; 0: no more than by chance

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). Alpha takes gaps: an edit that two or more
rated counts, by those who rated it. The computation is that of the package ``krippendorff``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.bench.human.guideline import LEVELS
from omniedit.errors import MissingExtraError
from omniedit.seeding import stream

RESAMPLES = 1000


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha of one side."""

    value: float | None
    """Alpha; None where no edit was rated twice, or all of them alike: nothing could have differed."""
    edits: int
    """Edits that at least two people rated: only they have a part."""
    interval: tuple[float, float] | None = None
    """95 % bootstrap interval over edits; None where it was not asked for."""


def alpha(ratings: Sequence[Sequence[float]], resamples: int = 0, seed: int = 0) -> Alpha:
    """Alpha of ratings, each one of `LEVELS`.

    Args:
        ratings: For each edit what its raters gave; who gave it has no part in alpha.
        resamples: Resamples of the percentile bootstrap (Efron 1979) over edits; 0 for no interval. Those in which
            all ratings are alike have no alpha, and are left out.
        seed: Its seed.

    Raises:
        MissingExtraError: The package ``krippendorff`` is not installed.
    """
    counts = np.array([[list(given).count(level) for level in LEVELS] for given in ratings if len(given) > 1])
    value = _alpha(counts)
    if not resamples or value is None:
        return Alpha(value, len(counts))
    picks = stream(seed, "alpha").integers(len(counts), size=(resamples, len(counts)))
    drawn = [found for pick in picks if (found := _alpha(counts[pick])) is not None]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Alpha(value, len(counts), (float(low), float(high)))


def _alpha(counts: NDArray[np.int_]) -> float | None:
    """Alpha of counts ``[edits, levels]``, each row with two ratings or more."""
    if not len(counts) or (counts.sum(0) > 0).sum() < 2:
        return None
    return float(_library().alpha(value_counts=counts, value_domain=LEVELS, level_of_measurement="ordinal"))


def _library() -> Any:  # noqa: ANN401
    try:
        import krippendorff
    except ImportError as error:
        raise MissingExtraError("krippendorff", "bench") from error
    return krippendorff
