"""Build edit pairs from photographs and read them back: what was kept, what was not, and why.

Run it: python examples/build_pairs.py [FOLDER OF PHOTOGRAPHS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from omniedit.data.engine.ledger import read_ledger
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.pairs import read_pairs


def main() -> None:
    photos = sys.argv[1] if len(sys.argv) > 1 else ""
    folder = Path(tempfile.mkdtemp())
    summary = BuildRecipe(photos=photos, scenes=2, seed=1).run(folder)
    print(f"{summary.items} edits asked for, {summary.candidates} made, {summary.kept} kept\n")

    for pair in read_pairs(folder / "kept"):
        print(f"kept      O {pair.verdict.overall:5.2f}  {pair.candidate.proposal.instruction}")
    for outcome in read_ledger(folder):
        if outcome.status != "kept":
            print(f"{outcome.status:9} {outcome.task}: {outcome.reason}")
    print(f"\nlook at {folder / 'report.html'}")


if __name__ == "__main__":
    main()
