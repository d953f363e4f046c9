"""Simple metrics beside the judge: how far L1, PSNR, SSIM, LPIPS and CLIP rank pairs as it does.

The paper (arXiv 2411.07199) holds that they follow people's judgement of edits poorly; see `omniedit.judge.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from omniedit.bench.scores.table import ScoreRow
from omniedit.errors import ImageError
from omniedit.judge.agreement import or_none, spearman
from omniedit.judge.metrics import METRICS, ClipScore, measure
from omniedit.seeding import derive
from omniedit.types import Candidate

PAIRS = 400
"""Pairs that are measured at most, drawn evenly by a hash of their ids."""
ABOUT: Mapping[str, str] = {
    "l1_source": "L1 to the source",
    "psnr_source": "PSNR to the source",
    "ssim_source": "SSIM to the source",
    "lpips_source": "LPIPS to the source",
    "clip": "CLIP score: result and words",
    "clip_image": "CLIP similarity: result and source",
    "clip_direction": "CLIP direction: change and words",
}
"""Metric -> what it is, in the order of the table."""


@dataclass(frozen=True)
class Baseline:
    """One metric beside the judge."""

    name: str
    """A key of `ABOUT`."""
    pairs: int
    """Pairs that it could measure."""
    spearman: tuple[float | None, ...]
    """Spearman's rho with SC, PQ and O; positive where what is nearer, or fits the words better, scores higher."""


@dataclass(frozen=True)
class Baselines:
    """All metrics that could be had."""

    found: tuple[Baseline, ...]
    left_out: Mapping[str, str]
    """Metric -> why it is not there."""


def baselines(
    rows: Sequence[ScoreRow],
    candidate: Callable[[ScoreRow], Candidate],
    *,
    clip: ClipScore | None = None,
    tick: Callable[[int], None] = lambda total: None,
) -> Baselines:
    """Measure scored ``rows``, at most `PAIRS` of them.

    Args:
        rows: Of one table.
        candidate: The pictures and words of a row.
        clip: Adds the three of CLIP.
        tick: Called with the number of rows after each of them.

    Raises:
        ModelError: CLIP's weights cannot be loaded.
    """
    chosen = sorted((row for row in rows if row.status == "scored"), key=lambda row: derive(0, "measured", row.id))
    chosen = chosen[:PAIRS]
    left_out = {} if clip else {"clip": "no weights were named (--clip)"}
    names = [name for name in METRICS if not _reason(name, left_out)]
    measured: list[tuple[ScoreRow, Mapping[str, float | None]]] = []
    for row in chosen:
        values = _measured(candidate(row), names, clip, left_out)
        if values is not None:
            measured.append((row, values))
        tick(len(chosen))
    found = [_baseline(name, measured) for name in ABOUT]
    return Baselines(tuple(one for one in found if one.pairs), left_out)


def _reason(name: str, left_out: dict[str, str]) -> str:
    """Why a metric cannot be used here, which is noted; empty where it can."""
    if not METRICS[name].available:
        left_out[name] = f"{METRICS[name].package} is not installed"
    return left_out.get(name, "")


def _measured(
    one: Candidate, names: list[str], clip: ClipScore | None, left_out: dict[str, str]
) -> Mapping[str, float | None] | None:
    """The values of a pair; None where its pictures differ in size, or are too small."""
    try:
        return measure(one, names=names, clip=clip)
    except ImageError:
        return None
    except Exception as error:  # LPIPS fetches its weights when first used, and its library raises whatever it likes
        if "lpips" not in names:
            raise
        names.remove("lpips")
        left_out["lpips"] = f"its weights cannot be had: {str(error)[:200]}"
        return _measured(one, names, clip, left_out)


def _baseline(name: str, measured: Sequence[tuple[ScoreRow, Mapping[str, float | None]]]) -> Baseline:
    known = [(row.sides, values[name]) for row, values in measured if values.get(name) is not None]
    sign = METRICS[name.removesuffix("_source")].nearer if name.endswith("_source") else 1
    numbers = np.array([sign * float(value or 0.0) for _, value in known])
    scores = np.array([sides for sides, _ in known], float).reshape(-1, 3).T
    rhos = spearman(scores, np.broadcast_to(numbers, scores.shape))
    return Baseline(name, len(known), tuple(map(or_none, rhos)))
