"""Processes of this machine, one for each GPU if there are any. One that dies is replaced, and its task done again.

Each has a pipe of its own: when it dies, by whatever signal, the pipe closes, so that nothing waits for it; and when
this process dies, so do they.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from omniedit.data.engine.executors.base import R, T
from omniedit.errors import OmniEditError

GRACE = 5.0
"""Seconds in which a process whose pipe closed is to end by itself."""


class Local:
    """Several processes of this machine."""

    def __init__(self, workers: int | None = None) -> None:
        """Set how many; None for one for each GPU, or one."""
        self.gpus = gpus()
        self.workers = workers or max(1, len(self.gpus))

    def each(
        self, work: Callable[[T], R], tasks: Iterable[T], again: Callable[[T, str], T]
    ) -> Generator[R, None, None]:
        """The result of every task; see :class:`~omniedit.data.engine.executors.base.Executor`."""
        waiting, retried = iter(tasks), deque[T]()
        pool = [_Worker(work, gpu) for gpu in self._places()]
        free, busy = list(pool), dict[_Worker, T]()
        try:
            while True:
                while free and (given := [retried.popleft()] if retried else [*first(waiting)]):
                    worker = free.pop(0)
                    busy[worker] = given[0]
                    worker.give(given[0])
                if not busy:
                    return
                for worker in _answering(busy):
                    task = busy.pop(worker)
                    try:
                        result = worker.answer()
                    except _DiedError:
                        retried.append(again(task, worker.bury()))
                        free.append(worker)
                    else:
                        free.append(worker)
                        yield result
        finally:
            for worker in pool:
                worker.stop()

    def _places(self) -> list[str | None]:
        """The GPU of each worker, in turn; None without any."""
        return [self.gpus[n % len(self.gpus)] if self.gpus else None for n in range(self.workers)]


def gpus() -> list[str]:
    """Names of this machine's GPUs, as ``CUDA_VISIBLE_DEVICES`` has them; torch is loaded only where there are any."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return [name for name in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if name.strip() not in ("", "-1")]
    if not Path("/dev/nvidiactl").exists():
        return []
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]


def first(tasks: Iterable[T]) -> Iterable[T]:
    """The next task, if there is one."""
    for task in tasks:
        yield task
        return


def _answering(workers: Iterable[_Worker]) -> list[_Worker]:
    """Those of ``workers`` that answered or died; waits for the first."""
    by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in workers}
    return [by_pipe[pipe] for pipe in connection.wait(list(by_pipe))]


class _DiedError(Exception):
    """A process ended before it answered."""


class _Worker:
    """One process, started when it first gets a task, and again after it died."""

    def __init__(self, work: Callable[[Any], Any], gpu: str | None) -> None:
        self._work, self._gpu = work, gpu
        self._process: Any = None
        self.pipe: Connection

    def give(self, task: object) -> None:
        """Let it begin with ``task``."""
        if self._process is None:
            self._start()
        with contextlib.suppress(OSError):  # it died meanwhile: then the answer says so
            self.pipe.send(task)

    def _start(self) -> None:
        context = get_context("spawn")  # a fork would inherit the threads and the CUDA state of this process
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._gpu), daemon=True)
        self._process.start()
        theirs.close()  # else the pipe would stay open when the process dies
        with contextlib.suppress(OSError):
            self.pipe.send(self._work)  # not an argument: starting would wait for ever if the process died at once

    def answer(self) -> Any:  # noqa: ANN401 (the work's result)
        """The result of its task.

        Raises:
            _DiedError: The process did not live to give one.
            Exception: What the work raised.
        """
        try:
            result, error = self.pipe.recv()
        except (EOFError, OSError) as gone:
            raise _DiedError from gone
        if error is not None:
            raise error
        return result

    def bury(self) -> str:
        """How it died, in words; the next task starts it anew."""
        self._process.join(GRACE)
        code = self._process.exitcode
        self.stop()
        return _described(code)

    def stop(self) -> None:
        """End it, if it was started and has not ended."""
        if self._process is None:
            return
        self.pipe.close()
        self._process.kill()  # nothing is lost: a file appears whole or not at all
        self._process.join()
        self._process.close()
        self._process = None


def _described(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "stopped answering"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


# In the worker --------------------------------------------------------------------------------------------------------


def _serve(pipe: Connection, gpu: str | None) -> None:
    """Do tasks until there is nobody to give any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the first one decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    with contextlib.suppress(EOFError, OSError):
        work = pipe.recv()
        while True:
            pipe.send(_done(work, pipe.recv()))


def _end_with_parent() -> None:
    """End at once when the process that started this one does: what it began, the next command begins again."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _done(work: Callable[[Any], Any], task: object) -> tuple[Any, BaseException | None]:
    """The result of a task, or the error in it."""
    try:
        return work(task), None
    except Exception as error:
        return None, portable(error)


def portable(error: Exception) -> Exception:
    """``error`` if it can travel between processes, else what comes closest."""
    with contextlib.suppress(Exception):
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301 (our own)
            return error
    if isinstance(error, OmniEditError):
        return OmniEditError(str(error))
    return RuntimeError("".join(traceback.format_exception(error)))
