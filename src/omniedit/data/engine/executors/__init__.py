"""Where units of work are done: in this process, in several of this machine, on a Ray cluster, or by a Slurm array.

base      what an executor is
inline    this process
local     processes, one for each GPU
ray       actors on a cluster
slurm     the script of an array whose tasks are shards, each of them done locally
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from omniedit.data.engine.executors.base import DEATHS, Executor
from omniedit.data.engine.executors.inline import Inline
from omniedit.data.engine.executors.local import Local
from omniedit.data.engine.executors.ray import Ray

EXECUTORS: Mapping[str, Callable[[int | None], Executor]] = {"local": Local, "ray": Ray}
"""Name -> what makes an executor of so many workers; None leaves the number to it."""

__all__ = ["DEATHS", "EXECUTORS", "Executor", "Inline", "Local", "Ray"]
