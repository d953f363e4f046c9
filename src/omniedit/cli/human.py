"""``omniedit bench human``: people rate edits, and what they say in numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import err, out

if TYPE_CHECKING:
    from omniedit.bench.human import Report

app = typer.Typer(no_args_is_help=True, help="Let people rate edits, by the ImagenHub protocol.")


@app.command()
def serve(
    results: Annotated[list[Path], typer.Argument(help="Results folders of 'omniedit bench run', one per contestant.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="The study's folder, the same for every rater.")],
    rater: Annotated[str, typer.Option(help="Name of the person who rates.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 for any that is free.")] = 8765,
    host: Annotated[str, typer.Option(help="Address to listen on. There is no password.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Seed of the order; each rater has an order of their own.")] = 0,
) -> None:
    """Show one person all edits, blinded and shuffled, in a web page. The same command goes on where it was left."""
    from omniedit.bench.human import begin
    from omniedit.bench.human.server import RatingServer

    session = begin(results, folder, rater, seed)
    with RatingServer(session, host, port) as server:
        if not server.local:
            err.print(f"anyone who reaches {host} can see the pictures and rate as {rater}", markup=False)
        out.print(f"{server.url}   {session.rated} of {session.total} rated; Ctrl-C to stop", markup=False)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            err.print(f"{session.rated} of {session.total} rated; the same command goes on", markup=False)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The study's folder.")],
    scores: Annotated[
        list[Path] | None,
        typer.Option("--scores", help="Another judge's table: model, uid, sc, pq. May be given several times."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Sum up a study: SC, PQ, O, accuracy, agreement of the raters and of every judge; and export the ratings."""
    from omniedit.bench.human import report as sum_up

    found = sum_up(folder, scores or ())
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    for table in _tables(found):
        out.print(table)
    err.print(f"written: report.md, report.json, ratings.csv, ratings.json in {folder}", markup=False)


def _tables(found: Report) -> list[Table]:
    from omniedit.bench.human.report import ALL, HEAD, JUDGES, cells, judge_cells

    people, judges = Table(*HEAD, box=None), Table(*JUDGES, box=None)
    for name, groups in found.contestants.items():
        people.add_row(*cells(name, groups[ALL]))
    people.add_row(*cells("everyone", found.panel))
    for name, agreement in found.judges.items():
        for row in judge_cells(name, agreement):
            judges.add_row(*row)
    return [people, judges]
