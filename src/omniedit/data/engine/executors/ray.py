"""Actors on a Ray cluster, or on this machine if none is named by ``RAY_ADDRESS``; needs the ``ray`` extra.

Each actor has one task at a time, so no more is in flight than is worked at, and what travels are names and numbers:
scenes are made, and shards written, where the actor is. All machines see the folders of photographs and of the build.
"""

from __future__ import annotations

import logging
import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any

from omniedit.data.engine.executors.base import R, T
from omniedit.data.engine.executors.local import first, portable
from omniedit.errors import MissingExtraError, OmniEditError

STARTS = 3
"""How often starting a cluster is tried: a busy machine may take longer than Ray waits."""
STORE = 256 * 2**20
"""Bytes of the object store of a cluster that is started here: tasks are small."""


class Ray:
    """A pool of actors."""

    def __init__(self, workers: int | None = None, gpus: float | None = None) -> None:
        """Set how many actors (None: one for each GPU, or one), and the share of a GPU of each (None: an even one)."""
        self.workers, self.gpus = workers, gpus

    def each(
        self, work: Callable[[T], R], tasks: Iterable[T], again: Callable[[T, str], T]
    ) -> Generator[R, None, None]:
        """The result of every task; see :class:`~omniedit.data.engine.executors.base.Executor`.

        Raises:
            MissingExtraError: Ray is not installed.
        """
        ray = _ray()
        ours = not ray.is_initialized()
        if ours:
            _connect(ray, self.workers)
        try:
            yield from self._each(ray, work, tasks, again)
        finally:
            if ours:
                ray.shutdown()

    def _each(
        self,
        ray: Any,  # noqa: ANN401
        work: Callable[[T], R],
        tasks: Iterable[T],
        again: Callable[[T, str], T],
    ) -> Generator[R, None, None]:
        waiting, retried = iter(tasks), deque[T]()
        start, workers = self._starter(ray, work)
        free, busy = [start() for _ in range(workers)], dict[Any, tuple[Any, T]]()
        while True:
            while free and (given := [retried.popleft()] if retried else [*first(waiting)]):
                actor = free.pop()
                busy[actor.do.remote(given[0])] = actor, given[0]
            if not busy:
                return
            answer = ray.wait(list(busy), num_returns=1)[0][0]
            actor, task = busy.pop(answer)
            try:
                result, error = ray.get(answer)
            except ray.exceptions.RayActorError as death:
                retried.append(again(task, f"ended on the cluster ({_short(death)})"))
                free.append(start())
                continue
            free.append(actor)
            if error is not None:
                raise error
            yield result

    def _starter(self, ray: Any, work: Callable[[T], R]) -> tuple[Callable[[], Any], int]:  # noqa: ANN401
        """What starts an actor, and how many there are to be."""
        there = ray.cluster_resources().get("GPU", 0.0)
        workers = self.workers or max(1, int(there))
        share = self.gpus if self.gpus is not None else min(1.0, math.floor(1e4 * there / workers) / 1e4)
        actor = ray.remote(num_cpus=1, num_gpus=share, max_restarts=0)(_Actor)
        stored = ray.put(work)
        return lambda: actor.remote(stored), workers


class _Actor:
    """A worker on the cluster."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work

    def do(self, task: object) -> tuple[Any, Exception | None]:
        """The result of a task, or the error in it."""
        try:
            return self._work(task), None
        except Exception as error:
            return None, portable(error)


def _ray() -> Any:  # noqa: ANN401
    """The library, set not to report to its makers, and to notice within seconds that its head died.

    Raises:
        MissingExtraError: It is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "10")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", "ray") from error
    return ray


def _connect(ray: Any, workers: int | None) -> None:  # noqa: ANN401
    """Join the cluster of ``RAY_ADDRESS``, or start one on this machine.

    Raises:
        OmniEditError: It cannot be joined or started.
    """
    where = os.environ.get("RAY_ADDRESS")
    wanted: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if not where:
        cpus = workers or os.cpu_count()
        wanted |= {"address": "local", "num_cpus": cpus, "object_store_memory": STORE, "include_dashboard": False}
    for left in reversed(range(1 if where else STARTS)):
        try:
            ray.init(**wanted)
            return
        except Exception as error:  # Ray raises its plainest one when it is not up within its 30 seconds
            ray.shutdown()
            if not left:
                place = f"the Ray cluster at {where} cannot be joined" if where else "Ray cannot be started here"
                raise OmniEditError(
                    f"{place} ({_short(error)}): see whether it is up, or use --executor local"
                ) from error


def _short(error: BaseException) -> str:
    """The first line of an error."""
    return str(error).strip().partition("\n")[0].rstrip(":. ")
