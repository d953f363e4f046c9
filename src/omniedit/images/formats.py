"""The picture formats that are read and written: a closed list, so that no exotic decoder ever runs."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

try:
    from PIL.AvifImagePlugin import AvifImageFile
except ImportError:  # Pillow before 11.3
    AvifImageFile = None  # type: ignore[assignment,misc]


@dataclass(frozen=True)
class Format:
    """How one format is read, and how it is written if it can be."""

    reader: Callable[..., ImageFile.ImageFile] | None
    """Pillow's class for it; None where this Pillow has none. It is named here because ``PIL.Image.open`` would
    choose by content among all plugins (EPS runs Ghostscript) and judge the size by its own limit first."""
    extensions: tuple[str, ...]
    """File name extensions, lower case; the first is the usual one."""
    writes: bool = True
    """Whether results can be saved in it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Pillow's options for the best quality: lossless wherever the format can be."""
    alpha: bool = True
    """Whether it keeps transparency when written."""
    profile: bool = True
    """Whether it keeps a colour profile when written."""
    max_side: int = 2**31 - 1
    """Longest side that it can hold."""


FORMATS: dict[str, Format] = {
    "PNG": Format(PngImagePlugin.PngImageFile, (".png", ".apng")),
    "JPEG": Format(
        # The plain reader: the second picture of a phone's multi-picture JPEG is a depth or gain map, not a page.
        JpegImagePlugin.JpegImageFile,
        (".jpg", ".jpeg", ".jpe", ".jfif"),
        options={"quality": 95, "subsampling": 0},
        alpha=False,
        max_side=65_535,
    ),
    # exact: colours under fully transparent pixels stay.
    "WEBP": Format(
        WebPImagePlugin.WebPImageFile, (".webp",), options={"lossless": True, "exact": True}, max_side=16_383
    ),
    "TIFF": Format(TiffImagePlugin.TiffImageFile, (".tif", ".tiff"), options={"compression": "tiff_adobe_deflate"}),
    "BMP": Format(BmpImagePlugin.BmpImageFile, (".bmp", ".dib"), alpha=False, profile=False),
    "PPM": Format(PpmImagePlugin.PpmImageFile, (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"), alpha=False, profile=False),
    "GIF": Format(GifImagePlugin.GifImageFile, (".gif",), writes=False),
    "AVIF": Format(AvifImageFile, (".avif",), writes=False),
}
"""Format name -> how to read and write it."""

EXTENSIONS: dict[str, str] = {extension: name for name, format in FORMATS.items() for extension in format.extensions}
"""File name extension, lower case -> format name."""

_lock = threading.Lock()
_users = 0
_saved: tuple[warnings.catch_warnings, bool]


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Pillow without warnings, and without patience for truncated files, while any thread is inside.

    Both switches belong to the whole process: the first thread in sets them, the last one out puts them back.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _users, _saved
    with _lock:
        _users += 1
        if _users == 1:
            quiet = warnings.catch_warnings()
            quiet.__enter__()
            warnings.simplefilter("ignore")
            _saved = quiet, ImageFile.LOAD_TRUNCATED_IMAGES
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _leave() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            quiet, ImageFile.LOAD_TRUNCATED_IMAGES = _saved
            quiet.__exit__(None, None, None)
