from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.data.photos import folder_photos, folder_problems
from omniedit.errors import DataError


def fill(folder: Path, count: int) -> None:
    for index in range(count):
        noise = np.random.default_rng(index).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        PIL.Image.fromarray(noise).save(folder / f"{index:03}.png")


def test_splits_are_the_folder_once_and_names_do_not_matter(tmp_path: Path) -> None:
    fill(tmp_path, 60)
    held_out = {photo.image.tobytes() for photo in folder_photos(tmp_path, "eval")}
    trained = {photo.image.tobytes() for photo in folder_photos(tmp_path, "train")}
    assert held_out
    assert len(held_out) + len(trained) == 60
    for path in tmp_path.iterdir():
        path.rename(path.with_name(f"renamed-{path.name}"))
    assert {photo.image.tobytes() for photo in folder_photos(tmp_path, "eval")} == held_out


def test_files_that_differ_in_their_ending_have_ids_that_differ(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    PIL.Image.new("RGB", (8, 8)).save(tmp_path / "000.jpg")
    assert [photo.id for photo in folder_photos(tmp_path)] == ["000.jpg", "000.png"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    assert folder_problems(tmp_path) == [f"{tmp_path}/bad.png is empty (0 bytes): copy or download it again"]
    with pytest.raises(DataError, match="no photograph could be read"):
        list(folder_photos(tmp_path))
    with pytest.raises(DataError, match="is not a folder"):
        list(folder_photos(tmp_path / "nowhere"))
