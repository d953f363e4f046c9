"""A table of scores on one HTML page: histograms, what would be kept, what has no score, baselines, cases to look at.

With a second table of the same pairs also where the two disagree. Pictures and baselines want the pairs themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path

from omniedit.bench.page import card, cards, page, section, table
from omniedit.bench.scores.against import Both, Comparison, compare, gap
from omniedit.bench.scores.baselines import ABOUT, Baselines, baselines
from omniedit.bench.scores.summary import SIDES, Reason, by_task, means, reasons, tallies
from omniedit.bench.scores.summary import histogram as counted
from omniedit.bench.scores.table import ScoreRow
from omniedit.charts import grid, histogram, scatter
from omniedit.data.importance import THRESHOLD, Tally
from omniedit.data.pairs import PairTable
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import DataError
from omniedit.judge.metrics import ClipScore
from omniedit.seeding import derive
from omniedit.types import Image, Pair

CASES = 3
"""Worst and best pairs of each task that are shown."""
DISAGREEMENTS = 24
"""Pairs on which two tables disagree most that are shown."""
DOTS = 2000
"""Pairs in the scatter plot at most, drawn evenly by a hash of their ids."""
UNSCORED = 20
"""Reasons that are listed at most."""


class Pictures:
    """The pairs of a table of scores, by their ids."""

    def __init__(self, folder: Path) -> None:
        """Name a shard, or a folder with shards below it.

        Raises:
            DataError: There is no shard.
        """
        self.folder = folder
        self._table = PairTable(shard_paths(folder))

    def __getitem__(self, name: str) -> Pair:
        """The pair with the id ``name``.

        Raises:
            DataError: There is none.
        """
        if name not in self._places:
            raise DataError(f"{self.folder} has no pair {name}: name the folder whose pairs were scored")
        pair: Pair = self._table[self._places[name]]
        return pair

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._table.column("omni_edit_id"))}


def report(
    rows: Sequence[ScoreRow],
    *,
    pictures: Pictures | None = None,
    against: Sequence[ScoreRow] | None = None,
    clip: ClipScore | None = None,
    threshold: float = THRESHOLD,
    tick: Callable[[int], None] = lambda total: None,
) -> str:
    """The page.

    Args:
        rows: A table of scores.
        pictures: Its pairs; without them there are no pictures and no baselines.
        against: A second table of the same pairs, for example a teacher's.
        clip: Adds CLIP to the baselines.
        threshold: Overall score from which a pair is kept.
        tick: Called with the number of pairs whose baselines are measured, after each of them.

    Raises:
        DataError: The table is empty, or ``pictures`` or ``against`` are those of other pairs.
    """
    if not rows:
        raise DataError("the table has no rows, so there is nothing to report")
    judge = _judge(rows)
    return page(
        f"Scores of {len(rows):,} pairs by {rows[0].judge}",
        f"{judge}; kept from O ≥ {threshold:g}",
        section("Scores", _scores(rows), "Means over scored pairs; O = √(min SC · min PQ), all on 0–10."),
        section("Before and after importance sampling, as in Table 4 of the paper", _table4(tallies(rows, threshold))),
        section("Distributions", _histograms(rows, threshold), _KEY),
        section("Unscored", _unscored(reasons(rows))),
        "" if against is None else _against(rows, against, pictures, threshold),
        "" if pictures is None else _baselines(rows, pictures, clip, tick),
        *_cases(rows, pictures, threshold),
    )


_KEY = (
    "How many pairs have each whole part of a score. In O's, the strong bars are kept, and the line is the threshold."
)


def _judge(rows: Sequence[ScoreRow]) -> str:
    """Who scored: name, version and rubric; all that occur."""
    stamps = dict.fromkeys(row.stamp for row in rows)
    return "; ".join(f"judge {judge}, version {version}, rubric {rubric}" for judge, version, rubric in stamps)


def _scores(rows: Sequence[ScoreRow]) -> str:
    lines = [
        (one.name, f"{one.rows:,}", f"{one.scored:,}", *map(_number, one.means or (None,) * 3)) for one in means(rows)
    ]
    return table(("task", "pairs", "scored", *SIDES), lines)


def _table4(counts: Iterable[Tally]) -> str:
    lines = [(row.name, f"{row.judged:,}", f"{row.kept:,}", _percent(row.share), f"{row.unscored:,}") for row in counts]
    return table(("task", "before", "after", "kept", "unscored"), lines)


def _histograms(rows: Sequence[ScoreRow], threshold: float) -> str:
    """SC, PQ and O of each task, a row each."""
    drawn = []
    for name, group in {"all": list(rows), **by_task(rows)}.items():
        scored = [row.sides for row in group if row.status == "scored"]
        sc, pq, o = ([sides[index] for sides in scored] for index in range(3))
        kept = counted(value for value in o if value >= threshold)
        drawn += [histogram(f"{name} · SC", counted(sc)), histogram(f"{name} · PQ", counted(pq))]
        drawn.append(histogram(f"{name} · O", counted(o), kept, threshold))
    return grid(drawn, 3)


def _unscored(found: Sequence[Reason]) -> str:
    if not found:
        return "<p>All pairs have scores.</p>"
    lines = [(f"{one.rows:,}", one.text[:400], one.example) for one in found[:UNSCORED]]
    rest = "" if len(found) <= UNSCORED else f'<p class="quiet">and {len(found) - UNSCORED:,} rarer reasons</p>'
    return table(("pairs", "why", "for example"), lines, kind="words") + rest


# Baselines ------------------------------------------------------------------------------------------------------------


def _baselines(
    rows: Sequence[ScoreRow], pictures: Pictures, clip: ClipScore | None, tick: Callable[[int], None]
) -> str:
    found = baselines(rows, lambda row: pictures[row.id].candidate, clip=clip, tick=tick)
    note = (
        "Spearman's ρ with the judge; positive where what is nearer, or fits the words better, has the higher score. "
        "Beside the source, metrics reward doing nothing; beside the words, CLIP ignores all else. So a judge that "
        "looks at the edit is far from following them."
    )
    left_out = "".join(f'<p class="quiet">Without {escape(name)}: {escape(why)}.</p>' for name, why in _why(found))
    return section("Simple metrics beside the judge", _metrics(found) + left_out, note)


def _metrics(found: Baselines) -> str:
    if not found.found:
        return "<p>None could be measured.</p>"
    lines = [(ABOUT[one.name], f"{one.pairs:,}", *map(_signed, one.spearman)) for one in found.found]
    return table(("metric", "pairs", *(f"ρ {side}" for side in SIDES)), lines)


def _why(found: Baselines) -> list[tuple[str, str]]:
    return [(name.upper(), why) for name, why in found.left_out.items()]


# Two tables -----------------------------------------------------------------------------------------------------------


def _against(rows: Sequence[ScoreRow], others: Sequence[ScoreRow], pictures: Pictures | None, threshold: float) -> str:
    found = compare(rows, others, threshold)
    ours, theirs = _names(rows, others)
    drawn = sorted(found.both, key=lambda two: derive(0, "dots", two[0].id))[:DOTS]
    points = [(two[0].overall or 0.0, two[1].overall or 0.0) for two in drawn]
    shown = [_disagreement(two, (ours, theirs), pictures) for two in found.disagreements[:DISAGREEMENTS] if gap(two)]
    return "\n".join(
        [
            section(f"Against {theirs}", _shared(found, ours, theirs), _counts(found, ours, theirs, others)),
            section(f"O by {ours} and by {theirs}", scatter(points, f"O by {ours}", f"O by {theirs}", threshold)),
            section("Where they disagree most", cards(shown) if shown else "<p>Nowhere.</p>"),
        ]
    )


def _names(rows: Sequence[ScoreRow], others: Sequence[ScoreRow]) -> tuple[str, str]:
    """What to call the two: by name, or where that is the same, by version."""
    ours, theirs = rows[0].judge, others[0].judge
    return (ours, theirs) if ours != theirs else (f"{ours} {rows[0].version}", f"{theirs} {others[0].version}, second")


def _shared(found: Comparison, ours: str, theirs: str) -> str:
    head = ("task", "pairs", *(f"ρ {side}" for side in SIDES), "|Δ O|", "both keep", f"{ours} only", f"{theirs} only")
    lines = [
        (one.name, f"{one.pairs:,}", *map(_signed, one.spearman), _number(one.difference), *map(str, one.kept))
        for one in found.groups
    ]
    return table(head, lines)


def _counts(found: Comparison, ours: str, theirs: str, others: Sequence[ScoreRow]) -> str:
    said = (
        f"{_judge(others)}. Spearman's ρ, mean absolute difference of O, and how many pairs importance sampling keeps."
    )
    counts = {
        f"only {ours} has": found.alone[0],
        f"only {theirs} has": found.alone[1],
        "either left unscored": found.unscored,
        "changed between the two": found.changed,
    }
    left_out = ", ".join(f"{number:,} that {what}" for what, number in counts.items() if number)
    return f"{said} Left out: {left_out}." if left_out else said


def _disagreement(two: Both, names: tuple[str, str], pictures: Pictures | None) -> str:
    lines = [line for name, row in zip(names, two, strict=True) for line in (_line(row, name), _why_of(row))]
    return card(two[0].instruction, _shown(two[0], pictures), [*filter(None, lines), _about(two[0])])


# Cases ----------------------------------------------------------------------------------------------------------------


def _cases(rows: Sequence[ScoreRow], pictures: Pictures | None, threshold: float) -> list[str]:
    """The worst and the best of each task."""
    order: dict[str, list[ScoreRow]] = {}
    for name, group in by_task(row for row in rows if row.status == "scored").items():
        order[name] = sorted(group, key=lambda row: (row.overall or 0.0, derive(0, "cases", row.id)))
    worst = [row for group in order.values() for row in group[:CASES]]
    best = [row for group in order.values() for row in group[::-1][:CASES] if row not in worst]
    note = f"The {CASES} of each task; equal ones by a hash of their id."
    made = {"Worst": worst, "Best": best}
    return [
        section(title, cards(_case(row, pictures, threshold) for row in chosen), note)
        for title, chosen in made.items()
        if chosen
    ]


def _case(row: ScoreRow, pictures: Pictures | None, threshold: float) -> str:
    lines = [_line(row, low=(row.overall or 0.0) < threshold), _why_of(row), _about(row)]
    return card(row.instruction, _shown(row, pictures), filter(None, lines))


def _shown(row: ScoreRow, pictures: Pictures | None) -> list[tuple[str, Path | Image]]:
    if pictures is None:
        return []
    candidate = pictures[row.id].candidate
    return [("source", candidate.source), ("result", candidate.result)]


def _line(row: ScoreRow, name: str = "", *, low: bool = False) -> str:
    scores = f"O {_number(row.overall)} · SC {_listed(row.sc)} · PQ {_listed(row.pq)}"
    said = f"{name}: {scores}" if name else scores
    return f'<span class="score{" low" if low else ""}">{escape(said)}</span>'


def _why_of(row: ScoreRow) -> str:
    why = " · ".join(filter(None, (row.sc_reasoning, row.pq_reasoning)))
    return f'<span class="why">{escape(why)}</span>' if why else ""


def _about(row: ScoreRow) -> str:
    names = dict.fromkeys(filter(None, (row.task, row.model, row.id)))
    return f'<span class="why">{escape(" · ".join(names))}</span>'


def _listed(scores: Iterable[float]) -> str:
    return ", ".join(f"{score:g}" for score in scores)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
