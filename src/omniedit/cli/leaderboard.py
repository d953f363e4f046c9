"""``omniedit bench leaderboard``: runs that may stand beside each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import err, out

if TYPE_CHECKING:
    from omniedit.bench.leaderboard import Board

app = typer.Typer(no_args_is_help=True, help="Runs of one suite, judge and rubric, ranked.")

File = Annotated[Path, typer.Option("--file", "-f", help="The leaderboard; a table of it in Markdown lies beside it.")]


COLUMNS = ("", "contestant", "O", "95 % of O", "SC", "PQ", "scored", "to the best", "p, Holm")
"""What the terminal shows; the Markdown beside the file has more."""


@app.command()
def add(
    run: Annotated[Path, typer.Argument(help="Folder of a finished 'omniedit bench run'.")],
    file: File,
    name: Annotated[str, typer.Option(help="What to call the contestant. Default: its model's name.")] = "",
    judge: Annotated[
        str, typer.Option(help="By whose scores: a judge's name. Default: the board's, or the run's own.")
    ] = "",
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Add it although items have no score: marked, and these count as 0.")
    ] = False,
) -> None:
    """Put a run on a leaderboard. One of another suite, judge or rubric is refused."""
    from datetime import datetime, timezone

    from omniedit.bench import leaderboard
    from omniedit.bench.results import load_run

    today = datetime.now(timezone.utc).date().isoformat()
    board = leaderboard.add(file, load_run(run), date=today, name=name, judge=judge, incomplete=incomplete)
    out.print(table(board))
    err.print(f"written: {file}, {file.with_suffix('.md')}", markup=False)


@app.command()
def show(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show a leaderboard."""
    from omniedit.bench import leaderboard

    board = leaderboard.read(file)
    if as_json:
        typer.echo(json.dumps(leaderboard.to_json(board), indent=2, ensure_ascii=False, allow_nan=False))
        return
    out.print(table(board))


def table(board: Board) -> Table:
    """The leaderboard for the terminal."""
    from omniedit.bench.leaderboard import HEAD, cells, places
    from omniedit.bench.markdown import columns

    shown = Table(*COLUMNS, box=None)
    for place in places(board):
        shown.add_row(*columns(HEAD, cells(place), COLUMNS))
    return shown
