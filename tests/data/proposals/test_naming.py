"""Cutouts of a folder can be named: what the router or the text encoder cannot use is refused, with the reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.data import cutouts
from omniedit.data.cutouts import BUNDLED
from omniedit.data.cutouts import collection as collections
from omniedit.data.proposals.naming import open_cutouts
from omniedit.errors import DataError

DRAWN = Path(collections.__file__).parents[1] / "assets" / "cutouts"


def write(folder: Path, *names: str, words: str = "") -> Path:
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[5:15, 5:20] = 255
    for name in names:
        PIL.Image.fromarray(rgba).save(folder / f"{name}.png")
    if words:
        (folder / "cutouts.toml").write_text(words, encoding="utf-8")
    return folder


def test_no_folder_means_the_bundled_ones() -> None:
    assert open_cutouts("") is BUNDLED


def test_our_own_drawings_can_all_be_named() -> None:
    assert open_cutouts(DRAWN).names == cutouts.names()


def test_usual_names_are_fine(tmp_path: Path) -> None:
    names = ("grandfather clock", "red box", "snowboard", "tin_can", "glasses")
    assert set(open_cutouts(write(tmp_path, *names)).names) == {*names, "tin can"} - {"tin_can"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("IMG_0041", "img 0041: it is not a name of 1 to 3 words"),
        ("tasse (1)", "is not a name of 1 to 3 words"),
        ("café", "in the letters a to z"),
        ("a very long name", "is not a name of 1 to 3 words"),
        ("qzxv-wqkjx", "word pieces for the text encoder"),
        ("orange", "orange: it is the name of a colour"),
        ("crimson", "is the name of a colour"),
        ("next", 'is not understood: "remove the next"'),
        ("please", "is not understood"),
    ],
)
def test_a_name_that_cannot_be_used_is_said(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(DataError, match="cannot be named so") as caught:
        open_cutouts(write(tmp_path, "ladder", name))
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


def test_synonyms_are_names_too(tmp_path: Path) -> None:
    words = '[mug]\nsynonyms = ["cup", "red"]\n[tin]\nsynonyms = ["cup"]\n'
    with pytest.raises(DataError, match="cannot be named so") as caught:
        open_cutouts(write(tmp_path, "mug", "tin", words=words))
    _, shared, colour = str(caught.value).splitlines()
    assert shared == "'cup' is a name of mug and of tin"
    assert colour.startswith("red, a synonym of mug: it is the name of a colour")


def test_a_part_that_cannot_be_named_is_said(tmp_path: Path) -> None:
    shutil.copy(DRAWN / "car.svg", tmp_path / "wagon.svg")
    assert open_cutouts(tmp_path).names == ("wagon",)
    text = (tmp_path / "wagon.svg").read_text(encoding="utf-8")
    (tmp_path / "wagon.svg").write_text(text.replace("wheels", "big_wheels"), encoding="utf-8")
    with pytest.raises(DataError, match="wagon: its part 'big_wheels' is not understood"):
        open_cutouts(tmp_path)
