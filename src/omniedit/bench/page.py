"""One self-contained HTML page: its style, its tables, its pictures inside it. Nothing is fetched."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from PIL import Image as PilImage

from omniedit.types import Image

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1d2329; --quiet: #67717c; --line: #e3e7eb; --ground: #fff; --card: #f6f8fa; --bar: #3b6fb6; --low: #b4543a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ec; --quiet: #98a3ae; --line: #2c343c; --ground: #14181c; --card: #1b2127;
    --bar: #6d9fe0; --low: #e08a6d;
  }
}
body {
  font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 1080px; margin: 0 auto; padding: 2rem 1.2rem 5rem; overflow-wrap: anywhere;
}
h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .6rem; }
.quiet { color: var(--quiet); }
.wide { overflow-x: auto; }
summary { cursor: pointer; color: var(--quiet); }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin-bottom: 1.2rem; }
@media (max-width: 900px) { table { table-layout: auto; } }
td { font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; color: var(--quiet); white-space: normal; overflow-wrap: normal; vertical-align: bottom; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .quiet { fill: var(--quiet); }
svg .end { text-anchor: end; }
svg .bar { fill: var(--bar); }
svg .track { fill: var(--card); }
svg .axis { fill: none; stroke: var(--quiet); }
svg .curve { fill: none; stroke: var(--bar); stroke-width: 2; }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; }
svg .mid { text-anchor: middle; }
svg .soft { opacity: .35; }
svg .dot { fill: var(--bar); opacity: .4; }
svg .mark { fill: none; stroke: var(--quiet); stroke-dasharray: 4 3; }
.charts { display: grid; gap: .6rem 1.6rem; }
.charts figure { margin: 0; }
.charts svg text { font-size: 10.5px; }
.charts figcaption { font-size: 13px; text-align: center; }
table.words, table.names { table-layout: auto; }
table.words td { white-space: normal; overflow-wrap: anywhere; text-align: left; vertical-align: top; }
table.words th { text-align: left; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem; }
.card .row { display: flex; gap: .4rem; }
.card figure { margin: 0; flex: 1 1 0; min-width: 0; }
.card img { width: 100%; height: 170px; object-fit: contain; display: block; }
.card figcaption { font-size: 12px; color: var(--quiet); text-align: center; }
.card p { margin: .2rem 0 0; }
.card .words { font-weight: 600; margin: 0 0 .5rem; }
.card .why { font-size: 13px; color: var(--quiet); }
.score { font-variant-numeric: tabular-nums; }
.low { color: var(--low); }
"""


def page(title: str, subtitle: str, *sections: str, style: str = "") -> str:
    """A whole page of ``sections`` (HTML), with more ``style`` (CSS) for what is on this page only."""
    head = (
        f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>'
    )
    top = f'<h1>{escape(title)}</h1>\n<p class="quiet">{escape(subtitle)}</p>'
    body = "\n".join((top, *sections))
    return f'<!doctype html>\n<html lang="en">\n{head}\n<style>{STYLE}{style}</style>\n{body}\n</html>\n'


def section(heading: str, body: str, note: str = "") -> str:
    """A heading, an explaining ``note``, and a ``body`` (HTML)."""
    explained = f'<p class="quiet">{escape(note)}</p>\n' if note else ""
    return f"<h2>{escape(heading)}</h2>\n{explained}{body}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table; the first column is the row's name.

    Of the ``kind`` "words", its cells are sentences, not numbers; of the kind "names", those of names may be long.
    """
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f'<div class="wide"><table class="{kind}">\n' + "\n".join(lines) + "\n</table></div>"


def curve(points: Sequence[tuple[float, float]], x_name: str, y_name: str) -> str:
    """A line through ``points`` (x, y) with both axes from 0, as inline SVG; the axes show their names and ends."""
    left, width, height = 60, 820, 240
    right, top = max(x for x, _ in points), max(y for _, y in points) or 1.0
    line = " ".join(f"{left + x / right * width:.1f},{height - y / top * (height - 20):.1f}" for x, y in points)
    return "\n".join(
        [
            f'<svg viewBox="0 0 {left + width + 20} {height + 34}" width="100%">',
            f'<path class="axis" d="M{left},10 V{height} H{left + width}"/><polyline class="curve" points="{line}"/>',
            f'<text class="quiet" x="0" y="24">{top:.3g}</text><text class="quiet" x="0" y="{height}">0</text>',
            f'<text class="quiet" x="{left}" y="{height + 22}">{escape(y_name)}</text>',
            f'<text class="quiet end" x="{left + width}" y="{height + 22}">{right:g} {escape(x_name)}</text>',
            "</svg>",
        ]
    )


def folded(heading: str, body: str, *, opened: bool = False) -> str:
    """A ``body`` (HTML) that is shown when its heading is clicked."""
    return f"<details{' open' if opened else ''}><summary>{escape(heading)}</summary>\n{body}</details>"


def number(value: float | None, digits: int = 2) -> str:
    """A number for people; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def between(interval: tuple[float, float] | None, digits: int = 2) -> str:
    """An interval for people; a dash where there is none."""
    return "–" if interval is None else f"{interval[0]:.{digits}f} – {interval[1]:.{digits}f}"


def embedded(picture: Path | Image, side: int = 320) -> str:
    """A picture, or the one at a path, as a ``data:`` address: WebP, sides at most ``side`` pixels."""
    with PilImage.open(picture) if isinstance(picture, Path) else PilImage.fromarray(picture) as shown:
        shown.thumbnail((side, side))
        buffer = io.BytesIO()
        shown.convert("RGB").save(buffer, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def size(picture: Path | Image) -> tuple[int, int]:
    """Width and height of a picture, or of the one at a path, in pixels."""
    if not isinstance(picture, Path):
        return picture.shape[1], picture.shape[0]
    with PilImage.open(picture) as found:
        return found.size


def card(words: str, pictures: Iterable[tuple[str, Path | Image]], lines: Iterable[str] = ()) -> str:
    """An instruction with its pictures (caption, picture or path) side by side, and ``lines`` of HTML under them."""
    figures = "".join(_figure(caption, picture) for caption, picture in pictures)
    below = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="card"><p class="words">{escape(words)}</p><div class="row">{figures}</div>{below}</div>'


def _figure(caption: str, picture: Path | Image) -> str:
    shown = f'<img src="{embedded(picture)}" alt="{escape(caption)}" loading="lazy">'
    return f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def cards(made: Iterable[str]) -> str:
    """Cards in a grid."""
    return '<div class="cards">' + "\n".join(made) + "</div>"
