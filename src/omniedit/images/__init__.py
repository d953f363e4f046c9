"""The one home of pixel rules: every picture enters and leaves OmniEdit here.

    open_picture, decode -> Picture -> resize, to_signed -> a model -> from_signed, resize -> save_picture, encode

A ``Picture`` holds upright sRGB pixels; what an editor cannot use (transparency, a wider colour profile) is kept aside
in it and put back when the result is saved ``like`` it. A file that cannot be opened safely is an ``ImageError``.
"""

from __future__ import annotations

from omniedit.images.geometry import RATIOS, grid_size, limited, resize, resize_mask
from omniedit.images.masks import mask_from, open_mask
from omniedit.images.picture import LIMITS, MAX_BYTES, MAX_PIXELS, MAX_SIDE, Limits, Picture
from omniedit.images.reading import decode, load_rgb, open_picture, read_file
from omniedit.images.saving import check_destination, encode, save_picture
from omniedit.images.values import from_signed, from_unit, to_signed, to_unit

__all__ = [
    "LIMITS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "RATIOS",
    "Limits",
    "Picture",
    "check_destination",
    "decode",
    "encode",
    "from_signed",
    "from_unit",
    "grid_size",
    "limited",
    "load_rgb",
    "mask_from",
    "open_mask",
    "open_picture",
    "read_file",
    "resize",
    "resize_mask",
    "save_picture",
    "to_signed",
    "to_unit",
]
