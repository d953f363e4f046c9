"""Random strokes: masks such as a hand would paint over a picture, for training an inpainter (paper, section 3.2).

The paper only says that it applies strokes at random. They are drawn here as by Algorithm 1 of Yu et al., "Free-Form
Image Inpainting with Gated Convolution" (arXiv 1806.03589): chains of lines with round joints, whose direction turns to
and fro. They are as broad as the "wide masks" of Suvorov et al., "LaMa" (arXiv 2109.07161, section 2.3): what was
trained on thin scribbles cannot fill the place of an object.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omniedit.errors import RecipeError
from omniedit.types import Mask

TRIES = 50
"""Drawings before the last is taken as it is: with the usual settings nearly every one covers what is allowed."""


@dataclass(frozen=True)
class StrokesConfig:
    """Ranges of what is drawn; lengths are shares of the picture's size, the square root of its area."""

    strokes: tuple[int, int] = (1, 4)
    """How many."""
    lines: tuple[int, int] = (1, 5)
    """Lines of a stroke."""
    length: tuple[float, float] = (0.05, 0.5)
    """Of a line."""
    width: tuple[float, float] = (0.03, 0.25)
    """Of a line."""
    turn: float = 0.8
    """Most that a line turns from the one before, as a share of half a turn."""
    covered: tuple[float, float] = (0.02, 0.5)
    """Least and most share of the picture that all strokes together cover: what covers more or less is drawn anew."""

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: A range is empty or out of bounds.
        """
        ranges = (self.strokes, self.lines, self.length, self.width, self.covered)
        if not all(len(each) == 2 and 0 < each[0] <= each[1] for each in ranges) or self.covered[1] >= 1:
            raise RecipeError("strokes: each range is two numbers above 0, the larger last, and covered is below 1")
        if not 0 <= self.turn <= 1:
            raise RecipeError("strokes: turn is 0 to 1")


def draw(size: tuple[int, int], rng: np.random.Generator, config: StrokesConfig = StrokesConfig()) -> Mask:
    """A mask of random strokes.

    Args:
        size: ``(width, height)`` in pixels.
        rng: Stream of the draws.
        config: What is drawn.

    Returns:
        ``float32 [height, width]``, 0 or 1.
    """
    mask = np.zeros(size[::-1], np.float32)
    for _ in range(TRIES):
        mask = _drawing(size, rng, config)
        if config.covered[0] <= mask.mean() <= config.covered[1]:
            break
    return mask


def _drawing(size: tuple[int, int], rng: np.random.Generator, config: StrokesConfig) -> Mask:
    """One attempt."""
    mask = np.zeros(size[::-1], np.uint8)
    for _ in range(rng.integers(config.strokes[0], config.strokes[1], endpoint=True)):
        _stroke(mask, rng, config)
    return mask.astype(np.float32)


def _stroke(
    mask: np.ndarray[tuple[int, int], np.dtype[np.uint8]], rng: np.random.Generator, config: StrokesConfig
) -> None:
    """Paint one stroke onto ``mask``."""
    import cv2

    corner = np.array(mask.shape[::-1], float)
    scale, at = float(np.sqrt(corner.prod())), rng.uniform(0, corner)
    angle, width = rng.uniform(0, 2 * np.pi), 0
    for _ in range(rng.integers(config.lines[0], config.lines[1], endpoint=True)):
        width = max(1, round(scale * rng.uniform(*config.width)))
        step = scale * rng.uniform(*config.length) * np.array([np.cos(angle), np.sin(angle)])
        to = np.clip(at + step, 0, corner - 1)
        cv2.line(mask, _pixel(at), _pixel(to), 1, width)
        for end in (at, to):
            cv2.circle(mask, _pixel(end), width // 2, 1, cv2.FILLED)
        at, angle = to, angle + np.pi * rng.uniform(-config.turn, config.turn)


def _pixel(point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, int]:
    return int(point[0]), int(point[1])
