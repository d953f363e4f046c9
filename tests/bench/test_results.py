"""The results of a run: they come back as they went, and what is no run is refused by name."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.bench.results import Cost, Row, Score, load_run, write_rows
from omniedit.bench.run_folder import RunFolder, Sitting
from omniedit.errors import DataError

SETTINGS = {"suite": "scenes", "model": "nano", "seed": 0}
SCORES = (
    Score("oracle 1", "abc", 0, (9.0, 8.5), (7.0,), 7.7, "well done"),
    Score("student 1-x", "abc", 0, unscored="it could not tell"),
)
ROW = Row(
    *("0001", "swap", "16:9", "unseen", "Swap “it”.", "scored"),
    **{"sc": (9.0, 8.5), "pq": (7.0,), "overall": 7.7, "outside": 0.25, "shift": 0.5, "scores": SCORES},  # type: ignore[arg-type]
)
REFUSED = Row("0002", "style", "1:1", "", "Zap.", "refused", reason="never learned")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = RunFolder(tmp_path / "run", SETTINGS)
    folder.costs.append(asdict(Cost("0001", 0.5, None, "")))
    folder.costs.append(asdict(Cost("0001", 0.7, 12.5, "cpu")))
    write_rows(folder.folder, [ROW, REFUSED])
    return folder.folder


def test_rows_come_back_as_they_went(run: Path) -> None:
    found = load_run(run)
    assert found.rows == (ROW, REFUSED)
    assert found.settings == SETTINGS
    assert found.judges == ("oracle 1", "student 1-x")
    assert found.costs == {"0001": Cost("0001", 0.7, 12.5, "cpu")}


@settings(deadline=None)
@given(st.floats(0, 10), st.text(), st.lists(st.floats(0, 10), min_size=1, max_size=3))
def test_any_words_and_numbers_survive(
    tmp_path_factory: pytest.TempPathFactory, o: float, said: str, sc: list[float]
) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("run"), SETTINGS).folder
    row = replace(ROW, overall=o, reason=said, sc=tuple(sc), instruction=said)
    write_rows(folder, [row])
    assert load_run(folder).rows == (row,)


def test_a_run_of_version_0_1_is_read(run: Path) -> None:
    old = {key: value for key, value in asdict(ROW).items() if key not in ("scores", "shift")}
    (run / "results.jsonl").write_text(json.dumps(old) + "\n", encoding="utf-8")
    (run / "settings.json").write_text(json.dumps({**SETTINGS, "judge": "oracle 1"}), encoding="utf-8")
    found = load_run(run)
    assert found.judges == ("oracle 1",)
    assert found.rows == (replace(ROW, scores=(), shift=None),)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"id": "a"}', "line 1 lacks task, instruction, status"),
        ("[1, 2", "line 1 cannot be read"),
        ('{"id": "../a", "task": "swap", "instruction": "x", "status": "scored"}', "is no id of an item"),
        ('{"id": "a", "task": "swap", "instruction": "x", "status": "scored"}', "line 1 makes no sense.*ratio"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(run: Path, line: str, complaint: str) -> None:
    (run / "results.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=complaint):
        load_run(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is no results folder.*settings\.json"):
        load_run(tmp_path)
    RunFolder(tmp_path / "begun", SETTINGS)
    with pytest.raises(DataError, match=r"no results\.jsonl yet: finish it with omniedit bench run"):
        load_run(tmp_path / "begun")


# The folder of a run that is going on ---------------------------------------------------------------------------------


def test_a_folder_of_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    RunFolder(tmp_path / "run", SETTINGS)
    RunFolder(tmp_path / "run", SETTINGS)
    with pytest.raises(DataError, match=r"seed 0 there, 7 now\).*--out"):
        RunFolder(tmp_path / "run", {**SETTINGS, "seed": 7})
    with pytest.raises(DataError, match=r"suite .*; model .*; seed .*, and 1 more"):
        RunFolder(tmp_path / "run", {"suite": "others", "model": "x", "seed": 1, "version": "9"})


def test_a_run_of_version_0_1_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"omniedit": "0.1.0"}', encoding="utf-8")
    with pytest.raises(DataError, match=r"a run of omniedit 0\.1\.0, which can be read, but not continued"):
        RunFolder(tmp_path, SETTINGS)


def test_a_folder_with_something_else_and_a_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds something else \(thesis\.tex\)"):
        RunFolder(tmp_path, SETTINGS)
    with pytest.raises(DataError, match="is a file"):
        RunFolder(tmp_path / "thesis.tex", SETTINGS)


def test_what_a_kill_leaves_behind_does_not_stop_the_next_start(tmp_path: Path) -> None:
    (tmp_path / ".omniedit-0123.tmp").write_text("{", encoding="utf-8")
    assert RunFolder(tmp_path, SETTINGS).settings == SETTINGS


def test_two_judges_never_share_a_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, SETTINGS)
    names = ["openai:a/b 1", "openai:a-b 1", "openai:a%2Fb 1", "../oracle 1"]
    paths = {folder.verdicts(name).path for name in names}
    assert len(paths) == len(names)
    assert {path.parent for path in paths} == {tmp_path / "verdicts"}


def test_a_journal_that_someone_wrote_into_is_named_with_its_line(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, SETTINGS)
    folder.answers.append({"id": "a"})
    with folder.answers.path.open("a", encoding="utf-8") as file:
        file.write("oops\n")
    with pytest.raises(DataError, match=r"answers\.jsonl, line 2 cannot be read"):
        folder.answers.entries()


def test_judges_keep_their_order_and_the_most_repeats(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, SETTINGS)
    for name, repeats in (("z 1", 3), ("a 1", 1), ("z 1", 2)):
        folder.add_judge(name, Sitting("abc", repeats))
    assert list(folder.judges.items()) == [("z 1", Sitting("abc", 3)), ("a 1", Sitting("abc", 1))]
    (tmp_path / "judges.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"judges\.json cannot be read"):
        folder.judges  # noqa: B018
