"""α: where in the latents an edit is free; elsewhere it is its source. From a mask in pixels, or from attention maps.

Letters: :mod:`omniedit.data.diffusion.p2p`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omniedit.data.diffusion.p2p.schedule import LocalBlend
from omniedit.types import Mask

if TYPE_CHECKING:
    from torch import Tensor

_INSIDE = 0.5
"""A pixel counts as the mask's from here on."""


def free_cells(mask: Mask, size: tuple[int, int]) -> Tensor:
    """Which latent cells a mask frees: every cell with a pixel of it, so that nothing of an object stays locked.

    Args:
        mask: ``[height, width]``, 0..1.
        size: ``(h, w)`` of the latents.

    Returns:
        ``bool [1, h, w]``.
    """
    import torch
    from torch.nn.functional import adaptive_max_pool2d

    return adaptive_max_pool2d(torch.from_numpy(np.ascontiguousarray(mask, np.float32))[None], size) >= _INSIDE


def pixel_mask(free: Tensor, size: tuple[int, int]) -> Mask:
    """The pixels that the free cells cover: cells ``bool [1, h, w]`` -> ``float32 [height, width]``, 0 or 1.

    Args:
        free: α of one row.
        size: ``(width, height)`` of the picture.
    """
    from torch.nn.functional import interpolate

    width, height = size
    mask: Mask = interpolate(free[None].float(), (height, width), mode="nearest")[0, 0].cpu().numpy()
    return mask


def coarser(size: tuple[int, int], scale: int) -> tuple[int, int]:
    """A UNet's grid ``(h, w)`` that is ``scale`` (a power of 2) times coarser: each halving rounds up."""
    height, width = size
    while scale > 1:
        height, width, scale = (height + 1) // 2, (width + 1) // 2, scale // 2
    return height, width


class WordMaps:
    """α from attention: where the words that differ are looked at, in the source or in the edit (a watcher).

        α = B(M̄_w) ∪ B(M̄*_w*),    B(x) = [x > k]                                    (section 3.2, local editing)

    M̄ averages a word's map over the steps so far, over heads and over the layers of one grid; its largest value is
    scaled to 1. As in the authors' code, maps are first spread by one pixel (max over 3 × 3).
    """

    def __init__(
        self, settings: LocalBlend, origin: Tensor, ours: Tensor, theirs: Tensor, size: tuple[int, int]
    ) -> None:
        """Watch the maps of R rows.

        Args:
            settings: k, and the grid that is read.
            origin: Row of each row's source, ``[R]``.
            ours: Tokens w* of each edit's own words, ``bool [R, L]``.
            theirs: Tokens w of its source's words, ``bool [R, L]``.
            size: ``(h, w)`` of the latents.
        """
        import torch

        self.settings = settings
        self.origin = origin
        self.words = torch.stack([ours, theirs])
        self.size = size
        self.grid = coarser(size, settings.scale)
        self.total = torch.zeros(2, len(origin), self.grid[0] * self.grid[1], device=origin.device)

    def see(self, layer: str, maps: Tensor) -> None:
        """Add the words' maps of a layer, if it is of the grid that is read."""
        import torch

        if maps.shape[-2] == self.total.shape[-1]:
            mean = maps.mean(1, dtype=torch.float32)
            self.total += torch.einsum("srnl,srl->srn", torch.stack([mean, mean[self.origin]]), self.words.float())

    def free(self) -> Tensor:
        """α so far, ``bool [R, 1, h, w]``; nothing is free where no word differs."""
        from torch.nn.functional import interpolate, max_pool2d

        spread = max_pool2d(self.total.view(2, -1, *self.grid), 3, stride=1, padding=1)
        spread = interpolate(spread, self.size, mode="nearest")
        peak = spread.amax((-2, -1), keepdim=True)
        return (spread > self.settings.threshold * peak).any(0)[:, None]


@dataclass(frozen=True, eq=False)
class Locks:
    """Where each row is free at each step: in its given mask, or where its words are looked at."""

    given: Tensor
    """Given masks, ``bool [R, 1, h, w]``; all true for a row without one."""
    unmasked: Tensor
    """Rows without a given mask, ``bool [R, 1, 1, 1]``."""
    words: WordMaps | None
    """Masks for those rows; None leaves them free."""
    start: int
    """Step from which the words' masks hold."""
    until: int
    """Step from which nothing is locked any more."""

    def free(self, step: int) -> Tensor:
        """α at a step before ``until``, ``bool [R, 1, h, w]``."""
        if self.words is None or step < self.start:
            return self.given
        return self.given & (self.words.free() | ~self.unmasked)
