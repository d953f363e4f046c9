"""One job in a process of its own, which ends when the process that started it does.

python -m omniedit.bench.ablate.work OUT JOB WORKERS
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Do the job; leave with 2 and the reason where it cannot be done."""
    os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")  # as the command line does; before torch is loaded
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from omniedit.bench.ablate.jobs import perform
    from omniedit.errors import OmniEditError

    out, name, workers = arguments
    try:
        perform(Path(out), name, int(workers))
    except OmniEditError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _end_with_parent() -> None:
    """Nobody ever writes to stdin: it ends with whoever holds its other end, by whatever death."""
    os.read(0, 1)  # not through sys.stdin, whose lock would be held when Python ends
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
