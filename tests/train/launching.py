"""Runs over several CPU processes, with the environment in which ``accelerate launch`` starts them."""

from __future__ import annotations

import os
import socket
import traceback
from pathlib import Path

from forked import started

from omniedit.train.loop import train


def launch(recipe: Path, world: int, **extra: str) -> None:
    """Train on ``world`` CPUs, as ``accelerate launch`` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(world), "ACCELERATE_USE_CPU": "true"}
    running, faults = [], recipe.with_suffix(".faults")
    for rank in range(world):
        environment = common | {"RANK": str(rank), "LOCAL_RANK": str(rank)} | extra
        running.append(started(_train, recipe, environment, faults))
    for process in running:
        process.join(300)
    assert [process.exitcode for process in running] == [0] * world, faults.exists() and faults.read_text()


def _train(recipe: Path, environment: dict[str, str], faults: Path) -> None:
    """What each process does; what ends it is noted."""
    os.environ.update(environment)
    try:
        train(recipe)
    except BaseException:
        with faults.open("a") as file:
            file.write(traceback.format_exc())
        raise
