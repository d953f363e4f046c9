"""Contestants by name: the ends of the scale, editors, folders of results, and a clear word on any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from squares import Closeness, Squares, square_item

from omniedit.bench.contestants import ContestantOptions, contestant
from omniedit.bench.elsewhere import MadeElsewhere
from omniedit.bench.run import run
from omniedit.bench.run_folder import RunFolder
from omniedit.bench.suites.scenes import SceneSuite
from omniedit.errors import DataError, InputError, ModelError
from omniedit.images import load_rgb, save_picture


@pytest.mark.parametrize("name", ["unedited", "ideal", "specialists"])
def test_a_contestant_answers_in_the_size_of_the_photo_and_the_same_for_the_same_seed(name: str) -> None:
    suite = SceneSuite(limit=7)
    item = suite.item(suite.ids[5])
    answer = contestant(name)
    first, second = answer(item, 3), answer(item, 3)
    assert first.shape == item.photo.image.shape
    assert np.array_equal(first, second)
    assert np.array_equal(first, item.photo.image) == (name == "unedited")


def test_a_model_is_told_by_its_weights_and_answers_by_its_seed() -> None:
    item = replace(square_item("a"), instruction="Make it night.")
    nano = contestant("nano")
    assert len(nano.sha256) == 64  # type: ignore[attr-defined]
    assert np.array_equal(nano(item, 1), nano(item, 1))


def test_a_mask_is_given_only_where_it_is_asked_for() -> None:
    mask = np.zeros((48, 64), np.float32)
    mask[:24] = 1
    item = replace(square_item("a"), instruction="Turn it into a watercolour painting.", mask=mask)
    free, masked = (contestant("specialists", ContestantOptions(masked=given))(item, 0) for given in (False, True))
    assert np.array_equal(masked[24:], item.photo.image[24:])
    assert not np.array_equal(free[24:], item.photo.image[24:])


def test_an_unknown_model_is_named_with_the_names_that_there_are() -> None:
    with pytest.raises(ModelError, match=r"'no such model'.*nano, specialists"):
        contestant("no such model")


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("unedited", ContestantOptions(device="cpu"), "unedited has no use for device"),
        ("folder:x", ContestantOptions(base_url="http://x/v1", masked=True), "no use for base_url, masked"),
        ("nano", ContestantOptions(size="64x64"), "nano has no use for size"),
        ("specialists", ContestantOptions(dtype="float32"), "no use for a device or a number format"),
        ("nano", ContestantOptions(dtype="float3"), "no number format 'float3'"),
        ("endpoint:x", ContestantOptions(device="cuda"), "no use for device"),
    ],
)
def test_an_option_that_is_of_no_use_is_refused(name: str, options: ContestantOptions, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        contestant(name, options)


# Results made elsewhere -----------------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    save_picture(folder / "a.png", np.full((48, 64, 3), 9, np.uint8))
    save_picture(folder / "b.webp", np.full((24, 32, 3), 9, np.uint8))
    (folder / "notes.txt").write_text("made with care", encoding="utf-8")
    return folder


def test_a_folder_answers_with_its_pictures_and_what_is_missing_is_refused(results: Path, tmp_path: Path) -> None:
    made = contestant(f"folder:{results}", ids=("a", "b", "c"))
    folder = RunFolder(tmp_path / "run", {})
    rows = run(Squares(), made, folder, [Closeness()])
    assert [(row.status, row.reason) for row in rows] == [
        ("scored", "kept · clean"),
        ("scored", "the answer of 32 × 24 pixels was brought to the photo's 64 × 48 · kept · clean"),
        ("refused", "no result"),
    ]
    assert (load_rgb(folder.picture("b", "result")) == 9).all()


def test_a_folder_is_told_by_what_is_in_it(results: Path) -> None:
    before = MadeElsewhere(results).sha256
    assert MadeElsewhere(results).sha256 == before
    save_picture(results / "a.png", np.zeros((48, 64, 3), np.uint8), overwrite=True)
    assert MadeElsewhere(results).sha256 != before


def test_folders_that_answer_nothing_or_twice_are_refused(results: Path, tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no picture in .* is named after an item \(such as a\.png\).*x\.png and so on"
    ):
        contestant(f"folder:{results}", ids=("x", "y"))
    with pytest.raises(DataError, match="there is no folder"):
        contestant(f"folder:{tmp_path / 'nowhere'}", ids=("a",))
    save_picture(results / "a.jpg", np.zeros((48, 64, 3), np.uint8))
    with pytest.raises(DataError, match="both answer a: remove one"):
        contestant(f"folder:{results}", ids=("a",))


def test_a_file_that_is_no_picture_costs_its_item_only(results: Path, tmp_path: Path) -> None:
    (results / "c.png").write_bytes(b"not a picture")
    rows = run(Squares(), MadeElsewhere(results), RunFolder(tmp_path / "run", {}), [Closeness()])
    assert [row.status for row in rows] == ["scored", "scored", "refused"]
    assert "c.png" in rows[2].reason
