"""Cells are read only where there is nothing to guess; tables are refused with the file, the line and the column."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.errors import DataError
from omniedit.judge.ratings import Score, read_ratings, read_scores, readable


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (8, 8),
        (7.5, 7.5),
        ([8, 7], 7),
        ((8, 7.5), 7.5),
        (["8", "7"], 7),
        ("8", 8),
        (" 8.5 ", 8.5),
        ("[8, 7]", 7),
        ("[8,7]", 7),
        ("(8, 7)", 7),
        ("[8]", 8),
        ("[8, 7,]", 7),
        ('["8", "7"]', 7),
        ("['8', '7.5']", 7.5),
        ("[8. 7.]", 7),  # as numpy prints
        ("[.5,1]", 0.5),
        ("1e1", 10),
        ("+0", 0),
        (0, 0),
        ("0", 0),
    ],
)
def test_numbers_and_lists_of_numbers_are_read(cell: object, number: float) -> None:
    assert readable(cell, 10) == number


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        " ",
        "[]",
        [],
        "n/a",
        "nan",
        float("nan"),
        float("inf"),
        "8,7",  # two numbers, or one with a decimal comma
        "8 7",
        "8/10",
        "8 out of 10",
        "[8, 7",
        "8, 7]",
        "(8, 7]",
        "[8,, 7]",
        "[8, x]",
        "[8, '7]",
        "[[8, 7]]",
        [8, None],
        [8, [7]],
        [8, "[7]"],
        True,
        [True],
        {"a": 8},
        11,
        -0.5,
        [3, 11],
        "[3, 11]",
        "1e999",
        10**400,
        "1" * 100_000 + "x",
        "[8" + " " * 100_000 + "x",
        "٨",  # a digit, but of another script than the scale's
    ],
)
def test_what_would_need_a_guess_is_unreadable(cell: object) -> None:
    assert readable(cell, 10) is None


@given(st.text(alphabet="0123456789.,[]()' eE+-\"x", max_size=20))
def test_what_is_read_stands_in_the_text(text: str) -> None:
    number = readable(text, 10)
    assert number is None or (0 <= number <= 10 and any(c.isdigit() for c in text))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=4))
def test_a_list_and_its_text_give_the_same_minimum(numbers: list[float]) -> None:
    assert readable(numbers, 10) == readable(json.dumps(numbers), 10) == min(numbers)


ROWS = [
    {"model": "a", "uid": "1", "sc": [8, 7], "pq": 9},
    {"model": "a", "uid": "2", "sc": [8, 7], "pq": None},
    {"model": "b", "uid": "1", "sc": [0, 3], "pq": 4},
]
READ = {("a", "1"): Score(7, 9), ("a", "2"): None, ("b", "1"): Score(0, 4)}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    """A table in the format that the path's end names."""
    if path.suffix == ".parquet":
        as_lists = [{k: ([v] if k == "pq" and v is not None else v) for k, v in row.items()} for row in rows]
        pq.write_table(pa.Table.from_pylist(as_lists), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        cells = [[f'"{"" if value is None else value}"' for value in row.values()] for row in rows]
        path.write_text("\n".join(mark.join(line) for line in [[*rows[0]], *cells]), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("end", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format_says_the_same(end: str, tmp_path: Path) -> None:
    assert read_scores(write(tmp_path / f"scores.{end}", ROWS)) == READ


def test_people_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("rater,uid,model,pq,sc\nanna,1,a,1,0.5\nben,1,a,0.5,7\n", encoding="utf-8")
    assert read_ratings(path) == {("a", "1"): {"anna": Score(0.5, 1), "ben": None}}


def test_names_are_compared_as_text(tmp_path: Path) -> None:
    lines = [{"model": " a ", "uid": uid, "sc": 1, "pq": 1} for uid in (7, 8.0, " 9 ", "007", "8.5")]
    read = read_scores(write(tmp_path / "scores.jsonl", lines))
    assert [uid for _, uid in read] == ["7", "8", "9", "007", "8.5"]
    assert {model for model, _ in read} == {"a"}


def test_o_is_the_geometric_mean() -> None:
    assert Score(4, 9).sides == (4, 9, 6)


def test_the_same_row_twice_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("model,uid,sc,pq\na,1,8,9\na,1,[8],9.0\n", encoding="utf-8")
    assert read_scores(path) == {("a", "1"): Score(8, 9)}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("s.csv", "model,uid,sc,pq\na,1,8,9\n\na,1,8,8\n", r"s\.csv: lines 2 and 4 .*\(a, 1\)"),
        ("s.csv", "model,uid,sc,pq\na,1,8,9\na,1,8,\n", r"lines 2 and 3"),
        ("s.csv", "model,uid,sc\na,1,8\n", r"s\.csv lacks the column pq; it has model, sc, uid"),
        ("s.csv", "model;uid;sc;pq\na;1;8;9\n", r"lacks the columns model, uid, sc, pq; it has model;uid;sc;pq"),
        ("s.csv", "", r"lacks the columns .* it has no columns"),
        ("s.csv", "model,uid,sc,pq\na,1,8\n", r"s\.csv, line 2: 3 cells, but the header names 4"),
        ("s.csv", "model,uid,sc,pq,sc\na,1,8,9,8\n", r"s\.csv, line 1: a column comes twice"),
        ("s.csv", 'model,uid,sc,pq\na,1,"8,9\n', r"s\.csv cannot be read as CSV"),
        ("s.tsv", "model\tuid\tsc\tpq\na\t \t8\t9\n", r"s\.tsv, line 2: the column uid is empty"),
        ("s.jsonl", '{"model": "a", "uid": 1, "sc": 8, "pq": 9}\n{"model"\n', r"s\.jsonl, line 2 is not JSON"),
        ("s.jsonl", "[" * 200_000, r"s\.jsonl, line 1 is not JSON"),
        ("s.jsonl", "[1]\n", r"s\.jsonl, line 1 is to be a JSON object"),
        ("s.jsonl", '{"uid": 1, "sc": 8, "pq": 9}', r"lacks the column model"),
        ("s.jsonl", '{"model": "a", "uid": 1, "sc": 8, "pq": 9}\n{"uid": 2}', r"line 2: the column model is empty"),
        ("s.parquet", "PAR1 not really", r"s\.parquet cannot be read as parquet"),
        ("s.xlsx", "PK", r"s\.xlsx .* must end in \.csv, \.tsv, \.jsonl"),
    ],
)
def test_a_bad_table_is_refused(name: str, text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=complaint):
        read_scores(tmp_path / name)


def test_a_missing_table_a_folder_and_other_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "latin.csv").write_bytes("model,uid,sc,pq\nä,1,8,9\n".encode("latin-1"))
    for name, complaint in (("none.csv", "there is no table"), ("folder.csv", "cannot"), ("latin.csv", "cannot")):
        with pytest.raises(DataError, match=complaint):
            read_scores(tmp_path / name)


def test_people_need_a_rater(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("model,uid,sc,pq\na,1,1,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks the column rater"):
        read_ratings(tmp_path / "r.csv")
