"""Sizes, resampling and value ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.images import (
    RATIOS,
    from_signed,
    from_unit,
    grid_size,
    limited,
    resize,
    resize_mask,
    to_signed,
    to_unit,
)
from omniedit.types import Image

sides = st.integers(1, 20_000)


@settings(max_examples=200, deadline=None)
@given(sides, sides, st.sampled_from([128**2, 512**2, 1024**2]), st.sampled_from([8, 16, 32]))
def test_grid_is_near_in_ratio_and_area(width: int, height: int, area: int, multiple: int) -> None:
    grid = grid_size(width, height, area=area, multiple=multiple)
    ratio = min(max(width / height, 1 / 2.5), 2.5)
    shortest = math.sqrt(area / 2.5) // multiple  # whole cells on the shortest side there can be
    off = math.log1p(1 / shortest) / 2  # half a cell of it: what rounding can be off by, each side
    assert all(side > 0 and side % multiple == 0 for side in grid)
    assert abs(math.log(grid[0] / grid[1] / ratio)) <= 2 * off + 1e-9
    assert abs(math.log(grid[0] * grid[1] / area)) <= 2 * off + 1e-9


@settings(max_examples=50, deadline=None)
@given(sides, sides)
def test_no_grid_is_nearer(width: int, height: int) -> None:
    ratio = min(max(width / height, 1 / 2.5), 2.5)

    def distance(grid: tuple[int, int]) -> float:
        return math.log(grid[0] / grid[1] / ratio) ** 2 + math.log(grid[0] * grid[1] / 128**2) ** 2

    grids = [(w, h) for w in range(16, 320, 16) for h in range(16, 320, 16)]
    assert distance(grid_size(width, height, area=128**2)) == pytest.approx(min(map(distance, grids)))


@settings(max_examples=100, deadline=None)
@given(sides, sides)
def test_a_turned_picture_gets_the_turned_grid(width: int, height: int) -> None:
    assert grid_size(width, height, area=128**2) == grid_size(height, width, area=128**2)[::-1]


def test_grids_of_the_seven_ratios() -> None:
    assert list(RATIOS) == ["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9"]
    for name, ratio in RATIOS.items():
        width, height = map(int, name.split(":"))
        assert ratio == width / height
    grids = {grid_size(round(1000 * ratio), 1000, area=128**2) for ratio in RATIOS.values()}
    assert len(grids) == 7
    assert (128, 128) in grids
    assert all(0.8 < width * height / 128**2 < 1.25 for width, height in grids)


@pytest.mark.parametrize(
    ("width", "height", "area", "multiple"), [(0, 1, 1, 1), (1, -1, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)]
)
def test_impossible_grids(width: int, height: int, area: int, multiple: int) -> None:
    with pytest.raises(ValueError, match="no grid"):
        grid_size(width, height, area=area, multiple=multiple)


@pytest.mark.parametrize("size", [(20, 15), (80, 60), (20, 60), (80, 15), (1, 1), (40, 30), (41, 29)])
@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,)])
def test_resize_keeps_shape_and_brightness(photo: Image, size: tuple[int, int], channels: tuple[int, ...]) -> None:
    image = np.dstack([photo, photo[..., :1]])[..., : math.prod(channels)].reshape(30, 40, *channels)
    result = resize(image, size)
    assert result.shape == (size[1], size[0], *channels)
    assert result.dtype == np.uint8
    assert abs(result.mean() - image.mean()) < 3


def test_shrinking_takes_the_mean_over_area() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (6, 6))
    assert set(resize(stripes, (6, 3)).ravel()) <= {127, 128}
    assert abs(int(resize(np.array([[0, 90, 180]], np.uint8), (2, 1))[0, 0]) - 30) <= 1  # (0 + 90 / 2) / 1.5


def test_growing_and_shrinking_back_is_close(photo: Image) -> None:
    smooth = photo[8:, 8:]
    assert np.abs(resize(resize(smooth, (96, 66)), (32, 22)).astype(int) - smooth).max() <= 6


def test_the_same_size_is_a_copy(photo: Image) -> None:
    photo.setflags(write=False)
    copy = resize(photo, (40, 30))
    assert np.array_equal(copy, photo)
    assert copy.flags.writeable
    assert not np.shares_memory(copy, photo)


@pytest.mark.parametrize("size", [(7, 9), (64, 64), (5, 80)])
def test_masks_stay_masks(size: tuple[int, int]) -> None:
    mask = np.zeros((32, 32), np.float32)
    mask[8:24, 8:24] = 1
    result = resize_mask(mask, size)
    assert result.shape == size[::-1]
    assert result.dtype == np.float32
    assert 0 <= result.min() <= result.max() <= 1
    assert result.mean() == pytest.approx(0.25, abs=0.03)


def test_values_come_back_exactly() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(from_unit(to_unit(values)), values)
    assert np.array_equal(from_signed(to_signed(values)), values)
    assert np.array_equal(from_unit(to_unit(values).astype(np.float64)), values)
    assert (to_unit(values).min(), to_unit(values).max()) == (0, 1)
    assert (to_signed(values).min(), to_signed(values).max()) == (-1, 1)
    assert to_unit(values).dtype == to_signed(values).dtype == np.float32


def test_values_outside_are_clipped() -> None:
    far = np.array([-9, 9], np.float32)
    assert from_unit(far).tolist() == from_signed(far).tolist() == [0, 255]


@pytest.mark.parametrize(
    ("size", "expected"), [((400, 100), (200, 50)), ((100, 400), (50, 200)), ((3000, 1), (200, 1))]
)
def test_the_longest_side_is_limited_and_the_ratio_kept(size: tuple[int, int], expected: tuple[int, int]) -> None:
    shrunk = limited(np.zeros((size[1], size[0], 3), np.uint8), 200)
    assert (shrunk.shape[1], shrunk.shape[0]) == expected


def test_a_picture_within_the_limit_is_left_alone() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    assert limited(image, 30) is image
