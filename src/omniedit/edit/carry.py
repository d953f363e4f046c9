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

import numpy as np

from omniedit.edit.enlarge import Field, enlarge
from omniedit.edit.fidelity import changed
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
    w = _weight(small, edited)
    broad = fit(s, r, w, BROAD, np.broadcast_to(np.eye(3, dtype=np.float32), (*s.shape, 3)))
    transfer = fit(s, r, w, NARROW, broad.matrix)
    trust = confidence(s, r, w, broad)
    residual = r - transfer(s)
    energy = _dot(residual, residual, 1)
    new = w * trust * residual * energy / (energy + CORE**2)
    kept = Transfer(np.eye(3, dtype=np.float32) + w[..., None] * (transfer.matrix - np.eye(3, dtype=np.float32)), w * transfer.offset)
    return _render(source, kept, 1 - w + w * trust, new, r)


def _weight(small: Image, edited: Image) -> Field:
    far = np.abs(small.astype(np.int16) - edited).max(axis=-1) > 5
    return (changed(small, edited) & far).astype(np.float32)[..., None]


def fit(s: Field, r: Field, w: Field, windows: Sequence[int], matrix: Field) -> Transfer:
    """The colour transform from ``s`` to ``r`` around every pixel, both ``float32 [h, w, 3]`` on 0..1.

    Each window's ridge regression is pulled towards that of the next wider one, not towards zero; the widest towards
    ``matrix``, ``float32 [h, w, 3, 3]``. A pixel takes the mean over the last windows that it lies in, each weighted by
    how well it fits, so that transforms do not mix across the border of an edit.
    """
    ridge = RIDGE * np.eye(3, dtype=np.float32)
    for radius in windows:
        covariance, cross = _moments(s, s, w, radius), _moments(s, r, w, radius)
        matrix = np.asarray(np.linalg.solve(covariance + ridge, cross + RIDGE * matrix), np.float32)
    offset = _among(r, w, radius) - _apply(matrix, _among(s, w, radius))
    explained = 2 * (matrix * cross).sum(axis=(2, 3)) - np.einsum("hwij,hwik,hwkj->hw", matrix, covariance, matrix)
    unexplained = np.trace(_moments(r, r, w, radius), axis1=2, axis2=3) - explained
    weight = _mean(w, radius) / (np.maximum(unexplained, 0) + RIDGE / 10)[..., None] + 1e-6
    total = _mean(weight, radius)
    return Transfer(_mean(matrix * weight[..., None], radius) / total[..., None], _mean(offset * weight, radius) / total)


def confidence(s: Field, r: Field, w: Field, broad: Transfer) -> Field:
    """How surely the photograph's fine detail belongs into the result, ``float32 [h, w, 1]`` in 0..1.

    It is the correlation, around every pixel, of the detail that the transfer would bring over with the detail that
    ``r`` has. Where there is too little detail to tell, the wider surrounding decides, and how well the transfer
    explains the colour. The border is drawn in, so that no rim of an object that is gone stays behind. ``broad`` is
    fitted over wider windows than what is carried: few pixels can be fitted by chance.
    """
    import cv2

    fine_s, fine_r = w * _apply(broad.matrix, _fine(s, w)), w * _fine(r, w)
    explained = 1 / (1 + _dot(r - broad(s), r - broad(s), 1) / STRANGE**2)
    correlation: Field = np.ones((*s.shape[:2], 1), np.float32)
    for radius in (9, 3):
        share = _mean(w, radius) + 1e-6
        together = _dot(fine_s, fine_r, radius) / share
        size = np.sqrt(_dot(fine_s, fine_s, radius) * _dot(fine_r, fine_r, radius)) / share
        correlation = (together + NOISE * correlation * explained) / (size + NOISE)
    kept = np.clip((correlation - LOST) / (KEPT - LOST), 0, 1)
    kept = np.maximum(kept, 1 - w)
    return _mean(cv2.erode(kept, np.ones((5, 5), np.uint8))[..., None], 1)


def _render(source: Image, transfer: Transfer, trust: Field, new: Field, drawn: Field) -> Image:
    """``trust * transfer(S) + (1 - trust) * drawn + new``, all at full size, a band of rows at a time."""
    height, width = source.shape[:2]
    wide = [_widened(x, width) for x in (transfer.matrix.reshape(*trust.shape[:2], 9), transfer.offset, trust, new)]
    wide.append(_widened(enlarge(drawn, (width, height)), width))
    result = np.empty_like(source)
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        matrix, offset, sure, added, anew = (_rows(x, rows, height) for x in wide)
        colours = to_unit(source[rows])
        kept = _apply(matrix.reshape(*colours.shape, 3), colours) + offset
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
    import cv2

    def blur(x: Field) -> Field:
        y = cv2.GaussianBlur(x, (0, 0), FINE, borderType=cv2.BORDER_REFLECT)
        return np.asarray(y.reshape(x.shape), np.float32)

    return picture - blur(w * picture) / (blur(w) + np.float32(1e-6))


def _among(field: Field, w: Field, radius: int) -> Field:
    return _mean(w * field, radius) / (_mean(w, radius) + np.float32(1e-6))


def _moments(a: Field, b: Field, w: Field, radius: int) -> Field:
    """Covariances of the channels of ``a`` and ``b`` around every pixel, ``[h, w, 3, 3]``."""
    products = _among(a[..., :, None] * b[..., None, :], w[..., None], radius)
    return products - _among(a, w, radius)[..., :, None] * _among(b, w, radius)[..., None, :]


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
