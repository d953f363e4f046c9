"""Technical faults of a result, whatever it shows: what neither the source nor the ideal has. They make PQ.

Each is 0 for the source and for the ideal themselves, so either scores 10. Where a pixel's surroundings look like the
ideal they are held to the ideal, where they look like the source to the source, and in doubt to whichever is kinder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from omniedit.judge.oracle.case import Case
from omniedit.judge.oracle.vision import Array, blur, dot, gap, gradient, grow, mean, texture
from omniedit.types import Task


@dataclass(frozen=True)
class Toll:
    """What a fault costs: PQ = 10 exp(-sum of rate * (amount - free))."""

    rate: float
    """How fast PQ falls."""
    free: float
    """Amount that nobody sees."""


TOLLS = {
    "blur": Toll(2.0, 0.02),
    "grain": Toll(1.0, 0.06),
    "seam": Toll(1.5, 0.01),
    "ghost": Toll(1.5, 0.15),
    "clipping": Toll(4.0, 0.002),
}
"""Fault -> toll."""

_OBJECTS = (Task.SWAP, Task.REMOVAL, Task.ADDITION)
"""Tasks in which a mixture of before and after is a half-there object, and not a shade between."""


def quality(case: Case) -> tuple[float, str]:
    """PQ on 0..10, and why, in words. The filled source of a reversed removal counts half."""
    found = _faults(case)
    cost = sum(_cost(name, amount) for name, amount in found.items())
    if case.task is Task.ADDITION and not np.array_equal(case.source, case.empty):
        of_source = {f"{name} before": amount for name, amount in _faults(case.reversed()).items()}
        cost += 0.5 * sum(_cost(name.split()[0], amount) for name, amount in of_source.items())
        found |= of_source
    visible = sorted(((amount, name) for name, amount in found.items() if amount > 0.05), reverse=True)
    words = ", ".join(f"{name} {100 * amount:.0f} %" for amount, name in visible)
    return 10.0 * math.exp(-cost), words or "no visible fault"


def _cost(name: str, amount: float) -> float:
    """What ``amount`` of a fault takes from log PQ."""
    return TOLLS[name].rate * max(0.0, amount - TOLLS[name].free)


def _faults(case: Case) -> dict[str, float]:
    """Amount of each fault: 0 none, about 0.1 easily seen, 1 everywhere."""
    toward = _resemblance(case)
    area = np.maximum(
        grow(case.mask, 2.0), np.clip(gap(blur(case.result, 1.5), blur(case.source, 1.5)) / 0.04, 0.0, 1.0)
    )
    found = {"blur": _blur(case, toward, area), "grain": _grain(case, toward, area), "seam": _seam(case, toward)}
    found["clipping"] = _clipping(case, area)
    if case.task in _OBJECTS:
        found["ghost"] = _ghost(case)
    return found


def _resemblance(case: Case) -> Array:
    """-1 where the result's surroundings are the source's, 1 where they are the ideal's, 0 in doubt."""
    s, t, r = (blur(picture, 2.0) for picture in (case.source, case.ideal, case.result))
    return np.asarray(np.clip((gap(r, s) - gap(r, t)) / 0.03, -1.0, 1.0))


def _held_to(toward: Array, by_source: Array, by_ideal: Array) -> Array:
    """The fault at each pixel, by what it resembles; the smaller in doubt."""
    ideal, source = np.maximum(toward, 0.0), np.maximum(-toward, 0.0)
    doubt = 1.0 - ideal - source
    return np.asarray(ideal * by_ideal + source * by_source + doubt * np.minimum(by_source, by_ideal))


def _blur(case: Case, toward: Array, area: Array) -> float:
    """Fine structure that is missing, as a share of what should be there; texture may vary by a fifth."""
    s, t, r = (texture(lab) for lab in (case.source, case.ideal, case.result))
    around = (grow(case.mask, 8.0) - grow(case.mask, 2.0)) > 0.5
    if around.any():
        usual = np.minimum(t, np.median(t[around]))
        t = t + case.uncovered * (usual - t)
    missing = _held_to(toward, np.maximum(0.8 * s - r, 0.0), np.maximum(0.8 * t - r, 0.0))
    return mean(missing, area) / (mean(_held_to(toward, s, t), area) + 0.005)


def _grain(case: Case, toward: Array, area: Array) -> float:
    """Noise and blockiness that was not there; an object moved by part of a pixel may be crisper by half."""
    s, t, r = (_roughness(lab) for lab in (case.source, case.ideal, case.result))
    return mean(_held_to(toward, np.maximum(r - 1.5 * s, 0.0), np.maximum(r - 1.5 * t, 0.0)), area) / 0.03


def _roughness(lab: Array) -> Array:
    """Local noise level: the response to the difference of two Laplacians, which straight edges hardly have.

    Source: Immerkær, "Fast noise variance estimation", 1996.
    """
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(lab, -1, kernel, borderType=cv2.BORDER_REFLECT_101)).sum(axis=2)
    return blur(np.asarray(response, np.float32), 2.0)


def _seam(case: Case, toward: Array) -> float:
    """Edges that neither picture has, along the mask's border and wherever source and ideal are pieced together."""
    ring = grow(case.mask, 2.0) - grow(case.mask, -2.0)
    joint = 4 * blur(np.maximum(toward, 0.0), 2.0) * blur(np.maximum(-toward, 0.0), 2.0)
    s, t, r = (np.sqrt(dot(g, g)) for g in (gradient(lab, 0.7) for lab in (case.source, case.ideal, case.result)))
    excess = np.maximum(r - 1.1 * grow(np.maximum(s, t), 1.5), 0.0)
    return float((excess * np.maximum(ring, joint)).sum()) / (0.05 * max(float(ring.sum()), 0.02 * ring.size))


def _ghost(case: Case) -> float:
    """How much of the meant area shows the source's lines faintly: 4 share (1 - share)."""
    left, worth = case.remains
    return mean(4 * left * (1 - left), np.asarray(case.mask * worth), floor=1e-4)


def _clipping(case: Case, area: Array) -> float:
    """Share of pixels that are white or black in the result only."""
    s, t, r = ((lab[..., 0] > 0.995) | (lab[..., 0] < 0.02) for lab in (case.source, case.ideal, case.result))
    return mean(np.asarray(r & ~s & ~t, np.float32), area)
