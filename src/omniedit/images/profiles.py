"""Colour profiles: pixels of any ICC profile to sRGB, and edited pixels back into the profile that they came in."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Literal

import numpy as np
import PIL.Image
from PIL import ImageCms

from omniedit.images.modes import Pillow
from omniedit.types import Image

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
"""Colour space of a profile -> Pillow's mode for its pixels."""
_BROKEN = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
"""What ImageCms raises for a profile that it cannot use."""


def to_srgb(pixels: Pillow, icc: bytes | None, notes: list[str]) -> tuple[Image, Image | None, bytes | None]:
    """Convert pixels of mode L, RGB, CMYK or LAB with their profile, if any, to sRGB.

    Returns:
        The pixels in sRGB; the pixels in ``icc`` where those differ, else None; and the profile to save results in,
        None where that is plain sRGB (the file has no profile, or one that is not RGB, broken or of no use).
    """
    if pixels.mode == "CMYK":
        notes.append("its CMYK colours were converted to sRGB, and results are saved in sRGB")
    if icc:
        try:
            return _convert(pixels, icc, notes)
        except _BROKEN:
            notes.append("its colour profile is broken and was ignored: colours may be off")
    return _array(_without_profile(pixels)), None, None


def from_srgb(image: Image, icc: bytes) -> Image:
    """Convert sRGB pixels ``uint8 [H, W, 3]`` into the RGB profile ``icc``, as ``to_srgb`` has returned it."""
    transform = _transform(_standard("sRGB"), _profile(icc), "RGB", "RGB")
    return _array(transform.apply(PIL.Image.fromarray(image)))


@lru_cache(maxsize=16)
def _is_srgb(icc: bytes) -> bool:
    """Whether an RGB profile is sRGB under whichever name: it moves no colour of a 17 × 17 × 17 cube by 2 levels."""
    levels = np.rint(np.linspace(0, 255, 17)).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(17, -1, 3)
    moved = _array(_to_srgb_transform(icc, "RGB").apply(PIL.Image.fromarray(cube)))
    return bool(np.abs(moved.astype(int) - cube).max() <= 1)


def _convert(pixels: Pillow, icc: bytes, notes: list[str]) -> tuple[Image, Image | None, bytes | None]:
    mode = _MODES.get(_profile(icc).profile.xcolor_space.strip(), "")
    if mode == "RGB" and pixels.mode == "L":
        pixels = pixels.convert("RGB")
    if mode != pixels.mode:
        notes.append(f"its colour profile is not for {pixels.mode} pixels and was ignored")
        return _array(_without_profile(pixels)), None, None
    if mode != "RGB":
        return _array(_to_srgb_transform(icc, mode).apply(pixels)), None, None
    if _is_srgb(icc):
        return _array(pixels), None, icc
    from_srgb(np.zeros((1, 1, 3), np.uint8), icc)  # a profile that works in one direction only counts as broken
    return _array(_to_srgb_transform(icc, mode).apply(pixels)), _array(pixels), icc


def _without_profile(pixels: Pillow) -> Pillow:
    if pixels.mode != "LAB":
        return pixels.convert("RGB")
    transform = _transform(_standard("LAB"), _standard("sRGB"), "LAB", "RGB")
    return transform.apply(pixels)


def _to_srgb_transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    return _transform(_profile(icc), _standard("sRGB"), mode, "RGB")


def _transform(
    source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile, source_mode: str, target_mode: str
) -> ImageCms.ImageCmsTransform:
    # Relative colorimetric with black point compensation: the intent that goes there and back without drift.
    return ImageCms.buildTransform(
        source,
        target,
        source_mode,
        target_mode,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _profile(icc: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc))


def _standard(space: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space))


def _array(pixels: Pillow) -> Image:
    return np.array(pixels, dtype=np.uint8)
