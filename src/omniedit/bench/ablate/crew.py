"""Several jobs at a time, each in a process of its own with one thread, in their order and as soon as they may begin.

What a finished job left is never touched again, so that after any kill the same command goes on. A job that fails is
tried once more; if that fails too, what waits for it is left out, and everything else is done.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from omniedit.bench.ablate.plan import Job

TRIES = 2
"""Times that a job is tried in one go."""
PAUSE = 0.3
"""Seconds between two looks at the processes."""
LOG = "output.txt"
"""What a job's process prints, in its folder."""


@dataclass(frozen=True, eq=False)
class Running:
    """A job that is being done."""

    job: Job
    process: subprocess.Popen[bytes]
    since: float
    """Of `time.monotonic`."""


@dataclass(eq=False)
class Crew:
    """Who does the jobs of the ablation in a folder."""

    out: Path
    workers: int
    """Processes at a time; the pool is made by one that has as many itself."""
    tell: Callable[[str], None] = lambda line: None
    """Called with what has just begun, ended or failed."""
    look: Callable[[Sequence[Running]], None] = lambda running: None
    """Called again and again with what is being done."""
    running: list[Running] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)

    def work(self, jobs: Sequence[Job]) -> list[Job]:
        """Do all that is not done; returns the jobs that could not be.

        Nothing goes on when this is left, whichever way.
        """
        try:
            while True:
                self._reap()
                for job in jobs:
                    if self._room > 0 and self._may_begin(job):
                        self._begin(job)
                if not self.running:
                    return [job for job in jobs if not job.done(self.out)]
                self.look(self.running)
                time.sleep(PAUSE)
        finally:
            for each in self.running:
                each.process.kill()
                each.process.communicate()

    @property
    def _room(self) -> int:
        """How many more may begin."""
        alone = any(each.job.name == "pool" for each in self.running)  # it has a process for every core
        return 0 if alone else self.workers - len(self.running)

    def _may_begin(self, job: Job) -> bool:
        begun = any(each.job.name == job.name for each in self.running)
        ready = all(Job(name, 0.0).done(self.out) for name in job.needs)
        return ready and not begun and not job.done(self.out) and self.tries[job.name] < TRIES

    def _begin(self, job: Job) -> None:
        self.tries[job.name] += 1
        folder = self.out / job.name
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "omniedit.bench.ablate.work", str(self.out), job.name, str(self.workers)]
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=one_thread())
        self.running.append(Running(job, process, time.monotonic()))
        self.tell(f"{job.name}: begun")

    def _reap(self) -> None:
        """Take notice of what has ended."""
        for each in [each for each in self.running if each.process.poll() is not None]:
            self.running.remove(each)
            each.process.communicate()
            name, minutes = each.job.name, (time.monotonic() - each.since) / 60
            if each.job.done(self.out):
                self.tell(f"{name}: done in {minutes:.1f} min")
            else:
                self.tell(f"{name}: FAILED with {each.process.returncode}, see {self.out / name / LOG}")


def one_thread() -> dict[str, str]:
    """The environment of a job: libraries take one thread, since there are as many jobs as cores."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "MKL_CBWR": "AUTO,STRICT"}
