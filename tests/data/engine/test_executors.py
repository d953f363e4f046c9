"""Wherever units are done, the bytes are the same; what kills a worker is found, and costs nothing else."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from omniedit.data.engine import build
from omniedit.data.engine.executors import Local
from omniedit.data.engine.executors.local import gpus
from omniedit.data.engine.ledger import read_ledger
from omniedit.data.photos import bundled_photos
from omniedit.data.scenes import Scene, SceneMaker
from omniedit.errors import MissingExtraError, OmniEditError, OutputError
from omniedit.judge import OMNIEDIT, Oracle
from omniedit.types import Candidate, Ideal, Task, Verdict

TASKS = (Task.ATTRIBUTE, Task.STYLE)
KILLS = (signal.SIGKILL, signal.SIGSEGV)


def scenes(count: int) -> Iterator[Scene]:
    maker = SceneMaker(tuple(bundled_photos("train")))
    return (maker(index) for index in range(count))


def contents(out: Path) -> dict[str, bytes]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.parent.name != "times")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


# Executors ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Square:
    """Work that may end its process: a number below 0 dies by that signal, and 0 is an error."""

    def __call__(self, number: int) -> int:
        if number < 0:
            os.kill(os.getpid(), -number)
        if number == 0:
            raise MissingExtraError("nothing", "all")
        return number * number


def test_every_task_has_its_result_and_no_more_are_taken_than_are_worked_at() -> None:
    taken, results = [], []

    def tasks() -> Iterator[int]:
        for number in range(1, 9):
            taken.append(number)
            yield number

    with closing(Local(2).each(Square(), tasks(), lambda task, how: task)) as found:
        for result in found:
            results.append(result)
            assert len(taken) <= len(results) + 2
    assert sorted(results) == [n * n for n in range(1, 9)]


def test_a_worker_that_dies_is_told_by_its_signal_and_its_task_is_replaced() -> None:
    told = []

    def again(task: int, how: str) -> int:
        told.append(how)
        return 100 - task

    results = [*Local(1).each(Square(), [2, *(-s for s in KILLS), 3], again)]
    assert sorted(results) == sorted([4, 9, *((100 + s) ** 2 for s in KILLS)])
    assert told == ["was ended by SIGKILL", "was ended by SIGSEGV"]


def test_an_error_in_the_work_ends_all_and_keeps_its_words() -> None:
    with pytest.raises(OmniEditError, match=r"omniedit\[all\]"):
        list(Local(1).each(Square(), [1, 0, 2], lambda task, how: task))


def test_gpus_are_those_that_the_environment_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    for said, found in (("", []), ("-1", []), ("2,3", ["2", "3"])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)
        assert gpus() == found
    assert Local().workers == 2
    assert Local(3)._places() == ["2", "3", "2"]


# Failing and poisonous items ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frail:
    """The oracle, which notes whom it is asked about; while ``ill`` is there, one item is an error and one kills."""

    ill: str
    name = "frail"
    version = "1"
    rubric = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        with Path(f"{self.ill}.asked").open("a", encoding="utf-8") as file:
            file.write(f"{candidate.photo_id} {candidate.proposal.task}\n")
        if Path(self.ill).exists() and candidate.photo_id == "train-0-1":
            if candidate.proposal.task is Task.STYLE:
                os.kill(os.getpid(), signal.SIGSEGV)
            raise RuntimeError("out of order")
        return Oracle().score(candidate, ideal)


def test_failed_rows_say_why_and_a_retry_does_exactly_these(tmp_path: Path) -> None:
    ill, asked, out = tmp_path / "ill", tmp_path / "ill.asked", tmp_path / "out"
    settings: dict[str, Any] = {"tasks": TASKS, "judge": Frail(str(ill)), "unit": 2}
    ill.touch()
    summary = build(scenes(3), out=out, executor=Local(1), **settings)
    failed = {(o.scene, o.task): o.reason for o in read_ledger(out) if o.status == "failed"}
    assert failed.keys() == {("train-0-1", "attribute"), ("train-0-1", "style")}
    assert failed["train-0-1", "attribute"] == "RuntimeError: out of order"
    assert "SIGSEGV, 3 times in a row" in failed["train-0-1", "style"]
    assert (summary.items, summary.failed) == (6, 2)

    ill.unlink()
    asked.unlink()
    assert build(scenes(3), out=out, **settings).failed == 2
    assert not asked.exists()
    assert build(scenes(3), out=out, retry_failed=True, **settings).failed == 0
    assert asked.read_text(encoding="utf-8").splitlines() == ["train-0-1 attribute", "train-0-1 style"]
    build(scenes(3), out=tmp_path / "whole", **settings)
    assert contents(out) == contents(tmp_path / "whole")


@dataclass(frozen=True)
class Full:
    """A judge whose cache is on a full disk."""

    name = "full"
    version = "1"
    rubric = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_ends_the_build_with_advice_and_fails_no_row(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="free some, or move the folder"):
        build(scenes(1), out=tmp_path, tasks=TASKS, judge=Full(), executor=Local(1))
    assert list((tmp_path / "units").iterdir()) == []


@dataclass(frozen=True)
class Unborn:
    """A judge with which no worker comes to its first item."""

    name = "unborn"
    version = "1"
    rubric = OMNIEDIT

    def __reduce__(self) -> tuple[Any, ...]:
        return _die, (os.getpid(),)

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        raise AssertionError


def _die(parent: int) -> None:
    if os.getpid() != parent:
        os._exit(3)


def test_workers_that_end_before_they_begin_are_an_error_and_no_endless_loop(tmp_path: Path) -> None:
    with pytest.raises(OmniEditError, match=r"3 workers in a row .*exit code 3"):
        build(scenes(1), out=tmp_path, tasks=TASKS, judge=Unborn(), executor=Local(1))
