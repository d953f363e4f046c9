"""Running a suite: the ends of the scale, resuming, refusing, crashing, and judges that come later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from squares import Closeness, Squares, painted, square_item

from omniedit.bench.contestants import PSEUDO
from omniedit.bench.item import Item
from omniedit.bench.results import load_run
from omniedit.bench.run import ANSWERING, Step, run
from omniedit.bench.run_folder import RunFolder
from omniedit.errors import DataError, InputError, InstructionError, ModelError
from omniedit.images import load_rgb
from omniedit.judge.oracle import Oracle
from omniedit.types import Candidate, Ideal, Image, Verdict


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run", {"model": "test"})


def again(folder: RunFolder) -> RunFolder:
    return RunFolder(folder.folder, folder.settings)


def no_answer(item: Item, seed: int) -> Image:
    raise AssertionError(f"{item.id} was answered already")


def results(folder: RunFolder) -> bytes:
    return (folder.folder / "results.jsonl").read_bytes()


def test_the_ends_of_the_scale(tmp_path: Path) -> None:
    best, worst = (
        run(Squares(), PSEUDO[name], RunFolder(tmp_path / name, {}), [Oracle()]) for name in ("ideal", "unedited")
    )
    assert min(row.overall or 0.0 for row in best) > 9
    assert {row.overall for row in worst} == {0.0}
    assert {(row.outside, row.shift) for row in (*best, *worst)} == {(0.0, 0.0)}


def test_pictures_are_saved_as_they_are(folder: RunFolder) -> None:
    reference = np.full((5, 5, 3), 7, np.uint8)

    class Referred(Squares):
        def item(self, name: str) -> Item:
            return replace(super().item(name), reference=reference)

    run(Referred(("a",)), painted, folder, [Oracle()])
    item = square_item("a")
    assert item.ideal is not None
    for kind, picture in (("source", item.photo.image), ("ideal", item.ideal.image), ("reference", reference)):
        assert np.array_equal(load_rgb(folder.picture("a", kind)), picture)


def test_the_same_run_in_two_folders_has_the_same_bytes_and_costs_beside_them(
    folder: RunFolder, tmp_path: Path
) -> None:
    other = RunFolder(tmp_path / "other", {"model": "test"})
    for one in (folder, other):
        run(Squares(), painted, one, [Oracle(), Closeness()], seed=3)
    assert results(folder) == results(other)
    costs = load_run(folder.folder).costs
    assert sorted(costs) == ["a", "b", "c"]
    assert min(cost.seconds for cost in costs.values()) > 0


@pytest.mark.parametrize("journal", ["answers.jsonl", "verdicts/oracle-1.jsonl"])
def test_a_stopped_run_goes_on_to_the_same_rows(folder: RunFolder, tmp_path: Path, journal: str) -> None:
    whole = run(Squares(), painted, folder, [Oracle()], seed=5)
    stopped = tmp_path / "stopped"
    shutil.copytree(folder.folder, stopped)
    for name in ("results.jsonl", "judges.json"):
        (stopped / name).unlink()
    path = stopped / journal
    size = path.stat().st_size
    os.truncate(path, size - size // 2)
    assert run(Squares(), painted, RunFolder(stopped, {"model": "test"}), [Oracle()], seed=5) == whole
    assert (stopped / "results.jsonl").read_bytes() == results(folder)


def test_what_is_answered_and_scored_is_not_done_again(folder: RunFolder) -> None:
    rows = run(Squares(), painted, folder, [Closeness()])
    suite = Squares()
    assert run(suite, no_answer, again(folder), [Closeness()]) == rows
    assert suite.made == []


def test_an_item_scores_the_same_in_any_order_and_company(tmp_path: Path) -> None:
    forward = run(Squares(), painted, RunFolder(tmp_path / "1", {}), [Oracle()])
    backward = run(Squares(ids=("c", "a")), painted, RunFolder(tmp_path / "2", {}), [Oracle()])
    assert [forward[2], forward[0]] == backward
    assert forward[0].outside != forward[1].outside


def test_every_step_is_told(folder: RunFolder) -> None:
    steps: list[Step] = []
    run(Squares(), painted, folder, [Oracle(), Closeness()], tick=steps.append)
    stages = [step.stage for step in steps]
    assert stages == [ANSWERING] * 3 + ["oracle 1"] * 3 + ["closeness 1"] * 3
    assert {step.total for step in steps} == {3}


# Not answered ---------------------------------------------------------------------------------------------------------


def test_a_refusal_is_a_row_with_its_reason(folder: RunFolder) -> None:
    def refuser(item: Item, seed: int) -> Image:
        raise InstructionError("'square' was never learned")

    rows = run(Squares(), refuser, folder, [Oracle()])
    assert {(row.status, row.overall, row.reason) for row in rows} == {("refused", None, "'square' was never learned")}


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), MemoryError("no room"), KeyError("blue")])
def test_a_crash_loses_its_item_only_and_is_asked_again_only_if_wanted(folder: RunFolder, error: Exception) -> None:
    def crashing(item: Item, seed: int) -> Image:
        if item.id == "b":
            raise error
        return painted(item, seed)

    rows = run(Squares(), crashing, folder, [Oracle()])
    assert [row.status for row in rows] == ["scored", "crashed", "scored"]
    assert rows[1].reason == f"{type(error).__name__}: {error}"
    assert rows[1].scores == ()
    assert run(Squares(), no_answer, again(folder), [Oracle()]) == rows
    healed = run(Squares(), painted, again(folder), [Oracle()], retry_crashed=True)
    assert [row.status for row in healed] == ["scored"] * 3
    assert [healed[0], healed[2]] == [rows[0], rows[2]]
    assert results(folder) == results(again(folder))


@pytest.mark.parametrize("answer", [None, np.zeros((4, 4), np.uint8), np.zeros((48, 64, 3), np.float32), "a.png"])
def test_what_is_no_picture_is_a_crash(folder: RunFolder, answer: object) -> None:
    (row,) = run(Squares(("a",)), lambda item, seed: answer, folder, [Oracle()])  # type: ignore[arg-type, return-value]
    assert row.status == "crashed"
    assert "is to be a picture" in row.reason


def test_an_editor_that_paints_into_the_photo_is_a_crash_and_not_a_perfect_score(folder: RunFolder) -> None:
    def careless(item: Item, seed: int) -> Image:
        item.photo.image[:] = 0
        return item.photo.image

    (row,) = run(Squares(("a",)), careless, folder, [Oracle()])
    assert row.status == "crashed"
    assert "painted into the photo" in row.reason


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ModelError("no such model")])
def test_what_no_item_would_survive_stops_the_run_and_keeps_what_was_done(
    folder: RunFolder, error: BaseException | type[BaseException]
) -> None:
    def stopping(item: Item, seed: int) -> Image:
        if item.id == "c":
            raise error
        return painted(item, seed)

    with pytest.raises(error if isinstance(error, type) else type(error)):
        run(Squares(), stopping, folder, [Oracle()])
    suite = Squares()
    answered: list[str] = []

    def counting(item: Item, seed: int) -> Image:
        answered.append(item.id)
        return painted(item, seed)

    assert len(run(suite, counting, again(folder), [Oracle()])) == 3
    assert answered == ["c"]


def test_a_picture_of_another_size_is_brought_to_the_photos_and_its_row_says_so(folder: RunFolder) -> None:
    (row,) = run(Squares(("a",)), lambda item, seed: np.zeros((10, 20, 3), np.uint8), folder, [Oracle()])
    assert row.status == "scored"
    assert "the answer of 20 × 10 pixels was brought to the photo's 64 × 48" in row.reason
    assert load_rgb(folder.picture("a", "result")).shape == (48, 64, 3)


# Judges ---------------------------------------------------------------------------------------------------------------


def test_a_judge_that_comes_later_scores_what_was_answered(folder: RunFolder, tmp_path: Path) -> None:
    run(Squares(), painted, folder, [Oracle()])
    later = run(Squares(), no_answer, again(folder), [Closeness()])
    assert later == run(Squares(), painted, RunFolder(tmp_path / "both", {}), [Oracle(), Closeness()])
    assert load_run(folder.folder).judges == ("oracle 1", "closeness 1")
    for row in later:
        own, other = row.scores
        assert (row.sc, row.pq, row.overall) == (own.sc, own.pq, own.overall)
        assert (own.judge, other.judge) == ("oracle 1", "closeness 1")
        assert own.overall != other.overall


def test_a_judge_that_was_stopped_is_not_in_the_rows_until_it_is_done(folder: RunFolder) -> None:
    class Interrupted(Closeness):
        def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
            raise KeyboardInterrupt

    run(Squares(), painted, folder, [Oracle()])
    before = results(folder)
    with pytest.raises(KeyboardInterrupt):
        run(Squares(), painted, again(folder), [Interrupted()])
    run(Squares(), painted, again(folder), [Oracle()])
    assert results(folder) == before


def test_an_answer_that_a_judge_was_not_asked_about_is_unscored_by_it_and_says_how_to_ask(folder: RunFolder) -> None:
    def crashing(item: Item, seed: int) -> Image:
        raise RuntimeError("broken")

    run(Squares(("a",)), crashing, folder, [Oracle(), Closeness()])
    (row,) = run(Squares(("a",)), painted, again(folder), [Closeness()], retry_crashed=True)
    assert row.status == "unscored"
    assert "name oracle with --judge again" in row.reason
    assert [score.unscored == "" for score in row.scores] == [False, True]
    (row,) = run(Squares(("a",)), painted, again(folder), [Oracle()])
    assert row.status == "scored"


def test_without_a_visible_ideal_an_item_is_unscored_with_the_reason(folder: RunFolder) -> None:
    class Pointless(Squares):
        def item(self, name: str) -> Item:
            item = super().item(name)
            assert item.ideal is not None
            return replace(item, ideal=replace(item.ideal, image=item.photo.image))

    (row,) = run(Pointless(("a",)), PSEUDO["unedited"], folder, [Oracle()])
    assert (row.status, row.overall, row.sc) == ("unscored", None, ())
    assert row.reason == row.scores[0].unscored != ""


def test_a_judge_that_needs_ideals_is_refused_before_any_work(folder: RunFolder) -> None:
    with pytest.raises(InputError, match="oracle 1 needs the ideal results, and the suite squares has none"):
        run(Squares(ideals=False), no_answer, folder, [Closeness(), Oracle()])


def test_one_judge_by_two_rubrics_is_refused(folder: RunFolder) -> None:
    class Otherwise(Closeness):
        stamp = "another rubric"

    run(Squares(), painted, folder, [Closeness()])
    with pytest.raises(DataError, match="by another rubric"):
        run(Squares(), painted, again(folder), [Otherwise()])


def test_a_picture_that_is_gone_is_named(folder: RunFolder) -> None:
    run(Squares(), painted, folder, [Oracle()])
    folder.picture("b", "result").unlink()
    with pytest.raises(DataError, match=r"b-result\.png.*the run is not whole"):
        run(Squares(), painted, again(folder), [Closeness()])


def test_a_suite_of_photographs_is_run_without_ideals(folder: RunFolder) -> None:
    rows = run(Squares(ideals=False), painted, folder, [Closeness()])
    assert {row.outside for row in rows} == {None}
    assert not folder.picture("a", "ideal").exists()


def walk(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_nothing_is_left_lying_about(folder: RunFolder) -> None:
    run(Squares(("a",)), painted, folder, [Oracle()])
    found = {str(path.relative_to(folder.folder)) for path in walk(folder.folder)}
    assert found == {
        *("settings.json", "judges.json", "answers.jsonl", "costs.jsonl", "results.jsonl"),
        *("verdicts/oracle-1.jsonl", "pictures/a-source.png", "pictures/a-result.png", "pictures/a-ideal.png"),
    }
