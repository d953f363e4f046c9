"""MagicBrush: turns with a mask and an answer made by people, and the distances to it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from local_copies import picture, scored

from omniedit.bench.item import SuiteOptions
from omniedit.bench.suites.magicbrush import MagicBrushSuite, distances
from omniedit.errors import DataError, ImageError
from omniedit.images import save_picture
from omniedit.types import Task

SESSIONS = {"30": 1, "139": 3, "149": 2}
SIZE = (32, 24)


def write(folder: Path) -> Path:
    """A copy as unpacked: test/edit_turns.json, and a folder of pictures for each session."""
    turns = []
    for session, count in SESSIONS.items():
        images = folder / "test" / "images" / session
        images.mkdir(parents=True)
        before = f"{session}-input.png"
        save_picture(images / before, picture(int(session), SIZE))
        for turn in range(1, count + 1):
            mask, after = f"{session}-mask{turn}.png", f"{session}-output{turn}.png"
            save_picture(images / after, picture(int(session) + turn, SIZE))
            PIL.Image.fromarray(holed(int(session), turn)).save(images / mask)
            turns.append({"input": before, "mask": mask, "output": after, "instruction": f"edit {session}, {turn}"})
            before = after
    (folder / "test" / "edit_turns.json").write_text(json.dumps(turns))
    return folder


def holed(session: int, turn: int, scale: int = 1) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The picture with a hole, as DALL-E takes it: the first ``turn`` * 4 columns are transparent."""
    image = np.dstack([picture(session, SIZE), np.full(SIZE[::-1], 255, np.uint8)])
    image[:, : turn * 4] = 0
    return image.repeat(scale, 0).repeat(scale, 1)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("magicbrush"))


def suite(copy: Path, limit: int | None = None) -> MagicBrushSuite:
    return MagicBrushSuite(SuiteOptions(copy, 0, limit))


def test_each_turn_is_edited_from_its_own_input(copy: Path) -> None:
    assert suite(copy).ids == ["30-1", "139-1", "139-2", "139-3", "149-1", "149-2"]
    first, second = suite(copy).item("139-1"), suite(copy).item("139-2")
    assert first.reference is not None
    assert np.array_equal(first.reference, picture(140, SIZE))
    assert np.array_equal(second.photo.image, first.reference)
    assert (second.group, second.proposal.task) == ("turn 2", Task.ATTRIBUTE)
    assert second.instruction == "edit 139, 2"


@pytest.mark.parametrize("scale", [1, 2])
def test_the_hole_of_the_mask_is_where_to_edit_at_the_size_of_the_photo(tmp_path: Path, scale: int) -> None:
    folder = write(tmp_path) / "test" / "images" / "139"
    PIL.Image.fromarray(holed(139, 2, scale)).save(folder / "139-mask2.png")
    mask = suite(tmp_path).item("139-2").mask
    assert mask is not None
    assert mask.shape == SIZE[::-1]
    assert (mask[:, :8] == 1).all()
    assert (mask[:, 8:] == 0).all()


def test_a_mask_without_a_hole_marks_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path) / "test" / "images" / "139"
    save_picture(folder / "139-mask2.png", picture(5, SIZE), overwrite=True)
    assert suite(tmp_path).item("139-2").mask is None


def test_the_folder_its_parent_and_the_list_are_all_the_copy(copy: Path) -> None:
    hashes = {suite(path).hash for path in (copy, copy / "test", copy / "test" / "edit_turns.json")}
    assert len(hashes) == 1


@pytest.mark.parametrize("name", ["139-input.png", "139-mask2.png", "139-output3.png"])
def test_the_hash_changes_with_every_picture(tmp_path: Path, copy: Path, name: str) -> None:
    path = write(tmp_path) / "test" / "images" / "139" / name
    assert suite(tmp_path).hash == suite(copy).hash
    path.write_bytes(path.read_bytes() + b"x")
    assert suite(tmp_path).hash != suite(copy).hash


def test_a_limit_spreads_over_the_turns(copy: Path) -> None:
    few = suite(copy, limit=3)
    assert sorted(few.item(name).group for name in few.ids) == ["turn 1", "turn 2", "turn 3"]
    assert few.hash != suite(copy).hash


def test_scores_give_no_published_figure(copy: Path) -> None:
    assert suite(copy).figures([scored(name, (8, 8), (8,)) for name in suite(copy).ids]) == {}


@pytest.mark.parametrize("size", [SIZE, (48, 48)])
def test_distances_are_those_of_the_published_script(tmp_path: Path, size: tuple[int, int]) -> None:
    names, l1, l2 = ["a-1", "b-1"], [], []
    for seed, name in enumerate(names):
        result, reference = picture(seed, SIZE), picture(seed + 10, size)
        save_picture(tmp_path / f"{name}-result.png", result)
        save_picture(tmp_path / f"{name}-reference.png", reference)
        resized = np.asarray(PIL.Image.fromarray(result).resize(size)).astype(float) / 255
        l1.append(np.mean(np.abs(resized - reference / 255)))
        l2.append(np.mean((resized - reference / 255) ** 2))
    assert distances(tmp_path, names) == pytest.approx({"L1": sum(l1) / 2, "L2": sum(l2) / 2}, rel=1e-5)


def test_distances_miss_what_is_missing(tmp_path: Path) -> None:
    for kind in ("result", "reference"):
        save_picture(tmp_path / f"a-1-{kind}.png", picture(0))
    assert distances(tmp_path, ["a-1"]) == {"L1": 0, "L2": 0}
    assert distances(tmp_path, ["a-1", "b-1"]) == {"L1": None, "L2": None}
    assert distances(tmp_path, []) == {"L1": None, "L2": None}


def test_without_a_copy_it_says_what_to_fetch() -> None:
    with pytest.raises(DataError, match=r"unzip -P MagicBrush test\.zip"):
        MagicBrushSuite(SuiteOptions()).ids  # noqa: B018


def test_a_folder_without_the_list_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{tmp_path} holds no edit_turns\.json"):
        suite(tmp_path).ids  # noqa: B018


@pytest.mark.parametrize(
    "content", ["{", '{"a": 1}', "[1]", '[{"input": "1-input.png", "output": "1.png", "instruction": "x"}]', "[]"]
)
def test_a_broken_list_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "edit_turns.json").write_text(content)
    with pytest.raises(DataError, match=str(tmp_path)):
        suite(tmp_path).ids  # noqa: B018


def test_missing_and_unreadable_pictures_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path) / "test" / "images" / "149"
    (folder / "149-output1.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=str(folder / "149-output1.png")):
        suite(tmp_path).item("149-2")
    (folder / "149-mask1.png").unlink()
    with pytest.raises(DataError, match=f"{folder / '149-mask1.png'}, a picture of turn 4"):
        suite(tmp_path).ids  # noqa: B018
