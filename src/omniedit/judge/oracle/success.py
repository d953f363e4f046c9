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
from omniedit.judge.oracle.vision import Array, blur, dot, gap, grow, lines, mean, shrink, texture
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
        return {f"{old} gone": _gone(case), "plausible behind it": _plausible(case)}
    if case.task is Task.SWAP:
        return {f"{old} gone": _gone(case), f"{new} there": _there(case), "plausible around it": _plausible(case)}
    if case.task is Task.ADDITION:
        return {f"{new} there": _there(case), f"{new} absent before": _gone(case.reversed())}
    return {f"{new} there": _there(case)}


def _there(case: Case) -> float:
    """How far the result came to the ideal from the base (or the source, if nearer), where the new thing is."""
    sight = SIGHTS[case.task]
    ideal = _seen(case.ideal, sight)
    left, before, whole = (
        _wrong(_seen(lab, sight) - ideal, case.new, sight) for lab in (case.result, case.source, case.base)
    )
    return 1.0 - left / min(before, whole) if min(before, whole) > 1e-6 else 0.0


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


def _gone(case: Case) -> float:
    """1 where no lines of what was there before are left in the result, 0 where all are or nothing changed at all.

    A faint ghost counts much.
    """
    left, worth = case.remains
    faded = (1.0 - mean(left, np.asarray(case.uncovered * worth), floor=5e-4)) ** 3
    return min(faded, 2 * _changed(case))


def _changed(case: Case) -> float:
    """How much changed, where the old object was, for how much had to."""
    source = _seen(case.source, Sight())
    made, due = (_wrong(_seen(lab, Sight()) - source, case.mask, Sight()) for lab in (case.result, case.ideal))
    return made / due if due > 1e-6 else 0.0


def _plausible(case: Case) -> float:
    """Whether what was uncovered shows the ideal or at least the colours around it: 1 all over, 0 nowhere."""
    height, width = (max(1, side // 4) for side in case.mask.shape)
    ring = grow(case.mask, 8.0) - grow(case.mask, 2.0)
    layers = (blur(case.result, 2.5), blur(case.ideal, 2.5), ring, case.uncovered)
    result, ideal, around, where = (shrink(layer, (width, height)) for layer in layers)
    distance = gap(result, ideal)
    palette = ideal[around > 0.5]
    if len(palette):
        steps = result[:, :, None] - palette[:: len(palette) // 64 + 1]
        distance = np.minimum(distance, np.sqrt((steps * steps).sum(axis=3)).min(axis=2) + 0.02)
    return (1.0 - mean(np.clip((distance - 0.04) / 0.1, 0.0, 1.0), where, floor=1e-3)) ** 2
