"""``omniedit judge agree``: a judge against people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import out

if TYPE_CHECKING:
    from omniedit.judge.agreement import Agreement


def agree(
    scores: Annotated[Path, typer.Argument(help="The judge's table: model, uid, sc, pq; numbers or lists on 0 to 10.")],
    ratings: Annotated[Path, typer.Argument(help="People's table: model, uid, rater, sc, pq; each 0, 0.5 or 1.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap intervals.")] = 0,
) -> None:
    """Compare a judge with people: Spearman and Pearson for each edit model, averaged through Fisher's z.

    Tables are CSV, TSV, JSONL or parquet.
    """
    from omniedit.judge.agreement import agree as measure

    found = measure(scores, ratings, seed=seed)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    out.print(_table(found))
    for line in _counts(found):
        out.print(line, markup=False)


def _table(found: Agreement) -> Table:
    table = Table("", "Spearman", "95 %", "Pearson", "95 %", "people", "models", box=None)
    for side in found.spearman:
        table.add_row(
            side.upper(),
            _shown(found.spearman[side]),
            _range(found.intervals["spearman"][side]),
            _shown(found.pearson[side]),
            _range(found.intervals["pearson"][side]),
            _shown(found.human_human[side]),
            str(found.averaged["spearman"][side]),
        )
    return table


def _counts(found: Agreement) -> list[str]:
    """What entered, and what did not."""
    return [
        f"{found.items:,} items of {found.models} models, {found.raters} raters",
        f"left out: {found.unscored:,} items without a readable score, {found.unmatched:,} in one table only; "
        f"{found.unread_ratings:,} single ratings that cannot be read",
    ]


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:.3f}"


def _range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"
