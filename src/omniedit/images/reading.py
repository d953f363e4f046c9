"""Open a picture safely: a file that is hostile, broken or no picture gets an ``ImageError`` that says so."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import PIL.Image
from PIL import ImageFile

from omniedit.errors import ImageError
from omniedit.images.formats import EXTENSIONS, FORMATS, strict_pillow
from omniedit.images.modes import is_deep, split, upright
from omniedit.images.picture import LIMITS, Limits, Picture
from omniedit.images.profiles import to_srgb
from omniedit.images.sniffing import sniff
from omniedit.types import Image

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_picture(path: str | os.PathLike[str], *, limits: Limits = LIMITS) -> Picture:
    """Open the picture in a file. See ``decode`` for what is done to its pixels.

    Raises:
        ImageError: If there is no such file, it cannot be read, or ``decode`` refuses what is in it.
    """
    return decode(read_file(path, limits=limits), os.fspath(path), limits=limits)


def load_rgb(path: str | os.PathLike[str], *, limits: Limits = LIMITS) -> Image:
    """The pixels alone of the picture in a file: a writable ``uint8 [height, width, 3]``, sRGB, upright.

    Raises:
        ImageError: As ``open_picture``.
    """
    return open_picture(path, limits=limits).image.copy()


def decode(data: bytes, name: str = "the picture", *, limits: Limits = LIMITS) -> Picture:
    """Decode the bytes of a picture file; ``name`` is what messages call it.

    The format is told by content. Pixels are turned upright and converted to sRGB, with 8 bits a channel; transparency
    and an RGB colour profile are kept aside in the ``Picture``; of several frames or pages the first counts.

    Raises:
        ImageError: If the bytes are no picture of a known format, are damaged or cut off, or break one of ``limits``.
    """
    name = _printable(name)
    _check("bytes", len(data), limits.max_bytes, name)
    if not data:
        raise ImageError(f"{name} is empty (0 bytes): copy or download it again")
    kind = sniff(data)
    if kind not in FORMATS:
        raise ImageError(f"{name} is {kind}; give a picture as {', '.join(FORMATS)}")
    try:
        with strict_pillow():
            return _decode(data, kind, name, limits)
    except ImageError:
        raise
    except PIL.Image.DecompressionBombError as error:  # some readers check before they tell the size
        raise ImageError(f"{name} has too many pixels; the limit is {limits.max_pixels:,} ({error})") from error
    except Exception as error:  # decoders raise anything at all when fed broken bytes
        raise ImageError(
            f"{name} is damaged, cut off, or an unusual {kind} that cannot be read ({error}); "
            "download it again, or open it in a picture viewer and save it as PNG"
        ) from error


def _decode(data: bytes, kind: str, name: str, limits: Limits) -> Picture:
    file = _open(data, kind, name, limits)
    mode = file.mode
    notes = _first_notes(file, kind, name)
    file.load()
    pixels, alpha = split(upright(file, notes), notes)
    image, native, icc = to_srgb(pixels, file.info.get("icc_profile"), notes)
    for array in (image, alpha, native):
        if array is not None:  # an edit made in place would pass for "nothing changed" when saved like this picture
            array.setflags(write=False)
    return Picture(image, alpha, icc, native, kind, mode, name, tuple(notes))


def _open(data: bytes, kind: str, name: str, limits: Limits) -> ImageFile.ImageFile:
    """Parse the header, and check the size that it claims before any pixel is decoded."""
    reader = FORMATS[kind].reader
    if reader is None:
        raise ImageError(f"{name} is {kind}, which needs Pillow 11.3 or newer: pip install --upgrade pillow")
    file = reader(io.BytesIO(data))
    width, height = file.size
    _check("pixels on its longest side", max(width, height), limits.max_side, name)
    _check(f"pixels ({width}×{height})", width * height, limits.max_pixels, name)
    if kind == "PNG":  # its checksums, which reading alone does not look at
        reader(io.BytesIO(data)).verify()
    return file


def _first_notes(file: ImageFile.ImageFile, kind: str, name: str) -> list[str]:
    """What is to be said before the pixels are loaded."""
    notes = []
    extension = Path(name).suffix.lower()
    if EXTENSIONS.get(extension, kind) != kind:
        notes.append(f"it is named {extension} but is a {kind}")
    if getattr(file, "is_animated", False):  # not counted: a hostile file can hold millions
        notes.append("it has several frames or pages, of which the first is used")
    if is_deep(file):
        notes.append("its values were reduced to 8 bits a channel")
    return notes


def read_file(path: str | os.PathLike[str], *, limits: Limits = LIMITS) -> bytes:
    """The bytes of a picture file, for ``decode``.

    Raises:
        ImageError: If there is no such file, it cannot be read, or it is larger than ``limits`` allow.
    """
    path = Path(path)
    name = _printable(str(path))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{name} is {_KINDS.get(stat.S_IFMT(status.st_mode), 'no file')}; give a picture file")
        _check("bytes", status.st_size, limits.max_bytes, name)
        with open(path, "rb", opener=_open_without_waiting) as file:
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        what = "is a link to a file that does not exist" if path.is_symlink() else "does not exist"
        raise ImageError(f"{name} {what}: check the path") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Should a pipe have taken the file's place since it was looked at, opening it must not block."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check(what: str, value: int, limit: int, name: str) -> None:
    if value > limit:
        raise ImageError(f"{name} has {value:,} {what}; the limit is {limit:,}: make it smaller, or raise the limit")


def _printable(name: str) -> str:
    """``name`` without what could steer a terminal or fail to print (control characters, undecodable bytes)."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in name)
