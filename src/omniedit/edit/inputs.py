"""What a user may hand in as a photo, as a mask and as settings; all else is refused with the reason."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from omniedit.errors import ImageError, InputError, InstructionError
from omniedit.images import Picture, decode, mask_from, open_mask, open_picture
from omniedit.types import Mask, Photo

Given: TypeAlias = "str | os.PathLike[str] | bytes | Picture | Photo | PIL.Image.Image | NDArray[np.uint8]"
"""A picture in any form that a user may have it."""
GivenMask: TypeAlias = "str | os.PathLike[str] | bytes | Picture | PIL.Image.Image | NDArray[Any]"
"""A mask in any form. An array is ``[height, width]``, bool, ``uint8`` 0..255 or floats 0..1; the most means: edit."""

MIN_SIDE = 8
"""Shortest side of a photo that is edited, in pixels."""
MAX_IMAGES = 64
"""Most results of one call."""


def as_picture(given: Given) -> Picture:
    """Read a photo.

    Args:
        given: A path, the bytes of a file, a ``Picture``, a ``Photo``, a Pillow image, or an array
            ``uint8 [height, width, 3]`` (or 4, the last being opacity).

    Raises:
        ImageError: It is none of these, cannot be read, or has a side shorter than ``MIN_SIDE``.
    """
    picture = _opened(given)
    if min(picture.size) < MIN_SIDE:
        width, height = picture.size
        name = picture.name or "the picture"
        raise ImageError(f"{name} is {width}×{height} pixels; sides shorter than {MIN_SIDE} cannot be edited")
    return picture


def as_mask(given: GivenMask, size: tuple[int, int]) -> Mask:
    """Read a mask for a photo of ``size`` = ``(width, height)``: ``float32 [height, width]`` in 0..1, 1 = edit here.

    Raises:
        ImageError: It is no mask, is of another size, or marks nothing.
    """
    if isinstance(given, (str, os.PathLike)):
        mask = open_mask(given, size)
    elif isinstance(given, np.ndarray) and given.ndim == 2:
        mask = _mask_from_array(given, size)
    else:
        mask = mask_from(_opened(given), size)
    if not mask.any():
        raise ImageError("the mask marks nothing: paint white (or transparent) what is to be edited")
    return mask


def check_request(instruction: str, num_images: int, seed: int) -> None:
    """Refuse what no editor can do.

    Raises:
        InstructionError: The instruction is empty.
        InputError: A number is out of range.
    """
    if not instruction.strip():
        raise InstructionError('the instruction is empty; say what to edit, for example: "Make it snow."')
    if not 1 <= num_images <= MAX_IMAGES:
        raise InputError(f"{num_images} results cannot be made; ask for 1 to {MAX_IMAGES}")
    if seed < 0:
        raise InputError(f"the seed is {seed}; give 0 or more")


def check_settings(steps: int, **scales: float) -> None:
    """Refuse settings that no sampler can work with.

    Raises:
        InputError: A number is out of range.
    """
    if not 1 <= steps <= 1000:
        raise InputError(f"{steps} steps cannot be taken; give 1 to 1000")
    for name, scale in scales.items():
        if not math.isfinite(scale) or not 0 <= scale <= 100:
            raise InputError(f"{name.replace('_', ' ')} is {scale}; give 0 to 100, where 1 means: as the model says")


def _opened(given: Given) -> Picture:
    if isinstance(given, Picture):
        return given
    if isinstance(given, Photo):
        return Picture(_rgb(given.image), name=given.id)
    if isinstance(given, bytes):
        return decode(given)
    if isinstance(given, PIL.Image.Image):
        return _from_pillow(given)
    if isinstance(given, np.ndarray):
        return Picture(_rgb(given), alpha=given[..., 3] if given.shape[-1] == 4 else None)
    if isinstance(given, (str, os.PathLike)):
        return open_picture(Path(given))
    raise ImageError(f"a {type(given).__name__} is no picture: give a path, an array, a Pillow image, or bytes")


def _rgb(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[-1] not in (3, 4) or not array.size:
        raise ImageError(f"a picture is uint8 [height, width, 3 or 4], not {array.dtype} {list(array.shape)}")
    return array[..., :3]


def _from_pillow(image: PIL.Image.Image) -> Picture:
    """By way of a file in memory, so that orientation, profile and deep modes are treated as in any file."""
    buffer = io.BytesIO()
    lossless = "PNG" if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16") else "TIFF"
    image.save(buffer, lossless, exif=image.getexif(), icc_profile=image.info.get("icc_profile"))
    return decode(buffer.getvalue(), "the picture")


def _mask_from_array(array: NDArray[Any], size: tuple[int, int]) -> Mask:
    if array.shape != size[::-1]:
        raise ImageError(f"the mask is {array.shape[1]}×{array.shape[0]} pixels but its picture is {size[0]}×{size[1]}")
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if array.dtype == np.uint8:
        return array.astype(np.float32) / np.float32(255)
    if array.dtype.kind != "f" or not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
        raise ImageError("a mask is bool, uint8 0..255, or floats 0..1")
    return array.astype(np.float32)
