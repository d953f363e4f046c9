"""Running a suite: the ends of the scale, resuming, refusing, and what lies outside an edit."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from omniedit.bench.contestants import PSEUDO
from omniedit.bench.item import Item
from omniedit.bench.results import Results
from omniedit.bench.run import answer, outside, run
from omniedit.errors import InstructionError
from omniedit.judge.oracle import Oracle
from omniedit.types import Ideal, Image, Photo, Proposal, Task


def square_item(name: str, task: Task = Task.ATTRIBUTE) -> Item:
    """A grey picture with a red square that is to become blue."""
    before = np.full((48, 64, 3), 120, np.uint8)
    before[12:36, 20:44] = (200, 30, 30)
    after = before.copy()
    after[12:36, 20:44] = (30, 30, 200)
    mask = np.zeros((48, 64), np.float32)
    mask[12:36, 20:44] = 1
    proposal = Proposal(name, task, "Make the square blue.", object="square", target="blue")
    ideal = Ideal(after, mask, before)
    return Item(name, Photo(name, before), proposal, proposal.instruction, "4:3", "seen", ideal)


@dataclass
class Squares:
    """A suite that counts what is asked of it."""

    ids: Sequence[str] = ("a", "b", "c")
    made: list[str] = field(default_factory=list)

    def item(self, name: str) -> Item:
        self.made.append(name)
        return square_item(name)


def noisy(item: Item, seed: int) -> Image:
    """An editor whose answer depends on its seed."""
    noise = np.random.default_rng(seed).integers(-60, 60, item.ideal.image.shape)
    return np.clip(item.ideal.image + noise, 0, 255).astype(np.uint8)


def refuser(item: Item, seed: int) -> Image:
    raise InstructionError("'square' was never learned")


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "run", {"model": "test"})


def test_the_ends_of_the_scale(results: Results) -> None:
    item = square_item("a")
    best = answer(item, PSEUDO["ideal"], Oracle(), results.pictures)
    worst = answer(item, PSEUDO["unedited"], Oracle(), results.pictures)
    assert best.overall is not None
    assert best.overall > 9
    assert worst.overall == 0


def test_pictures_are_saved_as_they_are(results: Results) -> None:
    from omniedit.images import load_rgb

    item = square_item("a")
    answer(item, PSEUDO["ideal"], Oracle(), results.pictures)
    assert np.array_equal(load_rgb(results.pictures / "a-source.png"), item.photo.image)
    assert np.array_equal(load_rgb(results.pictures / "a-result.png"), item.ideal.image)


def test_a_stopped_run_goes_on_to_the_same_rows(results: Results, tmp_path: Path) -> None:
    whole = run(Squares(), noisy, results, Oracle(), seed=5)
    folder = tmp_path / "stopped"
    shutil.copytree(results.folder, folder)
    lines = (folder / "results.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "results.jsonl").write_bytes(lines[0] + lines[1][:20])
    suite = Squares()
    assert run(suite, noisy, Results(folder, {"model": "test"}), Oracle(), seed=5) == whole
    assert suite.made == ["b", "c"]


def test_an_item_scores_the_same_in_any_order_and_company(tmp_path: Path) -> None:
    forward = run(Squares(), noisy, Results(tmp_path / "1", {}), Oracle())
    backward = run(Squares(ids=("c", "a")), noisy, Results(tmp_path / "2", {}), Oracle())
    assert [forward[2], forward[0]] == backward
    assert forward[0].outside != forward[1].outside


def test_a_refusal_is_a_row_with_its_reason(results: Results) -> None:
    rows = run(Squares(), refuser, results, Oracle())
    assert {(row.status, row.overall, row.reason) for row in rows} == {("refused", None, "'square' was never learned")}


def test_without_a_visible_ideal_an_item_is_unscored_with_the_reason(results: Results) -> None:
    item = square_item("a")
    nothing = replace(item, ideal=replace(item.ideal, image=item.photo.image))
    row = answer(nothing, PSEUDO["unedited"], Oracle(), results.pictures)
    assert (row.status, row.overall, row.sc) == ("unscored", None, ())
    assert row.reason


def test_outside_measures_what_should_have_stayed() -> None:
    item = square_item("a")
    assert outside(item, item.ideal.image) == 0
    brighter = item.ideal.image.copy()
    brighter[:, :10] += 12
    kept = 48 * 64 - 24 * 24
    assert outside(item, brighter) == pytest.approx(12 * 48 * 10 / kept)
    assert outside(square_item("a", Task.STYLE), brighter) is None


def test_an_added_object_may_stand_anywhere_in_its_region() -> None:
    item = square_item("a", Task.ADDITION)
    sprite = np.full((24, 24, 4), 255, np.uint8)
    item = replace(item, ideal=replace(item.ideal, sprite=sprite, region=(0.0, 0.0, 0.5, 1.0)))
    elsewhere = item.photo.image.copy()
    elsewhere[12:36, 4:28] = (30, 30, 200)
    assert outside(item, elsewhere) == 0
    elsewhere[:, 60:] = 0
    assert outside(item, elsewhere)
