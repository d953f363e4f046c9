"""How well a remote judge uses the time of its endpoint: ``python -m omniedit.bench.judging [PAIRS [CONCURRENCY]]``.

    ratio = total time / (sum of the endpoint's latencies / concurrency)

One is perfect: at no time was there a free place. The aim is at most 1.25, with retries and faults.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from omniedit.judge.remote import RemoteConfig, RemoteJudge, RetryConfig
from omniedit.testing import Faults, JudgeServer
from omniedit.types import Candidate, Proposal, Task

LATENCY = (0.5, 2.0)
"""Seconds before an answer, least and most: those of hosted models, halved."""
FAULTS = Faults(too_many=0.02, errors=0.02, drops=0.01, garbage_bodies=0.01, retry_after=0.5)
"""What goes wrong meanwhile."""
SIDE = 256
"""Side of the pictures, in pixels."""


def benchmark_remote(pairs: int = 1000, concurrency: int = 32) -> Iterator[tuple[str, str]]:
    """What was measured, and the result, one after the other.

    Server and judge share this machine and one process, so their own work is in the time too.
    """
    with tempfile.TemporaryDirectory() as folder, JudgeServer(latency=LATENCY, faults=FAULTS) as server:
        config = RemoteConfig(
            model="tester", base_url=server.url, concurrency=concurrency, retry=RetryConfig(attempts=8, first=0.5)
        )
        with RemoteJudge(config, api_key="none", cache=Path(folder) / "replies.sqlite") as judge:
            began, worked = time.perf_counter(), time.process_time()
            scored = sum(verdict.scored for verdict in judge.score_many(_candidates(pairs)))
            seconds, processor = time.perf_counter() - began, time.process_time() - worked
            spent = judge.spent
        ideal = server.slept / concurrency
        yield "pairs scored", f"{scored} of {pairs}, {concurrency} calls at a time"
        yield "answers bought more than once", str(sum(server.answered.values()) - len(server.answered))
        yield "calls, counted and billed", f"{spent.calls} and {server.paid.calls}; {spent.failed} failed"
        yield "time", f"{seconds:.1f} s, of which {processor:.1f} s of processor time; ideal {ideal:.1f} s"
        yield "ratio", f"{seconds / ideal:.2f}"


def _candidates(count: int) -> Iterator[Candidate]:
    """Pictures of noise: the hardest to encode."""
    for index in range(count):
        source, result = np.random.default_rng(index).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)
        proposal = Proposal(f"p{index}", Task.SWAP, f"Replace the cat with dog number {index}.")
        yield Candidate(f"photo{index}", proposal, source, result, "noise")


if __name__ == "__main__":
    for name, measured in benchmark_remote(*map(int, sys.argv[1:])):
        print(f"{name:32} {measured}", flush=True)
