"""Save a result: losslessly by default, in the profile and with the transparency it came in, never half-written."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from omniedit.errors import OutputError
from omniedit.images.formats import EXTENSIONS, FORMATS, strict_pillow
from omniedit.images.picture import Picture
from omniedit.images.profiles import from_srgb
from omniedit.types import Image
from omniedit.writing import written


def save_picture(
    path: str | os.PathLike[str], image: Image, *, like: Picture | None = None, overwrite: bool = False
) -> None:
    """Save ``image`` to ``path`` in the format of its extension. See ``encode`` for what is written.

    The file appears whole or not at all: it is written beside its place under a temporary name, then renamed.

    Raises:
        OutputError: If ``check_destination`` refuses the path, or the file cannot be written.
        ValueError: As ``encode``.
    """
    kind = check_destination(path, like=like, overwrite=overwrite)
    _write(Path(path), encode(image, kind, like=like))


def check_destination(path: str | os.PathLike[str], *, like: Picture | None = None, overwrite: bool = False) -> str:
    """Check that a result for ``like`` can be saved to ``path``: before the work, not after it.

    Returns:
        The format, by the extension of ``path``, for example ``"PNG"``.

    Raises:
        OutputError: If the extension is unknown, its format cannot hold the picture's transparency or size, the folder
            is missing or not writable, or there is something at ``path`` and ``overwrite`` is not given.
    """
    path = Path(path)
    kind = _kind_of(path)
    if like is not None:
        _check_fit(kind, like, path.name)
    with _telling(path):
        _check_place(path, overwrite)
    return kind


def encode(image: Image, format: str = "PNG", *, like: Picture | None = None) -> bytes:
    """The bytes of a picture file.

    PNG, WebP, TIFF, BMP and PPM are lossless; JPEG has quality 95 and full colour resolution. No EXIF is written:
    pixels are upright, and where a photo was taken is nobody's business.

    Args:
        image: ``uint8 [height, width, 3]``, sRGB.
        format: A name in ``FORMATS`` that can be written.
        like: The picture that ``image`` was made from, of the same size. Its transparency is put back, and where the
            format can hold a colour profile, pixels are converted into the picture's own. Pixels that equal those of
            ``like.image`` are written as they were in the file.

    Raises:
        OutputError: If the format is unknown or cannot hold the picture's transparency or size.
        ValueError: If ``image`` is no ``uint8 [height, width, 3]`` or not of the size of ``like``.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or not image.size:
        raise ValueError(f"a picture to save is uint8 [height, width, 3], not {image.dtype} {list(image.shape)}")
    if like is not None and like.image.shape != image.shape:
        raise ValueError(f"the result is {image.shape[1]}×{image.shape[0]}, its picture {like.size[0]}×{like.size[1]}")
    _check_fit(format, like or Picture(image), "the picture")
    pixels: NDArray[np.uint8] = image
    options = dict(FORMATS[format].options)
    if like is not None and like.icc is not None and FORMATS[format].profile:
        pixels = _into_profile(image, like.icc, like)
        options["icc_profile"] = like.icc
    if like is not None and like.alpha is not None and FORMATS[format].alpha:
        pixels = np.dstack([pixels, like.alpha])
    buffer = io.BytesIO()
    with strict_pillow():
        PIL.Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def _into_profile(image: Image, icc: bytes, like: Picture) -> Image:
    if like.native is None:
        return image
    untouched = (image == like.image).all(axis=-1, keepdims=True)
    return np.where(untouched, like.native, from_srgb(image, icc))


def _kind_of(path: Path) -> str:
    kind = EXTENSIONS.get(path.suffix.lower(), "")
    if not kind or not FORMATS[kind].writes:
        known = ", ".join(format.extensions[0] for format in FORMATS.values() if format.writes)
        raise OutputError(f"{path}: no format to save in has the extension {path.suffix!r}; use one of {known}")
    return kind


def _check_fit(kind: str, picture: Picture, name: str) -> None:
    """Refuse, rather than lose, what the format cannot hold."""
    format = FORMATS.get(kind)
    if format is None or not format.writes:
        raise OutputError(f"{name}: {kind} cannot be written; use PNG")
    if max(picture.size) > format.max_side:
        raise OutputError(f"{name}: {kind} holds sides up to {format.max_side:,} pixels; use PNG")
    if not format.alpha and picture.alpha is not None and picture.alpha.min() < 255:
        raise OutputError(f"{name}: {kind} cannot keep the picture's transparency; use PNG or WebP")


def _check_place(path: Path, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the folder {path.parent} does not exist; make it first")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: no permission to write in the folder {path.parent}; choose another")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file")
    if os.path.lexists(path) and not overwrite:
        raise OutputError(f"{path} already exists; choose another name, or ask to overwrite it")


def _write(path: Path, data: bytes) -> None:
    with _telling(path), written(path, "wb") as file:
        file.write(data)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what the system says of ``path`` into an ``OutputError``."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error
