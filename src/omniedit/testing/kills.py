"""Whether a command survives kills: random processes of it die at random moments, and it must end as if none had.

result = harass(lambda out: [sys.executable, "-m", "omniedit.cli.main", "build", …, "--out", str(out)],
                whole=Path("uninterrupted"), folder=Path("killed"), kills=20, seed=0, longest=5.0)
assert result.whole
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from omniedit.data.engine.ledger import FOLDERS, read_ledger
from omniedit.data.pairs.shards import shard_paths

Command = Callable[[Path], Sequence[str]]
"""Folder -> the command that builds into it."""

PATIENCE = 600.0
"""Seconds after which a command that has not ended counts as hanging."""


@dataclass
class Harassed:
    """How builds fared that were killed; empty lists if they lost nothing."""

    kills: int = 0
    """Processes that were killed."""
    starts: int = 0
    """How often the command was started."""
    builds: int = 0
    """Builds that ended, each compared with the uninterrupted one."""
    lost: list[str] = field(default_factory=list)
    """Rows that are missing."""
    twice: list[str] = field(default_factory=list)
    """Rows that are there, and should not be, or not so often."""
    victims: Counter[str] = field(default_factory=Counter)
    """What was killed: name of the process -> how often."""

    @property
    def whole(self) -> bool:
        """Whether nothing was lost or doubled; a row that changed counts as both."""
        return not self.lost and not self.twice


Contents = Callable[[Path], Counter[tuple[str, ...]]]
"""Finished folder -> what is in it, piece by piece."""
Progress = Callable[[str, Harassed], None]
"""Called with what was killed, and how the builds have fared so far."""


def harass(
    command: Command,
    *,
    whole: Path,
    folder: Path,
    kills: int,
    seed: int = 0,
    longest: float = 5.0,
    contents: Contents | None = None,
    progress: Progress = lambda name, so_far: None,
) -> Harassed:
    """Run ``command`` again and again, killing as it goes, and compare what comes of it with ``whole``.

    A build that ends before all kills are used is compared and begun anew; the last is left to end in peace.

    Args:
        command: What builds into a folder, and continues there.
        whole: Folder of the same build, uninterrupted.
        folder: New folder in which builds are done: ``000``, ``001`` and so on, which stay.
        kills: How many processes are killed, one at a time, each any of the command's whole tree.
        seed: Seed of the moments and the victims.
        longest: Longest pause between two kills in seconds; pauses are drawn evenly.
        contents: What is compared; None for the rows of a build (`rows_of`). `files` compares any folder's files.
        progress: Called after every kill.

    Raises:
        RuntimeError: A command hangs, or fails although nothing of it was killed.
    """
    contents = contents or rows_of
    result, expected = Harassed(), contents(whole)
    hunt = _Hunt(kills, longest, progress, np.random.default_rng(seed), result)
    while not result.builds or result.kills < kills:
        out = folder / f"{result.builds:03}"
        _one_build(command(out), hunt)
        found = contents(out)
        result.lost += map(str, (expected - found).elements())
        result.twice += map(str, (found - expected).elements())
        result.builds += 1
    return result


@dataclass(frozen=True)
class _Hunt:
    """How many are killed and when, and what came of it so far."""

    kills: int
    longest: float
    progress: Progress
    rng: np.random.Generator
    result: Harassed

    @property
    def over(self) -> bool:
        return self.result.kills >= self.kills

    def kill(self, root: int) -> None:
        """Kill any process of the tree of ``root``, if it is still there."""
        if victim := _kill_one(root, self.rng):
            self.result.kills += 1
            self.result.victims[victim] += 1
            self.progress(victim, self.result)


def _one_build(command: Sequence[str], hunt: _Hunt) -> None:
    """Start the command until it ends well, killing while any kills are left."""
    while True:
        hunt.result.starts += 1
        before = hunt.result.kills
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            code = _one_run(command, hunt, said)
            said.seek(0)
            words = said.read()[-2000:]
        if code == 0:
            return
        if hunt.result.kills == before:
            raise RuntimeError(f"{' '.join(command)}: exit code {code}, and nothing of it was killed:\n{words}")


def _one_run(command: Sequence[str], hunt: _Hunt, said: IO[str]) -> int:
    """Start the command once, kill now and then, and return its exit code; ``said`` gets its stderr."""
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=said)
    try:
        while not hunt.over:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(float(hunt.rng.uniform(0, hunt.longest)))
            hunt.kill(process.pid)
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{' '.join(command)} has not ended after {PATIENCE:.0f} s") from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _kill_one(root: int, rng: np.random.Generator) -> str:
    """SIGKILL any process of the tree of ``root``, itself included; its name, or nothing if it was gone."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(root)
        tree = [process, *process.children(recursive=True)]
        victim = tree[rng.integers(len(tree))]
        name = "the command itself" if victim.pid == root else _called(victim)
        victim.kill()
        return name
    return ""


def _called(process: Any) -> str:  # noqa: ANN401 (psutil has no types)
    """What a process is: for a Python process, what it was started for."""
    words = " ".join(process.cmdline())
    known = {"spawn_main": "worker", "resource_tracker": "resource tracker", "ray::": "actor"}
    return next((name for word, name in known.items() if word in words), str(process.name()))


def files(*names: str) -> Contents:
    """The files of those names, each by its hash."""

    def read(out: Path) -> Counter[tuple[str, ...]]:
        return Counter((name, hashlib.sha256((out / name).read_bytes()).hexdigest()) for name in names)

    return read


def rows_of(out: Path) -> Counter[tuple[str, ...]]:
    """Every row of a finished build: what the ledger says, and id and pictures of each pair.

    Raises:
        DataError: ``out`` holds no finished build.
    """
    ledger = (tuple(map(str, asdict(outcome).values())) for outcome in read_ledger(out))
    return Counter([*ledger, *_pairs(out)])


def _pairs(out: Path) -> Iterator[tuple[str, ...]]:
    """Shard's folder, id, and hashes of the encoded pictures of each pair."""
    import pyarrow.parquet as pq

    for folder in (out / name for name in FOLDERS):
        for path in shard_paths(folder) if folder.is_dir() else []:
            for batch in pq.ParquetFile(path).iter_batches(64, columns=["omni_edit_id", "src_img", "edited_img"]):
                for row in batch.to_pylist():
                    pictures = (hashlib.sha256(row[name]["bytes"]).hexdigest() for name in ("src_img", "edited_img"))
                    yield folder.name, row["omni_edit_id"], *pictures
