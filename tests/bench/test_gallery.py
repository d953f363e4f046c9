"""Which items a page shows, and that its filters work in a real browser."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from headless import chromium, fits_a_phone, opened
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from omniedit.bench.gallery import CASES, KINDS, STYLE, UNSCORED, case, chosen, gallery, rules
from omniedit.bench.page import page
from omniedit.bench.results import Cost, Row, Score
from omniedit.images import save_picture

TASKS = ("swap", "style")


def row(number: int, overall: float | None, task: str = "swap") -> Row:
    if overall is None:
        return Row(f"{number:03d}", task, "1:1", "", "Edit it.", "unscored", reason="no score in the reply")
    return Row(f"{number:03d}", task, "1:1", "", "Edit it.", "scored", (overall, 10.0), (overall,), overall)


@given(st.lists(st.tuples(st.none() | st.floats(0, 10), st.sampled_from(TASKS)), max_size=150))
def test_each_item_is_shown_once_at_most_and_the_worst_and_best_of_each_task_are(
    found: list[tuple[float | None, str]],
) -> None:
    rows = [row(number, *said) for number, said in enumerate(found)]
    shown = chosen(rows)
    kinds = Counter(kind for kind, _ in shown)
    assert len({row.id for _, row in shown}) == len(shown)
    assert sum(kinds[kind] for kind in KINDS) <= CASES
    assert kinds["unscored"] == min(UNSCORED, sum(row.status == "unscored" for row in rows))
    for task in TASKS:
        overall = sorted(one.overall for one in rows if one.task == task and one.overall is not None)
        worst = sorted(one.overall for kind, one in shown if kind == "worst" and one.task == task)
        best = sorted(one.overall for kind, one in shown if kind == "best" and one.task == task)
        assert worst == overall[: len(worst)]
        assert not best or best == overall[-len(best) :]
        assert bool(worst) == bool(overall)
    assert chosen(rows) == shown


def test_a_small_run_is_shown_whole() -> None:
    rows = [row(number, number / 3, TASKS[number % 2]) for number in range(30)]
    assert {one.id for _, one in chosen(rows)} == {one.id for one in rows}


def test_the_card_tells_all_of_an_item(tmp_path: Path) -> None:
    for kind in ("source", "result", "ideal"):
        save_picture(tmp_path / f"001-{kind}.png", np.zeros((6, 8, 3), np.uint8))
    said = (
        Score("oracle 1", "abc", 0, (3.0,), (4.0,), 3.46, "half <done>"),
        Score("vlm 2", "d", 1, unscored="no JSON"),
    )
    one = Row("001", "swap", "4:3", "unseen", "Swap <it>.", "scored", (3.0,), (4.0,), 3.46, 0.5, 0.25, "why", said)
    text = case(one, "worst", tmp_path, maker="nano & co", cost=Cost("001", 1.5, None, ""))
    for words in ("Swap &lt;it&gt;.", "worst", "O 3.46", "half &lt;done&gt;", "vlm 2", "time 2", "no JSON", "unseen"):
        assert words in text
    for words in ("outside 0.50", "shift 0.25 px", "1.50 s", "by nano &amp; co", 'alt="ideal"'):
        assert words in text
    assert "None" not in text


def test_a_run_whose_pictures_are_gone_still_has_cards(tmp_path: Path) -> None:
    assert "no longer" in case(row(1, 5.0), "worst", tmp_path, maker="nano")


def test_filters_hide_what_is_not_chosen(tmp_path: Path) -> None:
    filters = {"task": TASKS, "kind": ("worst", "best")}
    made = [((task, kind), f"<p>{task} {kind}</p>") for task in TASKS for kind in ("worst", "best")]
    path = tmp_path / "page.html"
    text = page("Cards", "", gallery(filters, made), style=STYLE + rules(filters))
    path.write_text(text, encoding="utf-8")
    with chromium() as browser, opened(browser, path, java_script_enabled=False) as shown:
        cards = shown.locator(".card:visible")
        expect(cards).to_have_count(4)
        shown.get_by_text("style 2").click()
        expect(cards).to_have_text(["style worst", "style best"])
        shown.keyboard.press("Tab")
        shown.keyboard.press("ArrowRight")
        expect(cards).to_have_text(["style worst"])
        shown.get_by_text("every task").click()
        expect(cards).to_have_text(["swap worst", "style worst"])
        assert fits_a_phone(shown)
