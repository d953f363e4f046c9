"""The page of a run: what a reader wants to know, and what is missing; then in a real browser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_rows import OTHER, STUDENT, row, run_of, with_scores
from headless import chromium, clip, fits_a_phone, opened
from playwright.sync_api import expect

from omniedit.bench.report import report
from omniedit.bench.results import Cost, Row, Run
from omniedit.images import save_picture

HOSTILE = f"<script>document.title = 'owned'</script>{'x' * 200}"


def whole(folder: Path, rows: Sequence[Row], **settings: object) -> Run:
    """A run with pictures of every item that was answered."""
    run = run_of(folder, rows, **settings)
    run.pictures.mkdir(exist_ok=True)
    for place, one in enumerate(rows):
        if one.status in ("scored", "unscored"):
            for kind, level in (("source", 40), ("result", 40 + place % 200)):
                save_picture(run.pictures / f"{one.id}-{kind}.png", np.full((24, 36, 3), level, np.uint8))
    return run


def several() -> list[Row]:
    """Items with and without scores, by two judges."""
    rows = [row(f"{place:03d}", place / 4, task=("swap", "style")[place % 2]) for place in range(40)]
    rows = [with_scores(one, OTHER, [10 - (one.overall or 0.0), 5.0]) for one in rows]
    return [
        *rows,
        replace(row("100", None, status="refused"), reason="'zap' was never <learned>"),
        replace(row("101", None, status="crashed"), reason="MemoryError: 3 GB"),
        row("102", None, task="style"),
    ]


def told(page: str) -> str:
    """The words of a page."""
    return re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """That of a run with all that a run can have."""
    return report(whole(tmp_path_factory.mktemp("run"), several()))


def test_it_says_who_did_what_by_whose_scores(tmp_path: Path) -> None:
    run = run_of(tmp_path, [row("000", 5.0)], model="a & b", options={"limit": 28})
    words = told(report(run))
    for said in ("a &amp; b on scenes", "0123456789ab", "seed 0", "limit 28", STUDENT, "omniedit-1", "omniedit 0.2.0"):
        assert said in words
    assert "None" not in words


def test_what_is_missing_is_counted_and_listed_with_its_reason(page: str) -> None:
    words = told(page)
    assert "40 of 43" in words
    assert "3 of 43 items have no score" in words
    assert "1 refused, 1 crashed, 1 unscored" in words
    for reason in ("never &lt;learned&gt;", "MemoryError: 3 GB", "no score in the reply"):
        assert reason in words


def test_judges_stand_side_by_side_with_the_words_of_both(page: str, tmp_path: Path) -> None:
    assert "bar s1" in page
    apart = page[page.index("Where the judges differ most") :]
    assert apart.index("apart by 7.50") < apart.index("Do 000.") < apart.index("apart by 7.12") < apart.index("Do 001.")
    assert f"<b>{OTHER}</b>, time 2" in apart
    assert "asked 2 times" in page
    assert "Where the judges differ most" not in report(run_of(tmp_path, [row("000", 5.0)]))


def test_drift_time_and_published_figures_are_there_if_they_are_known(tmp_path: Path) -> None:
    rows = [replace(row(f"{place}", 5.0), outside=2.0, shift=0.75) for place in range(4)]
    run = run_of(tmp_path, rows)
    costs = {one.id: Cost(one.id, 1.5, 812.0, "cpu") for one in rows}
    words = told(report(replace(run, costs=costs), {"G_O": 5.25, "G_SC": None}))
    for said in ("0.75", "100%", "2.00", "1.5 s", "812", "G_O", "5.25"):
        assert said in words
    plain = told(report(run_of(tmp_path / "plain", [row("0", 5.0)])))
    assert "Drift" not in plain
    assert "Time and memory" not in plain
    assert "publishes" not in plain


def test_a_run_without_a_single_score_has_a_page(tmp_path: Path) -> None:
    rows = [row("0", None, status="crashed"), row("1", None, status="refused")]
    words = told(report(run_of(tmp_path, rows)))
    assert "0 of 2" in words
    assert "nothing scored" in words


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    run = whole(tmp_path, several()[:9])
    assert report(run) == report(run)


def test_in_a_browser_it_fetches_nothing_and_its_sliders_move(tmp_path: Path) -> None:
    rows = [replace(one, instruction=HOSTILE) for one in several()[::3]]
    path = tmp_path / "report.html"
    path.write_text(report(whole(tmp_path / "run", rows, model=HOSTILE)), encoding="utf-8")
    with chromium() as browser, opened(browser, path) as shown:
        assert shown.title() == f"{HOSTILE} on scenes"
        expect(shown.locator(".gallery .words").first).to_contain_text(HOSTILE)
        handle = shown.locator(".gallery .slide input").first
        handle.focus()
        place = shown.locator(".slide").count() - shown.locator(".gallery .slide").count()
        shown.keyboard.press("Home")
        assert clip(shown, place) == 0
        shown.keyboard.press("ArrowRight")
        assert clip(shown, place) == 1
        assert fits_a_phone(shown)
