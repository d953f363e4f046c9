from __future__ import annotations

import cv2
import numpy as np
import pytest
from known_editor import photograph

from omniedit.data.tools.weather import change_environment
from omniedit.edit.carry import carry
from omniedit.edit.enlarge import enlarge
from omniedit.images import resize
from omniedit.types import Image

SIZE, WORK = (720, 480), (160, 112)


def distance(a: Image, b: Image) -> float:
    return float(np.sqrt(np.square(a.astype(np.float32) - b).mean()))


def night(image: Image) -> Image:
    light = (image / 255) ** 1.6 * (0.3, 0.35, 0.5)
    return np.rint(light * 255).astype(np.uint8)


def disc(image: Image, colour: tuple[int, int, int] = (200, 60, 40)) -> Image:
    height, width = image.shape[:2]
    return np.asarray(cv2.circle(image.copy(), (width // 2, height // 2), height // 4, colour, -1, cv2.LINE_AA))


def test_no_edit_is_no_change() -> None:
    source = photograph(*SIZE)
    small = resize(source, WORK)
    assert np.abs(carry(source, small, small).astype(int) - source).max() <= 1


@pytest.mark.parametrize("effect", [night, lambda image: change_environment(image, "fog")])
def test_a_change_of_colours_keeps_the_photographs_detail(effect: object) -> None:
    source = photograph(*SIZE)
    small = resize(source, WORK)
    ideal = effect(source)  # type: ignore[operator]
    edited = effect(small)  # type: ignore[operator]
    assert distance(carry(source, small, edited), ideal) < 0.4 * distance(resize(edited, SIZE), ideal)


def test_a_new_object_shows_nothing_of_what_it_hides() -> None:
    source = photograph(*SIZE)
    small = resize(source, WORK)
    carried = carry(source, small, disc(small))
    inner = carried[200:280, 320:400].astype(int)
    assert np.abs(inner - (200, 60, 40)).max() <= 12
    assert np.abs(inner - (200, 60, 40)).mean() < 1
    assert distance(carried[:80], source[:80]) < 2


def test_contours_of_new_objects_do_not_ring() -> None:
    source = np.full((480, 720, 3), 90, np.uint8)
    small = resize(source, WORK)
    carried = carry(source, small, disc(small)).astype(int)
    low, high = np.minimum(90, (200, 60, 40)), np.maximum(90, (200, 60, 40))
    assert (carried >= low - 2).all()
    assert (carried <= high + 2).all()


def test_noise_of_the_model_is_not_carried_in_full() -> None:
    source = photograph(*SIZE)
    small = resize(source, WORK)
    edited = night(small)
    noisy = np.clip(edited + np.random.default_rng(0).normal(0, 3, small.shape), 0, 255).astype(np.uint8)
    carried = distance(carry(source, small, noisy), carry(source, small, edited))
    assert carried < 0.75 * distance(resize(noisy, SIZE), resize(edited, SIZE))


@pytest.mark.parametrize("size", [(900, 600), (60, 40), (33, 950), (700, 9), (161, 113)])
def test_any_size_comes_out_as_it_came_in(size: tuple[int, int]) -> None:
    source = photograph(*size)
    small = resize(source, WORK)
    result = carry(source, small, 255 - small)
    assert result.shape == source.shape
    assert result.dtype == np.uint8


def test_working_pictures_of_one_pixel_height_work() -> None:
    source = photograph(400, 8)
    small = resize(source, (176, 1))
    assert carry(source, small, night(small)).shape == source.shape


def test_enlarging_stays_within_the_range_and_keeps_means() -> None:
    small = resize(photograph(300, 200), (48, 32)).astype(np.float32) / 255
    large = enlarge(small, (384, 256))
    assert large.shape == (256, 384, 3)
    assert large.min() >= small.min() - 1e-5
    assert large.max() <= small.max() + 1e-5
    assert np.abs(large.mean(axis=(0, 1)) - small.mean(axis=(0, 1))).max() < 0.01


def test_enlarged_contours_are_steeper_than_interpolated_ones() -> None:
    small = disc(np.full((64, 64, 3), 60, np.uint8)).astype(np.float32) / 255

    def steepest(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture[256, :, 0])).max())

    plain = cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
    assert steepest(enlarge(small, (512, 512))) > 1.5 * steepest(plain)
