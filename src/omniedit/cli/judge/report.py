"""``omniedit judge report``: a table of scores as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omniedit.cli.console import out, progress


def report(
    scores: Annotated[Path, typer.Argument(help="Table of omniedit judge score.")],
    page: Annotated[Path, typer.Option("--out", "-o", help="File of the page.")] = Path("report.html"),
    pairs: Annotated[
        Path | None, typer.Option(help="The pairs that were scored: adds pictures and simple metrics.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another table for the same pairs: adds where the two disagree.")
    ] = None,
    clip: Annotated[
        str | None, typer.Option(help="Folder or Hub id of a CLIP model: adds CLIP to the simple metrics.")
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, max=10, help="Overall score from which a pair is kept.")] = 9.0,
) -> None:
    """Show scores on one page: histograms, what would be kept, what has no score, the worst and the best cases."""
    from omniedit.bench.scores import read_table
    from omniedit.bench.scores.report import Pictures
    from omniedit.bench.scores.report import report as drawn
    from omniedit.errors import InputError
    from omniedit.judge.metrics import ClipScore
    from omniedit.writing import publish

    if clip is not None and pairs is None:
        raise InputError("--clip measures pictures: name the pairs that were scored by --pairs")
    rows, others = read_table(scores), None if against is None else read_table(against)
    with progress() as shown:
        task = shown.add_task("simple metrics", total=None)
        text = drawn(
            rows,
            pictures=None if pairs is None else Pictures(pairs),
            against=others,
            clip=None if clip is None else ClipScore(clip),
            threshold=threshold,
            tick=lambda total: shown.update(task, total=total, advance=1),
        )
    publish(page, text)
    out.print(str(page), markup=False)
