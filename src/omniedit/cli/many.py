"""Editing many photos in one command: a folder, or a list of jobs. A bad one is named, and the others go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from omniedit.cli.console import err, fail, out, progress
from omniedit.errors import InputError

if TYPE_CHECKING:
    from omniedit.edit.jobs import Bad, Job


def refuse(options: Mapping[str, object]) -> None:
    """Refuse options that were given but make sense for a single photo only."""
    given = [name for name, value in options.items() if value]
    if given:
        raise InputError(f"{', '.join(given)}: for a single photo only (in a list, every line can name its mask)")


def find_jobs(source: Path, instruction: str, output: Path | None, seed: int) -> tuple[list[Job | Bad], Path]:
    """The jobs of a folder or list, and the folder of their results."""
    from omniedit.edit.inputs import check_request
    from omniedit.edit.jobs import folder_jobs, listed_jobs

    place = source.resolve()
    folder = output or place.with_name(f"{place.stem}-edited")
    if not source.is_dir():
        return list(listed_jobs(source, folder, seed=seed)), folder
    check_request(instruction, 1, seed)
    return list(folder_jobs(source, instruction, folder, seed=seed)), folder


def edit_many(
    jobs: Sequence[Job | Bad], folder: Path, model: str, overwrite: bool, settings: Mapping[str, Any]
) -> None:
    """Do the jobs; leave with exit code 2 if any could not be done."""
    from omniedit import presets
    from omniedit.edit.jobs import Bad, run_jobs

    editor = presets.load(model)
    folder.mkdir(parents=True, exist_ok=True)
    with progress() as shown:
        task = shown.add_task("editing", total=len(jobs))

        def tick(job: Job | Bad) -> None:
            shown.update(task, advance=1)
            if isinstance(job, Bad):
                fail(f"{job.place}: {job.reason}")
            else:
                out.print(str(job.output), markup=False)

        tally = run_jobs(editor, jobs, overwrite=overwrite, tick=tick, **settings)
    err.print(f"{tally.done} edited, {len(tally.bad)} not", markup=False)
    if tally.bad:
        raise typer.Exit(2)
