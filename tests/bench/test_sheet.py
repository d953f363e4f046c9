"""The contact sheet shows every edit, whole and in its own ratio."""

from __future__ import annotations

import numpy as np

from omniedit.bench.sheet import HEIGHT, PAPER, Edit, contact_sheet
from omniedit.types import Image


def plain(width: int, height: int, colour: tuple[int, int, int]) -> Image:
    return np.full((height, width, 3), colour, np.uint8)


def edit(width: int, height: int, words: str = "Make it blue.") -> Edit:
    return Edit(words, plain(width, height, (200, 0, 0)), plain(width, height, (0, 0, 200)))


def area(sheet: Image, colour: tuple[int, int, int]) -> int:
    return int((sheet == colour).all(axis=-1).sum())


def test_before_and_after_are_shown_in_their_ratio() -> None:
    sheet = contact_sheet([edit(320, 180), edit(180, 320), edit(100, 100)])
    expected = sum(round(HEIGHT * ratio) * HEIGHT for ratio in (320 / 180, 180 / 320, 1))
    assert area(sheet, (200, 0, 0)) == area(sheet, (0, 0, 200)) == expected


def test_rows_wrap_inside_the_width() -> None:
    one, many = contact_sheet([edit(100, 100)], width=1000), contact_sheet([edit(100, 100)] * 5, width=1000)
    assert many.shape[1] == one.shape[1] == 1000
    assert many.shape[0] > 2 * one.shape[0]
    assert area(many, (200, 0, 0)) == 5 * HEIGHT * HEIGHT


def test_long_words_stay_above_their_pictures() -> None:
    sheet = contact_sheet([edit(60, 100, "please " * 60)], width=600)
    inked = np.argwhere((sheet != PAPER).any(axis=-1))
    assert inked[:, 1].max() - inked[:, 1].min() <= 2 * round(60 * HEIGHT / 100) + 40
