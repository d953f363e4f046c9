"""Carrying an edit that was made on a small picture over to the full-size photograph, with the photograph's own detail.

Given the photograph S, the same at working size s, and the edited working picture r:

1. *Transfer.* Around every working pixel fit the affine change of colour that takes s to r, ``r ~ s A + b`` (guided
   filter, K. He et al., TPAMI 2013; joint upsampling as in HDRnet, arXiv 1707.02880). Wide windows are fitted first and
   are the prior of narrow ones, so that a flat sky takes over the change of its surroundings. Applied to S at full
   size, it gives fog, night or a new colour *with all the detail that the photograph has*.
2. *Residual.* What the fit leaves, ``r - (s A + b)``, is new: flakes, strokes, lights. It is enlarged and added. Tiny
   residuals are the model's noise and are cored away.
3. *Confidence.* Where r holds none of the fine detail that s has (a new object, a filled hole, another backdrop), the
   photograph's detail has no business in the result: there r itself is enlarged (:mod:`omniedit.edit.enlarge`).

Letters: H, W of the photograph; h, w of the working picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from omniedit.edit.enlarge import Field, enlarge
from omniedit.edit.fidelity import Bools, changed
from omniedit.images import from_unit, resize, to_unit
from omniedit.types import Image

BROAD, NARROW = (64, 16, 6), (2,)
"""Radii of the fitting windows in working pixels, widest first."""
RIDGE = 1e-3
"""Variance, on colours 0..1, below which a window tells nothing and its prior speaks."""
CORE = 0.025
"""Root mean square residual that is kept by half; smaller ones are taken for noise of the model."""
FINE = 2.5
"""Scale in working pixels below which structure counts as detail."""
NOISE = 1e-3
"""Detail energy, on colours 0..1, below which a window cannot tell whether detail was kept."""
STRANGE = 0.08
"""Root mean square residual at which a colour is half unexplained by the transfer."""
LOST, KEPT = 0.40, 0.75
"""Correlation of detail at which it counts as gone, and as kept."""
STEP = 5
"""Levels, 0..255, by which a pixel differs at least if it counts as changed."""
TINY = np.float32(1e-6)
"""Added to counts that may be 0."""
BAND = 256
"""Rows of the photograph that are computed at a time: memory stays small for large photographs."""


@dataclass(frozen=True, eq=False)
class Transfer:
    """A colour transform per working pixel: ``q = s A + b``."""

    matrix: Field
    """``A``, ``float32 [h, w, 3, 3]``."""
    offset: Field
    """``b``, ``float32 [h, w, 3]``."""

    def __call__(self, colours: Field) -> Field:
        """Colours ``[h, w, 3]`` -> colours."""
        return _apply(self.matrix, colours) + self.offset


def carry(source: Image, small: Image, edited: Image) -> Image:
    """Do to the photograph what was done to its small copy.

    Args:
        source: The photograph S, ``uint8 [H, W, 3]``.
        small: The same at working size, s, ``uint8 [h, w, 3]``.
        edited: The edited working picture, r, ``uint8 [h, w, 3]``.

    Returns:
        The edited photograph, ``uint8 [H, W, 3]``. Where nothing changed it is ``source`` to a level or two; the exact
        promise is :mod:`omniedit.edit.fidelity`'s.
    """
    if source.size <= small.size:  # the working picture holds all the detail that there is
        return resize(edited, (source.shape[1], source.shape[0]))
    s, r = to_unit(small), to_unit(edited)
    broad = fit(s, r, BROAD, np.broadcast_to(np.eye(3, dtype=np.float32), (*s.shape, 3)))
    transfer = fit(s, r, NARROW, broad.matrix)
    inside = changed(small, edited) & (np.abs(small.astype(np.int16) - edited).max(axis=-1) > STEP)
    trust = confidence(s, r, broad, inside)
    residual = r - transfer(s)
    energy = _dot(residual, residual, 1)
    new = trust * residual * energy / (energy + CORE**2)
    return _render(source, transfer, trust, new, r)


def fit(s: Field, r: Field, windows: Sequence[int], matrix: Field) -> Transfer:
    """The colour transform from ``s`` to ``r`` around every pixel, both ``float32 [h, w, 3]`` on 0..1.

    Each window's ridge regression is pulled towards that of the next wider one, not towards zero; the widest towards
    ``matrix``, ``float32 [h, w, 3, 3]``. A pixel takes the mean over the last windows that it lies in, each weighted by
    how well it fits, so that transforms do not mix across the border of an edit.
    """
    ridge = RIDGE * np.eye(3, dtype=np.float32)
    for radius in windows:
        covariance, cross = _moments(s, s, radius), _moments(s, r, radius)
        matrix = np.asarray(np.linalg.solve(covariance + ridge, cross + RIDGE * matrix), np.float32)
    offset = _mean(r, radius) - _apply(matrix, _mean(s, radius))
    explained = 2 * (matrix * cross).sum(axis=(2, 3)) - np.einsum("hwij,hwik,hwkj->hw", matrix, covariance, matrix)
    unexplained = np.trace(_moments(r, r, radius), axis1=2, axis2=3) - explained
    weight = 1 / (np.maximum(unexplained, 0) + RIDGE / 10)[..., None]
    total = _mean(weight, radius)
    return Transfer(
        _mean(matrix * weight[..., None], radius) / total[..., None], _mean(offset * weight, radius) / total
    )


def confidence(s: Field, r: Field, broad: Transfer, inside: Bools) -> Field:
    """How surely the photograph's fine detail belongs into the result, ``float32 [h, w, 1]`` in 0..1.

    Pixels within the edit are asked a second time among themselves: strong edges of something that stayed, close by,
    must not vouch for detail that is gone.

    Args:
        s: Before, ``float32 [h, w, 3]`` on 0..1.
        r: After.
        broad: The transfer, fitted over wider windows than what is carried: few pixels can be fitted by chance.
        inside: The pixels that were changed, ``bool [h, w]``.
    """
    import cv2

    inner = np.asarray(cv2.erode(inside.astype(np.float32), np.ones((3, 3), np.uint8)), np.float32)[..., None]
    among_all = _detail_kept(s, r, broad, np.ones_like(inner))
    among_changed = np.maximum(_detail_kept(s, r, broad, inner), 1 - inner)
    return _mean(np.minimum(among_all, among_changed), 1)


def _detail_kept(s: Field, r: Field, broad: Transfer, w: Field) -> Field:
    """Whether ``r`` has the detail that the transfer would bring over, judged by the pixels of weight ``w``.

    It is their correlation around every pixel. Where there is too little detail to tell, the wider surrounding decides,
    and how well the transfer explains the colour. The border is drawn in, so that no rim of an object that is gone
    stays behind.
    """
    import cv2

    fine_s, fine_r = w * _apply(broad.matrix, _fine(s, w)), w * _fine(r, w)
    strange = r - broad(s)
    explained = 1 / (1 + _dot(strange, strange, 1) / STRANGE**2)
    correlation: Field = np.ones((*s.shape[:2], 1), np.float32)
    for radius in (9, 3):
        count = _mean(w, radius) + TINY
        together = _dot(fine_s, fine_r, radius) / count
        # box sums of squares can fall below zero by rounding
        size = np.sqrt(np.maximum(_dot(fine_s, fine_s, radius) * _dot(fine_r, fine_r, radius), 0)) / count
        correlation = (together + NOISE * correlation * explained) / (size + NOISE)
    kept = np.maximum(np.clip((correlation - LOST) / (KEPT - LOST), 0, 1), 1 - w)
    return np.asarray(cv2.erode(kept, np.ones((5, 5), np.uint8)), np.float32)[..., None]


def _render(source: Image, transfer: Transfer, trust: Field, new: Field, drawn: Field) -> Image:
    """``trust * transfer(S) + (1 - trust) * drawn + new``, all at full size, a band of rows at a time."""
    height, width = source.shape[:2]
    matrix = transfer.matrix.reshape(*trust.shape[:2], 9)
    fields = (matrix, transfer.offset, trust, new, enlarge(drawn, (width, height)))
    wide = [_widened(field, width) for field in fields]
    result = np.empty_like(source)
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        a, b, sure, added, anew = (_rows(field, rows, height) for field in wide)
        colours = to_unit(source[rows])
        kept = _apply(a.reshape(*colours.shape, 3), colours) + b
        result[rows] = from_unit(anew + sure * (kept - anew) + added)
    return result


def _rows(wide: Field, rows: slice, height: int) -> Field:
    """Rows of ``wide [h, W, C]`` as if it were enlarged to ``height`` rows by linear interpolation."""
    place = (np.arange(rows.start, rows.stop) + 0.5) * len(wide) / height - 0.5
    place = np.clip(place, 0, len(wide) - 1).astype(np.float32)
    above = place.astype(int)
    below = np.minimum(above + 1, len(wide) - 1)
    part = (place - above).astype(np.float32)[:, None, None]
    return np.asarray(wide[above] + part * (wide[below] - wide[above]), np.float32)


def _widened(field: Field, width: int) -> Field:
    """``field [h, w, C]`` enlarged to ``width`` columns by linear interpolation."""
    import cv2

    channels = [cv2.resize(c, (width, len(field)), interpolation=cv2.INTER_LINEAR) for c in np.moveaxis(field, -1, 0)]
    return np.stack(channels, axis=-1)


def _apply(matrix: Field, colours: Field) -> Field:
    return np.asarray(np.einsum("hwi,hwij->hwj", colours, matrix), np.float32)


def _fine(picture: Field, w: Field) -> Field:
    """Detail: what differs from the surrounding pixels that count."""
    import cv2

    blur = partial(cv2.GaussianBlur, ksize=(0, 0), sigmaX=FINE, borderType=cv2.BORDER_REFLECT)
    return np.asarray(picture - blur(w * picture) / (blur(w)[..., None] + TINY), np.float32)


def _moments(a: Field, b: Field, radius: int) -> Field:
    """Covariances of the channels of ``a`` and ``b`` around every pixel, ``[h, w, 3, 3]``."""
    products = _mean(a[..., :, None] * b[..., None, :], radius)
    return products - _mean(a, radius)[..., :, None] * _mean(b, radius)[..., None, :]


def _dot(a: Field, b: Field, radius: int) -> Field:
    """Products of the colours ``a`` and ``b``, ``[h, w, 3]``, averaged around every pixel: ``[h, w, 1]``."""
    return _mean((a * b).sum(axis=-1, keepdims=True), radius)


def _mean(field: Field, radius: int) -> Field:
    """Mean over the square window around every pixel, channel by channel; ``field`` is ``[h, w, ...]``."""
    import cv2

    flat = field.reshape(*field.shape[:2], -1)
    side = (2 * radius + 1, 2 * radius + 1)
    means = [cv2.blur(c, side, borderType=cv2.BORDER_REFLECT) for c in np.moveaxis(flat, -1, 0)]
    return np.stack(means, axis=-1).reshape(field.shape)
