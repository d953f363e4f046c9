"""Files and folders appear whole or not at all, and what the system refuses is said for people."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from omniedit.errors import OutputError
from omniedit.writing import beside, new_folder, publish, written

Writer = Callable[[Path], AbstractContextManager[Any]]


def test_a_text_is_published_in_a_folder_that_was_missing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    publish(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    publish(path, (line for line in ("one\n", "two\n")))
    assert path.read_bytes() == b"one\ntwo\n"
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("write", [beside, written, new_folder])
def test_what_does_not_end_well_leaves_nothing(tmp_path: Path, write: Writer) -> None:
    with pytest.raises(KeyError), write(tmp_path / "a"):  # noqa: PT012
        assert not (tmp_path / "a").exists()
        raise KeyError
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("write", [beside, written])
def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(KeyError), write(path):
        raise KeyError
    assert path.read_text() == "old"
    with written(path) as file:
        file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("write", [beside, written, new_folder])
def test_a_full_disk_is_an_error_for_people(tmp_path: Path, write: Writer) -> None:
    with (
        pytest.raises(OutputError, match="a cannot be written: no space left; free space") as told,
        write(tmp_path / "a"),
    ):
        raise OSError(errno.ENOSPC, "no space left")
    assert isinstance(told.value.__cause__, OSError)
    assert not [*tmp_path.iterdir()]


def test_a_name_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    publish(tmp_path / ("a" * 255), "text")
    assert [len(path.name) for path in tmp_path.iterdir()] == [255]


def test_a_folder_takes_its_name_at_the_end(tmp_path: Path) -> None:
    with new_folder(tmp_path / "deep" / "a") as folder:
        (folder / "b").write_text("b")
        assert not (tmp_path / "deep" / "a").exists()
    assert (tmp_path / "deep" / "a" / "b").read_text() == "b"
