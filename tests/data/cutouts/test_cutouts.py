"""Drawn cutouts: every drawing is whole and follows its template, and its masks are exact."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from omniedit.data import cutouts
from omniedit.data.colours import COLOURS
from omniedit.errors import DataError, InputError

NAMES = cutouts.names()
CATEGORIES = {
    *("vehicle", "animal", "furniture", "household", "toy", "instrument"),
    *("food", "nature", "building", "street", "figure", "person"),
}

TEMPLATE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"
  data-category="toy" data-synonyms="brick, block" data-rests="floor"
  data-parts="left:red right:blue" data-fixed="ink:#102030">
  <rect x="10" y="20" width="40" height="30" fill="url(#left-flat)"/>
  <rect x="50" y="20" width="30" height="30" fill="{right:-20}"/><circle cx="30" cy="35" r="5" fill="{ink}"/>
</svg>"""


def write_template(folder: Path, text: str = TEMPLATE, name: str = "toy-brick.svg") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def mean_colour(rgba: NDArray[np.uint8], where: NDArray[np.float32]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = rgba[where > 0.9][:, :3].mean(axis=0)
    return mean


def test_there_are_many_and_most_have_several_parts() -> None:
    assert len(NAMES) >= 44
    assert set(cutouts.WORLD) <= set(NAMES)
    assert len(set(cutouts.WORLD)) == len(cutouts.WORLD)
    assert sum(len(cutouts.get(name).parts) > 1 for name in NAMES) > len(NAMES) / 2


def test_names_and_synonyms_are_unique_and_no_colour_words() -> None:
    words = [*NAMES, *(synonym for name in NAMES for synonym in cutouts.get(name).synonyms)]
    assert len(set(words)) == len(words)
    assert not set(words) & set(COLOURS)


@pytest.mark.parametrize("name", NAMES)
def test_every_cutout_says_what_it_is(name: str) -> None:
    cutout = cutouts.get(name)
    assert cutout.name == name
    assert re.fullmatch(r"[a-z]+( [a-z]+)*", name)
    assert cutout.category in CATEGORIES
    assert cutout.rests in ("floor", "air")
    assert 1 <= len(cutout.parts) <= 3
    assert all(re.fullmatch("[a-z]+", part) for part in cutout.parts)
    assert set(cutout.parts.values()) <= set(COLOURS)
    assert not set(cutout.parts) & set(COLOURS)


@pytest.mark.parametrize("side", [48, 64, 200])
@pytest.mark.parametrize("name", NAMES)
def test_it_fills_its_side_and_nothing_more(name: str, side: int) -> None:
    rgba = cutouts.get(name).render(side).rgba
    alpha = rgba[..., 3]
    assert rgba.dtype == np.uint8
    assert max(rgba.shape[:2]) == side
    assert min(rgba.shape[:2]) > side / 4
    assert 0.15 < (alpha > 127).mean() < 0.97
    assert all(edge.max() >= 64 for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]))


@pytest.mark.parametrize("name", NAMES)
def test_its_parts_are_visible_and_apart(name: str) -> None:
    sprite = cutouts.get(name).render(64)
    alpha = sprite.rgba[..., 3].astype(np.float32) / 255
    assert tuple(sprite.parts) == tuple(cutouts.get(name).parts)
    for mask in sprite.parts.values():
        assert mask.dtype == np.float32
        assert mask.shape == alpha.shape
        assert mask.sum() > 0.04 * alpha.sum()
        assert mask.sum() > 50
    assert (sum(sprite.parts.values()) <= alpha + 0.01).all()
    for one, other in combinations(sprite.parts.values(), 2):
        assert ((one > 0.9) & (other > 0.1)).sum() == 0


@pytest.mark.parametrize("name", NAMES)
def test_recolouring_changes_its_part_only(name: str) -> None:
    cutout = cutouts.get(name)
    before = cutout.render(64)
    for part, usual in cutout.parts.items():
        after = cutout.render(64, {part: "turquoise" if usual != "turquoise" else "red"})
        change = np.abs(after.rgba.astype(float) - before.rgba) * before.rgba[..., 3:] / 255
        assert (change.max(axis=2) <= 255 * before.parts[part] + 3).all()
        assert (change.max(axis=2)[before.parts[part] > 0.9] > 0).mean() > 0.8
        assert np.array_equal(before.rgba[..., 3], after.rgba[..., 3])


