from __future__ import annotations

import numpy as np
import pytest

from omniedit.colour import from_oklab, to_oklab


def test_every_colour_on_a_fine_lattice_survives_the_round_trip() -> None:
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    image = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 52, 3)
    again = from_oklab(to_oklab(image))
    assert np.abs(again.astype(int) - image).max() <= 1


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (0.628, 0.225, 0.126)),
        ((0, 255, 0), (0.866, -0.234, 0.179)),
        ((0, 0, 255), (0.452, -0.032, -0.312)),
    ],
)
def test_agrees_with_the_published_values(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert np.allclose(to_oklab(np.array(rgb, np.uint8)), lab, atol=2e-3)


def test_greys_have_no_colour_and_rising_lightness() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    lab = to_oklab(greys)
    assert np.abs(lab[:, 1:]).max() < 1e-3
    assert (np.diff(lab[:, 0]) > 0).all()


def test_colours_outside_srgb_are_clipped() -> None:
    wild = np.array([[1.5, 0, 0], [-0.5, 0, 0], [0.5, 0.4, 0.4]], np.float32)
    image = from_oklab(wild)
    assert image[0].tolist() == [255, 255, 255]
    assert image[1].tolist() == [0, 0, 0]
    assert image[2, 0] == 255


def test_types_and_shapes() -> None:
    image = np.zeros((5, 7, 3), np.uint8)
    lab = to_oklab(image)
    assert lab.dtype == np.float32
    assert from_oklab(lab).dtype == np.uint8
    assert from_oklab(lab).shape == image.shape
