"""Fidelity: what an edit left alone is the input's own, bit for bit, and each result says what was done to it.

    change_mask(small, edited) -> where the edit is -> spread to the photo's size -> composite(source, carried, mask)

The report states, as measured on the picture that is handed out: how much changed, how far the rest moved, and the
largest difference outside the edit.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from omniedit import __version__
from omniedit.colour import to_oklab
from omniedit.images import resize
from omniedit.types import Image, Mask

Scope = Literal["local", "global"]
Bools = NDArray[np.bool_]

SURE = 0.06
"""OKLab difference, above the noise, that is a change for certain; 0.02 is just visible."""
FAINT = 0.025
"""Difference, above the noise, that belongs to the edit where it touches a certain change."""
NOISE_ABOVE_LEAST, MOST_NOISE = 2.6, 0.03
"""A model's noise is read off the least changed twentieth of the picture, whose median is its upper end over 2.6.

It is never taken for more than ``MOST_NOISE``, since an edit can be of the whole picture.
"""
SPECK = 5e-4
"""Share of the picture below which a change is a speck, and a gap in a change is a gap."""
REACH = 1
"""Working pixels by which the edit's mask is widened before its soft rim begins."""
MEASURED_SIDE = 512
"""Longest side at which shifts are measured, in pixels."""
ALIGNED = 0.3
"""Correlation of two pictures' edges below which no shift can be told."""


def change_mask(source: Image, result: Image) -> Mask:
    """Where ``result`` differs from ``source`` on purpose, with a soft rim that leaves room for what lies beside it.

    Args:
        source: Working picture before, ``uint8 [h, w, 3]``.
        result: Working picture after, of the same shape.

    Returns:
        ``float32 [h, w]``: 1 on the edit, falling to 0 over a rim of about two pixels; all 0 where nothing changed.
    """
    import cv2

    grown = cv2.dilate(changed(source, result).astype(np.float32), _disc(REACH))
    return np.asarray(cv2.blur(grown, (3, 3)), np.float32)


def changed(source: Image, result: Image) -> Bools:
    """Which pixels were changed on purpose, as opposed to by a model's noise: ``bool [h, w]``.

    Colours are compared in OKLab after a slight blur, so that edges that came out softer do not count. Clear changes
    grow into the faint ones that touch them (hysteresis); specks are dropped and gaps are closed.
    """
    import cv2

    difference = np.linalg.norm(to_oklab(_soft(source)) - to_oklab(_soft(result)), axis=-1)
    noise = min(NOISE_ABOVE_LEAST * float(np.quantile(difference, 0.05)), MOST_NOISE)
    regions = _touching(difference > noise + FAINT, difference > noise + SURE)
    closed = cv2.morphologyEx(regions.astype(np.uint8), cv2.MORPH_CLOSE, _disc(2)) > 0
    speck = max(4, SPECK * closed.size)
    return ~_without_specks(~_without_specks(closed, speck), speck)


def _soft(image: Image) -> Image:
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.uint8)


def _touching(faint: Bools, sure: Bools) -> Bools:
    """The connected regions of ``faint`` that hold some of ``sure``."""
    import cv2

    _, labels = cv2.connectedComponents(faint.astype(np.uint8))
    return np.isin(labels, np.unique(labels[sure & faint])) & faint


def _without_specks(regions: Bools, smallest: float) -> Bools:
    """The connected regions of at least ``smallest`` pixels."""
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(regions.astype(np.uint8))
    large = statistics[:, cv2.CC_STAT_AREA] >= smallest
    return np.asarray(large[labels] & regions)


