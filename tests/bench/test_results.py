"""The results folder: what is appended is there, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from omniedit.bench.results import Results, Row
from omniedit.errors import DataError

SETTINGS = {"suite": "scenes", "model": "nano", "seed": 0}
ROW = Row("0001", "swap", "16:9", "unseen", "Swap “it”.", "scored", sc=(9.0, 8.5), pq=(7.0,), overall=7.7, outside=0.25)


def test_rows_come_back_as_they_went(tmp_path: Path) -> None:
    results = Results(tmp_path / "run", SETTINGS)
    refused = Row("0002", "style", "1:1", "seen", "Zap.", "refused", reason="never learned")
    results.append(ROW)
    results.append(refused)
    assert Results(tmp_path / "run", SETTINGS).rows() == [ROW, refused]


def test_a_row_torn_by_a_kill_is_dropped_and_the_next_lands_on_its_own_line(tmp_path: Path) -> None:
    Results(tmp_path, SETTINGS).append(ROW)
    path = tmp_path / "results.jsonl"
    whole = path.read_bytes()
    for cut in range(1, len(whole), 7):
        path.write_bytes(whole + whole[:cut])
        results = Results(tmp_path, SETTINGS)
        assert results.rows() == [ROW]
        results.append(ROW)
        assert results.rows() == [ROW, ROW]


def test_a_folder_of_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    Results(tmp_path, SETTINGS)
    with pytest.raises(DataError, match=r"seed 0 there, 7 now.*--out"):
        Results(tmp_path, {**SETTINGS, "seed": 7})
