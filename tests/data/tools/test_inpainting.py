from __future__ import annotations

import numpy as np
import pytest

from omniedit.data.tools.exemplar import Synthesis, diffuse, synthesise
from omniedit.data.tools.inpainting import METHODS, ClassicalInpainter, fill
from omniedit.errors import DataError
from omniedit.seeding import stream
from omniedit.types import Image, Mask


def grassland(height: int, width: int) -> Image:
    """A fine-grained green texture, darker towards the bottom."""
    rng = np.random.default_rng(0)
    light = np.linspace(1, 0.7, height)[:, None, None] * (1 + 0.15 * rng.standard_normal((height, width, 1)))
    return (np.array([90, 140, 60]) * light).clip(0, 255).astype(np.uint8)


def with_ball(image: Image) -> tuple[Image, Mask]:
    """The picture with a bright magenta ball, and the ball's soft mask."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(rows - height * 0.55, columns - width * 0.45)
    mask = np.clip(0.22 * min(height, width) - distance, 0, 1).astype(np.float32)
    mixed = image * (1 - mask[..., None]) + np.array([255, 0, 255]) * mask[..., None]
    return np.rint(mixed).astype(np.uint8), mask


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(64, 64), (45, 83), (300, 200)])
def test_a_bright_object_is_gone_and_the_rest_is_untouched(method: str, size: tuple[int, int]) -> None:
    clean = grassland(*size)
    image, mask = with_ball(clean)
    before = image.copy()
    result = fill(image, mask, method=method, rng=stream(0))
    assert (result[mask == 0] == image[mask == 0]).all()
    assert (image == before).all()
    inside = result[mask > 0].astype(int)
    assert (inside[:, 1] > inside[:, 2]).all()  # green everywhere: no magenta is left
    assert np.abs(inside.mean(axis=0) - clean[mask > 0].mean(axis=0)).max() < 12


@pytest.mark.parametrize("method", METHODS)
def test_the_filling_has_the_grain_of_its_surroundings(method: str) -> None:
    clean = grassland(96, 96)
    image, mask = with_ball(clean)
    result = fill(image, mask, method=method, rng=stream(0))

    def grain(picture: Image) -> float:
        return float(np.abs(np.diff(picture.astype(int), axis=1))[mask[:, 1:] == 1].mean())

    assert 0.4 < grain(result) / grain(clean) < 1.6


@pytest.mark.parametrize("method", METHODS)
def test_the_same_stream_gives_the_same_filling(method: str) -> None:
    image, mask = with_ball(grassland(64, 64))
    once, again, other = (fill(image, mask, method=method, rng=stream(seed)) for seed in (1, 1, 2))
    assert (once == again).all()
    assert (once != other).any()
    assert (fill(image, mask, method=method) == fill(image, mask, method=method)).all()


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_mask_is_the_identity_and_a_full_one_is_refused(method: str) -> None:
    image = grassland(20, 30)
    assert (fill(image, np.zeros((20, 30), np.float32), method=method) == image).all()
    with pytest.raises(DataError, match="whole picture"):
        fill(image, np.ones((20, 30), np.float32), method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("left", [1, 3, 30])
def test_little_that_is_known_is_enough(method: str, left: int) -> None:
    image, mask = grassland(40, 31), np.ones((40, 31), np.float32)
    mask[:, :left] = 0
    result = fill(image, mask, method=method)
    assert (result[:, :left] == image[:, :left]).all()
    assert np.abs(result.astype(int).mean(axis=(0, 1)) - image.mean(axis=(0, 1))).max() < 30


@pytest.mark.parametrize("method", METHODS)
def test_one_known_pixel_and_tiny_pictures(method: str) -> None:
    for shape in ((1, 2), (2, 1), (3, 3), (7, 5)):
        image, mask = np.full((*shape, 3), 77, np.uint8), np.ones(shape, np.float32)
        mask[0, 0] = 0
        assert fill(image, mask, method=method)[0, 0].tolist() == [77, 77, 77]


def test_stripes_go_on_across_the_hole() -> None:
    stripes = np.broadcast_to(np.where(np.arange(96) // 6 % 2, 220, 40)[:, None, None], (96, 96, 3)).astype(np.uint8)
    mask = np.zeros((96, 96), np.float32)
    mask[30:66, 30:66] = 1
    result = fill(stripes, mask)
    assert np.abs(result.astype(int) - stripes).mean() * 96 * 96 / 36**2 < 30  # half the stripes wrong would be 90


def test_large_scales_are_copied_and_keep_their_detail() -> None:
    clean = grassland(160, 160)
    image, mask = with_ball(clean)
    result = synthesise(image, mask > 0, stream(0), Synthesis(searched=5000))
    assert (result[mask == 0] == image[mask == 0]).all()
    inside = result[mask > 0].astype(int)
    assert (inside[:, 1] > inside[:, 2]).all()
    assert inside[:, 1].std() > 0.6 * clean[mask > 0][:, 1].std()


def test_diffusion_meets_what_is_known_and_stays_within_its_range() -> None:
    plane = np.random.default_rng(0).random((37, 22, 3), np.float32)
    known = np.random.default_rng(1).random((37, 22)) < 0.2
    smooth = diffuse(plane, known)
    assert (smooth[known] == plane[known]).all()
    assert smooth.min() >= plane[known].min() - 1e-5
    assert smooth.max() <= plane[known].max() + 1e-5


def test_an_unknown_method_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"magic.*exemplar"):
        fill(grassland(8, 8), np.zeros((8, 8), np.float32), method="magic")


def test_the_tool_of_the_specialists_fills_alike() -> None:
    image, mask = with_ball(grassland(48, 48))
    by_tool = ClassicalInpainter("opencv")(image, mask, caption="grass", rng=stream(3))
    assert (by_tool == fill(image, mask, method="opencv", rng=stream(3))).all()
