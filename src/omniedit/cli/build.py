"""``omniedit build``: make edit pairs from photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def build(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pairs and their report.")],
    recipe: Annotated[Path | None, typer.Argument(help="Recipe, a TOML file; options below override it.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Folder of photographs instead of the bundled ones.")] = None,
    cutouts: Annotated[Path | None, typer.Option(help="Folder of RGBA pictures instead of the drawn cutouts.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Number of candidates to make.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that work at the same time.")] = None,
) -> None:
    """Make scored, filtered edit pairs from photographs. The same command again continues a build that was stopped."""
