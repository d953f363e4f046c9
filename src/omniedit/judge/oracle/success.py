"""How much of what the instruction asks for is done: SC's first score.

    there      1 - W(result, ideal) / W(base, ideal), W the share of the area that is visibly wrong, so that the
               unchanged picture has exactly 0 and a smear or a half-transparent object has little
    gone       whether the lines of what was there before can still be made out
    plausible  whether the place of a removed object shows the ideal, or at least the colours around it

The least of them counts, through a concave curve, since the last differences are hard to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from omniedit.judge.oracle.case import Case
from omniedit.judge.oracle.vision import Array, blur, dot, gap, grow, lines, mean, mixture, shrink, texture
from omniedit.types import Task


@dataclass(frozen=True)
class Sight:
    """Which differences count as wrong, for one task."""

    blur: float = 1.0
    """Standard deviation, in units, of the blur before colours are compared."""
    lines: float = 1.0
    """Weight of the lines in their place."""
    texture: float = 0.0
    """Weight of the amount of fine structure, wherever it lies."""
    wrong: float = 0.2
    """Distance from which a pixel is all wrong."""
    shade: float = 0.0
    """Mean colour difference that is forgiven."""


SIGHTS: Mapping[Task, Sight] = MappingProxyType(
    {
        Task.SWAP: Sight(),
        Task.ADDITION: Sight(),
        Task.ATTRIBUTE: Sight(lines=0.5, wrong=0.16, shade=0.02),
        Task.BACKGROUND: Sight(blur=2.0, lines=0.0, texture=1.0),
        Task.ENVIRONMENT: Sight(blur=2.0, lines=0.0, texture=1.0),
        Task.STYLE: Sight(blur=1.2, lines=0.5, texture=1.0),
    }
)
"""How "there" is seen, by task; a removal is seen by what is gone and what is plausible."""

FULL, BEND = 0.92, 1.4
"""Share done from which success is 10, and the exponent of the curve below."""


def success(case: Case) -> tuple[float, str]:
    """Editing success on 0..10, and why, in words."""
    done = _done(case)
    reasons = (f"{what} {100 * max(0.0, share):.0f} %" for what, share in done.items())
    return 10.0 * _curve(min(done.values())), ", ".join(reasons)


def _curve(done: float) -> float:
    """Success 0..1 of the share ``done``: 0 at 0, 1 from ``FULL`` on, concave between."""
    return float(1.0 - (1.0 - np.clip(done / FULL, 0.0, 1.0)) ** BEND)


def _done(case: Case) -> dict[str, float]:
    """How much of each thing asked for is done, 0..1; below 0 where it became worse."""
    old, new = case.proposal.object or "object", case.proposal.target or "object"
    if case.task is Task.REMOVAL:
        return {f"{old} gone": _gone(case, case.mask), "plausible behind it": _plausible(case, case.mask)}
    if case.task is Task.ADDITION:
        return {f"{new} there": _there(case), f"{new} absent before": _absent_before(case)}
    if case.task is Task.SWAP:
        left = np.asarray(case.cleared * (1 - 0.5 * case.new))
        behind = np.asarray(case.cleared * (1 - case.new))
        return {
            f"{old} gone": _gone(case, left),
            f"{new} there": _there(case),
            "rest plausible": _plausible(case, behind),
        }
    return {f"{new} there": _there(case)}


def _there(case: Case) -> float:
    """How far the result came from the base to the ideal, where the new thing is."""
    sight = SIGHTS[case.task]
    ideal = _seen(case.ideal, sight)
    left, whole = (_wrong(_seen(lab, sight) - ideal, case.new, sight) for lab in (case.result, case.base))
    return 1.0 - left / whole if whole > 1e-6 else 0.0


def _seen(lab: Array, sight: Sight) -> Array:
    """What ``sight`` sees of ``lab``: ``[h, w, c]``, such that differences add up as squares."""
    channels = [blur(lab, sight.blur)]
    if sight.lines:
        channels.append(sight.lines * lines(lab)[..., :1])
    if sight.texture:
        channels.append(sight.texture * texture(lab)[..., None])
    return np.concatenate(channels, axis=2)


def _wrong(difference: Array, where: Array, sight: Sight) -> float:
    """Share of ``where`` that is wrong: each pixel counts by its distance, up to where it is all wrong."""
    if sight.shade:
        difference = _forgive_shade(difference, where, sight.shade)
    distance = np.sqrt(dot(difference, difference))
    return mean(np.minimum(distance / sight.wrong, 1.0), where)


def _forgive_shade(difference: Array, where: Array, shade: float) -> Array:
    """``difference`` with its mean colour nearer to 0 by ``shade``, and lightness, which a word leaves open, halved."""
    difference = difference.copy()
    difference[..., 0] *= 0.5
    offset = np.array([mean(difference[..., channel], where) for channel in range(3)], np.float32)
    length = float(np.linalg.norm(offset))
    if length > 0:
        difference[..., :3] -= min(1.0, shade / length) * offset
    return difference


def _gone(case: Case, where: Array) -> float:
    """1 where no lines of what was there before are left in the result, 0 where all are."""
    left, _, apart = case.mixture
    return _faded(left, np.asarray(where * apart))


def _faded(left: Array, weights: Array) -> float:
    """1 where nothing is ``left``, 0 where everything is; already a faint ghost is seen."""
    return (1.0 - float(np.sqrt(mean(left * left, weights)))) ** 2


def _absent_before(case: Case) -> float:
    """1 where the candidate's own source has no lines of the object, 0 where it has it already."""
    left, _, apart = mixture(case.source, case.filled, case.empty)
    return _faded(left, np.asarray(case.hole * apart))


def _plausible(case: Case, where: Array) -> float:
    """Whether ``where`` shows the ideal or at least the colours around it: 1 all over, 0 nowhere."""
    if where.sum() < 1:
        return 1.0
    height, width = (max(1, side // 4) for side in where.shape)
    ring = grow(case.mask, 8.0) - grow(case.mask, 2.0)
    layers = (blur(case.result, 2.0), blur(case.ideal, 2.0), ring, where)
    result, ideal, around, weights = (shrink(layer, (width, height)) for layer in layers)
    distance = gap(result, ideal)
    palette = ideal[around > 0.5]
    if len(palette):
        steps = result[:, :, None] - palette[:: len(palette) // 64 + 1]
        distance = np.minimum(distance, np.sqrt((steps * steps).sum(axis=3)).min(axis=2) + 0.03)
    return (1.0 - mean(np.clip((distance - 0.02) / 0.1, 0.0, 1.0), weights)) ** 2
