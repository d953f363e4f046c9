"""The page of a comparison: every contestant, every two of them, and the same items beside each other."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_rows import row, run_of
from headless import chromium, fits_a_phone, opened
from playwright.sync_api import expect

from omniedit.bench.compare import compare
from omniedit.bench.comparison_page import comparison_page
from omniedit.bench.results import Row, Run
from omniedit.bench.side_by_side import CASES, NOBODY, best, gap, widest
from omniedit.images import save_picture

TASKS = ("swap", "style")


def contestant(folder: Path, model: str, overall: list[float | None], instruction: str = "Edit <it>.") -> Run:
    rows = [
        replace(row(f"{place:03d}", score, task=TASKS[place % 2], status="refused"), instruction=instruction)
        for place, score in enumerate(overall)
    ]
    run = run_of(folder, rows, model)
    run.pictures.mkdir()
    for one in rows:
        for kind in ("source", "result") if one.status == "scored" else ():
            save_picture(run.pictures / f"{one.id}-{kind}.png", np.full((12, 18, 3), len(model), np.uint8))
    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Two that differ on every item, and one that declines the last."""
    return [
        contestant(tmp_path / "a", "strong", [place / 6 + 3 for place in range(30)]),
        contestant(tmp_path / "b", "weak & old", [place / 6 for place in range(30)]),
        contestant(tmp_path / "c", "shy", [*(place / 5 for place in range(29)), None]),
    ]


def told(page: str) -> str:
    """The words of a page."""
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)


def test_it_tells_contestants_pairs_and_what_is_missing(runs: list[Run]) -> None:
    page = comparison_page(compare(runs), runs)
    words = told(page)
    assert "3 contestants on scenes" in words
    for said in ("0123456789ab", "student 1-abc", "omniedit-1", "strong against weak &amp; old", "+3.00", "30–0–0"):
        assert said in words
    assert "1 of 30 items has no score: 1 declined by the contestant" in words
    assert words.index("strong") < words.index("weak &amp; old")
    assert "None" not in words
    assert page.count('class="better"') > 0


def test_items_are_the_same_in_every_run_and_the_widest_apart_come_first(runs: list[Run]) -> None:
    named = {str(run.settings["model"]): run for run in runs}
    items = widest(named)
    gaps = [gap(item) or 0.0 for item in items]
    assert gaps == sorted(gaps, reverse=True)
    assert all(len({one.id for one in item.values()}) == 1 for item in items)
    assert {one.id for item in items for one in item.values()} == {one.id for one in runs[0].rows}


def test_of_many_items_each_task_shows_its_widest(tmp_path: Path) -> None:
    named = {
        "one": contestant(tmp_path / "a", "one", [5.0 if place % 2 else 9.0 for place in range(2 * CASES)]),
        "two": contestant(tmp_path / "b", "two", [5.0 - place / 100 for place in range(2 * CASES)]),
    }
    shown = [next(iter(item.values())).task for item in widest(named)]
    assert {task: shown.count(task) for task in TASKS} == {"swap": CASES // 2, "style": CASES // 2}


def test_nobody_is_best_of_equals() -> None:
    def item(*overall: float | None) -> dict[str, Row]:
        return {str(place): row("000", score) for place, score in enumerate(overall)}

    assert best(item(5.001, 5.0)) == NOBODY
    assert best(item(None, None)) == NOBODY
    assert best(item(None, 2.0, 3.0)) == "2"
    assert gap(item(None, 2.0)) is None
    assert gap(item(None, 2.0, 3.5)) == 1.5


def test_in_a_browser_it_fetches_nothing_and_can_be_filtered(tmp_path: Path, runs: list[Run]) -> None:
    path = tmp_path / "comparison.html"
    path.write_text(comparison_page(compare(runs), runs), encoding="utf-8")
    with chromium() as browser, opened(browser, path) as shown:
        cards = shown.locator(".gallery .card:visible")
        expect(cards).to_have_count(30)
        expect(cards.first).to_contain_text("Edit <it>.")
        expect(cards.first.locator("img")).to_have_count(4)
        shown.locator(".gallery label").filter(has_text="style").click()
        expect(cards).to_have_count(15)
        shown.locator(".gallery label").filter(has_text=NOBODY).click()
        expect(cards).to_have_count(0)
        assert fits_a_phone(shown)
