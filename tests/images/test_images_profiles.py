"""Colour profiles: to sRGB for the editor, and back into the photo's own profile on saving."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from omniedit.images import Picture, decode, encode
from omniedit.types import Image


def with_profile(pixels: Image, icc: bytes, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, format, icc_profile=icc, **options)
    return buffer.getvalue()


def stored(data: bytes) -> tuple[Image, bytes | None]:
    """The numbers in a file and its profile, untouched by any conversion."""
    with PIL.Image.open(io.BytesIO(data)) as image:
        return np.array(image), image.info.get("icc_profile")


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_p3_colours_are_seen_as_what_they_are(p3_profile: bytes) -> None:
    greys_and_red = np.array([[[0, 0, 0], [128, 128, 128], [255, 255, 255], [200, 120, 100]]], np.uint8)
    picture = decode(with_profile(greys_and_red, p3_profile))
    assert np.abs(picture.image[0, :3].astype(int) - greys_and_red[0, :3]).max() <= 1
    red, green, _ = picture.image[0, 3]
    assert red > 205  # a P3 red is stronger than the same numbers in sRGB
    assert green < 120


def test_p3_round_trip_is_exact_where_nothing_was_edited(photo: Image, p3_profile: bytes) -> None:
    photo = photo.copy()
    photo[0, :3] = [[255, 0, 0], [0, 255, 0], [255, 0, 255]]  # colours that sRGB cannot hold
    picture = decode(with_profile(photo, p3_profile))
    pixels, icc = stored(encode(picture.image, like=picture))
    assert icc == picture.icc == p3_profile
    assert np.array_equal(pixels, photo)


def test_an_edited_colour_comes_back_through_p3(p3_profile: bytes) -> None:
    picture = decode(with_profile(np.zeros((30, 40, 3), np.uint8), p3_profile))
    edited = np.random.default_rng(0).integers(60, 256, (30, 40, 3), dtype=np.uint8)
    again = decode(encode(edited, like=picture))
    assert np.abs(again.image.astype(int) - edited).max() <= 2


def test_an_edit_of_one_pixel_changes_one_pixel(photo: Image, p3_profile: bytes) -> None:
    picture = decode(with_profile(photo, p3_profile))
    edited = picture.image.copy()
    edited[20, 20] = 99, 98, 97
    pixels, _ = stored(encode(edited, like=picture))
    assert np.argwhere((pixels != photo).any(axis=-1)).tolist() == [[20, 20]]


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF"])
def test_the_profile_travels_in_each_format(photo: Image, p3_profile: bytes, format: str) -> None:
    picture = decode(with_profile(photo, p3_profile, format))
    _, icc = stored(encode(picture.image, format, like=picture))
    assert icc == p3_profile


def test_a_format_without_profiles_gets_srgb(photo: Image, p3_profile: bytes) -> None:
    picture = decode(with_profile(photo, p3_profile))
    assert np.array_equal(decode(encode(picture.image, "BMP", like=picture)).image, picture.image)


def test_srgb_is_known_by_what_it_does(photo: Image) -> None:
    picture = decode(with_profile(photo, srgb_profile()))
    assert np.array_equal(picture.image, photo)
    assert picture.native is None
    assert stored(encode(picture.image, like=picture))[1] == srgb_profile()


def test_palette_and_grey_pixels_with_an_rgb_profile(photo: Image, p3_profile: bytes) -> None:
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).quantize(32).save(buffer, "PNG", icc_profile=p3_profile)
    assert decode(buffer.getvalue()).icc == p3_profile
    grey = decode(with_profile(np.ascontiguousarray(photo[..., 0]), p3_profile))
    assert grey.icc == p3_profile
    assert np.abs(grey.image[..., 0].astype(int) - photo[..., 0]).max() <= 1


def test_transparency_and_profile_together(photo: Image, p3_profile: bytes) -> None:
    pixels = np.dstack([photo, photo[..., 0]])
    picture = decode(with_profile(pixels, p3_profile))
    assert np.array_equal(stored(encode(picture.image, like=picture))[0], pixels)


def test_a_grey_profile_is_applied(grey_profile: bytes) -> None:
    picture = decode(with_profile(np.full((4, 4), 128, np.uint8), grey_profile))
    assert np.abs(picture.image.astype(int) - 188).max() <= 1  # half the light is 188 in sRGB
    assert picture.icc is None
    assert picture.notes == ()


def test_lab_pixels_are_converted(photo: Image) -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    buffer = io.BytesIO()
    to_lab.apply(PIL.Image.fromarray(photo)).save(buffer, "TIFF")
    picture = decode(buffer.getvalue())
    assert picture.mode == "LAB"
    assert np.abs(picture.image.astype(int) - photo).mean() < 3


def test_a_profile_for_other_pixels_is_ignored_and_said(photo: Image, grey_profile: bytes) -> None:
    picture = decode(with_profile(photo, grey_profile))
    assert np.array_equal(picture.image, photo)
    assert "profile" in " ".join(picture.notes)


@pytest.mark.parametrize("damage", ["noise", "cut", "empty tags"])
def test_a_broken_profile_is_ignored_and_said(photo: Image, p3_profile: bytes, damage: str) -> None:
    broken = {"noise": b"not a profile" * 20, "cut": p3_profile[:200], "empty tags": p3_profile[:128] + bytes(400)}
    picture = decode(with_profile(photo, broken[damage]))
    assert np.array_equal(picture.image, photo)
    assert picture.icc is None
    assert "profile is broken" in " ".join(picture.notes)


def test_a_cmyk_picture_with_a_broken_profile(photo: Image) -> None:
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).convert("CMYK").save(buffer, "JPEG", icc_profile=b"broken" * 40)
    picture = decode(buffer.getvalue())
    assert [word for word in ("CMYK", "profile") if word in " ".join(picture.notes)] == ["CMYK", "profile"]


def test_a_picture_made_by_hand_keeps_its_pixels(photo: Image) -> None:
    picture = Picture(photo, icc=srgb_profile())
    assert np.array_equal(stored(encode(photo, like=picture))[0], photo)
