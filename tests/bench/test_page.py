"""The page is one file, holds its pictures, and shows words as words."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image as PilImage

from omniedit.bench.page import card, curve, embedded, folded, page, section, table

VOID = {"meta", "img"}


class Balance(HTMLParser):
    """Checks that every element is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in self.open

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def picture(path: Path, width: int = 640, height: int = 360) -> Path:
    PilImage.fromarray(np.full((height, width, 3), 128, np.uint8)).save(path)
    return path


def test_the_page_is_balanced_and_fetches_nothing(tmp_path: Path) -> None:
    made = card("Turn the car <red> & blue", [("before", picture(tmp_path / "a.png"))], ["<b>O 9</b>"])
    text = page(
        "A & B",
        "sub",
        section("One", curve([(0.0, 1.0), (2.0, 0.5)], "steps", "loss")),
        made,
        folded("<More>", table(["", "x"], [["a", "<1>"]])),
        style="h1 { color: red }",
    )
    checker = Balance()
    checker.feed(text)
    assert checker.open == []
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert "Turn the car &lt;red&gt; &amp; blue" in text
    assert "&lt;1&gt;" in text
    assert "&lt;More&gt;" in text


def test_embedded_pictures_are_small_and_keep_their_ratio(tmp_path: Path) -> None:
    address = embedded(picture(tmp_path / "a.png"), side=320)
    with PilImage.open(io.BytesIO(b64decode(address.split(",")[1]))) as small:
        assert small.size == (320, 180)
