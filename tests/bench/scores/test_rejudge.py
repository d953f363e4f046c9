"""Pairs with other verdicts: all of them, once, weighed by the new scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scored_pairs import build_in, pair, row

from omniedit.bench.scores import score_pairs, write_rejudged
from omniedit.data.pairs import read_pairs
from omniedit.errors import OutputError
from omniedit.judge.oracle import Oracle


def test_verdicts_come_back_as_they_were_scored(tmp_path: Path) -> None:
    made = [pair(index) for index in range(20)]
    rows = score_pairs(build_in(tmp_path / "pairs", made), Oracle(), tmp_path / "t.parquet")
    assert write_rejudged(tmp_path / "pairs", rows, tmp_path / "out", 5.0) == 20
    found = {one.id: one for one in read_pairs(tmp_path / "out")}
    for old in made:
        new = found[old.id]
        assert new.verdict == old.verdict
        assert np.array_equal(new.candidate.result, old.candidate.result)
        assert (new.weight, new.reason == "") == ((1.0, True) if (old.verdict.overall or 0) >= 5 else (0.0, False))
    assert {one.id for one in read_pairs(tmp_path / "out" / "kept")} == {n for n, one in found.items() if one.weight}


def test_what_the_table_does_not_have_is_left_out(tmp_path: Path) -> None:
    build_in(tmp_path / "pairs", [pair(index) for index in range(6)])
    rows = [row(0, 10.0), row(3, None), row(4, digest="")]
    for _ in range(2):
        assert write_rejudged(tmp_path / "pairs", rows, tmp_path / "out") == 2
    assert [one.id for one in read_pairs(tmp_path / "out")] == ["pair-0", "pair-3"]
    assert [one.reason for one in read_pairs(tmp_path / "out" / "rejected")] == ["unscored: no scores in it"]


@pytest.mark.parametrize("folder", [".", "pairs", "pairs/kept/new"])
def test_pairs_are_not_written_among_those_they_come_from(folder: str, tmp_path: Path) -> None:
    pairs = build_in(tmp_path / "pairs", [pair(0), pair(1)])
    with pytest.raises(OutputError, match="lie within each other"):
        write_rejudged(pairs, [row(0)], tmp_path / folder)
