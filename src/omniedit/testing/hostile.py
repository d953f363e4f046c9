"""Help for tests, ours and those of anyone who builds on OmniEdit: pictures that must be refused.

for hostile in hostile_files(tmp_path):
with pytest.raises(ImageError):
open_picture(hostile.path)
"""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from omniedit.images import MAX_BYTES


@dataclass(frozen=True)
class HostileFile:
    """A file, or what stands where a file should be, that must not open as a picture."""

    name: str
    """Its name in the folder, for example ``"header-crc.png"``."""
    path: Path
    """Where it is."""
    wrong: str
    """What is wrong with it, in words."""


def hostile_files(folder: Path) -> list[HostileFile]:
    """Make every hostile or broken input that we know of in ``folder``, which must exist and be on a POSIX system.

    Together they take a few hundred kilobytes of disk (one claims 100 MB, but is a hole). Opening any of them must end
    in an ``ImageError`` at once: no hang, no memory for what the file only claims, no warning, no output.
    """
    contents = {**_cut_off(), **_no_pictures(), **_bad_png(), **_bad_others()}
    for name, (_, data) in contents.items():
        (folder / name).write_bytes(data)
    wrongs = {name: wrong for name, (wrong, _) in contents.items()} | _no_files(folder)
    return [HostileFile(name, folder / name, wrong) for name, wrong in wrongs.items()]


