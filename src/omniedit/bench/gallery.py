"""Which items of a run a page shows, and how: worst, best and random ones of each task, filtered without a script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from omniedit.bench.page import cards, embedded, folded, number
from omniedit.bench.results import Cost, Row, Score
from omniedit.bench.slider import slider
from omniedit.bench.summary import GOOD
from omniedit.seeding import stream

CASES = 63
"""Scored items with pictures on a page, at most; about as many of each task, and of each kind."""
KINDS = ("worst", "best", "random")
UNSCORED = 12
"""Items without a score that are shown with their pictures, at most."""
SMALL = 256
"""Longest side of an ideal or a reference, in pixels."""

STYLE = """
.gallery > input { position: absolute; opacity: 0; }
.gallery > label {
  display: inline-block; padding: .15rem .7rem; margin: 0 .15rem .4rem 0; border: 1px solid var(--line);
  border-radius: 1rem; font-size: 13px; cursor: pointer;
}
.gallery > input:checked + label { background: var(--ink); color: var(--ground); border-color: var(--ink); }
.gallery > input:focus-visible + label { outline: 3px solid var(--bar); outline-offset: 1px; }
.gallery > .cards { margin-top: .6rem; }
.pill {
  float: right; margin-left: .6rem; padding: 0 .6rem; border: 1px solid var(--line); border-radius: 1rem;
  font-weight: 400; font-size: 12px; color: var(--quiet);
}
.card .clamp { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.card details { margin-top: .4rem; font-size: 13px; }
.card .about { font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }
.card details .row { justify-content: center; margin: .5rem 0; }
.card details figure { flex: 0 1 auto; }
.card details img { height: auto; max-height: 200px; width: auto; max-width: 100%; }
"""


def rules(filters: Mapping[str, Sequence[str]]) -> str:
    """The style that makes ``filters`` of a gallery work."""
    return "\n".join(
        f"#{name}-{place}:checked ~ .cards > :not(.{name}-{place}) {{ display: none; }}"
        for name, values in filters.items()
        for place in range(1, len(values) + 1)
    )


def gallery(filters: Mapping[str, Sequence[str]], made: Iterable[tuple[Sequence[str], str]]) -> str:
    """Cards that can be filtered.

    Args:
        filters: What can be chosen (``"task"``), and the values that there are; `rules` has their style.
        made: The cards, each with its value of every filter, in the order of ``filters``.
    """
    pieces = list(made)
    chips = "<br>".join(
        _chips(name, values, [of[place] for of, _ in pieces]) for place, (name, values) in enumerate(filters.items())
    )
    shown = cards(_classed(card, zip(filters.items(), of, strict=True)) for of, card in pieces)
    return f'<div class="gallery">{chips}{shown}</div>'


def _chips(name: str, values: Sequence[str], present: Sequence[str]) -> str:
    counted = [(f"every {name}", len(present)), *((value, present.count(value)) for value in values)]
    return "".join(
        f'<input type="radio" name="{name}" id="{name}-{place}"{"" if place else " checked"}>'
        f'<label for="{name}-{place}">{escape(value)} <span class="quiet">{count}</span></label>'
        for place, (value, count) in enumerate(counted)
    )


def _classed(card: str, values: Iterable[tuple[tuple[str, Sequence[str]], str]]) -> str:
    classes = " ".join(f"{name}-{among.index(value) + 1}" for (name, among), value in values)
    return f'<div class="card {classes}">{card}</div>'


def chosen(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """The items to show, each once, with why: the worst first, then the best, random ones, and some without a score."""
    scored = [row for row in rows if row.status == "scored"]
    tasks = list(dict.fromkeys(row.task for row in scored))
    each = max(1, CASES // max(1, len(tasks) * len(KINDS)))
    picked = [case for task in tasks for case in _of_task([row for row in scored if row.task == task], each)]
    unscored = [("unscored", row) for row in rows if row.status == "unscored"][:UNSCORED]
    order = {"worst": 1, "best": -1, "random": 0}
    picked.sort(key=lambda case: (KINDS.index(case[0]), order[case[0]] * (case[1].overall or 0.0)))
    return [*picked, *unscored]


def _of_task(rows: Sequence[Row], each: int) -> Iterator[tuple[str, Row]]:
    ranked, each = sorted(rows, key=lambda row: (row.overall or 0.0, row.id)), min(each, math.ceil(len(rows) / 3))
    worst, rest = ranked[:each], ranked[each:]
    best, middle = rest[max(0, len(rest) - each) :], rest[: max(0, len(rest) - each)]
    drawn = stream(0, "report", rows[0].task).permutation(len(middle))[:each]
    yield from (("worst", row) for row in worst)
    yield from (("best", row) for row in reversed(best))
    yield from (("random", middle[index]) for index in drawn)


def case(row: Row, kind: str, pictures: Path, *, maker: str, cost: Cost | None = None, opened: bool = False) -> str:
    """The inside of a card: an item with its pictures, its scores, and the words of all its judges.

    Args:
        row: The item.
        kind: Why it is shown.
        pictures: The run's folder of pictures.
        maker: Who made the result.
        cost: What it took.
        opened: Whether all judges' words are shown at once.
    """
    return "".join(
        (
            f'<p class="words"><span class="pill">{escape(kind)}</span>{escape(row.instruction)}</p>',
            _sliding(row, pictures, maker),
            f"<p>{score_line(row)}</p>",
            f'<p class="about">{escape(about(row))}{escape(_measured(row, cost))}</p>',
            "" if opened else f'<p class="why clamp">{escape(row.reason)}</p>',
            _more(row, pictures, opened),
        )
    )


def about(row: Row) -> str:
    """Which item it is, in a few words."""
    return " · ".join(filter(None, (row.id, row.task, row.ratio, row.phrasing and f"{row.phrasing} wording")))


def _sliding(row: Row, pictures: Path, maker: str) -> str:
    before, after = (pictures / f"{row.id}-{kind}.png" for kind in ("source", "result"))
    if not (before.exists() and after.exists()):
        return '<p class="quiet">Its pictures are no longer in the folder.</p>'
    return slider(before, after, f"{row.instruction} ({row.id}, by {maker})")


def score_line(row: Row | Score) -> str:
    """O, SC and PQ (HTML); low scores have a colour."""
    if row.overall is None:
        return '<span class="score low">no score</span>'
    low = "" if row.overall >= GOOD else " low"
    return f'<span class="score{low}"><b>O {number(row.overall)}</b> · SC {_all(row.sc)} · PQ {_all(row.pq)}</span>'


def _all(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values) or "–"


def _measured(row: Row, cost: Cost | None) -> str:
    """What was measured of the pictures, where it was."""
    told = (
        "" if row.outside is None else f"outside {row.outside:.2f}",
        "" if row.shift is None else f"shift {row.shift:.2f} px",
        "" if cost is None else f"{cost.seconds:.2f} s",
    )
    return "".join(f" · {words}" for words in told if words)


def _more(row: Row, pictures: Path, opened: bool) -> str:
    """The ideal and people's answer, where there are any, and the judges' words."""
    there = {kind: path for kind in ("ideal", "reference") if (path := pictures / f"{row.id}-{kind}.png").exists()}
    others = "".join(_thumbnail(kind, path) for kind, path in there.items())
    said = "".join(map(_opinion, row.scores))
    names = [*there, *(["what the judges said"] if said else [])]
    shown = f'<div class="row">{others}</div>{said}'
    return folded(", ".join(names), shown, opened=opened) if names else ""


def _thumbnail(kind: str, path: Path) -> str:
    return f'<figure><img src="{embedded(path, SMALL)}" alt="{kind}"><figcaption>{kind}</figcaption></figure>'


def _opinion(score: Score) -> str:
    times = f", time {score.repeat + 1}" if score.repeat else ""
    words = score.unscored or score.reason
    return f"<p><b>{escape(score.judge)}</b>{times}: {score_line(score)} {escape(words)}</p>"
