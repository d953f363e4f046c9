"""What the terminal shows: a console for results, one for messages, and the progress bar of every command."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True)
"""Results: stdout, so that they can be piped."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Messages, progress and errors: stderr."""


def progress() -> Progress:
    """A bar with count and times on stderr; it vanishes when done, and stays silent where stderr is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def fail(message: str) -> None:
    """Print ``error: message`` to stderr."""
    err.print("[bold red]error:[/]", end=" ")
    err.print(message, markup=False)
