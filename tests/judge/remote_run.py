"""Candidates for the tests of the remote judge; as a script: judge them, one verdict a line.

python remote_run.py URL CACHE COUNT CONCURRENCY
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.judge.remote import PictureConfig, RemoteConfig, RemoteJudge, RetryConfig
from omniedit.types import Candidate, Proposal, Task, Verdict

SWIFT = RetryConfig(attempts=8, first=0.002, ceiling=0.01)
"""Retries that a test has time for."""


def candidates(count: int, start: int = 0, side: int = 12) -> Iterator[Candidate]:
    """Different small pictures of noise, each with its instruction."""
    for index in range(start, start + count):
        source, result = np.random.default_rng(index).integers(0, 256, (2, side, side + 4, 3), np.uint8)
        proposal = Proposal(f"p{index}", Task.SWAP, f"Replace the cat with a dog of colour {index}.")
        yield Candidate(f"photo{index}", proposal, source, result, "noise")


def judge_at(url: str, cache: Path | str, **settings: Any) -> RemoteJudge:
    """A judge of the endpoint at ``url`` that loses no time."""
    values = {"concurrency": 4, "retry": SWIFT, "pictures": PictureConfig(format="PNG"), "timeout": 60.0, **settings}
    return RemoteJudge(RemoteConfig(model="tester", base_url=url, **values), api_key="secret-key", cache=cache)


def lines(verdicts: Iterable[Verdict]) -> list[str]:
    """Verdicts as text, so that runs can be compared to the byte."""
    return [json.dumps(asdict(verdict)) for verdict in verdicts]


def wait_for(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Return when ``condition`` holds; a test that waits for longer has failed."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def main(url: str, cache: str, count: str, concurrency: str) -> None:
    """Judge, and write the verdicts."""
    with judge_at(url, cache, concurrency=int(concurrency)) as judge:
        for line in lines(judge.score_many(candidates(int(count)))):
            print(line, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born without it
    main(*sys.argv[1:])
