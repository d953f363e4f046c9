from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.colour import to_oklab
from omniedit.data.tools.compositing import blend, bounds, dilate, extend, footprint, harmonise, paste, square_box
from omniedit.errors import DataError


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def disc(height: int, width: int, y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.clip(radius + 0.5 - np.hypot(rows - y, columns - x), 0, 1).astype(np.float32)


def test_blend_is_exact_at_the_ends_and_between_them_elsewhere() -> None:
    a, b = noise(9, 11), noise(9, 11, seed=1)
    mask = np.random.default_rng(2).choice(np.array([0, 0.5, 1], np.float32), (9, 11))
    mixed = blend(a, b, mask)
    assert (mixed[mask == 0] == a[mask == 0]).all()
    assert (mixed[mask == 1] == b[mask == 1]).all()
    assert ((mixed >= np.minimum(a, b)) & (mixed <= np.maximum(a, b))).all()


@settings(max_examples=60, deadline=None)
@given(left=st.integers(-30, 40), top=st.integers(-30, 40), size=st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_a_sprite_changes_only_its_footprint_wherever_it_lies(left: int, top: int, size: tuple[int, int]) -> None:
    image, sprite = noise(24, 32), noise(*size, channels=4, seed=1)
    sprite[..., 3][sprite[..., 3] < 100] = 0
    sprite[..., 3][sprite[..., 3] > 200] = 255
    result, mask = paste(image, sprite, left, top), footprint(image, sprite, left, top)
    assert (result[mask == 0] == image[mask == 0]).all()
    rows, columns = np.nonzero(mask == 1)
    assert (result[rows, columns] == sprite[rows - top, columns - left, :3]).all()


def test_pasting_leaves_the_given_picture_alone() -> None:
    image = noise(8, 8)
    before = image.copy()
    paste(image, noise(4, 4, channels=4, seed=1), 2, 2)
    assert (image == before).all()


def test_harmonising_follows_the_light_around_gently_and_keeps_alpha() -> None:
    sprite = noise(12, 10, channels=4)
    dark, warm = np.full((40, 40, 3), 25, np.uint8), np.full((40, 40, 3), (230, 150, 60), np.uint8)
    lab, in_dark, in_warm = (
        to_oklab(s[..., :3])
        for s in (sprite, harmonise(sprite, dark, (10, 10, 12)), harmonise(sprite, warm, (10, 10, 12)))
    )
    assert in_dark[..., 0].mean() < lab[..., 0].mean()
    assert in_warm[..., 2].mean() > lab[..., 2].mean()
    assert np.abs(in_dark - lab).mean() < 0.08
    assert (harmonise(sprite, warm, (10, 10, 12))[..., 3] == sprite[..., 3]).all()
    assert np.abs(harmonise(sprite, warm, (10, 10, 12), strength=0)[..., :3].astype(int) - sprite[..., :3]).max() <= 1


def test_a_sprite_that_hangs_out_of_the_picture_is_harmonised_too() -> None:
    assert harmonise(noise(5, 5, channels=4), noise(20, 20), (100, 100, 5)).shape == (5, 5, 4)


@pytest.mark.parametrize("size", [(16, 16), (16, 7), (9, 16), (10, 16)])
def test_the_square_box_is_the_box_that_the_object_was_fitted_in(size: tuple[int, int]) -> None:
    left, top, side, (height, width) = 12, 20, 16, size
    mask = np.zeros((64, 64), np.float32)
    x, y = left + (side - width) // 2, top + side - height
    mask[y : y + height, x : x + width] = 1
    assert square_box(mask) == (left, top, side)
    assert bounds(mask) == (x, y, x + width, y + height)


def test_an_empty_mask_has_no_box() -> None:
    with pytest.raises(DataError, match="empty"):
        square_box(np.zeros((4, 4), np.float32))


def test_extending_keeps_the_inside_and_shows_nothing_of_what_was_behind() -> None:
    mask = disc(40, 40, 20, 20, 9)
    thing, behind = np.full((40, 40, 3), (200, 30, 30), np.uint8), np.full((40, 40, 3), (0, 200, 0), np.uint8)
    assert (extend(blend(behind, thing, mask), mask) == thing).all()
    photo = noise(40, 40)
    assert (extend(photo, mask)[mask == 1] == photo[mask == 1]).all()


def test_extending_a_mask_without_an_inside_changes_nothing() -> None:
    photo = noise(10, 10)
    assert (extend(photo, np.full((10, 10), 0.5, np.float32)) == photo).all()


def test_dilation_grows_shrinks_and_keeps() -> None:
    mask = disc(40, 40, 20, 20, 8)
    assert (dilate(mask, 3) >= mask).all()
    assert (dilate(mask, -3) <= mask).all()
    assert (dilate(mask, 0) == mask).all()
    assert abs(float(dilate(mask, 3).sum()) - float(disc(40, 40, 20, 20, 11).sum())) < 40
