"""How much of what the instruction does not speak of stayed: SC's second score.

For a local edit, the pixels outside its mask. For an edit of the whole picture, the lines that source and ideal have
in common, and the colours of the foreground, where the ideal knows one.
"""

from __future__ import annotations

import math

import numpy as np

from omniedit.judge.oracle.case import Case
from omniedit.judge.oracle.vision import Array, blur, dot, gap, gradient, grow, mean
from omniedit.types import Task

REST = 0.08
"""Share of the rest that may change before the score falls to 10 / e."""


def restraint(case: Case) -> tuple[float, str]:
    """Over-editing on 0..10 (10 is none), and why, in words."""
    if case.task.local:
        changed, what = _changed_rest(case), "the rest changed"
    elif case.task is Task.BACKGROUND:
        changed, what = _changed_foreground(case), "the foreground changed"
    else:
        changed, what = _lost_lines(case), "the content lost"
        if case.foreground is not None:
            changed += _changed_foreground(case, tolerance=0.16)
    return 10.0 * math.exp(-changed / REST), f"{100 * changed:.1f} % of {what}"


def _soft(*pictures: Array) -> tuple[Array, ...]:
    """The pictures after a blur that forgives a shift of less than a pixel."""
    return tuple(blur(picture, 1.0) for picture in pictures)


def _changed(distance: Array, keep: Array, tolerance: float = 0.008) -> float:
    """Share of ``keep`` that changed: differences up to ``tolerance`` are free, small ones count little."""
    visible = np.clip((distance - tolerance) / 0.12, 0.0, 1.0) ** 2
    return mean(np.asarray(visible), keep, floor=0.05)


def _changed_rest(case: Case) -> float:
    """Share of what lies outside the mask that is neither the source's nor the ideal's."""
    result, source, ideal = _soft(case.result, case.source, case.ideal)
    reach = 1.5 if case.task is Task.ATTRIBUTE else 3.0
    return _changed(np.minimum(gap(result, source), gap(result, ideal)), 1 - grow(case.mask, reach))


def _changed_foreground(case: Case, tolerance: float = 0.008) -> float:
    """Share of the foreground whose colours are not between those of source and ideal."""
    if case.foreground is None:
        return 0.0
    result, source, ideal = _soft(case.result, case.source, case.ideal)
    step = ideal - source
    along = np.clip(dot(result - source, step) / (dot(step, step) + 1e-9), 0.0, 1.0)
    return _changed(gap(result, source + along[..., None] * step), grow(case.foreground, -1.5), tolerance)


def _lost_lines(case: Case) -> float:
    """Share of the regions whose lines, common to source and ideal, the result lost."""
    r, s, t = (gradient(lab[..., :1].copy(), 2.0) for lab in (case.result, case.source, case.ideal))
    common = np.sqrt(np.maximum(dot(s, t), 0.0))
    kept = np.maximum(_kept(r, s), _kept(r, t))
    amount = blur(common, 6.0)
    lost = 1.0 - (blur(common * kept, 6.0) + _NOTHING) / (amount + _NOTHING)
    return mean(np.clip((lost - 0.25) / 0.5, 0.0, 1.0), np.minimum(amount / 0.005, 1.0))


def _kept(result: Array, other: Array) -> Array:
    """1 where ``result`` has at least half of the gradient of ``other``, 0 where it has nothing of it."""
    return np.asarray(np.clip((2 * dot(result, other) + _NOTHING) / (dot(other, other) + _NOTHING), 0.0, 1.0))


_NOTHING = 1e-6
"""A squared gradient too small to see."""
