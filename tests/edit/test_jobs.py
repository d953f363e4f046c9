from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from known_editor import known, photograph

from omniedit.edit.jobs import Bad, Job, folder_jobs, listed_jobs, run_jobs
from omniedit.errors import DataError
from omniedit.types import Image


def darker(image: Image) -> Image:
    return image // 3


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("b.png", "a.jpg", "a.webp", "C.PNG"):
        PIL.Image.fromarray(photograph(60, 40)).save(folder / name)
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def write_list(path: Path, *lines: Any) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_folder_is_done_and_a_bad_photo_is_told(photos: Path, out: Path) -> None:
    tally = run_jobs(known(darker), folder_jobs(photos, "Make it night.", out), steps=1)
    assert sorted(path.name for path in out.iterdir()) == ["C.png", "a.jpg.png", "a.webp.png", "b.png"]
    assert tally.done == 4
    (bad,) = tally.bad
    assert bad.place.endswith("broken.png")
    assert "broken.png" in bad.reason
    assert np.asarray(PIL.Image.open(out / "b.png")).shape == (40, 60, 3)


def test_nothing_is_overwritten_unasked(photos: Path, out: Path) -> None:
    (out / "b.png").write_bytes(b"mine")
    pipe = known(darker)
    tally = run_jobs(pipe, folder_jobs(photos, "Make it night.", out), steps=1)
    assert (out / "b.png").read_bytes() == b"mine"
    assert any("already exists" in bad.reason for bad in tally.bad)
    run_jobs(pipe, folder_jobs(photos, "Make it night.", out), overwrite=True, steps=1)
    assert (out / "b.png").read_bytes() != b"mine"


def test_a_list_is_done_and_each_bad_line_is_told(photos: Path, out: Path) -> None:
    PIL.Image.fromarray(np.full((40, 60), 255, np.uint8)).save(photos / "mask.png")
    job = {"image": "b.png", "instruction": "Make it night."}
    path = write_list(
        photos / "jobs.jsonl",
        job | {"output": "one.png", "mask": "mask.png", "seed": 3},
        "{not json",
        "",
        job,
        {"image": "b.png"},
        job | {"strength": 2},
        job | {"seed": "3"},
        job | {"image": "nowhere.png", "output": "two.png"},
        job | {"instruction": "  ", "output": "three.png"},
        job | {"output": "one.png"},
        ["b.png"],
        "[" * 100_000,
    )
    tally = run_jobs(known(darker), listed_jobs(path, out), steps=1)
    assert sorted(file.name for file in out.iterdir()) == ["0004-b.png", "one.png"]
    assert tally.done == 2
    reasons = {bad.place: bad.reason for bad in tally.bad}
    for line, words in {
        **{2: "JSON", 5: "instruction missing", 6: "'strength'", 7: "seed is to be a number", 8: "nowhere.png"},
        **{9: "empty", 10: "already exists", 11: "object", 12: "JSON"},
    }.items():
        assert words in reasons[f"jobs.jsonl, line {line}"]


def test_a_seed_gives_the_same_result_in_any_order(photos: Path, out: Path, tmp_path: Path) -> None:
    lines = [{"image": "b.png", "instruction": "Make it night.", "output": f"{i}.png", "seed": i} for i in range(3)]
    other = tmp_path / "other"
    other.mkdir()
    run_jobs(known(darker), listed_jobs(write_list(photos / "x.jsonl", *lines), out), steps=1)
    run_jobs(known(darker), listed_jobs(write_list(photos / "y.jsonl", *lines[::-1]), other), steps=1)
    for i in range(3):
        assert (out / f"{i}.png").read_bytes() == (other / f"{i}.png").read_bytes()


def test_every_job_is_told_as_it_ends(photos: Path, out: Path) -> None:
    told: list[Job | Bad] = []
    run_jobs(known(darker), folder_jobs(photos, "Make it night.", out), tick=told.append, steps=1)
    assert [type(job) for job in told] == [Job, Job, Job, Job, Bad]


def test_a_folder_without_pictures_and_a_missing_list_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture"):
        list(folder_jobs(tmp_path, "Make it night.", tmp_path))
    with pytest.raises(DataError, match="not a folder"):
        list(folder_jobs(tmp_path / "nowhere", "Make it night.", tmp_path))
    with pytest.raises(DataError, match="cannot be read"):
        list(listed_jobs(tmp_path / "nowhere.jsonl", tmp_path))
