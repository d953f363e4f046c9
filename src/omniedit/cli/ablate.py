"""``omniedit bench ablate``: the paper's questions at nano scale."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from omniedit.cli.console import err, out

if TYPE_CHECKING:
    from omniedit.bench.ablate.crew import Running
    from omniedit.bench.ablate.plan import Job
    from omniedit.bench.ablate.recipe import AblateRecipe

RECIPE = Path("recipes/ablate_nano.toml")
"""What is run when nothing is named: a file of the repository."""


def ablate(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pool, runs, results and report.")],
    recipe: Annotated[Path, typer.Argument(help="Recipe, a TOML file.")] = RECIPE,
    only: Annotated[list[str] | None, typer.Option("--only", help="A study; may be given several times.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many times every arm is trained.")] = 3,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Trainings at a time, one thread each.")] = 2,
    hours: Annotated[
        float | None, typer.Option(help="As many steps as end in so many hours, about; a begun run keeps its own.")
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="Photographs of the pool, instead of the recipe's.")] = None,
    document: Annotated[Path | None, typer.Option(help="Markdown file for the tables; its reading is kept.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Print the plan and how long it takes, and leave.")] = False,
) -> None:
    """Train and measure the arms of the paper's ablations, small. The same command again goes on where it was left."""
    from omniedit.bench.ablate.plan import jobs as plan_of
    from omniedit.bench.ablate.recipe import AblateRecipe
    from omniedit.bench.ablate.studies import STUDIES

    studies = only or list(STUDIES)
    plan = AblateRecipe.read(recipe)
    plan = plan.with_photos(photos) if photos else plan
    plan = plan if hours is None else _fitted(plan, folder, studies, seeds, jobs, hours)
    every = plan_of(plan, studies, seeds, jobs)
    if show:
        _list(every, jobs, folder, plan.steps)
        return
    from omniedit.bench.ablate.run import ablate as run

    command = shlex.join(["omniedit", *sys.argv[1:]])
    with Shown(every, jobs, folder) as shown, _resumable(folder):
        asked: dict[str, Any] = {"studies": studies, "seeds": seeds, "workers": jobs}
        run(plan, folder, **asked, document=document, command=command, tell=shown.tell, look=shown.look)
    err.print(f"report: {document or folder / 'report.md'}", markup=False)


def _fitted(
    plan: AblateRecipe, folder: Path, studies: Sequence[str], seeds: int, workers: int, hours: float
) -> AblateRecipe:
    """The recipe with the steps of the run in ``folder``, or with as many as end in so many hours."""
    from omniedit.bench.ablate.jobs import PLAN, read_plan
    from omniedit.bench.ablate.plan import within

    if (folder / PLAN).exists():
        return plan.with_steps(read_plan(folder).steps)
    return within(plan, studies, seeds, workers, hours)


@contextlib.contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    """Say what an interruption leaves."""
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"interrupted. What is finished stays in {folder}: the same command goes on.", markup=False)
        raise typer.Exit(130) from None


def _list(every: Sequence[Job], workers: int, folder: Path, steps: int) -> None:
    """Print the plan."""
    from omniedit.bench.ablate.plan import duration

    table = Table("job", "minutes", "", box=None)
    for job in every:
        table.add_row(job.name, f"{job.seconds / 60:.1f}", "done" if job.done(folder) else "")
    out.print(table)
    left = duration(every, workers, folder)
    out.print(
        f"{len(every)} jobs, {workers} at a time, {steps:,} steps each: {left / 3600:.1f} hours to go", markup=False
    )


class Shown:
    """What the terminal shows of an ablation: what happened, and a bar for all of it and for each job at work."""

    def __init__(self, every: Sequence[Job], workers: int, folder: Path) -> None:
        """Of all jobs, so many at a time."""
        self._every, self._workers, self._folder = every, workers, folder
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._bars: dict[str, TaskID] = {}
        self._all = self._progress.add_task("ablation", total=len(every))

    def __enter__(self) -> Shown:
        """Show it."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._progress.stop()

    def tell(self, line: str) -> None:
        """Say what happened, and how much is left."""
        from omniedit.bench.ablate.plan import duration

        done = sum(job.done(self._folder) for job in self._every)
        hours = duration(self._every, self._workers, self._folder) / 3600
        self._progress.console.print(
            f"{time.strftime('%H:%M')}  {line}; {done} of {len(self._every)} done, {hours:.1f} h to go", markup=False
        )
        self._progress.update(self._all, completed=done)

    def look(self, running: Sequence[Running]) -> None:
        """Move the bars of the jobs at work, and take away those of jobs that ended."""
        names = {each.job.name for each in running}
        for name in self._bars.keys() - names:
            self._progress.remove_task(self._bars.pop(name))
        for each in running:
            name = each.job.name
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=each.job.steps or None)
            self._progress.update(self._bars[name], completed=_step(self._folder / name / "log.jsonl"))


def _step(log: Path) -> int:
    """The last step of a training's log; 0 where there is none."""
    try:
        return int(json.loads(log.read_bytes().splitlines()[-1])["step"])
    except (OSError, IndexError, ValueError, KeyError):
        return 0
