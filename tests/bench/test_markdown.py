"""Numbers in words: what the tables show, and that a mean never stands without its coverage."""

from __future__ import annotations

import pytest
from bench_rows import OTHER, row, rows_of, with_scores

from omniedit.bench.markdown import HEAD, p_value, percent, signed, summary_markdown, table
from omniedit.bench.summary import summarise, summarise_by_judge

SETTINGS = {
    "model": "nano",
    "suite": "scenes",
    "suite_hash": "0123",
    "seed": 0,
    "options": {"limit": 3},
    "model_sha256": "",
}


def test_a_run_in_words() -> None:
    rows = [row("a", 8.0, task="swap"), row("b", 6.0, task="style"), row("c", None, task="style", status="crashed")]
    text = summary_markdown(summarise(rows), SETTINGS, figures={"G_O": 7.0, "G_PQ": None})
    assert text.startswith("# nano on scenes\n\nmodel nano · suite scenes · suite hash 0123 · seed 0 · limit 3\n")
    assert "| all | 3 | 2 (67%) | 7.00 | 7.00 | 7.00 |" in text
    assert "1 of 3 items has no score: 1 on which the contestant crashed." in text
    assert "| style | 2 | 1 (50%) | 6.00 | 6.00 | 6.00 | – | 0% | 0 | 1 | 0 |" in text
    assert "| G_PQ | – |" in text
    assert "## By phrasing" not in text
    assert "## By judge" not in text


def test_several_judges_and_repeats_in_words() -> None:
    rows = [with_scores(row("a", 8.0), OTHER, [5.0, 7.0]), with_scores(row("b", 6.0), OTHER, [3.0, 5.0])]
    text = summary_markdown(summarise(rows), SETTINGS, judges=summarise_by_judge(rows))
    assert f"{OTHER} was asked 2 times: O of an item varies by 1.41" in text
    assert f"| {OTHER} | 2 | 2 (100%) | 5.00 |" in text


def test_the_same_rows_give_the_same_text() -> None:
    rows = rows_of([1.0, None, 7.0, 9.0])
    assert summary_markdown(summarise(rows), SETTINGS) == summary_markdown(summarise(rows), SETTINGS)
    assert HEAD[2] == "scored"


def test_cells_cannot_break_a_table() -> None:
    lines = table(("", "a"), [("x|y\nz", "1")]).splitlines()
    assert lines == ["|  | a |", "| --- | ---: |", "| x\\|y z | 1 |"]


@pytest.mark.parametrize(
    ("share", "text"), [(None, "–"), (0.0, "0%"), (0.5, "50%"), (0.995, "99.5%"), (0.9999, "99.9%"), (1.0, "100%")]
)
def test_shares(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_differences_and_p_values() -> None:
    assert [signed(value) for value in (None, 0.5, -0.25)] == ["–", "+0.50", "-0.25"]
    assert [p_value(p) for p in (None, 0.0004, 0.04)] == ["–", "< 0.001", "0.040"]
