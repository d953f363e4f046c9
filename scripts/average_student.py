"""Average the weights of checkpoints of one student's training into a judge.

    python scripts/average_student.py JUDGE OUT CHECKPOINT CHECKPOINT …

JUDGE is a judge that the training wrote: its settings and teacher are taken, its weights are not. The shipped one is
the mean of steps 7,500 and 14,000 (docs/log.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.torch import load_file

from omniedit.judge.student import StudentJudge


def main() -> None:
    """Read, average, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("judge", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    given = parser.parse_args()
    judge = StudentJudge.from_pretrained(given.judge)
    weights = [load_file(checkpoint / "average.safetensors") for checkpoint in given.checkpoints]
    mean = {name: sum(some[name] for some in weights) / len(weights) for name in weights[0]}
    judge.net.load_state_dict({**judge.net.state_dict(), **mean})
    judge.save_pretrained(given.out)
    print(f"{given.out}: version {StudentJudge.from_pretrained(given.out).version}")


if __name__ == "__main__":
    main()
