"""A contact sheet: many edits in one picture, before and after side by side, each under its instruction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from omniedit.types import Image

HEIGHT = 220
"""Height of every picture on the sheet, in pixels."""
GAP, MARGIN, WORDS = 6, 28, 46
"""Pixels between a pair's pictures, around a pair, and for its words."""
PAPER, INK = (255, 255, 255), (29, 35, 41)


@dataclass(frozen=True, eq=False)
class Edit:
    """One edit to show."""

    words: str
    """The instruction."""
    before: Image
    """The photo, ``uint8 [height, width, 3]``."""
    after: Image
    """The result, of the same shape."""


def contact_sheet(edits: Sequence[Edit], width: int = 1760) -> Image:
    """One picture of all ``edits``, ``uint8 [height, width, 3]``, in rows that are filled from the left."""
    font = ImageFont.load_default(17)
    rows = _rows([_pair(edit, font) for edit in edits], width)
    sheet = PilImage.new("RGB", (width, MARGIN + sum(row[0].height + MARGIN for row in rows)), PAPER)
    top = MARGIN
    for row in rows:
        left = (width - sum(pair.width + MARGIN for pair in row) + MARGIN) // 2
        for pair in row:
            sheet.paste(pair, (left, top))
            left += pair.width + MARGIN
        top += row[0].height + MARGIN
    return np.asarray(sheet)


def _pair(edit: Edit, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> PilImage.Image:
    """Before and after at the sheet's height, with the words above them."""
    height, width = edit.before.shape[:2]
    size = (max(1, round(width * HEIGHT / height)), HEIGHT)
    panel = PilImage.new("RGB", (2 * size[0] + GAP, HEIGHT + WORDS), PAPER)
    words = _wrapped(edit.words, font, panel.width)
    top = 0 if "\n" in words else WORDS // 2
    ImageDraw.Draw(panel).text((0, top), words, fill=INK, font=font, spacing=2)
    for index, picture in enumerate((edit.before, edit.after)):
        shown = PilImage.fromarray(picture).resize(size, PilImage.Resampling.LANCZOS)
        panel.paste(shown, (index * (size[0] + GAP), WORDS))
    return panel


def _wrapped(words: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int) -> str:
    """``words`` in at most two lines of at most ``width`` pixels; what is too long ends in an ellipsis."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) == 2:
            return "\n".join(lines) + " …"
        else:
            lines.append(word)
    return "\n".join(lines)


def _rows(pairs: Sequence[PilImage.Image], width: int) -> list[list[PilImage.Image]]:
    rows: list[list[PilImage.Image]] = []
    room = 0
    for pair in pairs:
        if pair.width > room or not rows:
            rows.append([])
            room = width - 2 * MARGIN
        rows[-1].append(pair)
        room -= pair.width + MARGIN
    return rows
