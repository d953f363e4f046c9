"""Threads that work on a stream: order, limits, and an end to every run, wherever it is interrupted."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from remote_run import candidates, judge_at, wait_for

from omniedit.judge.remote.crew import Crew, StoppedError
from omniedit.judge.remote.judge import RemoteJudge
from omniedit.testing import JudgeServer


class Interrupt:
    """Raises KeyboardInterrupt at the nth line or return of Python code in this thread, as a signal might."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event in ("line", "return"):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self if self.left > 0 else None

    def __enter__(self) -> Interrupt:
        sys.settrace(self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)


def crew_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("crew")]


def doubled(number: int, stop: threading.Event) -> int:
    return 2 * number


def judged(judge: RemoteJudge) -> int:
    return sum(verdict.scored for verdict in judge.score_many(candidates(4, side=2)))


def test_results_come_in_the_order_of_the_items_whoever_is_first() -> None:
    def slow_if_even(number: int, stop: threading.Event) -> int:
        stop.wait(0.004 * (number % 2 == 0))
        return number

    assert list(Crew(lambda item: item + 1, slow_if_even, ValueError).each(range(60), 4, 8)) == list(range(1, 61))
    assert not crew_threads()


def test_items_are_taken_only_as_fast_as_they_are_worked_on() -> None:
    taken: list[int] = []
    shown = 0
    gate = threading.Event()

    def items() -> Iterator[int]:
        for number in range(40):
            taken.append(number)
            yield number

    def first_is_slow(number: int, stop: threading.Event) -> int:
        if number == 0:
            gate.wait()
        return number

    def watch() -> None:
        wait_for(lambda: len(taken) == 7)
        gate.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    for shown, _ in enumerate(Crew(int, first_is_slow, ValueError).each(items(), 3, 6), 1):
        assert len(taken) <= shown + 7
    watcher.join()
    assert shown == 40


def test_a_fatal_error_stops_what_waits_and_is_what_is_raised() -> None:
    begun: list[int] = []

    def work(number: int, stop: threading.Event) -> int:
        begun.append(number)
        if number == 0:
            stop.wait()
            raise StoppedError
        if number == 1:
            raise ValueError("the key was refused")
        return number

    with pytest.raises(ValueError, match="the key was refused"):
        list(Crew(int, work, ValueError).each(range(1000), 2, 50))
    assert len(begun) < 1000
    assert not crew_threads()


def test_another_error_ends_the_run_when_its_turn_comes() -> None:
    def work(number: int, stop: threading.Event) -> float:
        return 1 / (3 - number)

    results = Crew(int, work, ValueError).each(range(9), 2, 4)
    assert [next(results) for _ in range(3)] == [1 / 3, 1 / 2, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert not crew_threads()


def test_an_abandoned_iteration_ends_its_threads() -> None:
    results = Crew(int, doubled, ValueError).each(range(100), 4, 8)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert not crew_threads()


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many lines and returns a run is of."""
    folder = tmp_path_factory.mktemp("counted")
    with JudgeServer() as server, judge_at(server.url, folder / "whole.sqlite", concurrency=2) as judge:
        assert judged(judge) == 4  # what is imported at the first use is imported
    with JudgeServer() as server, judge_at(server.url, folder / "counted.sqlite", concurrency=2) as judge:
        with Interrupt(sys.maxsize) as trace:
            judged(judge)
        return sys.maxsize - trace.left


@pytest.mark.parametrize("number", range(60))
def test_interrupted_anywhere_a_judge_ends_and_can_go_on(number: int, steps: int, tmp_path: Path) -> None:
    at = int(np.random.default_rng(number).integers(1, steps))
    with JudgeServer() as server, judge_at(server.url, tmp_path / "cut.sqlite", concurrency=2) as judge:
        # a condition of the standard library that is interrupted while it waits may raise RuntimeError in its place
        with contextlib.suppress(KeyboardInterrupt, RuntimeError), Interrupt(at):
            judged(judge)
        assert judged(judge) == 4
        assert server.paid.calls == 8
        assert judge.spent.calls == 8
