"""Enlarging what a model drew at its small working size: crisp, smooth contours, no steps and no ringing.

Doubling by cubic interpolation leaves soft edges that wobble with the small picture's pixels. After each doubling, two
things are done, both steered by the local direction of edges (structure tensor): pixels are averaged *along* the edge,
and a shock filter moves them towards the nearer side *across* it, where it cannot overshoot. Source of the idea:
coherence-enhancing shock filters (J. Weickert, DAGM 2003), here with one iteration per doubling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

DOUBLINGS = 3
"""Beyond eightfold there is nothing left to sharpen."""
OVERSHOOT = 1.4
"""A doubling may go beyond the size asked for by this factor."""
SHOCK = 0.5
"""How far a pixel moves towards the nearer side of an edge, 0..1."""
FAINT = 0.02
"""Edge strength below which nothing is steered, on a scale of 0..1."""


def enlarge(picture: Field, size: tuple[int, int]) -> Field:
    """Double ``picture`` until it is about as large as ``size``; what is left to do is plain interpolation.

    Args:
        picture: ``float32 [h, w, 3]``, about 0..1.
        size: ``(width, height)`` in pixels.

    Returns:
        ``float32 [2^n h, 2^n w, 3]``, ``n`` at most ``DOUBLINGS``.
    """
    for _ in range(DOUBLINGS):
        height, width = picture.shape[:2]
        if 2 * min(width / size[0], height / size[1]) > OVERSHOOT:
            break
        picture = crisp(_clamped_double(picture))
    return picture


def crisp(picture: Field) -> Field:
    """One iteration of the filter; shape, type and range as they were."""
    import cv2

    along_x, along_y, certainty = edges(picture)
    spread = (picture + _moved(picture, along_x, along_y) + _moved(picture, -along_x, -along_y)) / 3
    flowing = picture + certainty * (spread - picture)
    soft = cv2.GaussianBlur(flowing, (0, 0), 1.0)
    xx, yy, xy = (cv2.Sobel(soft, -1, *order, ksize=3) for order in ((2, 0), (0, 2), (1, 1)))
    nx, ny = -along_y[..., None], along_x[..., None]
    curvature = nx * nx * xx + 2 * nx * ny * xy + ny * ny * yy
    square = np.ones((3, 3), np.uint8)
    target = np.where(curvature > 0, cv2.erode(flowing, square), cv2.dilate(flowing, square))
    amount = SHOCK * certainty * np.minimum(np.abs(curvature) / (2 * FAINT), 1)
    return np.asarray(flowing + amount * (target - flowing), np.float32)


def edges(picture: Field) -> tuple[Field, Field, Field]:
    """Direction of the edge through each pixel, from the structure tensor of all channels together.

    Returns:
        ``(x, y, certainty)``: the unit vector along the edge, ``float32 [h, w]`` each, and how clearly there is one
        direction, ``float32 [h, w, 1]`` in 0..1.
    """
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), 0.7)
    gx, gy = cv2.Scharr(soft, -1, 1, 0) / 32, cv2.Scharr(soft, -1, 0, 1) / 32
    xx, xy, yy = (cv2.GaussianBlur((a * b).sum(axis=-1), (0, 0), 2.0) for a, b in ((gx, gx), (gx, gy), (gy, gy)))
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    coherence = np.hypot(xx - yy, 2 * xy) / (xx + yy + FAINT**2)
    along: tuple[Field, Field] = -np.sin(across), np.cos(across)
    return *along, (coherence**2)[..., None]


def _clamped_double(picture: Field) -> Field:
    """Twice the size by cubic interpolation, kept within the range of the 3 x 3 pixels around: no ringing."""
    import cv2

    size = (2 * picture.shape[1], 2 * picture.shape[0])
    square = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(picture, square), cv2.dilate(picture, square)
    bounds = (cv2.resize(bound, size, interpolation=cv2.INTER_NEAREST) for bound in (low, high))
    return np.asarray(np.clip(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), *bounds), np.float32)


def _moved(picture: Field, dx: Field, dy: Field) -> Field:
    """The picture read at each pixel's place plus ``(dx, dy)``."""
    import cv2

    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    return np.asarray(cv2.remap(picture, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
