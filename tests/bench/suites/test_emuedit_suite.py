"""Emu Edit test: the split test only, captions where they say something, and means of tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_copies import cell, parquet, picture, saved, scored, unscored

from omniedit.bench.item import SuiteOptions
from omniedit.bench.suites.emuedit import EmuEditSuite
from omniedit.errors import DataError, ImageError
from omniedit.types import Task

COUNTS = {"background": 1, "global": 2, "style": 1, "remove": 3, "add": 2, "local": 1, "texture": 2}


def rows(split: str = "test") -> list[dict[str, Any]]:
    return [
        {
            "instruction": f"{task} {index} of {split}",
            "image": cell(10 * place + index),
            "task": task,
            "split": split,
            "idx": index,
            "hash": f"{place}{index}",
            "input_caption": "a train station in city" if index else "a dog",
            "output_caption": "a train station in city" if index else "a cat",
        }
        for place, (task, count) in enumerate(COUNTS.items())
        for index in range(count)
    ]


def write(folder: Path) -> Path:
    """A copy as on the Hub: data/test-…, data/validation-…"""
    for split in ("test", "validation"):
        parquet(rows(split), ("image",), folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("emu"))


def suite(copy: Path, limit: int | None = None) -> EmuEditSuite:
    return EmuEditSuite(SuiteOptions(copy, 0, limit))


def test_items_are_the_rows_of_the_split_test(copy: Path) -> None:
    assert suite(copy).ids == [f"{task}-{index}" for task, count in COUNTS.items() for index in range(count)]
    item = suite(copy).item("remove-2")
    assert (item.group, item.proposal.task, item.instruction) == ("remove", Task.REMOVAL, "remove 2 of test")
    assert np.array_equal(item.photo.image, picture(32))
    assert suite(copy).item("texture-1").proposal.task is Task.ATTRIBUTE


def test_captions_that_do_not_differ_say_nothing(copy: Path) -> None:
    first, second = (suite(copy).item(name).proposal for name in ("remove-0", "remove-1"))
    assert (first.source_caption, first.target_caption) == ("a dog", "a cat")
    assert (second.source_caption, second.target_caption) == ("", "")


def test_the_same_rows_saved_to_disk_have_the_same_hash(copy: Path, tmp_path: Path) -> None:
    path = saved(rows(), ("image",), tmp_path / "arrow", "test")
    assert suite(path).hash == suite(copy).hash
    assert suite(copy / "data" / "validation-00000-of-00001.parquet").hash != suite(copy).hash


def test_two_rows_of_one_name_are_two_items(tmp_path: Path) -> None:
    twice = [*rows()[:2], rows()[1] | {"instruction": "another"}]
    found = suite(parquet(twice, ("image",), tmp_path / "test-0.parquet"))
    assert found.ids == ["background-0", "global-0", "global-0-2"]
    assert found.item("global-0-2").instruction == "another"


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_means_of_tasks(copy: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = {name: rng.uniform(0, 10, 3) for name in suite(copy).ids}
    figures = dict(suite(copy).figures([scored(name, it[:2], it[2:]) for name, it in scores.items()]))
    means = {
        task: np.mean([np.sqrt(min(it[:2]) * it[2]) for name, it in scores.items() if name.startswith(f"{task}-")])
        for task in COUNTS
    }
    assert figures.pop("coverage") == 1
    assert figures.pop("average") == pytest.approx(sum(means.values()) / 7)
    assert figures == pytest.approx({f"O {task}": mean for task, mean in means.items()})


def test_missing_items_are_missed(copy: Path) -> None:
    judged = [unscored(it, "crashed") if it == "remove-1" else scored(it, (4, 9), (9,)) for it in suite(copy).ids]
    figures = suite(copy).figures(judged)
    assert figures["O remove"] is figures["average"] is None
    assert figures["O style"] == 6
    assert figures["coverage"] == pytest.approx(11 / 12)


def test_a_limit_spreads_over_the_tasks(copy: Path) -> None:
    few = suite(copy, limit=7)
    assert sorted(few.item(name).group for name in few.ids) == sorted(COUNTS)
    assert few.hash != suite(copy).hash


def test_without_a_copy_it_says_what_to_fetch() -> None:
    with pytest.raises(DataError, match="hf download facebook/emu_edit_test_set"):
        EmuEditSuite(SuiteOptions()).ids  # noqa: B018


def test_a_missing_column_is_named_with_the_file(tmp_path: Path) -> None:
    bare = [{name: row[name] for name in row if name != "task"} for row in rows()]
    path = parquet(bare, ("image",), tmp_path / "test-0.parquet")
    with pytest.raises(DataError, match=f"{path} has no column task"):
        suite(tmp_path).ids  # noqa: B018


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    odd = rows()
    odd[3]["image"] = {"bytes": b"no picture", "path": None}
    path = parquet(odd, ("image",), tmp_path / "test-0.parquet")
    with pytest.raises(ImageError, match=f"row 1 of group 1 of {path}"):
        suite(tmp_path).item("style-0")
