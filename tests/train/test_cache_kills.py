"""A cache whose processes die, or work side by side, ends in the same files as an uninterrupted one."""

from __future__ import annotations

import os
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest
from cache_sets import files, make_slowly
from forked import started

from omniedit.train.cache.plan import in_turn

KILLS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
"""Moments of death, as shares of the files that a whole cache has."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    make_slowly(out)
    return files(out)


def wait_for(out: Path, count: int, process: BaseProcess) -> None:
    """Until there are as many files, temporary ones among them."""
    while process.is_alive() and sum(len(names) for _, _, names in os.walk(out)) < count:
        time.sleep(0.001)


def test_a_cache_survives_kills(tmp_path: Path, whole: dict[str, bytes]) -> None:
    died = 0
    for share in KILLS:
        process = started(make_slowly, tmp_path)
        wait_for(tmp_path, round(share * len(whole)), process)
        process.kill()
        process.join()
        died += process.exitcode != 0
    assert died  # and not all ended before they could be killed
    process = started(make_slowly, tmp_path)
    process.join()
    assert process.exitcode == 0
    assert files(tmp_path) == whole


def test_shares_do_not_get_in_each_others_way(tmp_path: Path, whole: dict[str, bytes]) -> None:
    processes = [started(make_slowly, tmp_path, (number, 2)) for number in range(2)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert files(tmp_path) == whole


def test_one_share_alone_ends_with_all_done(tmp_path: Path, whole: dict[str, bytes]) -> None:
    first, second = (started(make_slowly, tmp_path, (number, 2)) for number in range(2))
    wait_for(tmp_path, len(whole) // 3, second)
    first.kill()
    first.join()
    second.join()
    assert second.exitcode == 0
    left = {name for name in files(tmp_path) if name.endswith(".tmp")}
    assert {name: content for name, content in files(tmp_path).items() if name not in left} == whole


def test_helpers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    process = started(make_slowly, tmp_path, (0, 1), 2)
    helpers: list[psutil.Process] = []
    while not helpers:
        helpers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.join()
    _, alive = psutil.wait_procs(helpers, timeout=120)
    assert not alive


@pytest.mark.parametrize(("count", "of"), [(0, 1), (5, 1), (7, 3), (2, 4)])
def test_every_share_goes_through_all_its_own_first(count: int, of: int) -> None:
    for mine in range(of):
        order = list(in_turn(count, (mine, of)))
        assert sorted(order) == list(range(count))
        own = list(range(mine, count, of))
        assert order[: len(own)] == own
