"""Styles: what they promise for every name, and that content stays in its place."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from skimage import data

from omniedit import seeding
from omniedit.data.tools.painterly import STYLES, paint
from omniedit.data.tools.painterly.strokes import outlines, posterise, smooth
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image

NAMES = list(STYLES)
MONOCHROME = ["pencil sketch", "charcoal", "ink drawing", "woodcut", "chalk drawing", "blueprint", "sepia photograph"]


def shrunk(image: Image, side: int) -> Image:
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


def difference(first: Image, second: Image) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.fixture(scope="module")
def portrait() -> Image:
    return shrunk(data.astronaut(), 128)


@pytest.fixture(scope="module")
def painted(portrait: Image) -> dict[str, Image]:
    return {name: paint(portrait, name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_is_a_picture_of_the_same_shape_and_always_the_same(
    name: str, portrait: Image, painted: dict[str, Image]
) -> None:
    before = portrait.copy()
    again = paint(portrait, name)
    assert again.shape == portrait.shape
    assert again.dtype == np.uint8
    assert np.array_equal(again, painted[name])
    assert np.array_equal(portrait, before)


@pytest.mark.parametrize("name", NAMES)
def test_strength_grows_from_nothing(name: str, portrait: Image, painted: dict[str, Image]) -> None:
    steps = [paint(portrait, name, strength=strength) for strength in (0.0, 0.3, 0.6, 1.0)]
    assert np.array_equal(steps[0], portrait)
    assert np.array_equal(steps[-1], painted[name])
    amounts = [difference(step, portrait) for step in steps]
    assert amounts == sorted(amounts)
    assert amounts[-1] > 6


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 2), (17, 200)])
def test_takes_odd_sizes(name: str, width: int, height: int) -> None:
    image = seeding.stream(1, width, height).integers(0, 256, (height, width, 3), np.uint8)
    assert paint(image, name).shape == image.shape


@pytest.mark.parametrize("name", NAMES)
def test_takes_blank_pictures(name: str) -> None:
    for level in (0, 255):
        assert paint(np.full((40, 60, 3), level, np.uint8), name).shape == (40, 60, 3)


@pytest.mark.parametrize("name", NAMES)
def test_a_large_picture_shrunk_looks_like_a_small_one(name: str) -> None:
    large = shrunk(data.astronaut(), 384)
    near, far = shrunk(paint(large, name), 128), paint(shrunk(large, 192), name)
    softly = [cv2.GaussianBlur(shrunk(image, 128), (0, 0), 2) for image in (near, far)]
    assert difference(softly[0], softly[1]) < 12


def test_all_differ_from_each_other(painted: dict[str, Image]) -> None:
    close = [pair for pair in itertools.combinations(NAMES, 2) if difference(painted[pair[0]], painted[pair[1]]) < 9]
    assert close == []


@pytest.mark.parametrize("name", NAMES)
def test_a_disc_stays_where_it_is(name: str) -> None:
    y, x = np.mgrid[0.5:128, 0.5:128]
    disc = np.hypot(x - 76, y - 52) < 30
    image = np.where(disc[..., None], (235, 190, 90), (40, 70, 120)).astype(np.uint8)
    result = cv2.GaussianBlur(paint(image, name).astype(np.float32), (0, 0), 3)
    inside, outside = result[disc].mean(axis=0), result[~disc].mean(axis=0)
    found = (result - (inside + outside) / 2) @ (inside - outside) > 0
    assert (found & disc).sum() > 0.7 * (found | disc).sum()


@pytest.mark.parametrize("name", MONOCHROME)
def test_drawings_have_one_hue(name: str, painted: dict[str, Image]) -> None:
    paint_colours = painted[name].reshape(-1, 3).astype(float)
    _, spread, _ = np.linalg.svd(paint_colours - paint_colours.mean(axis=0), full_matrices=False)
    assert spread[1] < 0.12 * spread[0]


def test_pixel_art_has_few_large_pixels(painted: dict[str, Image]) -> None:
    same = (painted["pixel art"][:, 1:] == painted["pixel art"][:, :-1]).all(axis=-1)
    assert same.mean() > 0.65


def test_pop_art_uses_its_inks(painted: dict[str, Image]) -> None:
    colours, counts = np.unique(painted["pop art"].reshape(-1, 3), axis=0, return_counts=True)
    assert np.sort(counts)[-5:].sum() > 0.6 * counts.sum()
    assert len(colours) > 4


def test_smooth_keeps_a_step_and_flattens_noise() -> None:
    step = np.where(np.arange(96) < 48, 0.2, 0.8)
    noisy = step[None, :, None] + 0.05 * seeding.stream(3).standard_normal((96, 96, 3))
    flat = smooth(noisy.astype(np.float32), 0.04)
    assert flat[:, 8:40].std() < 0.5 * noisy[:, 8:40].std()
    assert float(np.diff(flat.mean(axis=(0, 2))).max()) > 0.25


def test_outlines_run_along_edges_only() -> None:
    tone = np.where(np.arange(96) < 48, 0.2, 0.8)[None].repeat(96, axis=0).astype(np.float32)
    line = outlines(tone, 0.01, bias=0.005).mean(axis=0)
    assert line.argmax() in range(44, 49)
    assert line[:40].max() == 0
    assert line[56:].max() == 0


def test_posterise_leaves_only_the_steps() -> None:
    tones = posterise(np.linspace(0, 1, 1000, dtype=np.float32), 5, softness=1e-6)
    assert np.allclose(np.unique(np.round(tones, 4)), [0, 0.25, 0.5, 0.75, 1])


def test_unknown_name_lists_the_known_ones(portrait: Image) -> None:
    with pytest.raises(InstructionError, match=r"'cubist'.*pencil sketch.*stained glass"):
        paint(portrait, "cubist")


def test_impossible_strength_is_refused(portrait: Image) -> None:
    with pytest.raises(InputError, match=r"0\.\.1, not -1"):
        paint(portrait, "cartoon", strength=-1)
