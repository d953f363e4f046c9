"""The rating page in a real browser: rated by keyboard, changed, left, resumed, exported."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from headless import PATIENCE, chromium
from human_study import name, write_run
from playwright.sync_api import Browser, Page, expect

from omniedit.bench.human import begin
from omniedit.bench.human.ratings import read_panel
from omniedit.bench.human.server import RatingServer
from omniedit.bench.human.study import read_study
from omniedit.images import save_picture

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> & make it 'bluer'"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may ask this machine only, and on which no script fails."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    made, faults = context.new_page(), list[str]()
    made.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("request", lambda asked: None if asked.url.startswith("http://127.0.0.1:") else faults.append(asked.url))
    yield made
    context.close()
    assert faults == []


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [write_run(tmp_path / "a", "nano", 3), write_run(tmp_path / "b", "rival", 3)]


@contextmanager
def served(runs: list[Path], out: Path, port: int = 0) -> Iterator[RatingServer]:
    with RatingServer(begin(runs, out, "anna"), port=port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def opened(page: Page, server: RatingServer) -> None:
    page.goto(server.url)
    shown(page)


def shown(page: Page) -> None:
    """Wait until both pictures are there: before, no key rates."""
    expect(page.locator("#stage:not(.loading)")).to_be_visible()
    page.wait_for_function("ready")


def rate(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("#state")).to_have_text("saved")


def on(page: Page, place: str) -> None:
    expect(page.locator("#place")).to_have_text(place)


def said(out: Path) -> list[tuple[float, float]]:
    """What is on disk, in the order in which the rater sees the edits."""
    study = read_study(out)
    latest = read_panel(out, study)["anna"].latest
    return [(latest[e.key].sc, latest[e.key].pq) for e in study.order("anna") if e.key in latest]


def test_all_is_rated_by_keyboard_changed_and_exported(page: Page, runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(runs, out) as server:
        opened(page, server)
        on(page, "1 of 6")
        for number, keys in enumerate(("aj", "sk", "dl", "al", "dj", "sl"), 1):
            on(page, f"{number} of 6")
            shown(page)
            rate(page, *keys)
            expect(page.locator("#count")).to_have_text(f"{number} rated, {6 - number} to go")
            page.keyboard.press("ArrowRight" if number % 2 else "Enter")
        expect(page.locator("#thanks")).to_have_text("All is rated. Thank you!")
        assert said(out) == [(0, 0), (0.5, 0.5), (1, 1), (0, 1), (1, 0), (0.5, 1)]

        page.keyboard.press("ArrowLeft")
        on(page, "6 of 6")
        page.keyboard.press("Backspace")
        on(page, "5 of 6")
        shown(page)
        expect(page.locator("[aria-pressed=true][data-key]")).to_have_text(["D1done", "J0broken"])
        rate(page, "k")
        expect(page.locator("[aria-pressed=true][data-key]")).to_have_text(["D1done", "K½flawed"])
        expect(page.locator("#count")).to_have_text("6 rated, 0 to go")
        assert said(out)[4] == (1, 0.5)

        with page.expect_download() as saved:
            page.locator("#guide a", has_text="CSV").click()
        with Path(saved.value.path()).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(float(row["sc"]), float(row["pq"])) for row in rows] == said(out)
        with page.expect_download() as saved:
            page.locator("#guide a", has_text="JSON").click()
        told = Path(saved.value.path()).read_text(encoding="utf-8")
        assert [(row["sc"], row["pq"]) for row in json.loads(told)] == said(out)
        assert not re.search("nano|rival", told + page.content())


def test_it_resumes_after_a_reload_and_after_a_restart(page: Page, runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(runs, out) as server:
        port = server.server_port
        opened(page, server)
        rate(page, "d", "l")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")  # the second is left out
        on(page, "3 of 6")
        shown(page)
        rate(page, "s", "l")
        page.reload()
        on(page, "3 of 6")
        expect(page.locator("[aria-pressed=true][data-key]")).to_have_text(["S½partly", "L1genuine"])
    with served(runs, out, port) as server:
        page.goto(server.url + "?again")  # another address than #3, as a bookmark would be
        on(page, "2 of 6")  # the first that is unrated
        expect(page.locator("#count")).to_have_text("2 rated, 4 to go")
        shown(page)
        rate(page, "a", "j")
        page.keyboard.press("n")
        on(page, "4 of 6")
    assert said(out) == [(1, 1), (0, 0), (0.5, 1)]


def test_half_a_rating_is_none(page: Page, runs: list[Path], tmp_path: Path) -> None:
    with served(runs, tmp_path / "out") as server:
        opened(page, server)
        page.keyboard.press("d")
        page.keyboard.press("ArrowRight")
        on(page, "1 of 6")
        expect(page.locator("#pq")).to_have_class("wanted")
        expect(page.locator("#sc")).not_to_have_class("wanted")
        page.keyboard.press("Escape")
        expect(page.locator("[aria-pressed=true][data-key]")).to_have_count(0)
        page.keyboard.press("ArrowRight")
        on(page, "2 of 6")
        expect(page.locator("#count")).to_have_text("0 rated, 6 to go")
    assert not (tmp_path / "out/ratings/anna.jsonl").exists()


def test_what_cannot_be_saved_is_sent_again(page: Page, runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with served(runs, out) as server:
        port = server.server_port
        opened(page, server)
    page.keyboard.press("d")
    page.keyboard.press("k")
    expect(page.locator("#trouble")).to_contain_text("Not saved yet, trying again")
    expect(page.locator("#count")).to_have_text("0 rated, 6 to go")
    page.keyboard.press("l")  # a second thought, while nothing can be saved
    with served(runs, out, port):
        expect(page.locator("#state")).to_have_text("saved")
        expect(page.locator("#trouble")).to_be_hidden()
    assert said(out) == [(1, 1)]


def test_before_and_after_can_be_flipped_and_magnified(page: Page, runs: list[Path], tmp_path: Path) -> None:
    with served(runs, tmp_path / "out") as server:
        opened(page, server)
        page.keyboard.down(" ")
        expect(page.locator("#flip")).to_be_visible()
        expect(page.locator("#caption")).to_have_text("Before")
        page.keyboard.up(" ")
        expect(page.locator("#flip")).to_be_hidden()
        page.keyboard.press("z")
        box = page.locator("#result").bounding_box()
        frame = page.locator(".frame").last.bounding_box()
        assert box
        assert frame
        assert box["width"] == pytest.approx(3 * frame["width"], rel=0.01)
        page.keyboard.press("g")
        expect(page.locator("#guide")).to_be_hidden()


def test_the_mouse_does_all_that_keys_do(page: Page, runs: list[Path], tmp_path: Path) -> None:
    with served(runs, tmp_path / "out") as server:
        opened(page, server)
        page.locator("#auto").check()
        page.locator("#sc button").nth(1).click()
        page.locator("#pq button").nth(2).click()
        on(page, "2 of 6")  # by itself
        shown(page)
        page.keyboard.press(" ")  # shows the picture before: presses no button again
        page.locator("#back").click()
        on(page, "1 of 6")
        page.locator("#open").click()
        on(page, "2 of 6")
        page.locator("#next").click()
        on(page, "3 of 6")
    assert said(tmp_path / "out") == [(0.5, 1)]


def test_wide_pictures_are_shown_one_above_the_other(page: Page, tmp_path: Path) -> None:
    run = write_run(tmp_path / "wide", "nano", 1)
    for kind in ("source", "result"):
        panorama = np.full((40, 320, 3), 90, np.uint8)
        save_picture(run / "pictures" / f"{name(0)}-{kind}.png", panorama, overwrite=True)
    with served([run], tmp_path / "out") as server:
        opened(page, server)
        expect(page.locator("#stage")).to_have_class("stacked")
        before, after = (page.locator(which).bounding_box() for which in ("#source", "#result"))
        assert before
        assert after
        assert before["y"] + before["height"] <= after["y"]


def test_an_instruction_is_text_whatever_it_holds(page: Page, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "nano", 1, instruction=HOSTILE)
    with served([run], tmp_path / "out") as server:
        opened(page, server)
        expect(page.locator("#instruction")).to_have_text(f"{HOSTILE} (0)")
        assert page.title() == "Rating edits: anna"


def test_a_picture_that_cannot_be_shown_cannot_be_rated(page: Page, runs: list[Path], tmp_path: Path) -> None:
    with served(runs, tmp_path / "out") as server:
        for path in tmp_path.glob("[ab]/pictures/*-result.png"):
            path.write_bytes(b"no picture")
        page.goto(server.url)
        expect(page.locator("#trouble")).to_contain_text("A picture cannot be shown")
        page.keyboard.press("d")
        page.keyboard.press("l")
        page.keyboard.press("ArrowRight")
        on(page, "2 of 6")
        expect(page.locator("#count")).to_have_text("0 rated, 6 to go")
