"""Drift: what lies outside an edit, and by how much it moved, where that is known and where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from squares import square_item

from omniedit.bench.drift import outside, shift
from omniedit.bench.item import Item
from omniedit.data.photos import bundled_photos
from omniedit.images import resize
from omniedit.types import Image, Photo, Task


@pytest.fixture(scope="module")
def photograph() -> Item:
    """A real photograph, of which nobody knows the ideal edit."""
    picture = resize(bundled_photos("eval")[0].image, (320, 240))
    return replace(square_item("a"), photo=Photo("real", picture), ideal=None)


def edited(picture: Image, by: int = 0) -> Image:
    """A blue square on the picture, and the rest moved by so many pixels."""
    result = np.roll(picture, by, axis=1)
    result[100:160, 120:200] = (30, 30, 200)
    return result


def masked(item: Item) -> Item:
    mask = np.zeros(item.photo.image.shape[:2], np.float32)
    mask[95:165, 115:205] = 1
    return replace(item, mask=mask)


def test_outside_measures_what_should_have_stayed() -> None:
    item = square_item("a")
    assert item.ideal is not None
    assert outside(item, item.ideal.image) == 0
    brighter = item.ideal.image.copy()
    brighter[:, :10] += 12
    kept = 48 * 64 - 24 * 24
    assert outside(item, brighter) == pytest.approx(12 * 48 * 10 / kept)


def test_an_added_object_may_stand_anywhere_in_its_region() -> None:
    item = square_item("a", Task.ADDITION)
    assert item.ideal is not None
    sprite = np.full((24, 24, 4), 255, np.uint8)
    item = replace(item, ideal=replace(item.ideal, sprite=sprite, region=(0.0, 0.0, 0.5, 1.0)))
    elsewhere = item.photo.image.copy()
    elsewhere[12:36, 4:28] = (30, 30, 200)
    assert outside(item, elsewhere) == 0
    elsewhere[:, 60:] = 0
    assert outside(item, elsewhere)


def test_a_global_edit_has_neither() -> None:
    item = square_item("a", Task.STYLE)
    result = item.photo.image[::-1].copy()
    assert outside(item, result) is None
    assert shift(item, result) is None


def test_a_mask_of_the_suite_says_where_the_outside_is(photograph: Item) -> None:
    picture = photograph.photo.image
    assert outside(masked(photograph), edited(picture)) == 0
    assert outside(masked(photograph), edited(picture, 3)) > 1  # type: ignore[operator]


def test_where_no_outside_is_known_there_is_no_difference_outside(photograph: Item) -> None:
    assert outside(photograph, edited(photograph.photo.image)) is None


@pytest.mark.parametrize("known", [True, False])
def test_the_shift_of_a_photograph_is_measured(photograph: Item, known: bool) -> None:
    item = masked(photograph) if known else photograph
    assert shift(item, edited(item.photo.image)) == 0
    moved = resize(edited(resize(item.photo.image, (640, 480)), 1), (320, 240))  # by half a pixel
    moved[100:160, 120:200] = (30, 30, 200)
    assert shift(item, moved) == pytest.approx(0.5, abs=0.15)


def test_another_picture_has_no_shift_that_can_be_told(photograph: Item) -> None:
    noise = np.random.default_rng(0).integers(0, 256, photograph.photo.image.shape).astype(np.uint8)
    assert shift(photograph, noise) is None
