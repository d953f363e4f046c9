"""Drawings of scores as inline SVG: histograms and scatter plots.

Their colours are the page's: it styles ``bar``, ``bar soft``, ``dot``, ``mark``, ``axis``, ``quiet``, ``mid``, ``end``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

WIDTH, HEIGHT, BASE = 280, 130, 108
"""Size of a histogram, and the line on which its bars stand."""
SIDE, MARGIN = 420, 44
"""Side of a scatter plot's square, and the room for its axes."""


def histogram(title: str, counts: Sequence[int], kept: Sequence[int] = (), threshold: float | None = None) -> str:
    """Bars of the whole scores 0 to 10.

    Args:
        title: What is counted.
        counts: How many have the whole part 0, 1 … 10.
        kept: How many of them are kept, drawn over them.
        threshold: Where to draw a line, on 0..10.
    """
    step, top = WIDTH / 11, max(1, *counts)
    bars = []
    for score, number in enumerate(counts):
        words = f"{score}: {number:,}" + (f", {kept[score]:,} kept" if kept else "")
        bars.append(f"<g><title>{words}</title>{_bar('bar soft' if kept else 'bar', score, number / top, step)}")
        bars.append(f"{_bar('bar', score, kept[score] / top, step) if kept else ''}</g>")
        bars.append(f'<text class="quiet mid" x="{(score + 0.5) * step:.1f}" y="{BASE + 15}">{score}</text>')
    line = "" if threshold is None else f'<path class="mark" d="M{threshold * step:.1f},4 V{BASE}"/>'
    drawn = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img">{"".join(bars)}{line}</svg>'
    return f"<figure>{drawn}<figcaption>{escape(title)}</figcaption></figure>"


def _bar(kind: str, score: int, share: float, step: float) -> str:
    tall = (BASE - 12) * share
    return (
        f'<rect class="{kind}" x="{score * step + 2:.1f}" y="{BASE - tall:.1f}" '
        f'width="{step - 4:.1f}" height="{tall:.1f}"/>'
    )


def scatter(points: Iterable[tuple[float, float]], x_name: str, y_name: str, threshold: float) -> str:
    """Points (x, y) on 0..10 each, the diagonal, and a line at ``threshold`` on either axis."""
    left, base, scale = MARGIN, SIDE + 10, SIDE / 10
    dots = "".join(
        f'<circle class="dot" cx="{left + x * scale:.1f}" cy="{base - y * scale:.1f}" r="3"/>' for x, y in points
    )
    across, up = left + threshold * scale, base - threshold * scale
    ticks = "".join(
        f'<text class="quiet mid" x="{left + tick * scale:g}" y="{base + 18}">{tick}</text>'
        f'<text class="quiet end" x="{left - 8}" y="{base - tick * scale + 4:g}">{tick}</text>'
        for tick in (0, 5, 10)
    )
    parts = [
        f'<svg viewBox="0 0 {left + SIDE + 20} {base + MARGIN}" width="100%" style="max-width: {SIDE + 80}px">',
        f'<path class="axis" d="M{left},10 V{base} H{left + SIDE}"/>',
        f'<path class="mark" d="M{left},{base} L{left + SIDE},10"/>',
        f'<path class="mark" d="M{across:g},10 V{base} M{left},{up:g} H{left + SIDE}"/>',
        dots,
        ticks,
        f'<text class="mid" x="{left + SIDE / 2:g}" y="{base + 38}">{escape(x_name)}</text>',
        f'<text class="mid" x="14" y="{base / 2:g}" transform="rotate(-90 14 {base / 2:g})">{escape(y_name)}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def grid(drawings: Iterable[str], columns: int) -> str:
    """Drawings in rows of so many ``columns``."""
    return (
        f'<div class="charts" style="grid-template-columns: repeat({columns}, 1fr)">' + "\n".join(drawings) + "</div>"
    )
