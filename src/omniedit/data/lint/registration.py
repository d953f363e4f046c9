"""Whether the picture after lies where the picture before lies: shifted or zoomed pairs.

Both pictures are high-passed and weighted by what was not edited. At each scale of a grid the picture after is scaled
about its centre, phase correlation (Kuglin & Hines, 1975; ``cv2.phaseCorrelate``) tells the shift, and the correlation
coefficient of the aligned pictures tells how well they fit. What fits clearly better than not moving at all is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.data.lint.check import Check, RowCheck
from omniedit.data.lint.rows import PICTURES, Row
from omniedit.types import Image, Mask

SIDE = 192
"""Pictures are shrunk to this longest side: finer shifts would not be seen."""
ZOOMS = (1.02, 1.03, 1.04, 1.06, 1.08, 1.1, 1.125, 1.15, 1.2, 1.25)
"""Zooms that are tried, and their inverses."""
UNEDITED = 0.15
"""Share of the picture that must be unedited: on less, nothing is said."""
FITS = 0.5
"""Correlation that an alignment must reach to be believed."""
GAIN = 0.05
"""How much better than the unmoved picture it must correlate."""
REST = 0.5
"""How much of what does not correlate in the unmoved picture may remain."""
MARGIN = 0.02
"""How much better than a mere shift a zoom must correlate."""

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Motion:
    """How the picture after lies against the one before."""

    zoom: float
    """Scale: 1.05 is 5 % larger."""
    right: float
    """Shift to the right, in the picture's pixels."""
    down: float
    """Shift downwards."""
    fit: float
    """Correlation of the unedited region once the motion is undone, -1..1."""
    unmoved: float
    """The same with nothing undone."""


def motion(source: Image, result: Image, mask: Mask | None = None) -> Motion | None:
    """How ``result`` is moved against ``source``; None unless a motion explains the pair clearly better than none.

    Args:
        source: ``uint8 [H, W, 3]``.
        result: ``uint8 [H, W, 3]``.
        mask: ``[H, W]``, 1 where the edit is; everything counts if None.
    """
    factor = min(1.0, SIDE / max(source.shape[:2]))
    before, after = (_high_pass(_shrunk(image, factor)) for image in (source, result))
    weight = np.ones_like(before) if mask is None else _unedited(mask, before.shape)
    if weight.mean() < UNEDITED:
        return None
    unmoved = _correlation(before, after, weight)
    if unmoved > 1 - GAIN:
        return None
    shifted = max([(unmoved, 1.0, 0.0, 0.0), *_shifts(before, after, weight, 1.0)])
    best = max([shifted, *_all_zooms(before, after, weight)])
    fit, zoom, right, down = best if best[0] > shifted[0] + MARGIN else shifted
    moved = zoom != 1.0 or max(abs(right), abs(down)) >= 1.0
    if fit < FITS or fit < unmoved + GAIN or 1 - fit > REST * (1 - unmoved) or not moved:
        return None
    return Motion(zoom, right / factor, down / factor, fit, unmoved)


def find_shift(row: Row) -> str:
    """A shift, in pixels."""
    found = _motion(row)
    if found is None or found.zoom != 1.0:
        return ""
    return (
        f"the picture after lies {found.right:+.1f} pixels to the right and {found.down:+.1f} down of the one before "
        f"(unedited region correlates {found.unmoved:.2f}, {found.fit:.2f} once moved back)"
    )


def find_zoom(row: Row) -> str:
    """A zoom, in percent."""
    found = _motion(row)
    if found is None or found.zoom == 1.0:
        return ""
    return (
        f"the picture after is about {100 * (found.zoom - 1):+.0f} % larger than the one before "
        f"(unedited region correlates {found.unmoved:.2f}, {found.fit:.2f} once scaled back)"
    )


def _motion(row: Row) -> Motion | None:
    """The motion of a pair that training would take; found once, for both checks."""
    if "motion" not in row.cache:
        matched = row.matched if row.kept else None
        row.cache["motion"] = motion(*matched, row.mask) if matched else None
    found: Motion | None = row.cache["motion"]
    return found


def _all_zooms(before: Grey, after: Grey, weight: Grey) -> Iterator[tuple[float, float, float, float]]:
    """What fits at each zoom of the grid: fit, zoom, shift to the right, shift down."""
    for zoom in (*ZOOMS, *(1 / zoom for zoom in ZOOMS)):
        yield from _shifts(before, _scaled(after, 1 / zoom), weight, zoom)


def _shifts(before: Grey, after: Grey, weight: Grey, zoom: float) -> Iterator[tuple[float, float, float, float]]:
    """The shift that phase correlation sees, and how well the pictures fit then."""
    import cv2

    height, width = before.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(before * weight, after * weight, window)
    if max(abs(right) / width, abs(down) / height) > 0.25:
        return
    back = np.array([[1, 0, right], [0, 1, down]], np.float32)
    aligned = cv2.warpAffine(after, back, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    inner = weight.copy()
    trim_x, trim_y = (
        int(np.ceil(abs(s))) + int(side * abs(zoom - 1) / 2 + 1) for s, side in ((right, width), (down, height))
    )
    inner[:trim_y], inner[-trim_y:], inner[:, :trim_x], inner[:, -trim_x:] = 0, 0, 0, 0
    yield _correlation(before, aligned, inner), zoom, right, down


def _correlation(first: Grey, second: Grey, weight: Grey) -> float:
    """Pearson's coefficient of two high-passed pictures, weighted."""
    across = float((weight * first * second).sum())
    spread = float((weight * first * first).sum() * (weight * second * second).sum()) ** 0.5
    return across / spread if spread > 1e-6 else 0.0


def _scaled(image: Grey, scale: float) -> Grey:
    """The picture scaled about its centre, at its size."""
    import cv2

    height, width = image.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, scale)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)


def _shrunk(image: Image, factor: float) -> Grey:
    """The grey picture, smaller by ``factor``."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    if factor == 1.0:
        return np.asarray(grey)
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.float32)


def _high_pass(grey: Grey) -> Grey:
    """Without what is brighter or darker at large: edits of light leave edges where they are."""
    import cv2

    fine = cv2.GaussianBlur(grey, (0, 0), 0.8)
    return np.asarray(fine - cv2.GaussianBlur(grey, (0, 0), 4.0), np.float32)


def _unedited(mask: Mask, shape: tuple[int, ...]) -> Grey:
    """1 where nothing was edited, well away from the mask."""
    import cv2

    small = cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_AREA)
    grown = cv2.dilate((small > 0.02).astype(np.float32), np.ones((9, 9)))
    return np.asarray(cv2.GaussianBlur(1 - grown, (0, 0), 1.5), np.float32)


CHECKS: dict[str, Check] = {
    "shifted": RowCheck(
        severity="error",
        about="the picture after is shifted against the one before",
        advice="Find the crop or padding that moved it; a model learns to move what it should keep.",
        find=find_shift,
        needs=PICTURES,
        slow=True,
        limits="By the unedited region: silent where that is below 15 % of the picture or has no texture. Pixels "
        "are those of the picture shrunk to 192 on its longest side; turns are not looked for.",
    ),
    "zoomed": RowCheck(
        severity="error",
        about="the picture after is scaled about its centre against the one before",
        advice="Find the resize or crop that scaled it; a model learns to zoom.",
        find=find_zoom,
        needs=PICTURES,
        slow=True,
        limits="As `shifted`. Scales of 2 to 25 % are tried in steps; a scale of one axis is not looked for.",
    ),
}
"""Checks of where the pictures lie, by name."""
