"""``omniedit build``: make edit pairs from photos; ``omniedit build status``: see how far that is."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from typer.core import TyperGroup

from omniedit.cli.console import err, out, progress
from omniedit.errors import InputError

if TYPE_CHECKING:
    from omniedit.data.engine import BuildSummary, Outcome
    from omniedit.data.engine.estimate import Outline
    from omniedit.data.engine.of_photos import OfPhotos
    from omniedit.data.engine.recipe import BuildRecipe
    from omniedit.data.engine.status import Status

MOST = 5
"""Errors that are named."""
SLURM = "slurm"
"""The executor that is a script to be submitted."""


class _RunUnlessNamed(TyperGroup):
    """``omniedit build RECIPE`` is ``omniedit build run RECIPE``: what names no command is for ``run``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's or click's context)
        named = args and args[0] in (*self.commands, "--help")
        return super().parse_args(ctx, args if named else ["run", *args])


app = typer.Typer(cls=_RunUnlessNamed, help="Make edit pairs from photographs: run, unless status is named.")


@app.command()
def run(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pairs, their ledger and the report.")],
    recipe: Annotated[Path | None, typer.Argument(help="Recipe, a TOML file; options override it.")] = None,
    photos: Annotated[
        Path | None, typer.Option(help="Photographs instead of the recipe's: a folder; with a [source], any pile.")
    ] = None,
    cutouts: Annotated[Path | None, typer.Option(help="Folder of cutouts, the objects of scenes.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Number of scenes or photographs; each is asked for every task.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes, actors or tasks at the same time.")] = None,
    executor: Annotated[str, typer.Option(help="local, ray, or slurm: a script is written, to submit.")] = "local",
    shard: Annotated[str | None, typer.Option(help="Only part i of n: i/n, from 0/n on. status merges.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Do failed rows again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and what it takes.")] = False,
) -> None:
    """Make scored, filtered edit pairs from photographs. The same command again continues a build that was stopped.

    A recipe with a [source] builds pairs of its photographs, or with masks holes in them; any other builds scenes.
    """
    from omniedit.data.engine.recipe import BuildRecipe, read_recipe

    plan = (read_recipe(recipe) if recipe else BuildRecipe()).given(
        photos=photos, cutouts=cutouts, limit=limit, seed=seed, workers=workers
    )
    count = workers or (plan.workers if plan.workers > 1 else None)
    if dry_run:
        _estimate(plan, folder, executor, count)
    elif executor == SLURM:
        options = {"--photos": photos, "--cutouts": cutouts, "--limit": limit, "--seed": seed}
        words = [str(word) for name, value in options.items() if value is not None for word in (name, value)]
        words += ["--retry-failed"] if retry_failed else []
        _slurm(plan, folder, count or 1, [*([str(recipe)] if recipe else []), *words])
    else:
        _build(plan, folder, executor, count, shard, retry_failed)


