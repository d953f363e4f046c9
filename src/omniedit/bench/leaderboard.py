"""A leaderboard: one file of runs that may stand beside each other, and nothing else.

    leaderboard.jsonl   the first line says what is compared (`Board`), each further line is a run (`Entry`)
    leaderboard.md      the same as a table, written anew with it

A run is refused whose suite, suite hash, number of items, judge or rubric differs from the board's: its numbers would
mean something else. The file holds the O of every item, so that any two of its runs can be tested against each other,
and no path: it can be published as it is.

A run without a score for every item is refused too, unless it is to be marked as incomplete. The board is ordered by
the O that a run has if what has no score counted as 0, so that to decline what is hard is no way to climb.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.bench.compare import Difference, difference, names, rows_by, rubrics
from omniedit.bench.coverage import missing
from omniedit.bench.intervals import Interval
from omniedit.bench.markdown import p_value, percent, signed, signed_range, table
from omniedit.bench.page import between, number
from omniedit.bench.results import Row, Run
from omniedit.bench.significance import holm
from omniedit.bench.summary import Stats, measure
from omniedit.errors import DataError
from omniedit.writing import publish

FORMAT = 1
"""Version of the file."""
HEAD = (
    *("", "contestant", "O", "95 % of O", "SC", "PQ", "scored", "to the best", "95 %", "p, Holm"),
    *("model", "seed", "date", "omniedit"),
)
"""Columns of `cells`."""


@dataclass(frozen=True)
class Protocol:
    """What all runs of a board have in common."""

    suite: str
    suite_hash: str
    items: int
    judge: str
    """Name and version."""
    rubric: str
    """Stamp of what the judge was asked."""


@dataclass(frozen=True)
class Entry:
    """A run on a board."""

    contestant: str
    model_sha256: str
    """Hash of its weights; empty where it has none."""
    seed: int
    overall: float
    """Mean O of the scored items."""
    interval: Interval | None
    """Its 95 % bootstrap interval."""
    floor: float
    """Mean O of all items, with 0 for those without a score: what the board is ordered by."""
    sc: float | None
    pq: float | None
    coverage: float
    """Share of the items that have a score."""
    missing: str
    """Why the others have none; empty where none is missing."""
    date: str
    """When it was added, such as ``2026-01-31``."""
    version: str
    """Version of omniedit that made the run."""
    scores: Mapping[str, float | None]
    """Item -> O; None where it has no score."""


@dataclass(frozen=True)
class Board:
    """A leaderboard; an empty one takes the protocol of the first run."""

    protocol: Protocol
    photos: Mapping[str, str]
    """Item -> its photograph, by any name."""
    entries: tuple[Entry, ...]
    """Best first."""


@dataclass(frozen=True)
class Place:
    """An entry beside the best."""

    rank: int
    entry: Entry
    behind: Difference | None
    """The entry against the best one, item by item; None for the best."""


def add(path: Path, run: Run, *, date: str, name: str = "", judge: str = "", incomplete: bool = False) -> Board:
    """Put ``run`` on the board in the file ``path``, which is made if it is missing.

    The same contestant, model and seed again replaces its line.

    Args:
        path: The board's file.
        run: A finished run.
        date: Today, such as ``2026-01-31``.
        name: What to call the contestant; empty for the name of its model.
        judge: Name, or name and version, of the judge whose scores count; empty for the board's, or the run's own.
        incomplete: Whether it may lack scores; it is marked.

    Raises:
        DataError: The run does not belong on this board, lacks scores, or has another's name; or the file makes no
            sense.
        OutputError: It cannot be written.
    """
    board = read(path) if path.exists() else None
    protocol, rows = _protocol(run, judge, board)
    if board is not None:
        _check_protocol(path, board, protocol, run)
    entry = _entry(run, rows, date, name or _public(names([run])[0]))
    if entry.missing and not incomplete:
        raise DataError(
            f"{run.folder} is incomplete: {entry.missing} Run it again for what failed by accident, or add it with "
            "--incomplete: it is marked, and ranks as if these had scored 0"
        )
    others = [] if board is None else _without(path, board.entries, entry)
    ranked = tuple(sorted((*others, entry), key=lambda one: (-one.floor, one.contestant)))
    photos = {row.id: row.photo or row.id for row in rows} if board is None else board.photos
    made = Board(protocol, photos, ranked)
    publish(path, _lines(made))
    publish(path.with_suffix(".md"), markdown(made))
    return made


def read(path: Path) -> Board:
    """The board in the file ``path``.

    Raises:
        DataError: There is none, or it makes no sense.
    """
    try:
        head, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if head["format"] != FORMAT:
            raise DataError(f"{path} is a leaderboard of format {head['format']}; this version reads {FORMAT}")
        return Board(Protocol(**head["protocol"]), dict(head["photos"]), tuple(map(_read_entry, lines)))
    except FileNotFoundError as error:
        raise DataError(f"there is no leaderboard {path}: omniedit bench leaderboard add makes one") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path} is no leaderboard, or is damaged: {error}") from error


def places(board: Board, *, seed: int = 0) -> tuple[Place, ...]:
    """The entries with their ranks, each tested against the best; p values are corrected by Holm."""
    rows = [_rows(board, entry) for entry in board.entries]
    behind = [
        difference(entry.contestant, board.entries[0].contestant, of, rows[0], seed=seed)
        for entry, of in zip(board.entries[1:], rows[1:], strict=True)
    ]
    corrected = holm([one.p for one in behind])
    told = [None, *(replace(one, p_holm=p) for one, p in zip(behind, corrected, strict=True))]
    return tuple(Place(rank, entry, one) for rank, (entry, one) in enumerate(zip(board.entries, told, strict=True), 1))


def to_json(board: Board) -> dict[str, Any]:
    """The board with ranks and tests as plain values, without the scores of single items."""
    found = []
    for place in places(board):
        entry = asdict(place.entry)
        del entry["scores"]
        found.append({"rank": place.rank, **entry, "behind": place.behind and asdict(place.behind)})
    return {"protocol": asdict(board.protocol), "entries": found}


def markdown(board: Board) -> str:
    """The board as Markdown."""
    protocol, found = board.protocol, places(board)
    lost = [f"- {place.entry.contestant}: {place.entry.missing}" for place in found if place.entry.missing]
    parts = [
        f"# Leaderboard of {protocol.suite}",
        f"Suite {protocol.suite} {protocol.suite_hash}, {protocol.items} items, judge {protocol.judge}"
        f"{f' by rubric {protocol.rubric}' if protocol.rubric else ''}.",
        "O, SC and PQ on 0–10, means over the scored items, with 95 % bootstrap intervals over photographs. To the "
        "best: mean difference of O on the items that both have scored; p of a two-sided sign-flip test over "
        "photographs, corrected by Holm. Ordered by the O that a run has if what has no score counted as 0.",
        table(HEAD, [cells(place) for place in found]),
        "\n".join(["Incomplete (*):", "", *lost]) if lost else "",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def cells(place: Place) -> list[str]:
    """A place as a row of a table; an asterisk marks what is incomplete."""
    entry, behind = place.entry, place.behind
    tested = (
        ["", "", ""] if behind is None else [signed(behind.mean), signed_range(behind.interval), p_value(behind.p_holm)]
    )
    return [
        str(place.rank),
        entry.contestant + ("*" if entry.missing else ""),
        number(entry.overall),
        between(entry.interval),
        number(entry.sc),
        number(entry.pq),
        percent(entry.coverage),
        *tested,
        entry.model_sha256[:12] or "–",
        str(entry.seed),
        entry.date,
        entry.version,
    ]


# What belongs on a board ----------------------------------------------------------------------------------------------


def _protocol(run: Run, judge: str, board: Board | None) -> tuple[Protocol, list[Row]]:
    """What ``run`` was asked and judged by, and its rows by that judge.

    Raises:
        DataError: The judge has not scored it.
    """
    known = rubrics(run)
    wanted = judge or (board.protocol.judge if board else next(iter(known), ""))
    found = next((one for one in known if wanted in (one, one.partition(" ")[0])), None)
    if found is None:
        raise DataError(
            f"{run.folder} has no scores of {wanted or 'any judge'}{', as the board has' if board else ''}; it has "
            f"those of {', '.join(known) or 'nobody'}. Add them with omniedit bench run and --judge"
        )
    rows = rows_by(run, found)
    suite, hashed = (str(run.settings.get(key) or "") for key in ("suite", "suite_hash"))
    return Protocol(suite, hashed, len(rows), found, known[found]), rows


def _check_protocol(path: Path, board: Board, protocol: Protocol, run: Run) -> None:
    """Refuse a run that is not comparable.

    Raises:
        DataError: It is not; the message says in what.
    """
    ours, theirs = asdict(board.protocol), asdict(protocol)
    unlike = [
        f"{key.replace('_', ' ')} {ours[key]} there, {theirs[key]} here" for key in ours if ours[key] != theirs[key]
    ]
    alone = sorted(board.photos.keys() ^ {row.id for row in run.rows})
    if alone and not unlike:
        unlike = [f"only one has the item {alone[0]}"]
    if unlike:
        raise DataError(
            f"{run.folder} cannot stand on the leaderboard {path} ({'; '.join(unlike)}): run it on the same suite "
            "with the same judge and rubric, or name another file with --file"
        )


def _entry(run: Run, rows: Sequence[Row], date: str, name: str) -> Entry:
    stats = measure(rows)
    return Entry(
        contestant=name,
        model_sha256=str(run.settings.get("model_sha256") or ""),
        seed=int(run.settings.get("seed") or 0),
        overall=_scored(run, stats),
        interval=stats.interval,
        floor=0.0 if stats.bounds is None else stats.bounds[0],
        sc=stats.sc,
        pq=stats.pq,
        coverage=stats.coverage,
        missing=missing(stats),
        date=date,
        version=str(run.settings.get("version") or ""),
        scores={row.id: row.overall for row in rows},
    )


def _scored(run: Run, stats: Stats) -> float:
    if stats.overall is None:
        raise DataError(f"{run.folder} has no score at all: there is nothing to put on a leaderboard")
    return stats.overall


def _without(path: Path, entries: Sequence[Entry], new: Entry) -> list[Entry]:
    """The entries but for an earlier line of the new one.

    Raises:
        DataError: Another contestant has its name.
    """
    for one in entries:
        unlike = [key for key in ("model_sha256", "seed") if getattr(one, key) != getattr(new, key)]
        if one.contestant == new.contestant and unlike:
            raise DataError(
                f"{path} already has a contestant {new.contestant} with another {' and '.join(unlike)}: give this one "
                "another name with --name"
            )
    return [one for one in entries if one.contestant != new.contestant]


def _public(model: str) -> str:
    """A model's name without the place where it lies on somebody's disk."""
    scheme, colon, which = model.rpartition(":")
    path = Path(which)
    if which and (path.is_absolute() or which.startswith((".", "~")) or path.exists()):
        return f"{scheme}{colon}{path.resolve().name}"
    return model


# The file -------------------------------------------------------------------------------------------------------------


def _lines(board: Board) -> list[str]:
    head = {"format": FORMAT, "protocol": asdict(board.protocol), "photos": board.photos}
    return [json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *map(asdict, board.entries))]


def _read_entry(line: Mapping[str, Any]) -> Entry:
    interval = line["interval"]
    return Entry(**{**line, "interval": interval and (float(interval[0]), float(interval[1]))})


def _rows(board: Board, entry: Entry) -> list[Row]:
    """What the board knows of an entry's items, for a test."""
    return [
        Row(
            name, "", "", "", "", "unscored" if overall is None else "scored", overall=overall, photo=board.photos[name]
        )
        for name, overall in entry.scores.items()
    ]
