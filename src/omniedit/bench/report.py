"""The report of a run: one HTML page with the numbers, the bars, the worst cases first, and others at random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from omniedit.bench.page import Bar, bars, card, cards, page, section, table
from omniedit.bench.results import Row
from omniedit.bench.summary import GOOD, Stats, Summary
from omniedit.seeding import stream

WORST = 24
RANDOM = 24

_HEAD = ("items", "SC", "PQ", "O", "95 % of O", f"O ≥ {GOOD:g}", "outside", "unscored", "refused")


def report(rows: Sequence[Row], summary: Summary, settings: Mapping[str, Any], pictures: Path) -> str:
    """The page, with the pictures of the shown items from the folder ``pictures`` inside it."""
    scored = [row for row in rows if row.status == "scored"]
    worst = sorted(scored, key=lambda row: (row.overall, row.id))[:WORST]
    rest = [row for row in scored if row not in worst]
    order = stream(0, "report").permutation(len(rest))[:RANDOM]
    declined = [row for row in rows if row.status != "scored"]
    return page(
        f"{settings['model']} on {settings['suite']}",
        ", ".join(f"{key} {value}" for key, value in settings.items() if value is not None),
        section(
            "Scores",
            _scores(summary),
            "Means over scored items. Outside: mean difference outside the edit, in levels of 255.",
        ),
        section(
            "Overall score by task",
            bars(_bars(summary["task"])),
            "O = √(SC · PQ) on 0–10; whiskers: 95 % bootstrap interval.",
        ),
        section("Worst", cards(_card(row, pictures) for row in worst)),
        section("At random", cards(_card(rest[index], pictures) for index in order)) if rest else "",
        section("Unscored and refused", _declined(declined)) if declined else "",
    )


def _scores(summary: Summary) -> str:
    return "\n".join(
        table(("" if grouping == "all" else grouping, *_HEAD), [_cells(key, stats) for key, stats in groups.items()])
        for grouping, groups in summary.items()
    )


def _cells(key: str, stats: Stats) -> list[str]:
    low, high = stats.interval or (None, None)
    return [
        key,
        str(stats.count),
        _number(stats.sc),
        _number(stats.pq),
        _number(stats.overall),
        f"{_number(low)} – {_number(high)}",
        "–" if stats.good is None else f"{stats.good:.0%}",
        _number(stats.outside),
        str(stats.unscored),
        str(stats.refused),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _bars(groups: Mapping[str, Stats]) -> list[Bar]:
    return [Bar(key, stats.overall, stats.interval) for key, stats in groups.items()]


def _card(row: Row, pictures: Path) -> str:
    shown = [(kind, pictures / f"{row.id}-{kind}.png") for kind in ("source", "result", "ideal")]
    scores = f"O {_number(row.overall)} · SC {_scores_of(row.sc)} · PQ {_scores_of(row.pq)}"
    score = f'<span class="score{"" if (row.overall or 0.0) >= GOOD else " low"}">{scores}</span>'
    about = f'<span class="quiet">{escape(f"{row.id} · {row.phrasing} phrasing")}</span>'
    return card(row.instruction, shown, (score, about, f'<span class="why">{escape(row.reason)}</span>'))


def _scores_of(values: Iterable[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _declined(rows: Iterable[Row]) -> str:
    return table(
        ("item", "what", "instruction", "why"),
        ((row.id, row.status, row.instruction, row.reason) for row in rows),
        kind="words",
    )
