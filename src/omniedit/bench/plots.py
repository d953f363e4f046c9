"""Plots with whiskers as inline SVG: bars of several judges beside each other, and differences around zero.

Their colours are the page's: `STYLE` adds what `page.STYLE` lacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol, TypeVar

from omniedit.bench.summary import Stats

WIDE = 480
"""Width of a plot in its own units, about its pixels on a page of two columns."""
LETTER = 7.4
"""Width of a letter of a label."""
LETTERS = 24
"""Letters of a label that are shown, at most: its last ones, which tell paths apart."""
PITCH = 22
"""Height of a row."""
GAP = 3
"""Room between rows of different labels."""
LEAST = 0.1
"""Reach of the axis of differences, in points, at least."""
SERIES = 6
"""Colours of `STYLE`; further series begin anew."""

STYLE = (
    """
:root { --s0: #3b6fb6; --s1: #c98a2b; --s2: #4f9468; --s3: #9a5fb0; --s4: #b4543a; --s5: #6b7885; }
@media (prefers-color-scheme: dark) {
  :root { --s0: #6d9fe0; --s1: #e0b061; --s2: #7cc197; --s3: #c394d8; --s4: #e08a6d; --s5: #9aa6b2; }
}
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 1rem 2rem; }
.plots figure { margin: 0; }
.plots .charts { max-width: 320px; }
.plots .dot { opacity: .75; }
.plots > figure > figcaption { font-weight: 600; font-size: 14px; margin-bottom: .3rem; }
"""
    + "\n".join(
        f"svg .s{place} {{ fill: var(--s{place}); }} .key.s{place} {{ background: var(--s{place}); }}"
        for place in range(SERIES)
    )
    + """
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 .9em; }
svg .line { stroke-width: 2; stroke: var(--quiet); }
svg .better { fill: var(--s2); stroke: var(--s2); }
svg .worse { fill: var(--s4); stroke: var(--s4); }
svg .even { fill: var(--quiet); stroke: var(--quiet); }
svg .grid { stroke: var(--line); }
"""
)


@dataclass(frozen=True)
class Bar:
    """One bar of `bars`."""

    label: str
    """What it is of; bars of the same label stand together."""
    value: float | None
    """Its length; None where nothing was scored."""
    interval: tuple[float, float] | None = None
    """Ends of its whisker."""
    series: int = 0
    """Which colour, see `legend`."""
    note: str = ""
    """A few quiet words at the end of its row."""


def bar_of(label: str, stats: Stats, series: int = 0) -> Bar:
    """The mean O of a group with its interval, and how many of its items that is the mean of."""
    return Bar(label or "–", stats.overall, stats.interval, series, f"{stats.scored} of {stats.count}")


class _Labelled(Protocol):
    @property
    def label(self) -> str: ...


Line = TypeVar("Line", bound=_Labelled)


def bars(data: Sequence[Bar], top: float = 10.0) -> str:
    """Horizontal bars on 0..``top`` with whiskers for the intervals."""
    left, right = _room([short(bar.label) for bar in data]), _room([bar.note for bar in data]) + 46
    scale = (WIDE - left - right) / top
    parts = []
    for bar, middle, first in _rows(data):
        name = f'<text x="0" y="{middle + 4:g}">{escape(short(bar.label))}</text>' if first else ""
        track = f'<rect class="track" x="{left:g}" y="{middle - 7:g}" width="{top * scale:.1f}" height="14" rx="3"/>'
        note = f'<text class="quiet end" x="{WIDE}" y="{middle + 4:g}">{escape(bar.note)}</text>'
        parts.append(f"{name}{track}{_bar(bar, left, middle, scale)}{note}")
    return _svg(_height(data), parts)


def _bar(bar: Bar, left: float, middle: float, scale: float) -> str:
    if bar.value is None:
        return f'<text class="quiet" x="{left + 8:g}" y="{middle + 4:g}">nothing scored</text>'
    low, high = bar.interval or (bar.value, bar.value)
    drawn = (
        f'<rect class="bar s{bar.series % SERIES}" x="{left:g}" y="{middle - 7:g}" width="{bar.value * scale:.1f}" '
        'height="14" rx="3"/>'
    )
    if bar.interval:
        drawn += _whisker("whisker", left + low * scale, left + high * scale, middle)
    return drawn + f'<text x="{left + max(high, bar.value) * scale + 6:.1f}" y="{middle + 4:g}">{bar.value:.2f}</text>'


def legend(names: Sequence[str]) -> str:
    """What the colours of a plot of several series mean (HTML); nothing for one."""
    if len(names) < 2:
        return ""
    keys = (f'<i class="key s{place % SERIES}"></i>{escape(name)}' for place, name in enumerate(names))
    return f'<p class="quiet">{"".join(keys)}</p>'


@dataclass(frozen=True)
class Effect:
    """One line of `forest`."""

    label: str
    """What differs."""
    value: float | None
    """Mean difference; None where nothing can be compared."""
    interval: tuple[float, float] | None
    """Ends of its whisker."""
    sure: bool
    """Whether it is more than chance, so that it has a colour."""
    note: str = ""
    """A few quiet words at the end of its row."""


def forest(data: Sequence[Effect], less: str, more: str) -> str:
    """Differences with their intervals around zero; ``less`` and ``more`` say what its two sides mean."""
    left, right = _room([short(one.label) for one in data]), _room([one.note for one in data])
    reach = _reach([abs(end) for one in data for end in (*(one.interval or ()), one.value or 0.0)])
    zero, scale = (left + WIDE - right) / 2, (WIDE - left - right) / 2 / reach
    bottom = _height(data) + PITCH
    parts = [_ticks(zero, scale, reach, bottom)]
    for one, middle, _ in _rows(data):
        y = middle + PITCH
        parts.append(f'<text x="0" y="{y + 4:g}">{escape(short(one.label))}</text>{_effect(one, zero, scale, y)}')
        parts.append(f'<text class="quiet end" x="{WIDE}" y="{y + 4:g}">{escape(one.note)}</text>')
    parts.append(f'<text class="quiet end" x="{zero - 6:g}" y="14">‹ {escape(less)}</text>')
    parts.append(f'<text class="quiet" x="{zero + 6:g}" y="14">{escape(more)} ›</text>')
    return _svg(bottom + PITCH, parts)


def _effect(one: Effect, zero: float, scale: float, y: float) -> str:
    if one.value is None:
        return f'<text class="quiet" x="{zero + 6:g}" y="{y + 4:g}">nothing to compare</text>'
    kind = ("better" if one.value > 0 else "worse") if one.sure else "even"
    low, high = one.interval or (one.value, one.value)
    dot = f'<circle class="{kind}" cx="{zero + one.value * scale:.1f}" cy="{y:g}" r="4.5"/>'
    return _whisker(f"line {kind}", zero + low * scale, zero + high * scale, y) + dot


def _ticks(zero: float, scale: float, reach: float, bottom: float) -> str:
    return "".join(
        f'<path class="grid" d="M{zero + at * scale:.1f},{PITCH} V{bottom:g}"/>'
        f'<text class="quiet mid" x="{zero + at * scale:.1f}" y="{bottom + 16:g}">{at:+g}</text>'.replace("+0<", "0<")
        for at in (-reach, -reach / 2, 0.0, reach / 2, reach)
    )


def _reach(ends: Sequence[float]) -> float:
    """A round number that no end passes, and not so small that nothing looks like much."""
    most = max([*ends, LEAST])
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)


def _whisker(kind: str, low: float, high: float, y: float) -> str:
    return f'<line class="{kind}" x1="{low:.1f}" x2="{high:.1f}" y1="{y:g}" y2="{y:g}"/>'


def short(label: str, letters: int = LETTERS) -> str:
    """``label``, or its end where it is longer than so many ``letters``."""
    return label if len(label) <= letters else f"…{label[1 - letters :]}"


def _room(labels: Sequence[str]) -> float:
    """Width that the longest of ``labels`` takes."""
    return max(map(len, labels), default=0) * LETTER + 8


def _rows(data: Sequence[Line]) -> Iterator[tuple[Line, float, bool]]:
    """Each line with its middle, and whether it is the first of its label: there is a gap above it."""
    middle, before = -PITCH / 2, None
    for one in data:
        first = one.label != before
        middle += PITCH + (GAP if first and before is not None else 0)
        before = one.label
        yield one, middle, first


def _height(data: Sequence[_Labelled]) -> float:
    return max((middle for _, middle, _ in _rows(data)), default=0.0) + PITCH / 2


def _svg(height: float, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDE} {height:g}" width="100%">' + "\n".join(parts) + "</svg>"


def figure(caption: str, drawn: str) -> str:
    """A plot under its name."""
    return f"<figure><figcaption>{escape(caption)}</figcaption>{drawn}</figure>"


def figures(made: Iterable[str]) -> str:
    """Plots beside each other where there is room."""
    return f'<div class="plots">{"".join(made)}</div>'
