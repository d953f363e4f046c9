"""Scores that come later: beside the shards, joined by id, the shards untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omniedit.data.pairs import read_pairs, read_scores, with_scores, write_pairs, write_scores
from omniedit.errors import DataError, OutputError
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

LATER = Verdict((8.25, 7.5), (9.0,), "gpt-4o", "2", "abc", "done", "soft", transcript="{}")


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    picture = np.zeros((4, 4, 3), np.uint8)
    candidates = [Candidate("photo", Proposal(str(n), Task.STYLE, "paint it"), picture, picture, "m") for n in range(3)]
    pairs = [Pair(f"pair-{n}", candidate, Verdict(unscored="not yet")) for n, candidate in enumerate(candidates)]
    return write_pairs(tmp_path / "a.parquet", pairs).path


def test_verdicts_come_back_and_join_by_id(shard: Path, tmp_path: Path) -> None:
    before = shard.read_bytes()
    silent = Verdict(judge="gpt-4o", unscored="no numbers", transcript="Sorry.")
    table = tmp_path / "gpt-4o.scores.parquet"
    assert write_scores(table, [("pair-2", LATER), ("pair-0", silent)]) == 2
    assert list(read_scores(table)) == [("pair-2", LATER), ("pair-0", silent)]
    joined = list(with_scores(read_pairs(tmp_path), table))  # the folder's shards: a table of scores is none
    assert [pair.verdict for pair in joined] == [silent, Verdict(unscored="not yet"), LATER]
    assert shard.read_bytes() == before


def test_two_verdicts_of_one_pair_are_refused(shard: Path, tmp_path: Path) -> None:
    write_scores(tmp_path / "b.scores.parquet", [("pair-0", LATER), ("pair-0", LATER)])
    with pytest.raises(DataError, match="two verdicts of pair-0"):
        with_scores(read_pairs(shard), tmp_path / "b.scores.parquet")


def test_names_and_broken_tables_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"is named ….scores\.parquet"):
        write_scores(tmp_path / "a.parquet", [])
    write_scores(tmp_path / "a.scores.parquet", [])
    with pytest.raises(OutputError, match="already exists"):
        write_scores(tmp_path / "a.scores.parquet", [])
    (tmp_path / "b.scores.parquet").write_bytes(b"none")
    with pytest.raises(DataError, match="is no parquet file"):
        list(read_scores(tmp_path / "b.scores.parquet"))
    with pytest.raises(DataError, match="there is no table of scores"):
        list(read_scores(tmp_path / "nowhere.scores.parquet"))
