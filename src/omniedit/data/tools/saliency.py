"""Saliency without a model: what in a plain photograph stands out from its borders, cut out along its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import to_oklab
from omniedit.types import Image, Mask

Plane = NDArray[np.float32]
Region = NDArray[np.bool_]

_SATURATION = 18.0
"""Twice the squared Mahalanobis distance, in standard deviations, beyond which unlike is unlike."""


@dataclass(frozen=True)
class Saliency:
    """Settings."""

    side: int = 200
    """Longer side of the picture that is looked at, in pixels."""
    border: float = 0.06
    """Width of the borders that count as background, as a share of the picture."""
    centre: float = 0.38
    """Standard deviation of the preference for the middle, as a share of the picture."""
    sizes: tuple[float, float] = (0.02, 0.8)
    """Smallest and largest share of the picture that a thing may fill."""
    least: float = 0.1
    """How much the most striking pixels must stand out at the least, 0..1."""
    rounds: int = 4
    """Iterations of the cut."""


def salient(image: Image, settings: Saliency | None = None) -> Mask | None:
    """Find the thing that stands out.

    A pixel stands out where its colour is unlike that of each of the four borders (Mahalanobis distance in OKLab, as in
    Wei et al., "Geodesic Saliency Using Background Priors", ECCV 2012) and it lies near the middle; GrabCut (Rother,
    Kolmogorov and Blake, 2004) then finds the outline.

    Args:
        image: ``uint8 [H, W, 3]``.
        settings: How to look; None takes the defaults.

    Returns:
        ``float32 [H, W]`` 0..1, or None where nothing stands out.
    """
    import cv2

    settings = settings or Saliency()
    height, width = image.shape[:2]
    scale = min(1.0, settings.side / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    thing = _cut_out(small, stand_out(small, settings), settings.rounds)
    if not settings.sizes[0] <= thing.mean() <= settings.sizes[1]:
        return None
    soft = cv2.GaussianBlur(thing.astype(np.float32), (0, 0), 1.0)
    grown = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    mask: Mask = np.clip((grown - 0.5) * 3 * max(1.0, scale) + 0.5, 0, 1)
    return mask


def stand_out(image: Image, settings: Saliency) -> Mask:
    """Return how much each pixel stands out, ``float32 [H, W]`` 0..1."""
    import cv2

    height, width = image.shape[:2]
    lab = cv2.GaussianBlur(to_oklab(image), (0, 0), 1 + 0.01 * max(height, width))
    y, x = max(2, round(settings.border * height)), max(2, round(settings.border * width))
    borders = (lab[:y], lab[-y:], lab[:, :x], lab[:, -x:])
    unlike = np.sort([_distance(lab, border.reshape(-1, 3)) for border in borders], axis=0)[:3].mean(axis=0)
    v, u = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    near = np.exp(-(u**2 + v**2) / (2 * settings.centre**2))
    score = unlike * near / max(float(np.percentile(unlike * near, 99)), settings.least)
    return np.asarray(score.clip(0, 1), np.float32)


def _distance(lab: Plane, border: Plane) -> Plane:
    """Return how far each pixel is from the colours of a border, 0..1."""
    off = lab - border.mean(axis=0)
    spread = np.cov(border.T) + 1e-3 * np.eye(3)
    squared = np.einsum("hwc,cd,hwd->hw", off, np.linalg.inv(spread), off)
    return np.asarray(1 - np.exp(-squared / _SATURATION), np.float32)


def _cut_out(image: Image, score: Plane, rounds: int) -> Region:
    """Return the outline of what scores high: its largest piece, with its holes filled."""
    import cv2

    guess = _guess(score)
    if not ((guess == cv2.GC_FGD).any() and (guess == cv2.GC_BGD).any()):
        return np.zeros(score.shape, np.bool_)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, guess, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    return _largest((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD))


def _guess(score: Plane) -> NDArray[np.uint8]:
    """Return GrabCut's start: the thing and its background, surely and probably, around Otsu's threshold."""
    import cv2

    level = cv2.threshold((score * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] / 255
    steps = [level / 3, level, (1 + level) / 2]
    kinds = np.array([cv2.GC_BGD, cv2.GC_PR_BGD, cv2.GC_PR_FGD, cv2.GC_FGD], np.uint8)
    guess: NDArray[np.uint8] = kinds[np.digitize(score, steps)]
    return guess


def _largest(region: Region) -> Region:
    """Return the largest piece of a region, without holes."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    if count < 2:
        return region
    piece = (labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(piece, outlines, -1, 1, cv2.FILLED) > 0)
