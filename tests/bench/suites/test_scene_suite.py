"""The scene suite: what it covers, and that an item stands on its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from omniedit.bench.item import SuiteOptions
from omniedit.bench.suites import SUITES
from omniedit.bench.suites.scenes import SceneSuite
from omniedit.data.proposals.router import route
from omniedit.errors import DataError
from omniedit.images import RATIOS, save_picture
from omniedit.judge.named import JUDGES
from omniedit.judge.rubric import RUBRICS
from omniedit.types import Task


def test_ninety_eight_items_hold_every_task_and_ratio_twice() -> None:
    counts = Counter(name.split("-", 1)[1] for name in SceneSuite(limit=98).ids)
    assert len(counts) == len(Task) * len(RATIOS)
    assert set(counts.values()) == {2}


@pytest.mark.parametrize("index", range(7, 14))
def test_items_are_what_their_names_say(index: int) -> None:
    suite = SceneSuite()
    item = suite.item(suite.ids[index])
    assert item.id == f"{index:04d}-{item.proposal.task}-{item.ratio.replace(':', 'x')}"
    width, height = item.photo.size
    assert width / height == pytest.approx(RATIOS[item.ratio], rel=0.1)
    assert item.ideal.image.shape == item.photo.image.shape == item.ideal.source.shape
    assert item.phrasing == "unseen"
    assert not np.array_equal(item.ideal.image, item.photo.image)
    assert route(item.instruction).task is item.proposal.task


def test_an_item_does_not_depend_on_the_others_or_on_the_number_of_items() -> None:
    name = SceneSuite().ids[3]
    first, second = SceneSuite(limit=5).item(name), SceneSuite(limit=300).item(name)
    assert first.instruction == second.instruction
    assert np.array_equal(first.photo.image, second.photo.image)
    assert np.array_equal(first.ideal.image, second.ideal.image)


def test_another_seed_makes_other_items() -> None:
    name = SceneSuite().ids[0]
    assert not np.array_equal(SceneSuite(seed=1).item(name).photo.image, SceneSuite(seed=2).item(name).photo.image)


def test_a_folder_of_photographs_is_used(tmp_path: Path) -> None:
    for index in range(3):
        save_picture(tmp_path / f"{index}.png", np.full((300, 2000, 3), (10, 200, 90), np.uint8))
    suite = SceneSuite(photos=tmp_path)
    image = suite.item(suite.ids[1]).photo.image
    assert (image == (10, 200, 90)).all(axis=-1).mean() > 0.5


def test_a_folder_without_photographs_is_an_error_that_names_it(tmp_path: Path) -> None:
    suite = SUITES["scenes"](SuiteOptions(photos=tmp_path))
    with pytest.raises(DataError, match=str(tmp_path)):
        suite.item(suite.ids[0])


def test_the_hash_changes_with_all_that_items_depend_on_and_with_nothing_else(tmp_path: Path) -> None:
    whole = SceneSuite(limit=7).hash
    assert SceneSuite(limit=7).hash == whole
    assert len({whole, SceneSuite(limit=8).hash, SceneSuite(limit=7, seed=1).hash}) == 3
    for folder, colour in (("one", 90), ("same", 90), ("other", 91)):
        (tmp_path / folder).mkdir()
        save_picture(tmp_path / folder / f"{folder}.png", np.full((300, 400, 3), (10, 200, colour), np.uint8))
    one, same, other = (SceneSuite(tmp_path / folder, limit=7).hash for folder in ("one", "same", "other"))
    assert one == same
    assert len({one, other, whole}) == 3


@pytest.mark.parametrize("name", list(SUITES))
def test_every_suite_can_be_asked_for_and_knows_its_name(name: str, tmp_path: Path) -> None:
    suite = SUITES[name](SuiteOptions(photos=tmp_path))
    assert suite.name == name
    assert suite.judge.split(":")[0] in JUDGES
    assert suite.rubric in RUBRICS
    with pytest.raises(DataError, match=str(tmp_path)):
        suite.hash  # noqa: B018
