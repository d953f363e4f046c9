"""``omniedit bench suite``: make a benchmark of photographs, and freeze it so that all compare the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omniedit.cli.console import err, out, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omniedit.bench.suites.making import Made, Problem

app = typer.Typer(no_args_is_help=True, help="Make a benchmark like Omni-Edit-Bench of any photographs.")

SHOWN = 10
"""Problems that 'make' prints; 'check' prints all."""


@app.command()
def make(
    photos: Annotated[Path, typer.Argument(help="Folder of photographs (or parquet files, tars …).")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="The suite's folder.")],
    count: Annotated[int, typer.Option("--photos-count", min=1, help="How many photographs.")] = 62,
    seed: Annotated[int, typer.Option(help="Seed of the choice among equals, and of templates.")] = 0,
    by: Annotated[
        str, typer.Option("--proposer", help="Who writes instructions: templates, openai:MODEL, or hand (nobody).")
    ] = "templates",
    base_url: Annotated[str | None, typer.Option(help="Address of the model's endpoint, with /v1.")] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Most calls of the model.")] = None,
    min_megapixels: Annotated[float, typer.Option(min=0, help="Fewest pixels of a photograph, in millions.")] = 0.5,
    min_sharpness: Annotated[float, typer.Option(min=0, help="Smallest sharpness, as in an ingest.")] = 20.0,
) -> None:
    """Choose photographs, propose seven edits of each, and freeze them. The same command goes on where it was left."""
    from dataclasses import replace

    from omniedit.bench.suites.making.choice import LIMITS
    from omniedit.bench.suites.making.make import make as begin
    from omniedit.data.engine.proposers import ProposalsTable
    from omniedit.judge.remote.endpoint import OPENAI

    asking = ProposalsTable(base_url=base_url or OPENAI, max_calls=max_calls)
    limits = replace(LIMITS, min_megapixels=min_megapixels, min_sharpness=min_sharpness)
    with progress() as shown:
        task = shown.add_task("photographs", total=None)

        def tick(what: str, total: int | None) -> None:
            if total != shown.tasks[task].total:
                shown.reset(task, total=total)
            shown.update(task, description=what, advance=1)

        made = begin(photos, folder, count=count, seed=seed, by=by, asking=asking, limits=limits, tick=tick)
    _tell(made, folder, count)


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The suite's folder.")]) -> None:
    """List what is missing, wrong, or no longer as it was frozen. Exit code 1 if there is anything."""
    from omniedit.bench.suites.making.check import check as find
    from omniedit.bench.suites.making.folder import read_seal

    problems = find(folder)
    _list(problems)
    if problems:
        err.print(f"{len(problems)} problems", markup=False)
        raise typer.Exit(1)
    seal = read_seal(folder)
    out.print(f"complete, and as it was frozen: {seal.hash}" if seal else "complete, not frozen yet", markup=False)


@app.command()
def freeze(folder: Annotated[Path, typer.Argument(help="The suite's folder.")]) -> None:
    """Seal a suite that lacks nothing; one that was sealed and then changed gets another hash."""
    from omniedit.bench.suites.making.check import freeze as seal
    from omniedit.bench.suites.making.folder import PAGE
    from omniedit.bench.suites.making.page import suite_page
    from omniedit.writing import publish

    sealed = seal(folder)
    publish(folder / PAGE, suite_page(folder))
    out.print(f"frozen: {sealed.hash}, {len(sealed.photos)} photographs, {len(sealed.edits)} edits", markup=False)


def _tell(made: Made, folder: Path, count: int) -> None:
    """What was made, and what is left to do."""
    spread = ", ".join(f"{ratio} {number}" for ratio, number in made.ratios.items())
    out.print(f"{made.photos} photographs ({spread})", markup=False)
    if made.photos < count:
        reasons = f"; {len(made.left_out)} cannot be used, see {folder / 'left-out.txt'}" if made.left_out else ""
        err.print(f"fewer than {count}: there are no more{reasons}", markup=False)
    err.print(f"page: {folder / 'suite.html'}", markup=False)
    if made.hash:
        out.print(f"frozen: {made.hash}", markup=False)
        return
    _list(made.problems[:SHOWN])
    err.print(
        f"{len(made.problems)} problems before it can be frozen: omniedit bench suite check {folder}", markup=False
    )
    err.print(f"write into {folder / 'edits.jsonl'}, then: omniedit bench suite freeze {folder}", markup=False)


def _list(problems: Sequence[Problem]) -> None:
    for problem in problems:
        out.print(str(problem), markup=False)
