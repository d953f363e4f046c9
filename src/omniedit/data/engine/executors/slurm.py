"""A Slurm array: each task does one shard of the units by the same command, and ``build status`` merges.

Nothing of Slurm is needed to write the script, nor to run a shard elsewhere: ``--shard 3/64`` works anywhere.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from omniedit.writing import publish

_SCRIPT = """\
#!/bin/bash
#SBATCH --job-name=omniedit-build
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --output={logs}/%a.log
# Add what your cluster asks for: --partition, --account, --time, --mem, --gpus-per-task=1.
# A task that was stopped or failed can be submitted again, alone or with all others: finished units stay.
set -eu
cd {here}
exec {command} --shard "$SLURM_ARRAY_TASK_ID/{tasks}"
"""


def write_array(out: Path, command: Sequence[str], tasks: int) -> Path:
    """Write the script of an array of ``tasks``, each of which runs ``command`` with its shard; return its path.

    Raises:
        OutputError: It cannot be written.
    """
    folder = out.resolve() / "slurm"
    path = folder / "array.sh"
    filled = _SCRIPT.format(
        last=tasks - 1, tasks=tasks, logs=folder, here=shlex.quote(str(Path.cwd())), command=shlex.join(command)
    )
    publish(path, filled)
    return path
