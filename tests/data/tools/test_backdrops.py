"""Backdrops: the same picture at every size, with ground to stand on."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from omniedit.data.tools.backdrops import BACKDROPS, render_backdrop
from omniedit.data.tools.noise import fractal, noise, profile
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image

NAMES = list(BACKDROPS)
WITHOUT_GROUND = {"outer space"}


def difference(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.fixture(scope="module")
def rendered() -> dict[str, Image]:
    return {name: render_backdrop(name, 144, 112) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_is_a_picture_of_the_size_asked_and_always_the_same(name: str, rendered: dict[str, Image]) -> None:
    again = render_backdrop(name, 144, 112)
    assert again.shape == (112, 144, 3)
    assert again.dtype == np.uint8
    assert np.array_equal(again, rendered[name])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (17, 200)])
def test_takes_odd_sizes(name: str, width: int, height: int) -> None:
    assert render_backdrop(name, width, height).shape == (height, width, 3)


@pytest.mark.parametrize("name", NAMES)
def test_a_large_rendering_shrunk_looks_like_a_small_one(name: str, rendered: dict[str, Image]) -> None:
    large = cv2.resize(render_backdrop(name, 432, 336), (144, 112), interpolation=cv2.INTER_AREA)
    assert difference(large, rendered[name]) < 7


def test_all_differ_from_each_other(rendered: dict[str, Image]) -> None:
    close = [pair for pair in itertools.combinations(NAMES, 2) if difference(rendered[pair[0]], rendered[pair[1]]) < 15]
    assert close == []


@pytest.mark.parametrize("name", NAMES)
def test_is_neither_flat_nor_blown_out(name: str, rendered: dict[str, Image]) -> None:
    assert rendered[name].std() > 15
    assert (rendered[name] == 255).mean() < 0.2


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_GROUND])
@pytest.mark.parametrize(("width", "height"), [(128, 128), (96, 176)])
def test_the_lower_third_is_ground(name: str, width: int, height: int) -> None:
    rows = render_backdrop(name, width, height).astype(float).mean(axis=1)
    wall, ground = rows[height // 2 : int(height * 0.62)].mean(axis=0), rows[int(height * 0.82) :].mean(axis=0)
    assert np.abs(wall - ground).max() > 8


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InstructionError, match=r"'moon'.*beach.*spaceship"):
        render_backdrop("moon", 32, 32)


def test_a_side_of_no_pixels_is_refused() -> None:
    with pytest.raises(InputError, match="0x32"):
        render_backdrop("beach", 0, 32)


@pytest.mark.parametrize("stretch", [1.0, 4.0])
def test_noise_is_centred_and_tied_to_the_size(stretch: float) -> None:
    small, large = (noise(60 * times, 40 * times, 6, seed=3, stretch=stretch) for times in (1, 4))
    assert abs(float(large.mean())) < 0.25
    assert 0.2 < float(large.std()) < 0.7
    assert np.abs(cv2.resize(large, (60, 40), interpolation=cv2.INTER_AREA) - small).max() < 0.05


def test_noise_differs_by_seed_and_repeats_for_one() -> None:
    first, again, other = (noise(32, 32, 6, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=0.1)


def test_octaves_below_two_pixels_are_left_out() -> None:
    assert not fractal(32, 32, 20, octaves=3).any()
    assert fractal(32, 32, 8, octaves=6).any()


def test_profile_is_a_line_tied_to_the_size() -> None:
    small, large = (profile(100 * times, 50 * times, 4, octaves=3) for times in (1, 4))
    assert small.shape == (100,)
    assert np.abs(large.reshape(100, 4).mean(axis=1) - small).max() < 0.05
