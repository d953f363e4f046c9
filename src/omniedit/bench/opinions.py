"""Several judges of one run side by side: their numbers, their scores against each other, where they differ most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from omniedit.bench.agreement import JudgePair, agreements, disagreements
from omniedit.bench.compare import ALL
from omniedit.bench.coverage import missing
from omniedit.bench.gallery import case
from omniedit.bench.judged import judged_by
from omniedit.bench.markdown import HEAD, cells, signed
from omniedit.bench.page import cards, number, section, table
from omniedit.bench.plots import figure, figures
from omniedit.bench.results import Run
from omniedit.bench.summary import GOOD, Stats, Summary
from omniedit.charts import scatter

APART = 12
"""Items that are shown on which judges differ most, at most."""


def opinions(run: Run, judges: Mapping[str, Summary]) -> str:
    """The sections on the judges of ``run`` (HTML), by their numbers; nothing of one judge that was asked once."""
    whole = {judge: summary[ALL][ALL] for judge, summary in judges.items()}
    if len(whole) < 2 and not any(stats.spread is not None for stats in whole.values()):
        return ""
    body = [
        table(("judge", *HEAD[1:]), [cells(judge, stats) for judge, stats in whole.items()], "names"),
        *_said(whole),
    ]
    pairs = agreements(run.rows)
    if pairs:
        body += [table(_PAIR_HEAD, map(_pair_cells, pairs), "names"), figures(_against(run, pair) for pair in pairs)]
    return section("Judges", "\n".join(body), _ABOUT if pairs else "") + _apart(run)


_ABOUT = (
    f"ρ: Spearman, over the items that both have scored. Higher by: the second's mean less the first's. AUROC: how "
    f"often the second gives an edit that is good by the first (O ≥ {GOOD:g}) more than one that is not."
)
_PAIR_HEAD = ("judges", "and", "both scored", "only one", "ρ of SC", "ρ of PQ", "ρ of O", "O higher by", "AUROC")


def _pair_cells(pair: JudgePair) -> list[str]:
    rho = [number(pair.spearman[side]) for side in ("sc", "pq", "o")]
    alone = str(pair.only_first + pair.only_second)
    return [pair.first, pair.second, str(pair.items), alone, *rho, signed(pair.difference["o"]), number(pair.auroc)]


def _said(judges: Mapping[str, Stats]) -> Iterator[str]:
    """How far each judge's own answers vary, and what it could not score."""
    for judge, stats in judges.items():
        words = " ".join(filter(None, (_varies(stats), missing(stats))))
        if words:
            yield f'<p class="quiet">{escape(f"{judge}: {words}")}</p>'


def _varies(stats: Stats) -> str:
    if stats.spread is None:
        return ""
    return (
        f"asked {stats.repeats} times; over repeats, O of an item varies by {stats.spread:.2f} (standard deviation, "
        f"mean over items), the mean O by {number(stats.mean_spread)}."
    )


def _against(run: Run, pair: JudgePair) -> str:
    """O of the one against O of the other."""
    ours, theirs = (_overall(run, judge) for judge in (pair.first, pair.second))
    points = [(ours[name], theirs[name]) for name in ours if name in theirs]
    drawn = scatter(points, f"O by {pair.first}", f"O by {pair.second}", GOOD)
    return figure(f"{pair.first} and {pair.second}", drawn)


def _overall(run: Run, judge: str) -> dict[str, float]:
    """O of each item that ``judge`` has scored."""
    rows = (judged_by(row, judge) for row in run.rows)
    return {row.id: row.overall for row in rows if row.overall is not None}


def _apart(run: Run) -> str:
    """The items on which the judges differ most, with the words of all."""
    found = disagreements(run.rows, APART)
    if not found:
        return ""
    maker = str(run.settings.get("model", ""))
    made = (
        f'<div class="card">{case(one.row, f"apart by {one.gap:.2f}", run.pictures, maker=maker, opened=True)}</div>'
        for one in found
    )
    note = f"The {len(found)} items whose O by two judges is furthest apart, and what each of them said."
    return section("Where the judges differ most", cards(made), note)
