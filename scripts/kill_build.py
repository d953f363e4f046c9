"""The long kill test: a build whose processes are killed at random, against the same build left in peace.

Run it: python scripts/kill_build.py [--scenes 300] [--kills 20] [--executor local] [--workers 2] [--seed 0]

It says what is killed as it goes, and exits with 1 if a row was lost, doubled or changed. It takes a few times as long
as the build itself, and a start of the processes for every kill.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from omniedit.testing.kills import Harassed, harass


def main() -> int:
    """Build once in peace, then under kills, and compare."""
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder:
        whole, began = Path(folder) / "whole", time.perf_counter()

        def command(out: Path) -> list[str]:
            words = ["build", "run", "--out", out, "--limit", asked.scenes, "--workers", asked.workers]
            return [sys.executable, "-m", "omniedit.cli.main", *map(str, words), "--executor", asked.executor]

        subprocess.run(command(whole), check=True)
        longest = 2 * (time.perf_counter() - began) / asked.kills
        print(f"uninterrupted; now {asked.kills} kills, up to {longest:.1f} s apart", flush=True)
        killed, began = Path(folder) / "killed", time.perf_counter()

        def show(victim: str, so_far: Harassed) -> None:
            when = time.perf_counter() - began
            print(f"{when:7.1f} s: kill {so_far.kills} of {asked.kills}, {victim}; {so_far.starts} starts", flush=True)

        result = harass(
            command, whole=whole, folder=killed, kills=asked.kills, seed=asked.seed, longest=longest, progress=show
        )
    victims = ", ".join(f"{name} {count}" for name, count in result.victims.most_common())
    print(f"{result.kills} kills ({victims}), {result.starts} starts, {result.builds} builds compared")
    print(f"{len(result.lost)} rows lost, {len(result.twice)} rows too many")
    return 0 if result.whole else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--executor", default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
