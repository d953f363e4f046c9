"""Exemplar synthesis: a hole is filled with patches of the rest of the picture, from coarse to fine.

At each scale two steps alternate, as in Wexler, Shechtman and Irani, "Space-Time Completion of Video" (PAMI 2007):
each patch that touches the hole finds the most similar patch that does not, and each pixel of the hole becomes the mean
of what the patches over it say. The coarsest scale compares every patch with every other; finer ones start from its
answer and search around it, as in Barnes et al., "PatchMatch" (SIGGRAPH 2009), here for all patches at once. What then
still steps at the hole's edge (light that changes across the picture) is spread over the hole as a smooth correction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Image

Plane = NDArray[np.float32]
Region = NDArray[np.bool_]
Index = NDArray[np.int64]

_RADIUS = 2
_WIDTH = 2 * _RADIUS + 1
_OFFSETS = np.argwhere(np.ones((_WIDTH, _WIDTH))) - _RADIUS
"""Row and column of each of a patch's pixels from its centre, ``[25, 2]``."""
_STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])
_FEWEST = 50
"""Fewest patches that a scale must have to choose from."""


@dataclass(frozen=True)
class Synthesis:
    """Settings of the synthesis. Colours are in 0..1."""

    coarsest: int = 18
    """The scales end where the hole's extent is at most this many pixels."""
    sweeps: tuple[int, int] = (5, 1)
    """Alternations at the coarsest scale, and at each finer one."""
    nearness: float = 0.1
    """What it costs to fetch a patch from the other end of the picture, as a squared difference of colour."""
    reach: tuple[int, ...] = (8, 3, 1)
    """How far random jumps go in the search, in pixels."""
    sharpness: float = 1.0
    """Width of a voting patch, as a variance in pixels: small is sharp, large is smooth."""
    step: float = 0.25
    """Largest step at the hole's edge that counts as light and is spread; a larger one is an edge of something."""
    searched: int = 150_000
    """Pixels of the largest scale that is searched; finer ones copy what was found."""


def synthesise(image: Image, hole: Region, rng: np.random.Generator, settings: Synthesis | None = None) -> Image:
    """Fill the hole.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        hole: What to fill, ``bool [H, W]``; neither empty nor all of the picture.
        rng: For the search.
        settings: How to search; None takes the defaults.

    Returns:
        A new picture, bit-identical outside the hole.
    """
    settings = settings or Synthesis()
    window = _window(hole)
    gap = hole[window]
    filled = _complete(_Scale(np.divide(image[window], 255, dtype=np.float32), gap), rng, settings)
    result = image.copy()
    result[window][gap] = np.rint(filled[gap].clip(0, 1) * 255).astype(np.uint8)
    return result


def diffuse(pixels: Plane, known: Region) -> Plane:
    """Fill what is not known with a smooth surface: halve the picture until all is known, then double back.

    Args:
        pixels: ``float32 [H, W, 3]``.
        known: Which pixels count, ``bool [H, W]``; at least one.
    """
    import cv2

    if known.all():
        return pixels
    smaller, share = _halve(pixels, known)
    coarse = diffuse(smaller, share > 0)
    smooth = cv2.resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None], pixels, smooth[: known.shape[0], : known.shape[1]])


def _complete(scale: _Scale, rng: np.random.Generator, settings: Synthesis) -> Plane:
    """Fill the gap, from the coarsest scale to the finest; where there are no patches at all, smoothly."""
    *finer, scale = _pyramid(scale, settings.coarsest)
    if not scale.free.any():
        return diffuse(scale.pixels, ~scale.gap)
    filled, field = _begin(scale, settings)
    for scale in reversed(finer):
        field = _enlarge(field, scale.gap.shape)
        if scale.gap.size > settings.searched:
            filled = scale.settle(scale.pixels.reshape(-1, 3)[field], settings.step)
        else:
            filled, field = _improve(scale, field, rng, settings)
    return filled


def _begin(scale: _Scale, settings: Synthesis) -> tuple[Plane, Index]:
    """Alternate at the coarsest scale; return the filled picture and where each of its pixels was found."""
    patches, filled = _Patches(scale, settings), diffuse(scale.pixels, ~scale.gap)
    for _ in range(settings.sweeps[0]):
        nearest, cost = patches.match(filled)
        filled = patches.vote(nearest, cost)
    return filled, patches.field(nearest)


def _improve(scale: _Scale, field: Index, rng: np.random.Generator, settings: Synthesis) -> tuple[Plane, Index]:
    """Alternate at a finer scale, starting from what the coarser one found."""
    patches = _Patches(scale, settings)
    nearest = field.ravel()[patches.targets]
    filled = patches.vote(nearest, np.zeros(len(nearest), np.float32))
    for _ in range(settings.sweeps[1]):
        nearest, cost = patches.search(filled, nearest, rng)
        filled = patches.vote(nearest, cost)
    return filled, patches.field(nearest)


