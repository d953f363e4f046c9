"""``omniedit judge agree``: a table for people, JSON for programs, an error for both."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from scipy import stats

from omniedit.cli.main import main

SCORES = """model,uid,sc,pq
a,1,"[8, 7]",9
a,2,"[2, 9]",5
a,3,"[6, 5]",7
a,4,"[9, 9]",3
a,5,cannot say,8
b,1,3,9
b,2,8,5
b,3,5,8
b,4,4,4
"""
RATINGS = """model\tuid\trater\tsc\tpq
""" + "".join(
    f"{model}\t{uid}\t{rater}\t{(uid * step) % 3 / 2}\t{(uid + step) % 3 / 2}\n"
    for model in "ab"
    for uid in range(1, 6)
    for rater, step in (("anna", 1), ("ben", 2))
)


@pytest.fixture
def tables(tmp_path: Path) -> list[str]:
    (tmp_path / "scores.csv").write_text(SCORES, encoding="utf-8")
    (tmp_path / "ratings.tsv").write_text(RATINGS, encoding="utf-8")
    return [str(tmp_path / "scores.csv"), str(tmp_path / "ratings.tsv")]


def leave(*args: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(args)
    return int(left.value.code or 0)


def test_json_says_all(tables: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("judge", "agree", *tables, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    a = stats.spearmanr([9, 5, 7, 3], [(((u + 1) % 3) + ((u + 2) % 3)) / 4 for u in (1, 2, 3, 4)]).statistic
    b = stats.spearmanr([9, 5, 8, 4], [(((u + 1) % 3) + ((u + 2) % 3)) / 4 for u in (1, 2, 3, 4)]).statistic
    assert said["spearman"]["pq"] == pytest.approx(math.tanh((math.atanh(a) + math.atanh(b)) / 2))
    assert (said["items"], said["unscored"], said["models"]) == (8, 1, 2)
    assert said["human_human"].keys() == said["pearson"].keys() == {"sc", "pq", "o"}


def test_the_table_shows_each_side_and_what_was_left_out(tables: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("judge", "agree", *tables, "--seed", "3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["SC", "PQ", "O"]
    assert "8 items of 2 models, 2 raters" in lines
    assert lines[-1].startswith("left out: 1 items without a readable score, 1 in one table only")


def test_a_table_that_cannot_be_used_is_one_line(tables: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("judge", "agree", tables[0], tables[0]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "scores.csv lacks the column rater" in shown.err
