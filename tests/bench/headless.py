"""A browser for pages that are one file: nothing else may be asked for, and nothing may go wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 30_000
"""Milliseconds until a page that should change has not: a busy machine is slow."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's, or the one that ``playwright install chromium`` fetched."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        try:
            made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"no browser here: install chromium, or run playwright install chromium ({error})")
        yield made
        made.close()


@contextmanager
def opened(browser: Browser, path: Path, *, width: int = 1280, **options: Any) -> Iterator[Page]:
    """The page at ``path``, which may ask for nothing but itself and say nothing on the console."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    made, faults = context.new_page(), list[str]()
    made.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text))
    made.on("request", lambda asked: None if asked.url.startswith("data:") else faults.append(asked.url))
    made.goto(path.as_uri())
    faults.remove(path.as_uri())
    yield made
    context.close()
    assert faults == []


def clip(page: Page, place: int = 0) -> float:
    """How much of the frame's width a slider leaves to the picture before, in percent."""
    after = page.locator(".slide").nth(place).locator("img").nth(1)
    shape = str(after.evaluate("picture => getComputedStyle(picture).clipPath"))
    return float(shape.removeprefix("inset(").removesuffix(")").split()[-1].removesuffix("px").removesuffix("%"))


def fits_a_phone(page: Page) -> bool:
    """Whether the page can be read on a narrow screen without moving it sideways."""
    page.set_viewport_size({"width": 390, "height": 800})
    return int(page.evaluate("document.documentElement.scrollWidth")) <= 390
