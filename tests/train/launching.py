"""Runs over several CPU processes, as ``accelerate launch`` starts them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

CODE = "import sys; from omniedit.train.loop import train; train(sys.argv[1])"


def launch(recipe: Path, world: int, **extra: str) -> None:
    """Train on ``world`` CPUs, as ``accelerate launch`` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(world), "ACCELERATE_USE_CPU": "true"}
    running = []
    for rank in range(world):
        env = os.environ | common | {"RANK": str(rank), "LOCAL_RANK": str(rank)} | extra
        running.append(subprocess.Popen([sys.executable, "-c", CODE, str(recipe)], env=env, stderr=subprocess.PIPE))
    errors = [process.communicate(timeout=300)[1].decode() for process in running]
    assert all(process.returncode == 0 for process in running), errors
