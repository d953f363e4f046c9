"""``omniedit edit`` as a person uses it, with the specialists as the editor: they need no weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omniedit.cli.main import main
from omniedit.images import load_rgb, save_picture
from omniedit.types import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo-like picture."""
    rng = np.random.default_rng(0)
    image = (rng.random((60, 90, 3)) * 40 + np.linspace(60, 200, 90)[None, :, None]).astype(np.uint8)
    save_picture(tmp_path / "photo.png", image)
    return tmp_path / "photo.png"


@pytest.fixture
def there(photo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the photo's folder."""
    monkeypatch.chdir(photo.parent)
    return photo


def leave(*args: object) -> int:
    """Run ``omniedit edit`` with the specialists; the exit code."""
    with pytest.raises(SystemExit) as left:
        main(["edit", *map(str, args), "--model", "specialists"])
    return int(left.value.code or 0)


def test_the_result_is_beside_the_photo_and_of_its_size(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(photo, "Make it snow.") == 0
    result = photo.with_name("photo-edited.png")
    assert capsys.readouterr().out == f"{result}\n"
    assert load_rgb(result).shape == (60, 90, 3)
    assert not np.array_equal(load_rgb(result), load_rgb(photo))


def test_nothing_is_overwritten_unasked(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = photo.with_name("out.png")
    save_picture(output, np.zeros((2, 2, 3), np.uint8))
    before = output.read_bytes()
    assert leave(photo, "Make it snow.", "-o", output) == 2
    assert "out.png already exists" in capsys.readouterr().err
    assert output.read_bytes() == before
    assert leave(photo, "Make it snow.", "-o", output, "--overwrite") == 0
    assert load_rgb(output).shape == (60, 90, 3)


def test_report_and_comparison(photo: Path) -> None:
    output, report = photo.with_name("out.png"), photo.with_name("report.json")
    assert leave(photo, "Make it snow.", "-o", output, "--report", report, "--compare", "-n", 2, "--seed", 5) == 0
    entries = json.loads(report.read_text(encoding="utf-8"))
    assert [Path(entry["output"]).name for entry in entries] == ["out-1.png", "out-2.png"]
    assert [entry["seed"] for entry in entries] == [5, 6]
    assert {(entry["instruction"], entry["model"]) for entry in entries} == {("Make it snow.", "specialists")}
    assert load_rgb(photo.with_name("out-2-compare.png")).shape[1] > 2 * 90
    assert leave(photo, "Make it snow.", "-o", photo.with_name("new.png"), "--report", report) == 2


def test_a_mask_confines_the_edit(photo: Path) -> None:
    mask = np.zeros((60, 90, 3), np.uint8)
    mask[:, 45:] = 255
    save_picture(photo.with_name("mask.png"), mask)
    assert leave(photo, "Make it night.", "--mask", photo.with_name("mask.png")) == 0
    before, after = load_rgb(photo), load_rgb(photo.with_name("photo-edited.png"))
    assert np.array_equal(before[:, :45], after[:, :45])
    assert not np.array_equal(before[:, 45:], after[:, 45:])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("missing.png", "Make it snow."), "missing.png does not exist"),
        (("photo.png", " "), "the instruction is empty"),
        (("photo.png", "Give her a crown."), "does not say what to edit"),
        (("photo.png", "Make it snow.", "-o", "no/where.png"), "no"),
        (("photo.png", "Make it snow.", "-o", "snow.xyz"), ".xyz"),
        (("photo.png", "Make it snow.", "--seed", "-1"), "seed"),
        ((".", "Make it snow.", "--compare"), "--compare: for a single photo only"),
    ],
)
@pytest.mark.usefixtures("there")
def test_what_cannot_be_done_is_said_in_a_line(
    args: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(*args) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert words in shown
    assert "Traceback" not in shown


def test_a_folder_goes_on_after_a_bad_file(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = there.parent / "album"
    folder.mkdir()
    there.rename(folder / "good.png")
    (folder / "bad.png").write_text("not a picture")
    assert leave(folder, "Make it snow.") == 2
    assert [path.name for path in (there.parent / "album-edited").iterdir()] == ["good.png"]
    shown = capsys.readouterr().err
    assert "bad.png" in shown
    assert "1 edited, 1 not" in shown


def test_a_list_of_jobs(photo: Path) -> None:
    jobs = photo.with_name("jobs.jsonl")
    lines = [
        {"image": "photo.png", "instruction": "Make it snow.", "output": "snow.png"},
        {"image": "photo.png", "instruction": "Turn it into a pencil drawing.", "output": "pencil.png"},
    ]
    jobs.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert leave(jobs, "-o", photo.parent / "results") == 0
    results: list[Image] = [load_rgb(photo.parent / "results" / line["output"]) for line in lines]
    assert {result.shape for result in results} == {(60, 90, 3)}
    assert not np.array_equal(*results)
