"""Pixels <-> latents: as they are (nano), or through a variational autoencoder (SD3).

A latent of the pixel codec is the picture itself on -1..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from omniedit.errors import ModelError
from omniedit.types import Image


class Codec(Protocol):
    """What a model calls to go between pictures and latents."""

    kind: str
    """``"pixel"`` or ``"vae"``."""
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

    kind = "pixel"
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


class VaeCodec:
    """Through diffusers' ``AutoencoderKL`` (SD3: 16 channels, 8 pixels a cell).

    Latents are shifted and scaled as the base was trained on them: ``z = scaling_factor (E(x) - shift_factor)``.
    Encoding takes the posterior's mode, not a sample, so that a latent is a function of its picture.
    """

    kind = "vae"

    def __init__(self, vae: Any) -> None:  # noqa: ANN401 (diffusers has no types)
        """Wrap an ``AutoencoderKL``."""
        self.vae = vae.eval().requires_grad_(False)
        self.channels = int(vae.config.latent_channels)
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self._scale, self._shift = float(vae.config.scaling_factor), float(vae.config.shift_factor or 0)

    @torch.no_grad()
    def encode(self, images: Sequence[Image]) -> Tensor:
        """Same-size pictures ``uint8 [H, W, 3]`` -> ``float32 [B, C, H / factor, W / factor]`` on the VAE's device.

        Raises:
            ValueError: a side is no multiple of ``factor``.
        """
        height, width = images[0].shape[:2]
        if height % self.factor or width % self.factor:
            raise ValueError(f"a picture of {width}×{height} cannot be cut into cells of {self.factor} pixels")
        pixels = PixelCodec().encode(images).to(device=self.vae.device, dtype=self.vae.dtype)
        latents: Tensor = self.vae.encode(pixels).latent_dist.mode()
        return (latents.float() - self._shift) * self._scale

    @torch.no_grad()
    def decode(self, latents: Tensor) -> list[Image]:
        """``[B, C, h, w]`` -> pictures ``uint8 [h factor, w factor, 3]``; values beyond the range are clipped."""
        unscaled = latents.detach().float() / self._scale + self._shift
        return PixelCodec().decode(self.vae.decode(unscaled.to(device=self.vae.device, dtype=self.vae.dtype)).sample)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> VaeCodec:
        """Move the autoencoder; return self. Half precision costs colours: single is worth its small price."""
        self.vae.to(device=device, dtype=dtype)
        return self

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> VaeCodec:
        """Load ``folder/vae`` of an SD3 checkpoint in the diffusers layout, or of an editor, in single precision.

        Raises:
            ModelError: it is missing or cannot be read.
        """
        from diffusers import AutoencoderKL

        place = Path(folder) / "vae"
        if not place.is_dir():
            raise ModelError(f"there is no autoencoder in {folder}: the folder vae is missing")
        try:
            return cls(AutoencoderKL.from_pretrained(place, torch_dtype=torch.float32, use_safetensors=True))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise ModelError(f"the autoencoder in {place} cannot be loaded: {error}") from error

    def save_pretrained(self, folder: Path | str) -> None:
        """Write ``folder/vae``."""
        self.vae.save_pretrained(Path(folder) / "vae")
