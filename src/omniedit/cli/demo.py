"""``omniedit demo``: every stage in miniature, and one page that shows what came of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from omniedit.cli.console import err, out


def demo(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for everything that the demo makes.")] = Path(
        "demo"
    ),
    minutes: Annotated[float, typer.Option(min=1, help="About how long it may take, on two cores.")] = 6.0,
) -> None:
    """Make data, train an editor from scratch, and edit photographs with nano: all stages in minutes, offline."""
    from omniedit.bench.page import page
    from omniedit.cli.miniature import STAGES
    from omniedit.writing import publish

    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for title, stage in STAGES.items():
        err.print(f"[bold]{title}[/]")
        began = time.monotonic()
        sections.append(stage(folder, minutes))
        err.print(f"  {time.monotonic() - began:.0f} s")
    publish(folder / "index.html", page("OmniEdit in miniature", "Made by: omniedit demo", *sections))
    for made in ("index.html", "edits.png", "pairs/report.html"):
        out.print(str(folder / made), markup=False)
