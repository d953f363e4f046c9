"""Processes that have the package imported when they begin: forked from one that imports it once for all tests."""

from __future__ import annotations

import sys
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

PRELOADED = [
    "omniedit.train.loop",
    "omniedit.train.cache.make",
    "torch.distributed.fsdp",
    "torch.nn.parallel",
    "pyarrow.parquet",
    "pandas",  # Arrow loads it
]


def context() -> BaseContext:
    """Where processes come from; on systems other than Linux, a fork of libraries is not safe."""
    found = get_context("forkserver" if sys.platform == "linux" else "spawn")
    if sys.platform == "linux":
        found.set_forkserver_preload(PRELOADED)
    return found


def started(work: Any, *args: object) -> BaseProcess:
    """A process that does ``work(*args)``, a function of a module."""
    process = context().Process(target=work, args=args)  # type: ignore[attr-defined]
    process.start()
    assert isinstance(process, BaseProcess)
    return process
