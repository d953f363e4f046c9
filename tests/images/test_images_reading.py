"""Opening pictures: every mode comes out as upright sRGB with its transparency aside, and what was done is said."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL import ImageFile

from omniedit.errors import ImageError
from omniedit.images import Limits, decode, load_rgb, open_picture
from omniedit.types import Image


def saved(image: PIL.Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def with_transparent(png: bytes, value: bytes) -> bytes:
    """A PNG whose pixels of one value are transparent (chunk tRNS)."""
    chunk = struct.pack(">I", len(value)) + b"tRNS" + value + struct.pack(">I", zlib.crc32(b"tRNS" + value))
    place = png.index(b"IDAT") - 4
    return png[:place] + chunk + png[place:]


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "BMP", "PPM"])
def test_lossless_formats_open_exactly(photo: Image, format: str) -> None:
    options = {"lossless": True} if format == "WEBP" else {}
    picture = decode(saved(PIL.Image.fromarray(photo), format, **options))
    assert np.array_equal(picture.image, photo)
    assert (picture.format, picture.mode, picture.size) == (format, "RGB", (40, 30))
    assert picture.alpha is picture.icc is picture.native is None
    assert picture.notes == ()


@pytest.mark.parametrize("format", ["JPEG", "AVIF", "GIF"])
def test_lossy_formats_open_closely(photo: Image, format: str) -> None:
    smooth = np.ascontiguousarray(photo[8:, 8:])
    picture = decode(saved(PIL.Image.fromarray(smooth), format))
    assert picture.format == format
    assert np.abs(picture.image.astype(int) - smooth).mean() < 8


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "RGBX"])
def test_every_mode_becomes_rgb_with_alpha_aside(photo: Image, mode: str) -> None:
    source = PIL.Image.fromarray(photo)
    if mode in ("LA", "RGBA", "PA"):
        source.putalpha(PIL.Image.linear_gradient("L").resize(source.size))
    source = source.convert(mode)
    format = "PNG" if mode in ("1", "L", "LA", "P", "RGB", "RGBA") else "TIFF"
    picture = decode(saved(source, format))
    expected = np.asarray(PIL.Image.open(io.BytesIO(saved(source, format))).convert("RGBA"))
    assert np.abs(picture.image.astype(int) - expected[..., :3]).max() <= 1
    assert (picture.alpha is not None) == (mode in ("LA", "RGBA", "PA"))
    if picture.alpha is not None:
        assert np.array_equal(picture.alpha, expected[..., 3])


@pytest.mark.parametrize(
    ("mode", "key"), [("1", 255), ("L", 145), ("RGB", (0, 80, 225)), ("P", 3), ("P", bytes([0, 128, 255] * 5))]
)
def test_transparency_given_as_a_colour_is_kept_as_alpha(photo: Image, mode: str, key: Any) -> None:
    source = PIL.Image.fromarray(photo).convert("L" if mode == "L" else "RGB")
    source = source.quantize(15) if mode == "P" else source.convert(mode)
    data = saved(source, "PNG", transparency=key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGBA"))
    picture = decode(data)
    assert picture.alpha is not None
    assert picture.alpha.min() < 255 == picture.alpha.max()
    assert np.array_equal(np.dstack([picture.image, picture.alpha]), expected)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_is_rounded_not_clipped(format: str) -> None:
    values = np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64)
    picture = decode(saved(PIL.Image.fromarray(values), format))
    assert np.array_equal(picture.image, np.repeat(np.rint(values / 257)[..., None], 3, axis=-1))
    assert "8 bits" in " ".join(picture.notes)


def test_16_bit_grey_keeps_its_transparent_value() -> None:
    values = np.array([[0, 300], [301, 65535]], np.uint16)
    data = saved(PIL.Image.fromarray(values), "PNG")
    picture = decode(with_transparent(data, struct.pack(">H", 300)))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 0], [255, 255]]


def test_16_bit_colour_with_a_transparent_colour() -> None:
    values = np.array([[[0x1234, 0x5678, 0x9ABC], [0, 0, 0]]], np.uint16)
    data = cv2.imencode(".png", values[..., ::-1])[1].tobytes()
    picture = decode(with_transparent(data, struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 255]]


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_colour_is_within_a_level(photo: Image, extension: str, channels: int) -> None:
    values = np.dstack([photo, photo[..., :1]])[..., :channels].astype(np.uint16) * 257
    order = [2, 1, 0, 3][:channels]
    picture = decode(cv2.imencode(extension, values[..., order])[1].tobytes())
    assert np.abs(picture.image.astype(int) - photo).max() <= 1
    assert "8 bits" in " ".join(picture.notes)


def test_deep_ppm() -> None:
    picture = decode(b"P5 2 1 65535\n" + struct.pack(">HH", 257, 65535))
    assert picture.image[..., 0].tolist() == [[1, 255]]
    assert "8 bits" in " ".join(picture.notes)
    picture = decode(b"P6 1 1 1023\n" + struct.pack(">HHH", 0, 512, 1023))
    assert picture.image.tolist() == [[[0, 128, 255]]]
    assert "8 bits" in " ".join(picture.notes)


def test_float_tiff() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    assert np.array_equal(decode(saved(PIL.Image.fromarray(ramp), "TIFF")).image[..., 1].ravel(), np.arange(256))
    bright = decode(saved(PIL.Image.fromarray(ramp * 4), "TIFF"))
    assert bright.image.max() == 255
    assert "from 0 to 4" in " ".join(bright.notes)
    ramp[0, :3] = np.nan, np.inf, -np.inf
    broken = decode(saved(PIL.Image.fromarray(ramp), "TIFF"))
    assert broken.image[0, :3].max() == 0
    assert "not finite" in " ".join(broken.notes)


def test_extreme_floats_do_not_overflow() -> None:
    values = np.array([[-3e38, 0, 3e38]], np.float32)
    assert decode(saved(PIL.Image.fromarray(values), "TIFF")).image[0, :, 0].tolist() == [0, 128, 255]


def test_cmyk_is_converted_and_said(photo: Image) -> None:
    for format in ("JPEG", "TIFF"):
        picture = decode(saved(PIL.Image.fromarray(photo).convert("CMYK"), format))
        assert picture.mode == "CMYK"
        assert np.abs(picture.image[8:, 8:].astype(int) - photo[8:, 8:]).mean() < 6
        assert "CMYK" in " ".join(picture.notes)


TURNED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: np.swapaxes(upright, 0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(np.swapaxes(upright, 0, 1), 2),
    8: lambda upright: np.rot90(upright, -1),
}
"""EXIF orientation -> how such a file stores an upright picture (EXIF 2.32, tag 0x0112)."""


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_once(orientation: int, format: str) -> None:
    corners = np.array([[[250, 10, 10], [10, 250, 10], [10, 10, 250]], [[250, 250, 10], [120, 120, 120], [0, 0, 0]]])
    upright = corners.astype(np.uint8).repeat(32, axis=0).repeat(32, axis=1)
    stored = PIL.Image.fromarray(np.ascontiguousarray(TURNED[orientation](upright)))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    picture = decode(saved(stored, format, exif=exif))
    assert picture.size == (96, 64)
    assert np.abs(picture.image[16::32, 16::32].astype(int) - corners).max() < 40


def test_alpha_turns_with_the_picture() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    picture = decode(saved(PIL.Image.fromarray(pixels), "PNG", exif=exif))
    assert picture.alpha is not None
    assert np.array_equal(np.dstack([picture.image, picture.alpha]), np.rot90(pixels, -1))


def test_broken_exif_is_said(photo: Image) -> None:
    picture = decode(saved(PIL.Image.fromarray(photo), "PNG", exif=b"Exif\0\0no TIFF inside"))
    assert np.array_equal(picture.image, photo)
    assert "EXIF" in " ".join(picture.notes)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_of_several_frames_counts(format: str) -> None:
    first, *rest = (PIL.Image.new("RGB", (9, 7), colour) for colour in ("red", "lime", "blue"))
    options = {"lossless": True} if format == "WEBP" else {}
    picture = decode(saved(first, format, save_all=True, append_images=rest, **options))
    assert (picture.image == (255, 0, 0)).all()
    assert "several frames" in " ".join(picture.notes)


def test_pages_in_a_circle_do_not_hang(photo: Image) -> None:
    data = bytearray(saved(PIL.Image.fromarray(photo), "TIFF"))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    assert np.array_equal(decode(bytes(data)).image, photo)


def test_a_wrong_extension_opens_with_a_note(tmp_path: Path, photo: Image) -> None:
    path = tmp_path / "photo.png"
    PIL.Image.fromarray(photo).save(path, "JPEG")
    picture = open_picture(path)
    assert picture.format == "JPEG"
    assert picture.name == str(path)
    assert picture.notes == ("it is named .png but is a JPEG",)


def test_load_rgb_gives_pixels_to_write_on(tmp_path: Path, photo: Image) -> None:
    PIL.Image.fromarray(photo).save(tmp_path / "photo.png")
    image = load_rgb(tmp_path / "photo.png")
    assert np.array_equal(image, photo)
    image[:] = 0


def test_a_picture_is_read_only(photo: Image) -> None:
    picture = decode(saved(PIL.Image.fromarray(photo).convert("RGBA"), "PNG"))
    assert picture.alpha is not None
    assert not picture.image.flags.writeable
    assert not picture.alpha.flags.writeable


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(max_bytes=99), "bytes; the limit is 99"),
        (Limits(max_pixels=1199), "1,200 pixels (40×30); the limit is 1,199"),
        (Limits(max_side=39), "40 pixels on its longest side; the limit is 39"),
    ],
)
def test_limits_are_named(tmp_path: Path, photo: Image, limits: Limits, words: str) -> None:
    path = tmp_path / "photo.png"
    PIL.Image.fromarray(photo).save(path)
    with pytest.raises(ImageError, match=r"photo\.png") as caught:
        open_picture(path, limits=limits)
    assert words in str(caught.value)
    open_picture(path, limits=Limits(max_bytes=path.stat().st_size, max_pixels=1200, max_side=40))


def test_an_unreadable_file_is_said(tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]]) -> None:
    path = tmp_path / "secret.png"
    path.touch(mode=0)
    with as_nobody(), pytest.raises(ImageError, match=r"secret\.png cannot be read: Permission denied"):
        open_picture(path)


@pytest.mark.parametrize("name", ["\x1b[2Jred.png", "line\nbreak.png", "nul\0.png", "\udcff.png"])
def test_names_are_made_printable(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImageError) as caught:
        open_picture(tmp_path / name)
    assert str(caught.value).isprintable()


def test_threads_leave_the_process_as_it_was(photo: Image) -> None:
    data = [saved(PIL.Image.fromarray(photo), "PNG"), saved(PIL.Image.fromarray(photo), "PNG")[:-40]] * 50
    filters = list(warnings.filters)

    def attempt(item: bytes) -> bool:
        try:
            decode(item)
        except ImageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, data)) == [True, False] * 50
    assert list(warnings.filters) == filters
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_cut_picture_is_refused_whatever_others_told_pillow(photo: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageError, match="cut off"):
        decode(saved(PIL.Image.fromarray(photo), "JPEG")[:-200])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
