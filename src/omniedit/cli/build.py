"""``omniedit build``: make edit pairs from photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from omniedit.cli.console import err, out, progress

if TYPE_CHECKING:
    from omniedit.data.engine import BuildSummary, Outcome


def build(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pairs, their ledger and the report.")],
    recipe: Annotated[Path | None, typer.Argument(help="Recipe, a TOML file; options override it.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder of photographs instead of the bundled ones.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Number of scenes; each is asked for every task.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that work at the same time.")] = None,
) -> None:
    """Make scored, filtered edit pairs from photographs. The same command again continues a build that was stopped."""
    from dataclasses import replace

    from omniedit.data.engine.recipe import BuildRecipe

    plan = BuildRecipe.read(recipe) if recipe else BuildRecipe()
    given: dict[str, Any] = {"photos": photos and str(photos), "scenes": limit, "seed": seed, "workers": workers}
    plan = replace(plan, **{name: value for name, value in given.items() if value is not None})
    with progress() as shown:
        task = shown.add_task("pairs", total=plan.scenes * len(plan.tasks))

        def tick(outcomes: Sequence[Outcome]) -> None:
            shown.update(task, advance=len(outcomes))

        summary = plan.run(folder, progress=tick)
    out.print(_table(summary))
    err.print(f"report: {folder / 'report.html'}", markup=False)


def _table(summary: BuildSummary) -> Table:
    table = Table("", "made", "kept", box=None)
    for tally in summary.tallies:
        table.add_row(tally.name, str(tally.judged + tally.unscored), str(tally.kept))
    if summary.failed:
        table.add_row("[red]failed[/]", str(summary.failed), "")
    return table
