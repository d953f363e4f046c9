"""What is rated and in which order; what may not be mixed; and what a log survives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from human_study import name, rate_all, write_run
from hypothesis import given
from hypothesis import strategies as st

from omniedit.bench.contestants import PSEUDO
from omniedit.bench.human import begin
from omniedit.bench.human.ratings import level, read_panel
from omniedit.bench.human.runs import read_run
from omniedit.bench.human.study import Study, read_study
from omniedit.bench.item import SuiteOptions
from omniedit.bench.run import run
from omniedit.bench.run_folder import RunFolder
from omniedit.bench.suites import SUITES
from omniedit.errors import DataError, InputError
from omniedit.images import save_picture
from omniedit.judge.oracle import Oracle


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [write_run(tmp_path / "a", "nano", declined=(3,)), write_run(tmp_path / "b", "rival")]


def order(runs: list[Path], out: Path, rater: str, seed: int = 0) -> list[tuple[str, str]]:
    session = begin(runs, out, rater, seed)
    return [session._questions[question["question"]].key for question in session.questions()]


def test_a_run_of_the_bench_can_be_rated(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", {"model": "unedited"})
    rows = run(SUITES["scenes"](SuiteOptions(limit=2)), PSEUDO["unedited"], folder, [Oracle()])
    edits = read_run(folder.folder).edits
    assert [(edit.item, edit.instruction, edit.task) for edit in edits] == [
        (row.id, row.instruction, row.task) for row in rows
    ]
    assert all(edit.shown and edit.scores["oracle 1"] is not None for edit in edits)
    assert begin([folder.folder], tmp_path / "out", "anna").total == 2


def test_each_rater_has_an_order_of_their_own_and_keeps_it(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    anna, ben = (order(runs, out, rater) for rater in ("anna", "ben"))
    assert anna != ben
    assert sorted(anna) == sorted(ben)
    assert order(runs, out, "anna") == anna
    assert order(runs, tmp_path / "other", "anna", seed=1) != anna


def test_what_was_declined_is_shown_to_nobody(runs: list[Path], tmp_path: Path) -> None:
    assert ("nano", name(3)) not in order(runs, tmp_path / "out", "anna")
    assert len(order(runs, tmp_path / "out", "anna")) == 7


def test_nothing_that_a_rater_gets_names_contestant_or_item(runs: list[Path], tmp_path: Path) -> None:
    told = json.dumps(begin(runs, tmp_path / "out", "anna").questions())
    assert not [word for word in ("nano", "rival", "swap", "style", "0001", "refused") if word in told]


def test_the_questions_of_two_raters_have_other_keys(runs: list[Path], tmp_path: Path) -> None:
    keys = [{q["question"] for q in begin(runs, tmp_path / "out", who).questions()} for who in ("anna", "ben")]
    assert not keys[0] & keys[1]


def test_another_study_does_not_enter_the_same_folder(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    begin(runs, out, "anna")
    with pytest.raises(DataError, match="seed 0 there, 1 now"):
        begin(runs, out, "anna", seed=1)
    with pytest.raises(DataError, match="contestants nano, rival there, nano now"):
        begin(runs[:1], out, "anna")
    save_picture(runs[0] / "pictures" / f"{name(0)}-result.png", np.zeros((48, 64, 3), np.uint8), overwrite=True)
    with pytest.raises(DataError, match="pictures have changed since it began"):
        begin(runs, out, "ben")


def test_a_later_word_of_a_judge_is_taken_up_and_the_ratings_stay(runs: list[Path], tmp_path: Path) -> None:
    rate_all(runs, tmp_path / "out", "anna", lambda *_: (1, 0.5))
    path = runs[1] / "results.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("5.0", "9.0"), encoding="utf-8")
    assert begin(runs, tmp_path / "out", "anna").rated == 7
    study = read_study(tmp_path / "out")
    assert study.shown["rival", name(0)].scores == {"oracle 1": (9.0, 9.0)}


def test_a_study_changed_by_hand_is_refused(runs: list[Path], tmp_path: Path) -> None:
    begin(runs, tmp_path / "out", "anna")
    path = tmp_path / "out" / "study.json"
    path.write_text(path.read_text(encoding="utf-8").replace("bluer", "redder"), encoding="utf-8")
    with pytest.raises(DataError, match="was changed since it was made"):
        read_study(tmp_path / "out")
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"study\.json cannot be read"):
        read_study(tmp_path / "out")


def test_runs_that_ask_different_things_are_refused(runs: list[Path], tmp_path: Path) -> None:
    longer = write_run(tmp_path / "longer", "third", 5)
    with pytest.raises(DataError, match="do not answer the same items: only one has 0004"):
        begin([runs[0], longer], tmp_path / "out", "anna")
    words = write_run(tmp_path / "words", "third", instruction="Make it redder.")
    with pytest.raises(DataError, match="ask something else in 0000"):
        begin([runs[0], words], tmp_path / "out", "anna")
    save_picture(runs[1] / "pictures" / f"{name(1)}-source.png", np.zeros((48, 64, 3), np.uint8), overwrite=True)
    with pytest.raises(DataError, match="ask something else in 0001"):
        begin(runs, tmp_path / "out", "anna")


def test_two_runs_of_one_model_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, "nano") for name in ("one", "two")]
    begin(runs, tmp_path / "out", "anna")
    assert read_study(tmp_path / "out").contestants == ["nano (one)", "nano (two)"]
    with pytest.raises(DataError, match="two results folders are both of"):
        begin([runs[0], runs[0]], tmp_path / "other", "anna")


@pytest.mark.parametrize("broken", ["settings.json", "results.jsonl", f"pictures/{name(1)}-result.png"])
def test_a_folder_that_is_no_whole_run_is_refused_by_name(runs: list[Path], tmp_path: Path, broken: str) -> None:
    (runs[0] / broken).unlink()
    with pytest.raises(DataError, match=Path(broken).name):
        begin(runs, tmp_path / "out", "anna")


def test_an_item_whose_id_leads_elsewhere_is_refused(runs: list[Path], tmp_path: Path) -> None:
    path = runs[0] / "results.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace(name(0), "../../secret"), encoding="utf-8")
    with pytest.raises(DataError, match="is no id of an item"):
        begin(runs[:1], tmp_path / "out", "anna")


@pytest.mark.parametrize("rater", ["", "..", "../anna", "Anna", "a/b", "a" * 41, "anna\n", ".hidden", "änne"])
def test_a_name_that_is_no_file_name_is_refused(runs: list[Path], tmp_path: Path, rater: str) -> None:
    with pytest.raises(InputError, match="a rater's name is"):
        begin(runs, tmp_path / "out", rater)


# The log --------------------------------------------------------------------------------------------------------------


def test_the_last_rating_counts_and_the_earlier_ones_stay_in_the_log(runs: list[Path], tmp_path: Path) -> None:
    for words in ((0, 0), (0.5, 0), (1, 0.5)):
        rate_all(runs, tmp_path / "out", "anna", lambda model, item, words=words: words if item == name(1) else None)
    study = read_study(tmp_path / "out")
    ratings = read_panel(tmp_path / "out", study)["anna"]
    assert {(one.sc, one.pq) for one in ratings.latest.values()} == {(1.0, 0.5)}
    assert (len(ratings.latest), ratings.changed) == (2, 4)
    assert len((tmp_path / "out/ratings/anna.jsonl").read_bytes().splitlines()) == 6


def test_a_line_torn_by_a_kill_costs_no_other(runs: list[Path], tmp_path: Path) -> None:
    rate_all(runs, tmp_path / "out", "anna", lambda *_: (1, 1))
    path = tmp_path / "out/ratings/anna.jsonl"
    whole = path.read_bytes()
    for cut in range(1, len(whole), 97):
        path.write_bytes(whole[:cut])
        left = whole[:cut].count(b"\n")
        assert len(read_panel(tmp_path / "out", read_study(tmp_path / "out"))["anna"].latest) == left
        assert begin(runs, tmp_path / "out", "anna").rated == left


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"study": "0000"}, "it is of the study 0000"),
        ({"item": "elsewhere"}, "nobody was asked about"),
        ({"sc": 0.7}, "ratings are 0, 0.5 or 1, not 0.7"),
        ({"pq": None}, "not 1.0 and None"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(
    runs: list[Path], tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    rate_all(runs, tmp_path / "out", "anna", lambda *_: (1, 1))
    path = tmp_path / "out/ratings/anna.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **change})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"anna\.jsonl, line 3 .*{complaint}"):
        read_panel(tmp_path / "out", read_study(tmp_path / "out"))


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=3), st.none(), st.lists(st.integers())))
def test_a_level_is_one_of_three_numbers(value: object) -> None:
    expected = not isinstance(value, bool) and isinstance(value, int | float) and value in (0, 0.5, 1)
    assert (level(value) is not None) == expected


@given(st.integers(0, 2**32), st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True))
def test_an_order_loses_no_edit(seed: int, rater: str) -> None:
    study = _study(seed)
    assert sorted(edit.key for edit in study.order(rater)) == sorted(study.shown)


def _study(seed: int) -> Study:
    from omniedit.bench.human.study import Edit

    edits = [Edit(m, name(i), "swap", "4:3", "Go.", "scored", "s", "r") for m in ("a", "b") for i in range(3)]
    return Study(seed, "words", tuple(edits))