class _Scale:
    """The picture at one scale: its gap, and where patches can be."""

    def __init__(self, pixels: Plane, gap: Region) -> None:
        self.pixels, self.gap = pixels, gap
        self.touching = _touching(gap)
        """Centres of patches that touch the gap."""
        self.free = np.zeros_like(gap)
        """Centres of patches that do not, and lie inside the picture."""
        self.free[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS] = ~self.touching[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]

    def halved(self) -> _Scale:
        """Return the next coarser scale; a pixel there is in the gap where any part of it is."""
        pixels, share = _halve(self.pixels, ~self.gap)
        return _Scale(pixels, share < 1)

    def settle(self, said: Plane, step: float) -> Plane:
        """Put ``said`` in the gap, corrected so that it meets the picture where both are known, just outside."""
        ring = self.touching & ~self.gap
        off = np.clip(self.pixels - said, -step, step)
        return np.where(self.gap[..., None], said + diffuse(off, ring), self.pixels)

    def trust(self) -> Plane:
        """Return how far each colour counts: in full where known, less and less the deeper it lies in the gap."""
        import cv2

        depth = cv2.distanceTransform(self.gap.astype(np.uint8), cv2.DIST_L2, 3)
        return np.asarray(np.maximum(1.3**-depth, 0.05), np.float32)

    def patches(self) -> Plane:
        """Return the patch around every pixel, ``[H * W, 25, 3]``."""
        import cv2

        padded = cv2.copyMakeBorder(self.pixels, _RADIUS, _RADIUS, _RADIUS, _RADIUS, cv2.BORDER_REPLICATE)
        patches = np.lib.stride_tricks.sliding_window_view(padded, (_WIDTH, _WIDTH), axis=(0, 1))
        return np.ascontiguousarray(patches.transpose(0, 1, 3, 4, 2)).reshape(self.gap.size, _WIDTH**2, 3)


class _Patches:
    """The patches of one scale by the flat index of their centre: targets touch the gap, sources do not."""

    def __init__(self, scale: _Scale, settings: Synthesis) -> None:
        self.scale, self.settings = scale, settings
        self.colours = scale.patches()
        self.sources = np.flatnonzero(scale.free)
        self.targets = np.flatnonzero(scale.touching)
        self.around = self._shifted(self.targets, _OFFSETS)
        self.trust = scale.trust().ravel()[self.around]
        self.trust /= self.trust.sum(axis=1, keepdims=True)
        order = np.full(scale.gap.size, -1)
        order[self.targets] = np.arange(len(self.targets))
        self.voters = order[self._shifted(self.targets, -_OFFSETS)]
        self.beside = order[self._shifted(self.targets, _STEPS)]

    def match(self, filled: Plane) -> tuple[Index, Plane]:
        """Compare every target with every source; return the best source of each target and its cost."""
        seen = filled.reshape(-1, 3)[self.around]
        weight = np.broadcast_to(self.trust[..., None], seen.shape)
        cost = _rows(weight * seen**2).sum(axis=1)[:, None] + self._distance(self.targets[:, None], self.sources)
        source = _rows(self.colours[self.sources])
        cost += _rows(weight) @ (source**2).T - 2 * _rows(weight * seen) @ source.T
        best = cost.argmin(axis=1)
        return self.sources[best], cost[np.arange(len(best)), best]

    def search(self, filled: Plane, nearest: Index, rng: np.random.Generator) -> tuple[Index, Plane]:
        """Try for each target what its neighbours found, then random jumps; return the best and its cost."""
        seen = filled.reshape(-1, 3)[self.around]
        cost = self._cost(seen, nearest)
        for step, beside in zip(_STEPS, self.beside.T, strict=True):
            found = np.where(beside < 0, nearest, nearest[beside])
            nearest, cost = self._better(seen, nearest, cost, self._shifted(found, -step[None])[:, 0])
        for reach in self.settings.reach:
            jump = rng.integers(-reach, reach, (len(nearest), 1, 2), endpoint=True)
            nearest, cost = self._better(seen, nearest, cost, self._shifted(nearest, jump)[:, 0])
        return nearest, cost

    def vote(self, nearest: Index, cost: Plane) -> Plane:
        """Let every patch that a target found say what its pixels are; return the picture with its gap filled."""
        tolerance = 0.5 * np.percentile(cost, 75) + 1e-4
        weight = np.where(self.voters < 0, 0, np.exp(-cost / tolerance)[self.voters] + np.float32(1e-6))
        weight *= np.exp(-(_OFFSETS**2).sum(axis=1) / self.settings.sharpness)
        weight /= weight.sum(axis=1, keepdims=True)
        said = self.colours[nearest[self.voters], np.arange(len(_OFFSETS))]
        picture = self.scale.pixels.reshape(-1, 3).copy()
        picture[self.targets] = np.einsum("tkc,tk->tc", said, weight)
        return self.scale.settle(picture.reshape(self.scale.pixels.shape), self.settings.step)

    def field(self, nearest: Index) -> Index:
        """Return for each pixel of the picture where it was found: at itself, unless it is a target."""
        field = np.arange(self.scale.gap.size)
        field[self.targets] = nearest
        return field.reshape(self.scale.gap.shape)

    def _better(self, seen: Plane, nearest: Index, cost: Plane, other: Index) -> tuple[Index, Plane]:
        """Take the ``other`` source where it is one and costs less."""
        other = np.where(self.scale.free.ravel()[other], other, nearest)
        new = self._cost(seen, other)
        return np.where(new < cost, other, nearest), np.minimum(new, cost)

    def _cost(self, seen: Plane, sources: Index) -> Plane:
        """Return the cost of one source for each target: squared difference of colour by trust, and distance."""
        off = self.colours[sources]
        off -= seen
        off *= off
        cost: Plane = np.einsum("tkc,tk->t", off, self.trust) + self._distance(self.targets, sources)
        return cost

    def _distance(self, targets: Index, sources: Index) -> Plane:
        """Return the cost of fetching from afar; up and down counts double, since pictures change more that way."""
        height, width = self.scale.gap.shape
        (y, x), (v, u) = np.divmod(targets, width), np.divmod(sources, width)
        squared = 4 * (y - v) ** 2 + (x - u) ** 2
        return np.asarray(squared * (self.settings.nearness / 2 / max(height, width) ** 2), np.float32)

    def _shifted(self, index: Index, offsets: Index) -> Index:
        """Move each of ``index [N]`` by all of ``offsets [K, 2]`` (or by its own, ``[N, K, 2]``): ``[N, K]``."""
        height, width = self.scale.gap.shape
        y, x = np.divmod(index[:, None], width)
        return _flat(y + offsets[..., 0], x + offsets[..., 1], height, width)


