"""Aspect-ratio buckets: every batch has one size, no picture is padded, and little is cropped.

sizes = bucket_sizes(1024 * 1024)              the seven ratios of the paper, at one area
fit(image, nearest_bucket(width, height, sizes.values()))
print(bucket_table(bucket_counts(index.width, index.height, sizes)))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.images import RATIOS, grid_size, resize, resize_mask
from omniedit.train.order import BatchOrder
from omniedit.types import Image, Mask

__all__ = [
    "BatchOrder",
    "BucketCount",
    "Size",
    "bucket_counts",
    "bucket_sizes",
    "bucket_table",
    "fit",
    "fit_mask",
    "nearest_bucket",
    "nearest_buckets",
    "nearest_sizes",
    "share_cropped",
]

Size = tuple[int, int]
"""Width and height in pixels."""


def bucket_sizes(area: int, multiple: int = 16) -> dict[str, Size]:
    """Width and height of every one of the seven ratios at about ``area`` pixels.

    Args:
        area: Pixels, for example ``1024 * 1024``.
        multiple: What both sides are multiples of: the codec's factor times the network's patch (SD3: 8 · 2).
    """
    return {name: grid_size(round(1000 * ratio), 1000, area=area, multiple=multiple) for name, ratio in RATIOS.items()}


def nearest_bucket(width: int, height: int, sizes: Iterable[Size]) -> Size:
    """The bucket whose ratio is nearest to the picture's (by its logarithm): the one that crops least."""
    return min(sizes, key=lambda size: abs(np.log(size[0] / size[1] * height / width)))


def nearest_buckets(width: NDArray[np.int32], height: NDArray[np.int32], sizes: Iterable[Size]) -> NDArray[np.uint8]:
    """``nearest_bucket`` of N pictures at once.

    Returns:
        ``[N]``, numbers into ``sizes``.
    """
    ratio = np.log(width / height)
    nearest, least = np.zeros(len(ratio), np.uint8), np.full(len(ratio), np.inf)
    for number, size in enumerate(sizes):
        distance = np.abs(np.log(size[0] / size[1]) - ratio)
        closer = distance < least - 1e-12  # of equals the first, as in nearest_bucket, whatever the last digit
        nearest[closer], least[closer] = number, distance[closer]
    return nearest


def nearest_sizes(width: NDArray[np.int32], height: NDArray[np.int32], sizes: Iterable[Size]) -> list[Size]:
    """``nearest_bucket`` of N pictures at once, as sizes."""
    known = list(sizes)
    return [known[number] for number in nearest_buckets(width, height, known).tolist()]


# Fitting --------------------------------------------------------------------------------------------------------------


def fit(image: Image, size: Size) -> Image:
    """``image`` at ``size``: resized to just cover it, the rest cropped evenly from both sides.

    What is done depends on sizes alone, so a source and its target stay registered.
    """
    covering, window = _covering(image.shape[1], image.shape[0], size)
    return resize(image, covering)[window]


def fit_mask(mask: Mask, size: Size) -> Mask:
    """A mask ``[height, width]`` as :func:`fit` fits its picture."""
    covering, window = _covering(mask.shape[1], mask.shape[0], size)
    return resize_mask(mask, covering)[window]


def _covering(width: int, height: int, size: Size) -> tuple[Size, tuple[slice, slice]]:
    """The size that covers ``size``, and the middle of it: rows, columns."""
    scale = max(size[0] / width, size[1] / height)
    covering = max(size[0], round(width * scale)), max(size[1], round(height * scale))
    left, top = (covering[0] - size[0]) // 2, (covering[1] - size[1]) // 2
    return covering, (slice(top, top + size[1]), slice(left, left + size[0]))


def share_cropped(width: int, height: int, size: Size) -> float:
    """The share of a picture that :func:`fit` crops away, 0..1: ``1 - min(r / R, R / r)`` of the two ratios."""
    ratio = width * size[1] / (height * size[0])
    return 1 - min(ratio, 1 / ratio)


# Statistics -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BucketCount:
    """What falls into a bucket."""

    name: str
    """Its ratio, as in :data:`omniedit.images.RATIOS`."""
    size: Size
    """Its width and height."""
    pictures: int
    """How many pairs."""
    cropped: float
    """Mean share that is cropped, 0..1; 0 of none."""
    most_cropped: float
    """Largest share that is cropped, 0..1."""
    enlarged: int
    """Pairs smaller than the bucket, which are scaled up."""


def bucket_counts(width: NDArray[np.int32], height: NDArray[np.int32], sizes: Mapping[str, Size]) -> list[BucketCount]:
    """What falls into each bucket, of N pictures with these widths and heights."""
    nearest = nearest_buckets(width, height, sizes.values())
    return [
        _count(name, size, width[nearest == number], height[nearest == number])
        for number, (name, size) in enumerate(sizes.items())
    ]


def _count(name: str, size: Size, width: NDArray[np.int32], height: NDArray[np.int32]) -> BucketCount:
    if not len(width):
        return BucketCount(name, size, 0, 0.0, 0.0, 0)
    ratio = width / height * (size[1] / size[0])
    cropped = 1 - np.minimum(ratio, 1 / ratio)
    enlarged = np.maximum(size[0] / width, size[1] / height) > 1
    return BucketCount(name, size, len(width), float(cropped.mean()), float(cropped.max()), int(enlarged.sum()))


def bucket_table(counts: Sequence[BucketCount]) -> str:
    """The counts as a text table, with a last line for all."""
    total = sum(count.pictures for count in counts)
    lines = [f"{'bucket':<7} {'size':>11} {'pairs':>10} {'share':>7} {'cropped':>8} {'at most':>8} {'enlarged':>9}"]
    for count in counts:
        size = f"{count.size[0]} × {count.size[1]}"
        lines.append(_line(count.name, size, count, total))
    cropped = sum(count.cropped * count.pictures for count in counts) / max(1, total)
    most = max((count.most_cropped for count in counts), default=0.0)
    all_of_them = BucketCount("all", (0, 0), total, cropped, most, sum(count.enlarged for count in counts))
    return "\n".join([*lines, _line("all", "", all_of_them, total)])


def _line(name: str, size: str, count: BucketCount, total: int) -> str:
    share = count.pictures / max(1, total)
    return (
        f"{name:<7} {size:>11} {count.pictures:>10,} {share:>7.1%} {count.cropped:>8.1%} {count.most_cropped:>8.1%} "
        f"{count.enlarged:>9,}"
    )
