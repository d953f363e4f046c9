"""Pixels <-> latents. The pixel codec is lossless.

A latent is the picture itself on -1..1 (nano); a VAE has the same two methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from omniedit.types import Image


class Codec(Protocol):
    """What a model calls to go between pictures and latents."""

    channels: int
    """Channels of a latent."""
    factor: int
    """Pixels per latent cell along a side."""

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Same-size pictures ``uint8 [H, W, 3]`` -> latents ``float32 [B, C, H / factor, W / factor]``."""
        ...

    def decode(self, latents: Tensor) -> list[Image]:
        """Latents -> pictures; values beyond the range are clipped."""
        ...


class PixelCodec:
    """The identity, up to scale: ``decode(encode(x)) == x`` exactly."""

    channels = 3
    factor = 1

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Same-size pictures ``uint8 [H, W, 3]`` -> ``float32 [B, 3, H, W]``, -1..1."""
        stacked = torch.from_numpy(np.stack(images))
        return stacked.permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous()

    def decode(self, latents: Tensor) -> list[Image]:
        """``[B, 3, H, W]`` on -1..1 -> pictures ``uint8 [H, W, 3]``; values beyond the range are clipped."""
        pixels = latents.detach().float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
        return list(pixels.permute(0, 2, 3, 1).cpu().numpy())
