"""The report of a run: the numbers, the worst first, and whatever was not scored with its reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omniedit.bench.report import WORST, report
from omniedit.bench.results import Row
from omniedit.bench.summary import summarise
from omniedit.images import save_picture

SETTINGS = {"suite": "scenes", "model": "test & co", "judge": "oracle 1", "photos": None}


def scored(number: int, overall: float) -> Row:
    words = f"Edit number {number}."
    return Row(f"{number:03d}", "swap", "1:1", "seen", words, "scored", (overall, 10.0), (overall,), overall, 0.5, "so")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Pictures for forty items."""
    for number in range(40):
        for kind in ("source", "result", "ideal"):
            save_picture(tmp_path / f"{number:03d}-{kind}.png", np.full((8, 12, 3), number, np.uint8))
    return tmp_path


def test_the_worst_come_first_and_every_other_one_once(pictures: Path) -> None:
    rows = [scored(number, 10 - number / 10) for number in range(40)]
    page = report(rows, summarise(rows), SETTINGS, pictures)
    places = [page.index(f"Edit number {number}.") for number in range(39, 39 - WORST, -1)]
    assert places == sorted(places)
    assert all(page.count(f"Edit number {number}.") == 1 for number in range(40))


def test_the_same_rows_give_the_same_page(pictures: Path) -> None:
    rows = [scored(number, float(number % 7)) for number in range(40)]
    assert report(rows, summarise(rows), SETTINGS, pictures) == report(rows, summarise(rows), SETTINGS, pictures)


def test_what_was_not_scored_is_listed_with_its_reason(pictures: Path) -> None:
    rows = [
        scored(1, 8.0),
        Row("002", "style", "1:1", "seen", "Zap <it>.", "refused", reason="'zap' was never learned"),
        Row("003", "swap", "1:1", "unseen", "Swap it.", "unscored", reason="no ideal edit"),
    ]
    page = report(rows, summarise(rows), SETTINGS, pictures)
    assert "Zap &lt;it&gt;." in page
    assert "never learned" in page
    assert "no ideal edit" in page
    assert "test &amp; co on scenes" in page
    assert "None" not in page
