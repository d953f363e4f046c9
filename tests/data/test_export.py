"""Exports are opened by the libraries that they are for; a push goes as far as there is a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import datasets
import huggingface_hub.constants
import numpy as np
import pytest
import webdataset
from typer.testing import CliRunner

from omniedit.cli.main import app
from omniedit.data.export import export
from omniedit.data.hub import plan, push
from omniedit.data.pairs import write_pairs
from omniedit.errors import DataError, InputError, OutputError
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset leaves tars open


def pair(number: int, weight: float = 1.0) -> Pair:
    source, result = np.random.default_rng(number).integers(0, 256, (2, 12, 20, 3), np.uint8)
    mask = None if number % 2 else np.ones((12, 20), np.float32)
    proposal = Proposal(f"p{number}", Task.STYLE, f"paint it {number}", phrasings=("gemalt ☘",))
    verdict = Verdict((9.5, 9.5), (9.5,), "judge", "1", "abc")
    candidate = Candidate("photo", proposal, source, result, "maker", mask=mask)
    return Pair(f"pair/{number}.x", candidate, verdict, weight, "" if weight else "poor")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two kept pairs, the first with a mask, and a reject."""
    for name in ("kept", "rejected"):
        (tmp_path / "pairs" / name).mkdir(parents=True)
    write_pairs(tmp_path / "pairs/kept/00000.parquet", [pair(0), pair(1)])
    write_pairs(tmp_path / "pairs/rejected/00000.parquet", [pair(2, 0.0)])
    return tmp_path / "pairs"


def samples(folder: Path) -> Iterator[dict[str, object]]:
    tars = [str(path) for path in sorted(folder.glob("*.tar"))]
    yield from webdataset.WebDataset(tars, shardshuffle=False).decode("rgb8")


def test_the_webdataset_library_streams_the_tars(folder: Path, tmp_path: Path) -> None:
    assert export(folder, "webdataset", tmp_path / "tars") == 2
    first, second = samples(tmp_path / "tars")
    assert np.array_equal(first["source.png"], pair(0).candidate.source)
    assert np.array_equal(second["target.png"], pair(1).candidate.result)
    assert ("mask.png" in first, "mask.png" in second) == (True, False)
    assert first["json"]["omni_edit_id"] == "pair/0.x"  # type: ignore[index]
    assert first["json"]["edited_prompt_list"] == ["paint it 0", "gemalt ☘"]  # type: ignore[index]


def test_the_same_pairs_give_the_same_tars(folder: Path, tmp_path: Path) -> None:
    for name in "ab":
        export(folder, "webdataset", tmp_path / name, rejected=True)
    tars = [(tmp_path / name / "pairs-000000.tar").read_bytes() for name in "ab"]
    assert tars[0] == tars[1]
    assert len(list(samples(tmp_path / "a"))) == 3


def test_datasets_opens_an_image_folder(folder: Path, tmp_path: Path) -> None:
    assert export(folder, "imagefolder", tmp_path / "images", rejected=True) == 3
    data = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "images"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert np.array_equal(np.asarray(data[0]["source"]), pair(0).candidate.source)
    assert np.array_equal(np.asarray(data[2]["target"]), pair(2).candidate.result)
    assert data[1]["mask"] is None
    assert data["omni_edit_id"][:] == ["pair/0.x", "pair/1.x", "pair/2.x"]


def test_json_lines_name_the_pictures(folder: Path, tmp_path: Path) -> None:
    export(folder, "jsonl", tmp_path / "lines")
    lines = [json.loads(line) for line in (tmp_path / "lines/pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["x_task"] for line in lines] == ["style", "style"]
    assert (tmp_path / "lines" / lines[0]["source"]).read_bytes().startswith(b"\x89PNG")
    assert "mask" not in lines[1]


def test_datasets_opens_a_set_with_its_card(folder: Path, tmp_path: Path) -> None:
    (folder / "README.md").write_text(plan(folder, "someone/pairs").card, encoding="utf-8")
    data = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {name: len(split) for name, split in data.items()} == {"train": 2, "rejected": 1}
    assert data["rejected"][0]["x_reason"] == "poor"


def test_an_export_is_whole_or_not_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no form 'zip'; there are webdataset, jsonl, imagefolder"):
        export(folder, "zip", tmp_path / "out")
    with pytest.raises(DataError, match="no pair with a weight"):
        export(folder / "rejected", "jsonl", tmp_path / "out")
    nan = pair(3)
    write_pairs(folder / "kept/00001.parquet", [Pair(nan.id, nan.candidate, nan.verdict, float("nan"))])
    with pytest.raises(DataError, match=r"pair/3\.x cannot be written as JSON .*omniedit lint"):
        export(folder, "jsonl", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs"]
    with pytest.raises(OutputError, match="already exists"):
        export(folder, "jsonl", folder)


def test_a_push_needs_a_name_a_token_and_a_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="is no id of a dataset"):
        push(folder, "one/two/three")
    with pytest.raises(OutputError, match="hf auth login"):
        push(folder, "someone/pairs")
    monkeypatch.setenv("HF_TOKEN", "hf_nothing")
    with pytest.raises(OutputError, match=r"(?s)someone/pairs could not be written to the Hub .*check the network"):
        push(folder, "someone/pairs", endpoint="http://127.0.0.1:9")


def test_the_commands_export_and_show_what_a_push_would_send(folder: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["pairs", "export", str(folder), "--to", "webdataset", "--out", str(tmp_path / "tars")])
    assert (done.exit_code, len(list(samples(tmp_path / "tars")))) == (0, 2)
    shown = run(app, ["pairs", "push", str(folder), "someone/pairs", "--dry-run"])
    assert (shown.exit_code, shown.stdout.split()) == (0, ["kept/00000.parquet", "rejected/00000.parquet"])
