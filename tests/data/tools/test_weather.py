"""Environments: what they promise for every name, and that each shows what its name says."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from skimage import data
from sklearn.datasets import load_sample_image

from omniedit import seeding
from omniedit.data.tools.weather import ENVIRONMENTS, change_environment
from omniedit.data.tools.weather.view import View
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image, Mask

NAMES = list(ENVIRONMENTS)
AIR_AND_SURFACES = ["fog", "rain", "snow", "sandstorm", "autumn", "frost"]


def shrunk(image: Image, side: int) -> Image:
    return cv2.resize(image, (side * 3 // 2, side), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def pagoda() -> Image:
    """A building under a sky, with trees before it."""
    return shrunk(load_sample_image("china.jpg"), 104)


@pytest.fixture(scope="module")
def changed(pagoda: Image) -> dict[str, Image]:
    return {name: change_environment(pagoda, name) for name in NAMES}


def difference(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("name", NAMES)
def test_is_a_picture_of_the_same_shape_and_always_the_same(
    name: str, pagoda: Image, changed: dict[str, Image]
) -> None:
    before = pagoda.copy()
    again = change_environment(pagoda, name)
    assert again.shape == pagoda.shape
    assert again.dtype == np.uint8
    assert np.array_equal(again, changed[name])
    assert np.array_equal(pagoda, before)


@pytest.mark.parametrize("name", NAMES)
def test_strength_grows_from_nothing(name: str, pagoda: Image, changed: dict[str, Image]) -> None:
    steps = [change_environment(pagoda, name, strength=strength) for strength in (0.0, 0.3, 0.6, 1.0)]
    assert np.array_equal(steps[0], pagoda)
    assert np.array_equal(steps[-1], changed[name])
    amounts = [difference(step, pagoda) for step in steps]
    assert amounts == sorted(amounts)
    assert amounts[-1] > 8


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (17, 200)])
def test_takes_odd_sizes(name: str, width: int, height: int) -> None:
    image = seeding.stream(1, width, height).integers(0, 256, (height, width, 3), np.uint8)
    assert change_environment(image, name).shape == image.shape


@pytest.mark.parametrize("name", NAMES)
def test_a_large_picture_shrunk_looks_like_a_small_one(name: str) -> None:
    large = shrunk(load_sample_image("china.jpg"), 208)
    small = change_environment(shrunk(large, 104), name)
    assert difference(shrunk(change_environment(large, name), 104), small) < 7


def test_all_differ_from_each_other(changed: dict[str, Image]) -> None:
    close = [pair for pair in itertools.combinations(NAMES, 2) if difference(changed[pair[0]], changed[pair[1]]) < 9]
    assert close == []


@pytest.mark.parametrize("name", AIR_AND_SURFACES)
def test_surface_and_air_stay_off_the_foreground(name: str, pagoda: Image) -> None:
    lock = np.zeros(pagoda.shape[:2], np.float32)
    lock[30:, 20:90] = 1
    inside = lock > 0
    free, locked = (change_environment(pagoda, name, foreground=mask) for mask in (None, lock))
    assert difference(locked[inside], pagoda[inside]) < 0.9 * difference(free[inside], pagoda[inside])
    assert np.array_equal(locked[~inside], free[~inside])


def test_light_acts_on_the_foreground_too(pagoda: Image) -> None:
    everything = np.ones(pagoda.shape[:2], np.float32)
    assert change_environment(pagoda, "night", foreground=everything).mean() < 0.6 * pagoda.mean()


def test_particles_follow_the_stream(pagoda: Image, changed: dict[str, Image]) -> None:
    first, again, other = (change_environment(pagoda, "snow", rng=seeding.stream(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert difference(first, changed["snow"]) < 12


def test_each_shows_what_its_name_says(pagoda: Image, changed: dict[str, Image]) -> None:
    mean = {name: image.reshape(-1, 3).mean(axis=0) for name, image in changed.items()}
    spread = {name: float(image.std()) for name, image in changed.items()}
    assert mean["night"].sum() < 0.45 * pagoda.mean() * 3
    assert mean["night"][2] > mean["night"][0]
    assert mean["sunset"][0] > 1.3 * mean["sunset"][2]
    assert mean["sandstorm"][0] > 1.3 * mean["sandstorm"][2]
    assert mean["frost"][2] > 1.1 * mean["frost"][0]
    assert spread["fog"] < 0.5 * float(pagoda.std())
    assert mean["storm"].sum() < mean["rain"].sum() < mean["fog"].sum()
    assert mean["snow"].sum() > mean["fog"].sum() - 60


def view_of(image: Image) -> View:
    nothing: Mask = np.zeros(image.shape[:2], np.float32)
    return View(image, nothing, seed=0)


def test_finds_the_sky_of_a_photograph(pagoda: Image) -> None:
    sky = view_of(pagoda).sky
    assert sky[:20, 100:].mean() > 0.95
    assert sky[40:60, 50:70].mean() < 0.1
    assert sky[80:].max() == 0


def test_finds_no_sky_where_there_is_none() -> None:
    assert view_of(shrunk(data.coffee(), 96)).sky.mean() < 0.02


def test_finds_green_leaves_and_no_others(pagoda: Image) -> None:
    leafy = view_of(pagoda).leafy
    assert leafy[75:].mean() > 0.1
    assert leafy[:20].mean() < 0.01
    assert view_of(shrunk(data.coffee(), 96)).leafy.mean() < 0.01


def test_unknown_name_lists_the_known_ones(pagoda: Image) -> None:
    with pytest.raises(InstructionError, match=r"'hail'.*night.*sandstorm"):
        change_environment(pagoda, "hail")


def test_impossible_strength_is_refused(pagoda: Image) -> None:
    with pytest.raises(InputError, match=r"0\.\.1, not 1\.5"):
        change_environment(pagoda, "fog", strength=1.5)
