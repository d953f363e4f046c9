"""The suite of a frozen folder: its items, its limit, and what it refuses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from suite_folders import SMALL, folder_of, frozen

from omniedit.bench.item import Suite, SuiteOptions
from omniedit.bench.suites.making import make
from omniedit.bench.suites.omniedit import OmniEditSuite
from omniedit.errors import DataError
from omniedit.images import load_rgb, save_picture
from omniedit.types import Task


def suite_of(folder: Path | None, limit: int | None = None, seed: int = 0) -> OmniEditSuite:
    return OmniEditSuite(SuiteOptions(folder, seed, limit))


def test_items_are_the_lines_of_the_folder(tmp_path: Path) -> None:
    folder, made = frozen(tmp_path)
    suite = suite_of(folder)
    as_any: Suite = suite
    assert as_any.hash == made.hash
    assert suite.ids == [f"{name}-{task}" for name in ("0000", "0001") for task in Task]
    item = suite.item("0001-removal")
    assert np.array_equal(item.photo.image, load_rgb(folder / "photos" / "0001.png"))
    assert (item.proposal.task, item.proposal.object, item.task) == (Task.REMOVAL, "dog", "removal")
    assert item.instruction == item.proposal.instruction != ""
    assert item.ratio in ("3:2", "1:1")
    assert (item.ideal, item.phrasing, item.photo.layers, suite.figures([])) == (None, "", (), {})


def test_a_limit_is_spread_over_the_tasks_and_has_a_hash_of_its_own(tmp_path: Path) -> None:
    folder, made = frozen(tmp_path)
    suite = suite_of(folder, limit=7)
    assert Counter(name.split("-")[1] for name in suite.ids) == dict.fromkeys(map(str, Task), 1)
    assert suite.hash not in (made.hash, suite_of(folder, limit=8).hash)
    assert suite.hash == suite_of(folder, limit=7).hash
    assert suite_of(folder, limit=100).hash == made.hash


def test_a_photograph_that_changes_during_a_run_is_refused(tmp_path: Path) -> None:
    folder, _ = frozen(tmp_path)
    suite = suite_of(folder)
    assert len(suite.ids) == 14
    save_picture(folder / "photos" / "0000.png", np.zeros((9, 9, 3), np.uint8), overwrite=True)
    with pytest.raises(DataError, match=r"0000\.png is not the picture"):
        suite.item("0000-style")


def test_a_changed_suite_is_refused_before_the_run(tmp_path: Path) -> None:
    folder, _ = frozen(tmp_path)
    text = (folder / "edits.jsonl").read_text(encoding="utf-8")
    (folder / "edits.jsonl").write_text(text.replace("dog", "hen"), encoding="utf-8")
    with pytest.raises(DataError, match=r"edits\.jsonl, line"):
        _ = suite_of(folder).ids


def test_a_suite_that_is_not_frozen_says_what_to_do(tmp_path: Path) -> None:
    folder, _ = frozen(tmp_path)
    (folder / "suite.json").unlink()
    with pytest.raises(DataError, match="suite freeze"):
        _ = suite_of(folder).hash


def test_an_unfinished_suite_says_what_is_missing(tmp_path: Path) -> None:
    make(folder_of(tmp_path / "photographs", [(72, 48)]), tmp_path / "suite", by="hand", limits=SMALL)
    with pytest.raises(DataError, match="no instruction for swap yet"):
        _ = suite_of(tmp_path / "suite").ids


def test_without_a_folder_it_says_how_to_make_one() -> None:
    with pytest.raises(DataError, match="omniedit bench suite make"):
        _ = suite_of(None).ids
