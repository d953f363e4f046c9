"""Results folders as ``omniedit bench run`` writes them, small, and a panel that says what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from omniedit.bench.human import Session, begin
from omniedit.images import save_picture

TASKS = ("swap", "style")
Words = tuple[float, float]
"""SC and PQ of one rating."""


def write_run(
    folder: Path,
    model: str,
    items: int = 4,
    *,
    declined: Sequence[int] = (),
    unscored: Sequence[int] = (),
    scores: Mapping[int, Words] | None = None,
    instruction: str = "Make it bluer.",
) -> Path:
    """A finished run of ``items`` items; the judge gave ``scores``, or 5 and 5."""
    (folder / "pictures").mkdir(parents=True)
    settings = {"suite": "scenes", "model": model, "seed": 0, "judge": "oracle 1"}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    lines = []
    for index in range(items):
        status = "refused" if index in declined else "unscored" if index in unscored else "scored"
        sc, pq = (scores or {}).get(index, (5.0, 5.0))
        row = {"id": name(index), "task": TASKS[index % 2], "ratio": "4:3", "phrasing": "seen", "status": status}
        row |= {"instruction": f"{instruction} ({index})", "sc": [sc, 10.0], "pq": [pq]}
        if status != "scored":
            row |= {"sc": [], "pq": [], "reason": "cannot"}
        lines.append(json.dumps(row) + "\n")
        if status != "refused":
            _write_pictures(folder, model, index)
    (folder / "results.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def name(index: int) -> str:
    return f"{index:04d}-{TASKS[index % 2]}-4x3"


def _write_pictures(folder: Path, model: str, index: int) -> None:
    source = np.full((48, 64, 3), (200, 40 + index, 40), np.uint8)
    result = source.copy()
    result[10:30, 10:40] = (sum(map(ord, model)) % 256, 90, 200)
    for kind, picture in (("source", source), ("result", result)):
        save_picture(folder / "pictures" / f"{name(index)}-{kind}.png", picture)


def rate_all(
    results: Sequence[Path], out: Path, rater: str, say: Callable[[str, str], Words | None], seed: int = 0
) -> Session:
    """Let ``rater`` go through a study: ``say`` gets contestant and item, and gives SC and PQ, or None to skip."""
    session = begin(results, out, rater, seed)
    for question in session.questions():
        key = session._questions[question["question"]].key
        if words := say(*key):
            session.rate(question["question"], *words)
    return session