def _disc(radius: int) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def composite(source: Image, edited: Image, mask: Mask) -> Image:
    """``edited`` where ``mask`` is 1, ``source`` bit for bit where it is 0, a blend between.

    Args:
        source: The photo, ``uint8 [H, W, 3]``.
        edited: The edited photo, of the same shape.
        mask: ``float32 [H, W]`` in 0..1.
    """
    result = source.copy()
    inside, rim = mask >= 1, (mask > 0) & (mask < 1)
    result[inside] = edited[inside]
    before, after = source[rim].astype(np.float32), edited[rim].astype(np.float32)
    result[rim] = np.rint(before + mask[rim][:, None] * (after - before)).astype(np.uint8)
    return result


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an edit did, as measured on its result, and where it came from (promises 2 and 7 of the design)."""

    size: tuple[int, int]
    """Width and height in pixels, of the input and of the result."""
    scope: Scope
    """Whether the edit is of a part of the picture, or of all of it."""
    changed_fraction: float
    """Share of the pixels that are not bit for bit the input's own."""
    shift_px: float | None
    """By how many pixels the picture moved outside the edit (global: as a whole); None where that cannot be told."""
    outside_max_abs_diff: int | None
    """Largest difference outside the edit, in levels 0..255; None where the edit leaves no outside."""
    model: str
    """Name of the model."""
    model_sha256: str
    """Hash of its weights; empty where it has none."""
    seed: int
    """Seed of this picture's noise."""
    instruction: str
    """What was asked."""
    version: str
    """Version of omniedit."""

    @classmethod
    def of(cls, source: Image, result: Image, area: Mask | None, **origin: Any) -> Report:  # noqa: ANN401 (fields)
        """Measure ``result`` against ``source``, both ``uint8 [H, W, 3]``.

        Args:
            source: The photo.
            result: The edited photo.
            area: Where the edit is, ``float32 [H, W]``, 0 outside; None: everywhere.
            origin: The fields that are not measured: scope, model, model_sha256, seed, instruction.
        """
        return cls(
            size=(source.shape[1], source.shape[0]),
            changed_fraction=changed_fraction(source, result),
            shift_px=shift_px(source, result, area),
            outside_max_abs_diff=outside_max_abs_diff(source, result, area),
            version=__version__,
            **origin,
        )

    def to_json(self) -> str:
        """The report as a JSON object, a field a line."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def changed_fraction(source: Image, result: Image) -> float:
    """Share of the pixels that differ at all."""
    return float((source != result).any(axis=-1).mean())


def outside_max_abs_diff(source: Image, result: Image, mask: Mask | None) -> int | None:
    """Largest difference where ``mask`` is 0; None where it is 0 nowhere, or not given."""
    if mask is None or mask.all():
        return None
    outside = mask == 0
    return int(np.abs(source[outside].astype(np.int16) - result[outside]).max())


def shift_px(source: Image, result: Image, mask: Mask | None = None) -> float | None:
    """By how many pixels ``result`` lies beside ``source``, to a fraction of a pixel.

    Edges are compared, not colours, so that night and fog do not matter: phase correlation finds the shift to a pixel,
    ECC (Evangelidis and Psarakis, TPAMI 2008) refines it.

    Args:
        source: ``uint8 [H, W, 3]``.
        result: Of the same shape.
        mask: The edit, ``float32 [H, W]``; only the pixels where it is 0 count. None counts all.

    Returns:
        The distance; None where the edges of the two do not correlate, or there are none.
    """
    outside = np.ones(source.shape[:2], bool) if mask is None or mask.all() else mask == 0
    if np.array_equal(source[outside], result[outside]):
        return 0.0
    scale = min(1.0, MEASURED_SIDE / max(source.shape[:2]))
    size = (max(1, round(source.shape[1] * scale)), max(1, round(source.shape[0] * scale)))
    counts = resize(outside.astype(np.uint8) * 255, size) == 255
    shift = _aligned(_edges(resize(source, size)), _edges(resize(result, size)), counts)
    return None if shift is None else float(np.hypot(*shift)) / scale


def _aligned(before: Mask, after: Mask, counts: Bools) -> tuple[float, float] | None:
    """The shift ``(x, y)`` that takes the edges ``before`` to those ``after``, where ``counts``."""
    import cv2

    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    rough, _ = cv2.phaseCorrelate(before * counts, after * counts, window)
    warp = np.array([[1, 0, rough[0]], [0, 1, rough[1]]], np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    try:
        correlation, warp = cv2.findTransformECC(
            before, after, warp, cv2.MOTION_TRANSLATION, stop, counts.astype(np.uint8) * 255, 3
        )
    except cv2.error:  # raised where there is nothing to align
        return None
    return (float(warp[0, 2]), float(warp[1, 2])) if correlation >= ALIGNED else None


def _edges(image: Image) -> Mask:
    """How strongly the lightness changes, ``float32 [h, w]``."""
    import cv2

    lightness = np.ascontiguousarray(to_oklab(image)[..., 0])
    x, y = (cv2.Sobel(lightness, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(x, y), np.float32)
