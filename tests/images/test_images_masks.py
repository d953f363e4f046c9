"""Masks that users give: white, or transparent, is where to edit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.errors import ImageError
from omniedit.images import open_mask
from omniedit.types import Image


def saved(path: Path, pixels: Image) -> Path:
    PIL.Image.fromarray(pixels).save(path)
    return path


def test_white_is_edited_and_grey_is_soft(tmp_path: Path) -> None:
    levels = np.array([[0, 51, 255]], np.uint8)
    mask = open_mask(saved(tmp_path / "mask.png", levels), (3, 1))
    assert mask.dtype == np.float32
    assert mask.tolist() == [pytest.approx([0, 0.2, 1])]


def test_a_hole_is_edited(tmp_path: Path, photo: Image) -> None:
    alpha = np.full((30, 40, 1), 255, np.uint8)
    alpha[5:10, 5:10] = 0
    mask = open_mask(saved(tmp_path / "mask.png", np.concatenate([photo, alpha], axis=-1)), (40, 30))
    assert mask.sum() == mask[5:10, 5:10].sum() == 25


def test_opaque_alpha_says_nothing(tmp_path: Path) -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[..., 3], pixels[0, 0, :3] = 255, 255
    assert open_mask(saved(tmp_path / "mask.png", pixels), (2, 2)).tolist() == [[1, 0], [0, 0]]


def test_a_jpeg_mask_may_be_a_little_off_grey(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[20:41, 13:50] = 255
    mask = open_mask(saved(tmp_path / "mask.jpg", pixels), (64, 64))
    assert np.abs(mask - pixels[..., 0] / 255).max() < 0.15


def test_another_size_is_an_error_with_both(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"mask\.png.* 3×1 .* 1×3"):
        open_mask(saved(tmp_path / "mask.png", np.zeros((1, 3), np.uint8)), (1, 3))


def test_a_photo_is_no_mask(tmp_path: Path, photo: Image) -> None:
    with pytest.raises(ImageError, match=r"photo\.png: a mask is black, grey and white"):
        open_mask(saved(tmp_path / "photo.png", photo), (40, 30))
