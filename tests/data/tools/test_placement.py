from __future__ import annotations

import numpy as np
import pytest

from omniedit.data import cutouts
from omniedit.data.tools.compositing import square_box
from omniedit.data.tools.placement import CutoutPainter, choose_box
from omniedit.errors import InputError
from omniedit.seeding import stream
from omniedit.types import Image

IMAGE = np.random.default_rng(0).integers(60, 200, (128, 128, 3), dtype=np.uint8)


def test_a_painted_object_stands_in_its_box_and_nothing_else_changes() -> None:
    result, mask = CutoutPainter()(IMAGE, None, (32, 48, 64), "car", "", rng=stream(0))
    assert square_box(mask) == (32, 48, 64)
    assert (result[mask == 0] == IMAGE[mask == 0]).all()
    sprite = cutouts.get("car").render(64).rgba
    assert np.abs(result[mask == 1].mean(axis=0) - sprite[sprite[..., 3] == 255][:, :3].mean(axis=0)).max() < 12


def test_what_stood_there_goes_first() -> None:
    old, hole = CutoutPainter()(IMAGE, None, (32, 48, 64), "house", "pink", rng=stream(0))
    result, changed = CutoutPainter()(old, hole, square_box(hole), "cat", "", rng=stream(0))
    assert (result[changed == 0] == IMAGE[changed == 0]).all()
    assert (changed >= hole).all()
    uncovered = (hole == 1) & (changed < 1)
    pink = np.abs(result[uncovered].astype(int) - (240, 130, 175)).max(axis=-1) < 20
    assert not pink.any()


def test_unknown_names_and_colours_are_refused() -> None:
    for name, colour, unknown in (("unicorn", "", "unicorn"), ("car", "mauve", "mauve")):
        with pytest.raises(InputError, match=unknown):
            CutoutPainter()(IMAGE, None, (0, 0, 32), name, colour, rng=stream(0))


def noise(width: int, height: int) -> Image:
    return np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(128, 128), (96, 176), (176, 96), (640, 480), (1000, 50)])
@pytest.mark.parametrize("where", ["left", "right", "middle", "top", "top left", "bottom right", ""])
def test_boxes_lie_in_the_picture_where_the_words_say(size: tuple[int, int], where: str) -> None:
    left, top, side = choose_box("car", noise(*size), where, 0.4)
    assert 0 <= left <= size[0] - side
    assert 0 <= top <= size[1] - side
    x, y = (left + side / 2) / size[0], (top + side / 2) / size[1]
    assert x < 0.5 or "left" not in where
    assert x > 0.5 or "right" not in where
    assert abs(x - 0.5) < 0.25 or where != "middle"
    assert y <= 0.5 or "top" not in where


def test_things_of_the_air_go_up_and_others_down() -> None:
    for name in cutouts.names():
        _, top, side = choose_box(name, IMAGE, "middle", 0.4)
        assert (top + side / 2 < 64) == (cutouts.get(name).rests == "air")


@pytest.mark.parametrize("taken", ["left", "middle", "right"])
def test_an_object_that_may_stand_anywhere_covers_no_other(taken: str) -> None:
    plain = np.full((128, 128, 3), 120, np.uint8)
    standing = choose_box("house", plain, taken, 0.4)
    scene, mask = CutoutPainter()(plain, None, standing, "house", "red", rng=stream(0))
    left, top, side = choose_box("car", scene, "", 0.4)
    assert mask[top : top + side, left : left + side].mean() < 0.02
