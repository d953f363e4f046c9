from __future__ import annotations

import numpy as np
import pytest

from omniedit.colour import from_oklab, to_oklab
from omniedit.data.colours import COLOURS
from omniedit.data.tools.recolour import recolour
from omniedit.errors import DataError
from omniedit.types import Image, Mask

SIDE = 48


def ball(colour: str) -> tuple[Image, Mask, np.ndarray]:
    """A shaded ball on noise, its soft mask, and its shading (1 lit, towards 0 in shadow)."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / (SIDE / 2) - 1
    mask = np.clip((0.8 - np.hypot(rows, columns)) * SIDE / 2, 0, 1).astype(np.float32)
    shading = (1 - 0.2 * np.hypot(rows + 0.35, columns + 0.35)).astype(np.float32)
    lab = to_oklab(np.array(COLOURS[colour], np.uint8)) * shading[..., None]
    behind = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    mixed = behind * (1 - mask[..., None]) + from_oklab(lab.astype(np.float32)) * mask[..., None]
    return np.rint(mixed).astype(np.uint8), mask, shading


def nearest_word(lab: np.ndarray) -> str:
    words = to_oklab(np.array(list(COLOURS.values()), np.uint8))
    return list(COLOURS)[int(np.linalg.norm(words - lab, axis=1).argmin())]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("start", ["red", "yellow", "blue", "black", "white", "grey"])
def test_the_new_colour_is_the_one_named_and_shading_stays(start: str, colour: str) -> None:
    image, mask, shading = ball(start)
    lab = to_oklab(recolour(image, mask, colour))
    inside = mask == 1
    assert nearest_word(lab[inside].mean(axis=0)) == colour
    bright, dark = shading[inside] > 0.97, shading[inside] < 0.82
    assert lab[inside][bright, 0].mean() > lab[inside][dark, 0].mean()
    order = np.argsort(to_oklab(image)[inside][:, 0])
    assert np.diff(lab[inside][order, 0]).min() > -0.02  # one level of rounding


def test_outside_the_mask_every_pixel_is_the_same() -> None:
    image, mask, _ = ball("red")
    before = image.copy()
    result = recolour(image, mask, "blue")
    assert (result[mask == 0] == image[mask == 0]).all()
    assert (image == before).all()


def test_the_soft_rim_looks_as_if_the_thing_had_been_drawn_in_the_new_colour() -> None:
    (image, mask, _), (ideal, _, _) = ball("red"), ball("green")
    rim = (mask > 0.2) & (mask < 0.8)
    after = np.abs(recolour(image, mask, "green").astype(int) - ideal)[rim].mean()
    before = np.abs(image.astype(int) - ideal)[rim].mean()
    assert rim.any()
    assert after < before / 4


def test_half_a_mask_makes_half_a_change() -> None:
    image = np.full((8, 8, 3), COLOURS["blue"], np.uint8)
    full = recolour(image, np.ones((8, 8), np.float32), "yellow").astype(float)
    half = recolour(image, np.full((8, 8), 0.5, np.float32), "yellow").astype(float)
    assert np.abs((full + image) / 2 - half).max() <= 1


def test_texture_stays() -> None:
    rng = np.random.default_rng(3)
    image = (np.array(COLOURS["brown"]) * rng.uniform(0.6, 1.2, (32, 32, 1))).clip(0, 255).astype(np.uint8)
    result = recolour(image, np.ones((32, 32), np.float32), "turquoise")
    old, new = (to_oklab(picture)[..., 0].ravel() for picture in (image, result))
    assert np.corrcoef(old, new)[0, 1] > 0.98


def test_an_unknown_colour_and_an_empty_mask_are_refused() -> None:
    image, mask, _ = ball("red")
    with pytest.raises(DataError, match=r"mauve.*red"):
        recolour(image, mask, "mauve")
    with pytest.raises(DataError, match="empty"):
        recolour(image, mask * 0, "red")
