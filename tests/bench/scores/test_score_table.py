"""Tables of scores: what is written comes back, the same rows give the same bytes, and a bad table is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scored_pairs import row

from omniedit.bench.scores import ScoreRow, read_table, write_table
from omniedit.bench.scores.table import WRITERS
from omniedit.errors import DataError, OutputError
from omniedit.judge.ratings import read_scores
from omniedit.types import Task, Verdict

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SCORE = st.floats(0, 10)


@st.composite
def rows(draw: st.DrawFn) -> ScoreRow:
    blank = ScoreRow(draw(WORDS), draw(WORDS), draw(WORDS), draw(st.sampled_from([*map(str, Task)])), draw(WORDS))
    said = Verdict(judge="j", version="1", rubric="r", unscored=draw(WORDS) or "no", transcript=draw(WORDS))
    if draw(st.booleans()):
        said = Verdict((draw(SCORE), draw(SCORE)), (draw(SCORE),), sc_reasoning=draw(WORDS))
    return blank.answered(said)


@pytest.mark.parametrize("ending", WRITERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(made=st.lists(rows(), max_size=5))
def test_what_is_written_comes_back_and_to_the_byte(ending: str, made: list[ScoreRow], tmp_path: Path) -> None:
    write_table(tmp_path / f"a{ending}", made)
    assert read_table(tmp_path / f"a{ending}") == made
    write_table(tmp_path / f"b{ending}", read_table(tmp_path / f"a{ending}"))
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_half_characters_become_question_marks(tmp_path: Path) -> None:
    said = Verdict(judge="j", version="1", rubric="r", unscored="no", transcript="a\ud800b")
    write_table(tmp_path / "t.jsonl", [row(0).answered(said)])
    assert read_table(tmp_path / "t.jsonl")[0].transcript == "a?b"


@pytest.mark.parametrize("ending", WRITERS)
def test_agreement_reads_the_table(ending: str, tmp_path: Path) -> None:
    write_table(tmp_path / f"t{ending}", [row(0, 6.0), row(1, None)])
    scores = read_scores(tmp_path / f"t{ending}")
    found = scores["test", "p0"]
    assert found is not None
    assert found.o == pytest.approx(math.sqrt(6 * 9))
    assert scores["test", "p1"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sc": (11.0, 3.0)}, "scores are on 0 to 10"),
        ({"overall": None}, "it is 'scored'"),
        ({"task": "painting"}, "painting"),
        ({"overall": float("nan")}, "scores are on 0 to 10"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", [row(0), replace(row(1), **changes)])  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"t\.csv, row 2 makes no sense") as caught:
        read_table(tmp_path / "t.csv")
    assert said in str(caught.value)


@pytest.mark.parametrize("ending", WRITERS)
def test_another_file_is_refused(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"t{ending}").write_bytes(b"id\n\xff\xfe[1, 2]\n")
    with pytest.raises(DataError, match="cannot be read as"):
        read_table(tmp_path / f"t{ending}")


def test_a_missing_table_or_column_and_an_unknown_ending_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no table of scores"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "t.jsonl").write_text('{"id": "a", "sc": [1]}\n', encoding="utf-8")
    with pytest.raises(DataError, match="row 1 lacks model, uid"):
        read_table(tmp_path / "t.jsonl")
    with pytest.raises(OutputError, match=r"must end in \.jsonl, \.csv, \.parquet"):
        write_table(tmp_path / "t.xlsx", [])
    with pytest.raises(DataError, match="is no table of scores"):
        read_table(tmp_path / "t.txt")


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_table(tmp_path / "t.csv", [row(0)])
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
