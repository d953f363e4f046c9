"""``omniedit bench``: measure an editor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli import human
from omniedit.cli.console import err, out, progress

if TYPE_CHECKING:
    from omniedit.bench.results import Row
    from omniedit.bench.summary import Summary

app = typer.Typer(no_args_is_help=True, help="Measure editors.")
app.add_typer(human.app, name="human")


@app.command()
def run(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for rows, pictures and the report.")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="A preset, a folder, a Hub id; or 'unedited' or 'ideal', the two ends.")
    ] = "nano",
    suite: Annotated[str, typer.Option(help="Which suite.")] = "scenes",
    photos: Annotated[Path | None, typer.Option(help="Folder of photographs instead of the bundled ones.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the items and of the editor.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Number of items instead of the suite's own.")] = None,
) -> None:
    """Ask an editor every item of a suite, score the answers, and write a report. The same command continues a run."""
    from omniedit.bench.measure import measure

    with progress() as shown:
        task = shown.add_task(f"{model} on {suite}", total=None)

        def tick(total: int, row: Row) -> None:
            shown.update(task, total=total, advance=1)

        summary = measure(model, folder, suite=suite, photos=photos, seed=seed, limit=limit, tick=tick)
    out.print(_table(summary))
    err.print(f"report: {folder / 'report.html'}", markup=False)


def _table(summary: Summary) -> Table:
    table = Table("", "items", "SC", "PQ", "O", "O ≥ 7", box=None)
    for key, stats in {**summary["task"], **summary["all"]}.items():
        numbers = (stats.sc, stats.pq, stats.overall)
        shown = ["–" if number is None else f"{number:.2f}" for number in numbers]
        table.add_row(key, str(stats.count), *shown, "–" if stats.good is None else f"{stats.good:.0%}")
    return table
