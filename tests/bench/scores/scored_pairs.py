"""Small pairs on disk for the tests of scores, and a row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from omniedit.bench.scores import ScoreRow
from omniedit.data.pairs import write_pairs
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import OMNIEDIT, unscored
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

TASKS = tuple(Task)


def pair(index: int, verdict: Verdict | None = None, *, side: int = 24) -> Pair:
    """Noise, and the same made lighter: the more, the higher the index."""
    source = np.random.default_rng(index).integers(0, 200, (side, side + 8, 3), dtype=np.uint8)
    result = (source + 5 * (index % 10)).astype(np.uint8)
    proposal = Proposal(f"p{index}", TASKS[index % len(TASKS)], f"Replace the cat with dog <{index}>.")
    given = oracles(index) if verdict is None else verdict
    return Pair(f"pair-{index}", Candidate(f"photo-{index}", proposal, source, result, "test"), given)


def oracles(index: int) -> Verdict:
    """A verdict of the oracle that differs from pair to pair; every tenth is unscored."""
    if index % 10 == 9:
        return unscored(Oracle(), "the ideal edit changes nothing that one could see")
    return Verdict(
        sc=(index % 10, 10.0),
        pq=(10 - index % 7 / 2,),
        judge=Oracle.name,
        version=Oracle.version,
        rubric=OMNIEDIT.hash,
        sc_reasoning=f"cat gone {index} %",
    )


def build_in(folder: Path, pairs: Sequence[Pair]) -> Path:
    """A build's folder: even pairs kept, odd ones rejected."""
    for status, chosen in (("kept", pairs[::2]), ("rejected", pairs[1::2])):
        (folder / status).mkdir(parents=True)
        write_pairs(folder / status / "00000.parquet", chosen)
    return folder


def row(index: int, sc: float | None = 8.0, **changes: object) -> ScoreRow:
    """A row of a table; without ``sc`` unscored."""
    made = ScoreRow(f"pair-{index}", "test", f"p{index}", str(TASKS[index % len(TASKS)]), f"Do {index}.", digest="d")
    said = Verdict(judge="judge", version="1", rubric="r", unscored="no scores in it")
    if sc is not None:
        said = Verdict((sc, 10.0), (9.0,), judge="judge", version="1", rubric="r")
    return replace(made.answered(said), **changes)  # type: ignore[arg-type]
