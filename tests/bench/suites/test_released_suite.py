"""The dev split of the released dataset, from small files in its format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from suite_folders import photograph

from omniedit.bench.item import Suite, SuiteOptions
from omniedit.bench.suites.released import ReleasedSuite
from omniedit.errors import DataError
from omniedit.images import encode
from omniedit.types import Task

TASKS = ("style", "swap", "swap", "addition", "removal", "attribute_modification", "env")
WORDS = (
    ["make it an oil painting", "Turn the whole photograph into an oil painting."],
    ["Replace the cat with a dog."],
    ["Change the background to a beach.", "swap the background"],
    ["Add a red car."],
    ["Remove the car."],
    ["make the hat blue"],
    ["make it a rainy day"],
)


def rows() -> list[dict[str, Any]]:
    """Rows as the dataset has them."""

    def picture(seed: int) -> dict[str, Any]:
        return {"bytes": encode(photograph(seed), "PNG"), "path": None}

    return [
        {
            "omni_edit_id": f"task_{task}_{place}",
            "task": task,
            "src_img": picture(place),
            "edited_img": picture(100 + place),
            "edited_prompt_list": words,
            "width": 72,
            "height": 48,
            "o_score": 9.0,
        }
        for place, (task, words) in enumerate(zip(TASKS, WORDS, strict=True))
    ]


def copy_of(folder: Path, rows: list[dict[str, Any]], name: str = "dev-00000-of-00001", groups: int = 3) -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "data" / f"{name}.parquet", row_group_size=groups)
    return folder


def suite_of(copy: Path | None, limit: int | None = None) -> ReleasedSuite:
    return ReleasedSuite(SuiteOptions(copy, limit=limit))


def test_items_are_the_rows(tmp_path: Path) -> None:
    suite: Suite = suite_of(copy_of(tmp_path, rows()))
    items = [suite.item(name) for name in suite.ids]
    assert {item.id for item in items} == {f"task_{task}_{place}" for place, task in enumerate(TASKS)}
    for item in items:
        place = int(item.id.rsplit("_", 1)[1])
        assert item.instruction == WORDS[place][0]
        assert item.group == TASKS[place]
        assert np.array_equal(item.photo.image, photograph(place))
        assert np.array_equal(item.reference, photograph(100 + place))
        assert (item.ideal, item.mask, item.ratio) == (None, None, "3:2")
    assert {item.id: item.proposal.task for item in items} == {
        "task_style_0": Task.STYLE,
        "task_swap_1": Task.SWAP,
        "task_swap_2": Task.BACKGROUND,
        "task_addition_3": Task.ADDITION,
        "task_removal_4": Task.REMOVAL,
        "task_attribute_modification_5": Task.ATTRIBUTE,
        "task_env_6": Task.ENVIRONMENT,
    }


def test_train_files_beside_it_are_none_of_it(tmp_path: Path) -> None:
    train = [row | {"omni_edit_id": f"train_{place}"} for place, row in enumerate(rows())]
    copy_of(tmp_path, train, "train-00000-of-00571")
    with pytest.raises(DataError, match=r"train-00000-of-00571\.parquet is of the train split(.|\n)*hf download"):
        _ = suite_of(tmp_path).ids
    assert len(suite_of(copy_of(tmp_path, rows())).ids) == len(TASKS)


def test_one_file_is_as_good_as_its_folder(tmp_path: Path) -> None:
    folder = copy_of(tmp_path, rows())
    file = folder / "data" / "dev-00000-of-00001.parquet"
    assert suite_of(file).ids == suite_of(folder).ids
    assert suite_of(file).hash == suite_of(folder).hash


def test_how_it_is_cut_into_files_changes_no_hash_and_what_is_in_it_does(tmp_path: Path) -> None:
    whole = suite_of(copy_of(tmp_path / "whole", rows())).hash
    copy_of(tmp_path / "cut", rows()[4:], "dev-00000-of-00002", groups=1)
    assert suite_of(copy_of(tmp_path / "cut", rows()[:4], "dev-00001-of-00002")).hash == whole
    for place, (column, value) in enumerate(
        [
            ("edited_prompt_list", ["Add a red cart."]),
            ("src_img", {"bytes": encode(photograph(55), "PNG"), "path": None}),
            ("edited_img", {"bytes": encode(photograph(55), "PNG"), "path": None}),
        ]
    ):
        changed = rows()
        changed[3][column] = value
        assert suite_of(copy_of(tmp_path / f"changed {place}", changed)).hash != whole


def test_a_limit_is_spread_over_the_groups(tmp_path: Path) -> None:
    suite = suite_of(copy_of(tmp_path, rows()), limit=6)
    assert {suite.item(name).group for name in suite.ids} == set(TASKS)
    assert suite.hash != suite_of(tmp_path).hash


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("edited_prompt_list", [], "no instruction"), ("task", "paint", "names no task but 'paint'")],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, column: str, value: object, message: str) -> None:
    spoilt = rows()
    spoilt[4][column] = value
    with pytest.raises(DataError, match=rf"row 1 of .*{message}"):
        _ = suite_of(copy_of(tmp_path, spoilt)).ids


@pytest.mark.parametrize("there", [False, True])
def test_without_a_copy_it_says_what_to_fetch(tmp_path: Path, there: bool) -> None:
    with pytest.raises(DataError, match=r"hf download TIGER-Lab/OmniEdit-Filtered-1.2M(.|\n)*data/dev"):
        _ = suite_of(tmp_path / "nothing" if there else None).ids