def _window(hole: Region) -> tuple[slice, slice]:
    """Return the part of the picture that is looked at: the hole, and its own extent around it."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    margin = max(4 * _WIDTH, int(np.ptp(rows)), int(np.ptp(columns)))
    y, x = (slice(max(0, int(at[0]) - margin), int(at[-1]) + 1 + margin) for at in (rows, columns))
    return y, x


def _pyramid(scale: _Scale, coarsest: int) -> list[_Scale]:
    """Return the picture at all scales, the finest first."""
    scales = [scale]
    extent = max(float(np.ptp(np.flatnonzero(scale.gap.any(axis=axis)))) for axis in (0, 1))
    while extent > coarsest and (scale := scale.halved()).free.sum() >= _FEWEST:
        scales.append(scale)
        extent /= 2
    return scales


def _halve(pixels: Plane, known: Region) -> tuple[Plane, Plane]:
    """Halve a picture, from what is known alone; return it, and which share of each of its pixels is known."""
    import cv2

    height, width = known.shape
    kept = np.dstack([pixels * known[..., None], known.astype(np.float32)])
    even = cv2.copyMakeBorder(kept, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    share = half[..., 3]
    return half[..., :3] / np.maximum(share, 0.25)[..., None], share


def _enlarge(field: Index, shape: tuple[int, ...]) -> Index:
    """Double a field of flat indices to a picture of ``shape``: pixels found together stay together."""
    (height, width), (y, x) = shape, np.indices(shape)
    rows, columns = np.divmod(field[y // 2, x // 2], field.shape[1])
    return _flat(2 * rows + y % 2, 2 * columns + x % 2, height, width)


def _flat(y: Index, x: Index, height: int, width: int) -> Index:
    """Return the flat index of the pixels at row ``y`` and column ``x``, or of those nearest to them in the picture."""
    return np.asarray(y.clip(0, height - 1) * width + x.clip(0, width - 1), np.int64)


def _touching(region: Region) -> Region:
    """Return the centres of all patches that touch the region."""
    import cv2

    touching: Region = cv2.dilate(region.astype(np.uint8), np.ones((_WIDTH, _WIDTH), np.uint8)) > 0
    return touching


def _rows(patches: Plane) -> Plane:
    """Flatten each patch, ``[N, 25, 3] -> [N, 75]``."""
    return patches.reshape(len(patches), -1)
