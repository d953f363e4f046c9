"""``omniedit train``: train an editor from a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a TOML file; see recipes/ for examples.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run; by default runs/ and the recipe's name.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check everything, say what would be trained and what it takes, and leave."),
    ] = False,
) -> None:
    """Train an editor from a recipe. The same command again continues a run that was stopped."""
    from omniedit.train.loop import train as run

    run(recipe, out=out, dry_run=dry_run)
