"""``omniedit judge distill`` and ``train``: judges of one's own, taught by the verdicts of another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from omniedit.cli.console import out


def distill(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a TOML file; see recipes/judge_distill.toml.")],
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run, instead of the recipe's.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make the chat set, and leave.")] = False,
) -> None:
    """Distil a judge from a teacher's verdicts into an open vision-language model, by LoRA, as in the paper.

    The same command again continues a run that was stopped. The judge is then local:FOLDER.
    """
    from omniedit.train.distill import distill as run

    made = run(recipe, out=folder, dry_run=dry_run)
    if not dry_run:
        out.print(f"local:{made}", markup=False)


def train(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a TOML file; see recipes/student.toml.")],
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run, instead of the recipe's.")
    ] = None,
) -> None:
    """Train a student judge, the small one, and show how far it agrees with its teacher on held-out photographs.

    The same command again continues a run that was stopped. The judge is then student:FOLDER.
    """
    from omniedit.judge.teacher_agreement import TeacherAgreement, kept_table, table
    from omniedit.train.student import train_student
    from omniedit.train.student.loop import REPORT

    made = train_student(recipe, out=folder)
    report = TeacherAgreement.from_json(json.loads((made.parent / REPORT).read_text(encoding="utf-8")))
    out.print(table(report))
    out.print(kept_table(report))
    out.print(f"student:{made}", markup=False)