def _build(
    plan: BuildRecipe | OfPhotos, folder: Path, name: str, workers: int | None, shard: str | None, retry_failed: bool
) -> None:
    """Run a build, or a shard of it."""
    from omniedit.data.engine.executors import EXECUTORS

    if name not in EXECUTORS:
        raise InputError(f"there is no executor {name!r}; there are {', '.join((*EXECUTORS, SLURM))}")
    part = part_of(shard) if shard else (0, 1)
    with progress() as shown:
        task = shown.add_task("pairs", total=plan.rows and plan.rows // part[1])

        def tick(outcomes: Sequence[Outcome]) -> None:
            shown.update(task, advance=len(outcomes))

        try:
            executor = EXECUTORS[name](workers)
            summary = plan.run(folder, progress=tick, executor=executor, retry_failed=retry_failed, shard=part)
        except KeyboardInterrupt:
            shown.stop()
            err.print(f"interrupted. Finished units stay in {folder}: the same command goes on.", markup=False)
            raise typer.Exit(130) from None
    out.print(_table(summary))
    if summary.failed:
        err.print(f"{summary.failed} rows failed: --retry-failed does them again", markup=False)
    last = f"report: {folder / 'report.html'}" if part == (0, 1) else f"shard {shard} is done; then: {_status(folder)}"
    err.print(last, markup=False)


def part_of(shard: str) -> tuple[int, int]:
    """``"3/64"`` as numbers.

    Raises:
        InputError: It is something else.
    """
    first, _, last = shard.partition("/")
    if first.isdecimal() and last.isdecimal() and int(first) < int(last):
        return int(first), int(last)
    raise InputError(f"--shard {shard} is to be i/n, with i from 0 to n - 1, such as 0/64")


def _slurm(plan: BuildRecipe | OfPhotos, folder: Path, tasks: int, words: list[str]) -> None:
    """Write the script of an array whose tasks run the same build, each with its shard."""
    from omniedit.data.engine.executors import Local
    from omniedit.data.engine.executors.slurm import write_array

    plan.prepare(folder, Local(min(tasks, os.cpu_count() or 1)))
    command = [sys.executable, "-m", "omniedit.cli.main", "build", "run", *words, "--out", str(folder)]
    script = write_array(folder, command, tasks)
    out.print(f"sbatch {script}", markup=False)
    err.print(f"submit it as above; meanwhile and afterwards: {_status(folder)}", markup=False)


def _status(folder: Path) -> str:
    return f"omniedit build status {folder}"


def _estimate(plan: BuildRecipe | OfPhotos, folder: Path, executor: str, workers: int | None) -> None:
    """Print what would be done and what it takes."""
    from omniedit.data.engine.estimate import estimate, outline
    from omniedit.data.engine.executors.local import gpus
    from omniedit.data.engine.of_photos import OfPhotos
    from omniedit.data.engine.photo_recipe import PhotoRecipe

    things = "photographs" if isinstance(plan, OfPhotos) else "scenes"
    if isinstance(plan, PhotoRecipe):
        out.print(_outline(outline(plan, folder)))  # before any model is loaded: one that is missing ends this
    found, many = estimate(plan, folder), workers or max(1, len(gpus()))
    table = Table("", "", box=None, show_header=False)
    table.add_row(things, f"{found.scenes:,}, of which {found.scenes - found.waiting:,} are finished")
    table.add_row("rows to do", f"{found.rows:,}")
    if found.proposer_share:
        table.add_row("proposals", f"{100 * found.proposer_share:.0f} % of the time")
    table.add_row("judge calls", f"{found.judge_calls:,}, {100 * found.judge_share:.0f} % of the time")
    for stage, bill in found.bills.items():
        tokens = f"{bill.input_tokens:,} tokens read, {bill.output_tokens:,} written"
        table.add_row(f"{stage}, paid", f"{bill.calls:,} calls, {tokens}, {bill.money:,.2f} in its currency")
    table.add_row("hours of one worker", f"{found.hours:.2f}")
    table.add_row(f"hours with {many}, {executor}", f"{found.hours / many:.2f}")
    table.add_row("GPU hours", f"{found.hours:.2f}, one GPU a worker" if gpus() else "0: there is no GPU here")
    out.print(table)
    err.print(f"measured on {found.sample} {things}, on this machine as busy as it is now; nothing was written")
    for reason, count in found.errors.most_common(MOST):
        err.print(f"{count} rows of these failed: {reason}", markup=False)


def _outline(found: Outline) -> Table:
    """What a build of photographs asks for at the most."""
    table = Table("at most", "", box=None)
    rows = {
        "photographs": found.photos,
        "proposals": found.proposals,
        "questions to the proposer": found.questions,
        "verdicts of the judge": found.verdicts,
    }
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    return table


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(help="Folder of a build.")],
) -> None:
    """Say how far a build is; merge it if all its shards are finished."""
    from omniedit.data.engine.status import merge
    from omniedit.data.engine.status import status as state

    found = state(folder)
    merged = merge(folder, found)
    out.print(_states(found))
    if found.errors:
        out.print(*(f"{count} × {reason}" for reason, count in found.errors.most_common(MOST)), sep="\n", markup=False)
        err.print("failed rows: the same build command with --retry-failed does them again")
    if found.dropped:
        out.print(f"{found.dropped:,} photographs were dropped by their source: ledger.jsonl says why")
    if merged is not None:
        err.print(f"all units are finished and merged; report: {folder / 'report.html'}", markup=False)
    elif not found.whole:
        err.print("not finished: the same build command goes on", markup=False)


def _states(found: Status) -> Table:
    """Rows by task and state."""
    from omniedit.data.engine.status import STATES

    states = [state for state, count in zip(STATES, found.counts, strict=True) if count or state != "unscored"]
    units = f"{found.units} of {found.plan.units or 'so far unknown'} units"
    table = Table(units, *states, box=None)
    for task in sorted({task for task, _ in found.rows}):
        table.add_row(task, *(str(found.rows[task, state]) for state in states))
    total = dict(zip(STATES, found.counts, strict=True))
    table.add_row("total", *(str(total[state]) for state in states))
    return table


def _table(summary: BuildSummary) -> Table:
    """What was made and kept of each task; what has no score yet stands among the made."""
    table = Table("", "made", "kept", box=None)
    for tally in summary.tallies:
        kept = summary.kept if summary.of_masks else tally.kept  # which counts what is scored
        table.add_row(tally.name, str(tally.judged + tally.unscored), str(kept))
    if summary.dropped:
        table.add_row("photographs dropped", str(summary.dropped), "")
    if summary.failed:
        table.add_row("[red]failed[/]", str(summary.failed), "")
    return table
