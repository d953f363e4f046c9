"""Measure any editor: a function from an item to a picture. Here, one that paints a grey box and hopes for the best.

Run it: python examples/measure_your_editor.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from omniedit.bench.item import Item, SuiteOptions
from omniedit.bench.run import run
from omniedit.bench.run_folder import RunFolder
from omniedit.bench.suites import SUITES
from omniedit.bench.summary import summarise
from omniedit.judge.oracle import Oracle
from omniedit.types import Image


def grey_box(item: Item, seed: int) -> Image:
    """An editor sees `item.photo.image` and `item.instruction`, and returns a picture."""
    result = item.photo.image.copy()
    height, width = result.shape[:2]
    result[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = 128
    return result


def main() -> None:
    suite = SUITES["scenes"](SuiteOptions(limit=7))
    with tempfile.TemporaryDirectory() as folder:
        place = RunFolder(Path(folder), {"model": "grey box", "suite": suite.name, "suite_hash": suite.hash})
        rows = run(suite, grey_box, place, [Oracle()])
    for row in rows:
        print(f"{row.overall:5.2f}  {row.instruction}  ({row.reason})")
    print(f"{summarise(rows)['all']['all'].overall:5.2f}  on average")


if __name__ == "__main__":
    main()
