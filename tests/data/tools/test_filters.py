"""The shared moves on pixels, and linear light."""

from __future__ import annotations

import cv2
import numpy as np

from omniedit import seeding
from omniedit.data.tools.filters import blur, follow_edges, mix, smoothstep, tint
from omniedit.data.tools.light import from_light, luminance, to_light


def test_light_goes_there_and_back_below_the_highlights() -> None:
    codes = np.arange(229, dtype=np.uint8).reshape(-1, 1, 1).repeat(3, axis=2)
    back = from_light(to_light(codes))
    assert np.abs(back.astype(int) - codes).max() <= 1


def test_highlights_roll_off_without_turning_back() -> None:
    bright = from_light(np.linspace(0.5, 4, 200, dtype=np.float32)[:, None, None].repeat(3, axis=2))
    assert (np.diff(bright[:, 0, 0].astype(int)) >= 0).all()
    assert bright[0, 0, 0] < bright[60, 0, 0] <= 255


def test_light_adds_up_but_codes_do_not() -> None:
    black_and_white = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    grey = from_light(to_light(black_and_white).mean(axis=1, keepdims=True))
    assert abs(int(grey[0, 0, 0]) - 188) <= 1  # sRGB code of half the light


def test_luminance_weighs_green_most() -> None:
    red, green, blue = luminance(np.eye(3, dtype=np.float32)[None])[0]
    assert green > red > blue > 0
    assert abs(red + green + blue - 1) < 1e-5


def test_smoothstep_rises_or_falls_between_its_ends() -> None:
    value = np.linspace(-1, 2, 31)
    rising, falling = smoothstep(0, 1, value), smoothstep(1, 0, value)
    assert np.allclose(rising + falling, 1, atol=1e-6)
    assert (np.diff(rising) >= 0).all()
    assert (rising[0], rising[-1]) == (0, 1)


def test_mix_takes_colours_and_pictures() -> None:
    amount = np.array([[0.0, 0.25, 1.0]])
    result = mix((0.0, 0.0, 0.0), tint(np.ones((1, 3)), (1.0, 0.5, 0.0)), amount)
    assert result.dtype == np.float32
    assert np.allclose(result[0], [(0, 0, 0), (0.25, 0.125, 0), (1, 0.5, 0)])


def test_a_wide_blur_equals_the_exact_one_nearly() -> None:
    field = seeding.stream(1).random((120, 90)).astype(np.float32)
    for sigma in (1.0, 6.0, 12.0):
        exact = cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        assert np.abs(blur(field, sigma) - exact).mean() < 0.02


def test_no_blur_leaves_everything() -> None:
    field = seeding.stream(2).random((8, 8)).astype(np.float32)
    assert np.array_equal(blur(field, 0.0), field)


def test_a_rough_mask_snaps_to_the_edge_of_its_guide() -> None:
    guide = np.where(np.arange(80) < 40, 0.1, 0.9)[None].repeat(60, axis=0).astype(np.float32)
    rough = smoothstep(30, 50, np.arange(80.0))[None].repeat(60, axis=0)
    snapped = follow_edges(rough, guide, radius=10, softness=0.001).mean(axis=0)
    assert snapped[40] - snapped[39] > 3 * (rough[0, 40] - rough[0, 39])
