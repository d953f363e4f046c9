"""The same items, answered by several contestants: source and every result with its scores, the widest apart first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from omniedit.bench.gallery import about, gallery, score_line
from omniedit.bench.page import embedded
from omniedit.bench.results import Row, Run

CASES = 56
"""Items that are shown, at most; about as many of each task."""
SIDE = 384
"""Longest side of a picture, in pixels."""
NOBODY = "nobody"
"""Who is best where two are equal, or nobody has a score."""

STYLE = """
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); gap: .8rem; }
.cards:has(.beside) { grid-template-columns: 1fr; }
.card .beside img { height: auto; max-height: 280px; border-radius: 6px; }
.card .beside figcaption { text-align: left; font-size: 13px; overflow-wrap: anywhere; }
.beside .best { font-weight: 600; color: var(--ink); }
"""


Item = Mapping[str, Row]
"""Contestant -> its row."""


def filters(runs: Mapping[str, Run]) -> dict[str, list[str]]:
    """By what the items can be filtered: task, and who did best."""
    tasks = dict.fromkeys(row.task for run in runs.values() for row in run.rows)
    return {"task": list(tasks), "winner": [*runs, NOBODY]}


def side_by_side(runs: Mapping[str, Run], items: Sequence[Item]) -> str:
    """Cards of ``items`` (HTML), with the pictures of ``runs``: contestant -> run."""
    return gallery(filters(runs), (((first(item).task, best(item)), _card(item, runs)) for item in items))


def widest(runs: Mapping[str, Run]) -> list[Item]:
    """The items to show: of each task those on which ``runs`` differ most, all of them the widest apart first."""
    rows = {name: {row.id: row for row in run.rows} for name, run in runs.items()}
    ids = [row.id for row in next(iter(runs.values())).rows]
    ranked = sorted(({name: of[one] for name, of in rows.items()} for one in ids), key=_order)
    by_task: dict[str, list[Item]] = {}
    for item in ranked:
        by_task.setdefault(first(item).task, []).append(item)
    each = max(1, CASES // max(1, len(by_task)))
    return sorted((item for items in by_task.values() for item in items[:each]), key=_order)


def _order(item: Item) -> tuple[float, str]:
    return -(gap(item) or 0.0), first(item).id


def gap(item: Item) -> float | None:
    """Difference of the highest and the lowest O; None where fewer than two have a score."""
    overall = [row.overall for row in item.values() if row.overall is not None]
    return max(overall) - min(overall) if len(overall) > 1 else None


def best(item: Item) -> str:
    """Who has the highest O, to two decimals."""
    ranked = sorted(((round(row.overall, 2), name) for name, row in item.items() if row.overall is not None))[::-1]
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return NOBODY
    return ranked[0][1]


def first(item: Item) -> Row:
    """A row of the item: what was asked is the same in all of them."""
    return next(iter(item.values()))


def _card(item: Item, runs: Mapping[str, Run]) -> str:
    row, winner, apart = first(item), best(item), gap(item)
    sources = (path for name in item if (path := _picture(runs[name], row, "source")).exists())
    figures = [_figure(next(sources, None), f"Source of {row.id}", "source")]
    for name, answer in item.items():
        named = f'<span class="{"best" if name == winner else ""}">{escape(name)}</span>'
        why = "" if answer.status == "scored" else f"<br>{escape(f'{answer.status}: {answer.reason}')}"
        path = _picture(runs[name], answer, "result")
        words = f"{row.instruction} ({row.id}, by {name})"
        figures.append(_figure(path if path.exists() else None, words, f"{named}<br>{score_line(answer)}{why}"))
    pill = "not scored by all" if apart is None else f"apart by {apart:.2f}"
    return (
        f'<p class="words"><span class="pill">{pill}</span>{escape(row.instruction)}</p>'
        f'<div class="beside">{"".join(figures)}</div><p class="about">{escape(about(row))}</p>'
    )


def _figure(picture: Path | None, words: str, caption: str) -> str:
    """A picture over its ``caption`` (HTML), or the caption alone."""
    shown = "" if picture is None else f'<img src="{embedded(picture, SIDE)}" alt="{escape(words)}" loading="lazy">'
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"


def _picture(run: Run, row: Row, kind: str) -> Path:
    return run.pictures / f"{row.id}-{kind}.png"