@pytest.mark.parametrize("name", NAMES)
def test_a_part_has_the_colour_that_its_word_says(name: str) -> None:
    cutout = cutouts.get(name)
    main = next(iter(cutout.parts))
    seen = {}
    for word in COLOURS:
        sprite = cutout.render(32, {main: word})
        seen[word] = mean_colour(sprite.rgba, sprite.parts[main])
    for word, colour in seen.items():
        distances = {other: np.abs(seen[other] - colour).max() for other in COLOURS if other != word}
        assert min(distances.values()) > 15, (word, min(distances, key=lambda other: distances[other]))
    for word in ("red", "green", "blue"):
        assert seen[word].argmax() == np.argmax(COLOURS[word])


def test_light_comes_from_the_upper_left() -> None:
    rgba = cutouts.get("balloon").render(100).rgba.astype(float)
    height, width = rgba.shape[:2]
    lit, dark = rgba[int(0.2 * height), int(0.3 * width)], rgba[int(0.6 * height), int(0.8 * width)]
    assert lit[:3].sum() > dark[:3].sum() + 60


def test_sizes_look_alike() -> None:
    small, large = (cutouts.get("car").render(side).rgba for side in (64, 256))
    reduced = np.array(PIL.Image.fromarray(large).resize(small.shape[1::-1], PIL.Image.Resampling.BOX))
    inside = (small[..., 3] == 255) & (reduced[..., 3] == 255)
    assert np.abs(small[inside].astype(int) - reduced[inside]).mean() < 6


def test_repeats_are_the_same_read_only_sprite() -> None:
    car = cutouts.get("car")
    sprite = car.render(64)
    assert car.render(64) is sprite
    assert car.render(64, {"body": car.parts["body"]}) is sprite
    assert car.render(64, {"body": "green", "wheels": "red"}) is car.render(64, {"wheels": "red", "body": "green"})
    with pytest.raises(ValueError, match="read-only"):
        sprite.rgba[0, 0] = 0


def test_any_side_from_one_pixel_up() -> None:
    for side in (1, 2, 7, 129, 300):
        sprite = cutouts.get("bottle").render(side)
        assert max(sprite.rgba.shape[:2]) == side
        assert all(mask.shape == sprite.rgba.shape[:2] for mask in sprite.parts.values())


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(InputError, match="no cutout 'unicorn'"):
        cutouts.get("unicorn")
    with pytest.raises(InputError, match="car has no part 'sail'; it has body, wheels"):
        cutouts.get("car").render(64, {"sail": "red"})
    with pytest.raises(InputError, match="unknown colour 'mauve'"):
        cutouts.get("car").render(64, {"body": "mauve"})
    with pytest.raises(InputError, match="at least 1"):
        cutouts.get("car").render(0)


def test_shades_go_to_light_and_to_shadow() -> None:
    red = COLOURS["red"]
    assert cutouts.shade(red, 0) == red
    assert cutouts.shade(red, 100) == cutouts.LIGHT
    greys = [sum(cutouts.shade(red, shift)) for shift in range(-100, 101, 10)]
    assert greys == sorted(greys)


def test_a_template_of_your_own(tmp_path: Path) -> None:
    (brick,) = cutouts.load_folder(write_template(tmp_path))
    assert (brick.name, brick.category, brick.synonyms) == ("toy brick", "toy", ("brick", "block"))
    assert brick.parts == {"left": "red", "right": "blue"}
    sprite = brick.render(70)
    assert sprite.rgba.shape == (30, 70, 4)
    assert (sprite.rgba[..., 3] == 255).all()
    assert (sprite.parts["left"][:, :20] == 1).sum() == pytest.approx(600 - 60, abs=30)
    assert (sprite.parts["right"][:, 41:] == 1).all()
    assert (sprite.parts["left"] + sprite.parts["right"])[15, 20] == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</svg>", "", "cannot be read as an SVG template"),
        ('data-parts="left:red right:blue"', "", "no attribute 'data-parts'"),
        ('data-category="toy"', "", "no attribute 'data-category'"),
        ("0 0 100 100", "0 0 50 50", "viewBox"),
        ("floor", "ceiling", "data-rests must be floor or air, not 'ceiling'"),
        ("left:red right:blue", "", "1 to 3 parts, not 0"),
        ("right:blue", "right:mauve", "a part's colour must be one of red"),
        ("right:blue", "right:blue top:red", "nothing is painted with: top"),
        ("{ink}", "{glass}", "unknown paints: glass"),
        ("{ink}", "#ff0000", "colours that are not paints: #ff0000"),
        ("#102030", "#10", "cannot be read as an SVG template"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        cutouts.load_folder(write_template(tmp_path, TEMPLATE.replace(old, new)))
    assert "toy-brick.svg" in str(caught.value)


def test_a_colour_goes_to_the_main_part() -> None:
    car = cutouts.get("car")
    assert car.colours() == tuple(car.parts.items())
    assert car.colours("green") == (("body", "green"), *car.colours()[1:])
