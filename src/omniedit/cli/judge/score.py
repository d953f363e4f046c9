"""``omniedit judge score``: let a judge score stored pairs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import err, out, progress
from omniedit.cli.fields import json_fields
from omniedit.cli.spent import spent_on

if TYPE_CHECKING:
    from omniedit.bench.scores import ScoreRow


def score(
    pairs: Annotated[Path, typer.Argument(help="A shard of pairs, or a folder with shards, such as a build's.")],
    table: Annotated[Path, typer.Option("--out", "-o", help="Table of the scores: .jsonl, .csv or .parquet.")],
    judge: Annotated[
        str,
        typer.Option(
            help="student, student:FOLDER, openai:MODEL, local:MODEL_OR_FOLDER; or oracle, for the verdicts that a "
            "build's pairs carry."
        ),
    ] = "student",
    base_url: Annotated[
        str | None, typer.Option(help="Endpoint of openai:, up to and with /v1. OPENAI_API_KEY holds its key.")
    ] = None,
    rubric: Annotated[str | None, typer.Option(help="What is asked: omniedit, viescore or imgedit.")] = None,
    passes: Annotated[
        int | None, typer.Option(min=1, help="openai: answers to each question, averaged; at temperature 0.7.")
    ] = None,
    budget_calls: Annotated[int | None, typer.Option(min=0, help="openai: most calls of this run.")] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, help="openai: most money of this run, in the currency of the prices.")
    ] = None,
    input_price: Annotated[float | None, typer.Option(min=0, help="openai: money per million tokens read.")] = None,
    output_price: Annotated[float | None, typer.Option(min=0, help="openai: money per million tokens written.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="openai: most calls at a time; 8 by itself.")] = None,
    request: Annotated[
        str | None,
        typer.Option(help="openai: further fields of each call, as JSON; null leaves out: '{\"max_tokens\": null}'."),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="openai: file of what was bought, instead of the user's own.")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="local: pairs at a time; 8 by itself.")] = None,
    pairs_out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the pairs with these verdicts, kept from O ≥ 9 and rejected: to train or distil."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Score so many pairs only, drawn evenly; a larger limit adds to them.")
    ] = None,
) -> None:
    """Score stored pairs: a row for each, with its scores or the reason why there are none.

    The same command again continues a run that was stopped, and pays for nothing twice.
    """
    from omniedit.bench.scores import score_pairs, write_rejudged
    from omniedit.bench.scores.table import check_ending
    from omniedit.judge import named

    check_ending(table)
    options = {
        "base_url": base_url,
        "rubric": rubric,
        "passes": passes,
        "max_calls": budget_calls,
        "max_money": budget,
        "input_price": input_price,
        "output_price": output_price,
        "concurrency": concurrency,
        "request": json_fields("--request", request),
        "cache": cache,
        "batch": batch,
    }
    with ExitStack() as ending, progress() as shown:
        asked = named.load(judge, **options)
        ending.callback(getattr(asked, "close", lambda: None))
        task = shown.add_task(asked.name, total=None)

        def tick(total: int, row: ScoreRow) -> None:
            shown.update(task, total=total, advance=1)

        rows = score_pairs(pairs, asked, table, limit=limit, tick=tick)
        out.print(_table(rows))
        written = () if pairs_out is None else (f"{write_rejudged(pairs, rows, pairs_out):,} pairs: {pairs_out}",)
        for line in (*spent_on(asked), f"scores: {table}", *written):
            err.print(line, markup=False)


def _table(rows: Sequence[ScoreRow]) -> Table:
    from omniedit.bench.scores.summary import SIDES, means, tallies

    table = Table("", "pairs", "scored", *SIDES, "O ≥ 9", box=None)
    kept = {tally.name: tally.share for tally in tallies(rows)}
    for one in means(rows):
        numbers = [f"{number:.2f}" for number in one.means] if one.means else ["–"] * len(SIDES)
        share = kept["total" if one.name == "all" else one.name]
        table.add_row(one.name, f"{one.rows:,}", f"{one.scored:,}", *numbers, "–" if share is None else f"{share:.0%}")
    return table
