"""``omniedit bench compare``: contestants against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import err, out

if TYPE_CHECKING:
    from omniedit.bench.compare import Comparison


EACH = ("", "items", "scored", "SC", "PQ", "O", "95 % of O")
AGAINST = ("contestant", "against", "difference of O", "95 %", "p, Holm", "items")
"""What the terminal shows; the files have more."""


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of 'omniedit bench run', two or more, of one suite.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the comparison's page and tables.")],
    judge: Annotated[
        str,
        typer.Option(help="By whose scores: a judge's name, with or without its version. Default: the first's own."),
    ] = "",
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Also write everything to this file, wherever it is.")
    ] = None,
) -> None:
    """Compare runs item by item: differences with intervals and tests, and the same items side by side."""
    from omniedit.bench.comparison_folder import write_comparison

    comparison = write_comparison(runs, folder, judge=judge, as_json=as_json)
    for table in tables(comparison):
        out.print(table)
    err.print(f"comparison: {folder / 'comparison.html'}", markup=False)


def tables(comparison: Comparison) -> list[Table]:
    """The contestants, and every two of them, for the terminal."""
    from omniedit.bench.compare import ALL
    from omniedit.bench.markdown import HEAD, PAIRS, cells, columns, pair_cells

    each, pairs = Table(*EACH, box=None), Table(*AGAINST, box=None)
    for one in comparison.contestants:
        each.add_row(*columns(HEAD, cells(one.name, one.summary[ALL][ALL]), EACH))
    for pair in comparison.pairs:
        if pair.group == ALL:
            pairs.add_row(*columns(PAIRS, pair_cells(pair), AGAINST))
    return [each, pairs]