def _cut_off() -> dict[str, tuple[str, bytes]]:
    """The first part of a good picture, in each format: a download that broke off."""
    picture = PIL.Image.frombytes("RGB", (48, 48), random.Random(0).randbytes(48 * 48 * 3))
    return {
        f"cut.{format.lower()}": (f"{format} cut off after two thirds", data[: len(data) * 2 // 3])
        for format in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM")
        for data in [_saved(picture, format)]
    }


def _no_pictures() -> dict[str, tuple[str, bytes]]:
    """Other things under a picture's name."""
    return {
        "empty.png": ("no bytes at all", b""),
        "zeros.jpg": ("zero bytes only", bytes(4096)),
        "noise.png": ("random bytes", random.Random(1).randbytes(4096)),
        "text.png": ("text", "Sehr geehrte Damen und Herren, …\n".encode() * 90),
        "page.jpg": ("HTML: an error page that was saved as a picture", b"<!DOCTYPE html>\n<html>404</html>"),
        "drawing.png": ("SVG", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
        "document.png": ("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        "program.eps": (
            "PostScript, which is a program",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        ),
        "archive.png": ("ZIP", b"PK\3\4" + bytes(26)),
        "bomb.png.gz": ("gzip", b"\x1f\x8b\x08" + bytes(20)),
        "icon.ico": ("an icon", _saved(PIL.Image.new("RGB", (16, 16)), "ICO")),
        "photo.heic": ("HEIC, which is not supported", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        "video.gif": ("MP4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42"),
        "object.png": ("a pickle, which would run code if loaded", b"\x80\4cos\nsystem\n(S'true'\ntR."),
        "pointer.png": ("a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
        "base64.png": ("base64 of a picture", b"data:image/png;base64,iVBORw0KGgo="),
    }


def _bad_png() -> dict[str, tuple[str, bytes]]:
    header, data, end = _png_header(8, 8), _chunk(b"IDAT", zlib.compress(bytes(9 * 8))), _chunk(b"IEND")
    bomb = zlib.compress(bytes(8_000_000))
    return {
        "header-crc.png": ("wrong checksum of the header", _png(header[:-1] + b"?", data, end)),
        "data-crc.png": ("wrong checksum of the pixels", _png(header, data[:-1] + b"?", end)),
        "data-none.png": ("no pixels", _png(header, end)),
        "data-noise.png": ("pixels that are not compressed data", _png(header, _chunk(b"IDAT", b"noise" * 9), end)),
        "end-none.png": ("no end mark", _png(header, data)),
        "length.png": ("a part that claims 2 GB", _png(header, b"\x7f\xff\xff\xffIDAT", data, end)),
        "order.png": ("pixels before the header", _png(data, header, end)),
        "pixels.png": ("400 million pixels in 100 bytes", _png(_png_header(20_000, 20_000), data, end)),
        "sides.png": ("sides of 2 billion", _png(_png_header(2**31 - 1, 2**31 - 1), data, end)),
        "long.png": ("a side of 40,000", _saved(PIL.Image.new("L", (40_000, 1)), "PNG")),
        "zero-width.png": ("no width", _png(_png_header(0, 8), data, end)),
        "text-bomb.png": ("compressed text that swells", _png(header, _chunk(b"zTXt", b"a\0\0" + bomb), data, end)),
        "profile-bomb.png": ("a profile that swells", _png(header, _chunk(b"iCCP", b"a\0\0" + bomb), data, end)),
    }


def _bad_others() -> dict[str, tuple[str, bytes]]:
    jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    gif_frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0;"
    frame = struct.pack(">HBHHB", 17, 8, 65_500, 65_500, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    extended = b"VP8X" + struct.pack("<II", 10, 0) + b"\xfe\x3f\0\xfe\x3f\0"
    return {
        "header.jpg": ("a header alone", jpeg + b"\xff\xd9"),
        "pixels.jpg": ("4 billion pixels", jpeg + b"\xff\xc0" + frame + b"\xff\xd9"),
        "canvas.gif": (
            "a canvas of 4 billion pixels",
            b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + gif_frame,
        ),
        "header.gif": ("a header alone", b"GIF89a"),
        "header.webp": ("a header that claims 4 GB", b"RIFF\xff\xff\xff\xffWEBPVP8 "),
        "canvas.webp": ("a canvas of 268 million pixels", b"RIFF" + struct.pack("<I", 22) + b"WEBP" + extended),
        "header.bmp": ("a header of absurd size", b"BM" + struct.pack("<IIII", 70, 0, 54, 2**32 - 1) + bytes(50)),
        "negative.bmp": ("a negative width", _bmp(-8, 8)),
        "pixels.bmp": ("2 billion × 2 billion pixels", _bmp(2**31 - 1, 2**31 - 1)),
        "loop.tif": ("directories that go in a circle, without a picture", _tiff({}, next_directory=8)),
        "pixels.tif": ("4 billion × 4 billion pixels", _tiff({256: 2**32 - 1, 257: 2**32 - 1})),
        "offset.tif": ("pixels beyond the end", _tiff({256: 64, 257: 64, 258: 8, 262: 1, 273: 10**9, 279: 4096})),
        "directory.tif": ("a directory beyond the end", b"II*\0" + struct.pack("<I", 2**31)),
        "pixels.ppm": ("10 billion pixels", b"P6 99999 99999 255\n"),
        "negative.ppm": ("a negative width", b"P6 -8 8 255\n" + bytes(192)),
        "word.ppm": ("a width that is a word", b"P6 wide 8 255\n" + bytes(192)),
    }


def _no_files(folder: Path) -> dict[str, str]:
    """Things that are not regular files of a sensible size; made in ``folder`` here."""
    (folder / "folder.png").mkdir()
    (folder / "broken-link.png").symlink_to("nowhere.png")
    (folder / "circular-link.png").symlink_to("circular-link.png")
    (folder / "device.png").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.png")
    with (folder / "heavy.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    return {
        "folder.png": "a folder",
        "broken-link.png": "a link to nothing",
        "circular-link.png": "a link to itself",
        "device.png": "a device that never ends",
        "pipe.png": "a pipe that nobody writes to",
        "heavy.png": "one byte over the limit",
        "empty.png/inside.png": "a path through a file",
        "missing.png": "nothing there",
    }


def _saved(picture: PIL.Image.Image, format: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format)
    return buffer.getvalue()


def _png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_header(width: int, height: int) -> bytes:
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


def _bmp(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 192, 0, 0, 0, 0)
    return b"BM" + struct.pack("<III", 246, 0, 54) + header + bytes(192)


def _tiff(tags: dict[int, int], next_directory: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", next_directory)
