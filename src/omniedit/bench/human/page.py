"""The rating page: three files of ``assets``, with the guideline put in. Nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from omniedit.bench.human.guideline import CRITERIA, LEVELS, Criterion

ASSETS = Path(__file__).parent / "assets"
SIGNS = ("0", "½", "1")
"""How `LEVELS` are shown."""
KEYS = {"sc": "asd", "pq": "jkl"}
"""The keys of `LEVELS`, one hand for each side."""


@cache
def document() -> str:
    """The page, whole."""
    html = (ASSETS / "page.html").read_text(encoding="utf-8")
    buttons, guide = ("\n".join(map(part, CRITERIA)) for part in (_buttons, _guide))
    return html.replace("<!-- buttons -->", buttons).replace("<!-- guide -->", guide)


@cache
def asset(name: str) -> str:
    """A file beside the page."""
    return (ASSETS / name).read_text(encoding="utf-8")


def _buttons(criterion: Criterion) -> str:
    made = "".join(
        f'<button type="button" data-side="{criterion.side}" data-level="{value:g}" data-key="{key}" '
        f'aria-pressed="false"><kbd>{key.upper()}</kbd><b>{sign}</b><span>{escape(word)}</span></button>'
        for value, sign, key, word in zip(LEVELS, SIGNS, KEYS[criterion.side], criterion.short, strict=True)
    )
    legend = f"<legend>{escape(criterion.name)} <small>{escape(criterion.question)}</small></legend>"
    return f'<fieldset id="{criterion.side}">{legend}<div class="levels">{made}</div></fieldset>'


def _guide(criterion: Criterion) -> str:
    levels = "".join(
        f"<dt>{sign}</dt><dd>{escape(text)}</dd>" for sign, text in zip(SIGNS, criterion.levels, strict=True)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in criterion.notes)
    return f"<h2>{escape(criterion.name)}</h2><p>{escape(criterion.question)}</p><dl>{levels}</dl><ul>{notes}</ul>"
