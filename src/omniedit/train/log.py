"""A run's progress: a bar for the person who waits, one JSON line per event for everyone later, and a tracker.

Only the first of many devices writes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from omniedit.train.estimate.cards import utilisation

if TYPE_CHECKING:
    from accelerate import Accelerator

    from omniedit.train.estimate.plan import Plan
    from omniedit.train.recipe import Recipe


class Log:
    """A progress bar, one JSON line per event in ``log.jsonl``, and the recipe's tracker."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        start: int,
        steps: int,
        accelerator: Accelerator | None = None,
        plan: Plan | None = None,
    ) -> None:
        """Log into ``folder`` from step ``start`` on, of ``steps``.

        Without an accelerator there is no tracker; without a plan for a known card, no utilisation is told.
        """
        self._plan, self._waited = plan, 0.0
        self._file, self._recipe, self._steps, self._accelerator = folder / "log.jsonl", recipe, steps, accelerator
        self._writes = accelerator is None or accelerator.is_main_process
        self._losses: list[float] = []
        self._steps_since = 0
        self._since = time.perf_counter()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, disable=not self._writes)
        self._bar = self._progress.add_task(recipe.name, total=steps, completed=start)

    def __enter__(self) -> Log:
        """Show the bar, and start the tracker."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._accelerator and self._recipe.run.tracker:
            self._accelerator.init_trackers(self._recipe.name)
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the bar standing."""
        self._progress.stop()

    def step(self, step: int, loss: float, norm: float, waited: float, rate: float) -> None:
        """Count one step; every ``log_every`` steps write the mean loss, speed, memory and what share was waiting.

        A step whose gradient was no number is said, and not in the mean. ``waited`` is in seconds.
        """
        self._steps_since, self._waited = self._steps_since + 1, self._waited + waited
        recipe, done = self._recipe, step + 1
        if math.isfinite(norm):
            self._losses.append(loss)
        else:
            self.say(f"step {done} was left out: its gradient was not a number")
        if done % recipe.run.log_every and done != self._steps:
            return
        now, mean = time.perf_counter(), sum(self._losses) / max(1, len(self._losses))
        seconds = (now - self._since) / self._steps_since
        speed, told = recipe.train.batch / seconds, self._utilisation(seconds)
        measured = {"samples_per_second": round(speed, 1), "memory_gb": round(memory(), 2), **told}
        waiting = round(self._waited / (now - self._since), 3)
        self._write(done, loss=mean, norm=norm, rate=rate, waiting=waiting, **measured)
        used = "".join(f"  {share:.0%} of the card" for share in told.values())
        self._progress.update(self._bar, completed=done, description=f"loss {mean:.4f}  {speed:.0f}/s{used}")
        self._losses, self._since, self._steps_since, self._waited = [], now, 0, 0.0

    def _utilisation(self, seconds: float) -> dict[str, float]:
        """The share of the cards' best that steps of ``seconds`` reach, where it is known."""
        if self._plan is None or not self._plan.card:
            return {}
        share = utilisation(self._plan.step_flops, seconds, self._plan.card, self._plan.devices)
        return {} if share is None else {"utilisation": round(share, 3)}

    def validation(self, step: int, scores: Mapping[str, float]) -> None:
        """Write scores on held-out edits."""
        self._write(step, **scores)
        self.say(f"step {step}: " + "  ".join(f"{k} {v:.2f}" for k, v in scores.items()))
        self._since = time.perf_counter()

    def say(self, line: str) -> None:
        """Print above the bar."""
        self._progress.console.print(line)

    def _write(self, step: int, **entry: float) -> None:
        """Append one line, and tell the tracker."""
        if not self._writes:
            return
        with self._file.open("a") as file:
            file.write(json.dumps({"step": step, **entry}) + "\n")
        if self._accelerator and self._recipe.run.tracker:
            self._accelerator.log(entry, step=step)


def memory() -> float:
    """Most memory in use so far, in GB: the GPU's where there is one, else the process's."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 1e9
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def read_log(folder: Path | str) -> Iterator[dict[str, float]]:
    """The entries of a run's log, in order."""
    for line in (Path(folder) / "log.jsonl").read_text().splitlines():
        yield json.loads(line)
