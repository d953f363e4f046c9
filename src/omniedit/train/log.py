"""A run's progress: a bar for the person who waits, and one JSON line per event for everyone later."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from omniedit.errors import OmniEditError
from omniedit.train.recipe import Recipe


class Log:
    """A progress bar, and one JSON line per event in ``log.jsonl``."""

    def __init__(self, folder: Path, start: int, recipe: Recipe) -> None:
        """Log into ``folder`` from step ``start`` on."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._recipe = folder / "log.jsonl", recipe
        self._losses: list[Tensor] = []
        self._since = time.perf_counter()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns)
        self._bar = self._progress.add_task(recipe.name, total=recipe.train.steps, completed=start)

    def __enter__(self) -> Log:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the bar standing."""
        self._progress.stop()

    def step(self, step: int, loss: Tensor, norm: Tensor, rate: float) -> None:
        """Count one step; every ``log_every`` steps write the mean loss and the speed.

        Raises:
            OmniEditError: the loss is not a finite number.
        """
        self._losses.append(loss.detach())
        if (step + 1) % self._recipe.run.log_every and step + 1 != self._recipe.train.steps:
            return
        mean = float(torch.stack(self._losses).mean())
        if not math.isfinite(mean):
            raise OmniEditError(f"the loss is {mean} at step {step + 1}: lower learning_rate, or look at the pairs")
        now = time.perf_counter()
        speed = len(self._losses) * self._recipe.train.batch / (now - self._since)
        self._write(step=step + 1, loss=mean, norm=float(norm), rate=rate, samples_per_second=round(speed, 1))
        self._progress.update(self._bar, completed=step + 1, description=f"loss {mean:.4f}  {speed:.0f}/s")
        self._losses, self._since = [], now

    def validation(self, step: int, scores: Mapping[str, float]) -> None:
        """Write scores on held-out scenes."""
        self._write(step=step, **scores)
        self._progress.console.print(f"step {step}: " + "  ".join(f"{k} {v:.2f}" for k, v in scores.items()))
        self._since = time.perf_counter()

    def _write(self, **entry: float) -> None:
        """Append one line."""
        with self._file.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def read_log(folder: Path | str) -> Iterator[dict[str, float]]:
    """The entries of a run's log, in order."""
    for line in (Path(folder) / "log.jsonl").read_text().splitlines():
        yield json.loads(line)
