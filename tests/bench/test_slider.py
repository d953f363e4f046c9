"""The slider in a real browser: keys, mouse, another look at it, and no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from headless import chromium, clip, opened
from playwright.sync_api import Browser

from omniedit.bench import slider
from omniedit.bench.page import page
from omniedit.bench.slider import SCRIPT, STYLE
from omniedit.types import Image

HOSTILE = "\"><script>document.title = 'owned'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A page of two sliders."""
    made = (slider.slider(plain(255), plain(0), words) for words in ("Make it dark.", HOSTILE))
    path = tmp_path / "page.html"
    path.write_text(page("Two sliders", "", *made, SCRIPT, style=STYLE), encoding="utf-8")
    return path


def plain(level: int, width: int = 90, height: int = 60) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def test_keys_move_what_is_shown(browser: Browser, path: Path) -> None:
    with opened(browser, path) as shown:
        assert clip(shown) == clip(shown, 1) == 50
        shown.keyboard.press("Tab")
        shown.keyboard.press("ArrowRight")
        assert clip(shown) == 51
        shown.keyboard.press("Home")
        assert clip(shown) == 0
        shown.keyboard.press("Tab")
        shown.keyboard.press("End")
        assert (clip(shown), clip(shown, 1)) == (0, 100)


def test_the_mouse_moves_it_to_where_it_points(browser: Browser, path: Path) -> None:
    with opened(browser, path) as shown:
        box = shown.locator(".slide").first.bounding_box()
        assert box
        shown.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 5)
        shown.mouse.down()
        assert clip(shown) == pytest.approx(90, abs=2)
        shown.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] - 5)
        shown.mouse.up()
        assert clip(shown) == pytest.approx(20, abs=2)


def test_pictures_lie_on_each_other_in_their_own_shape(browser: Browser, path: Path) -> None:
    with opened(browser, path, width=390) as shown:
        before, after = (shown.locator(".slide img").nth(place).bounding_box() for place in (0, 1))
        assert before == after
        assert before
        assert before["width"] / before["height"] == pytest.approx(1.5, rel=0.01)
        assert before["width"] <= 390


def test_without_scripts_both_are_seen(browser: Browser, path: Path) -> None:
    with opened(browser, path, java_script_enabled=False) as shown:
        before, after = (shown.locator(".slide img").nth(place).bounding_box() for place in (0, 1))
        assert before
        assert after
        assert before["x"] + before["width"] <= after["x"]
        assert not shown.locator(".slide input").first.is_visible()


def test_words_are_words(browser: Browser, path: Path) -> None:
    with opened(browser, path) as shown:
        assert shown.title() == "Two sliders"
        assert shown.locator(".slide img").nth(3).get_attribute("alt") == f"After: {HOSTILE}"
