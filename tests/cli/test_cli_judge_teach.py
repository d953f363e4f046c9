"""``omniedit judge distill`` and ``train``, for real on tiny models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omniedit.cli.main import main
from omniedit.data.pairs import write_pairs
from omniedit.judge.rubric import OMNIEDIT
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict
from tiny_vlm import tiny_qwen

STUDENT = """
pairs = ["{root}/taught"]
held = "{root}/held"
out = "{root}/run"
[model]
area = 1024
channels = [4, 8, 8]
blocks = [0, 1, 0]
width = 16
layers = 1
heads = 2
[train]
steps = 2
batch = 4
warmup = 1
[run]
log_every = 1
threads = 1
"""
DISTILLED = """
name = "tiny-judge"
pairs = "{root}/taught"
base = "{root}/qwen"
out = "{root}/distilled"
[data]
held_out = 0.3
[lora]
targets = "all-linear"
[train]
steps = 1
batch = 2
micro_batch = 2
[run]
recompute = false
"""


def pair(index: int, where: str) -> Pair:
    """A grey picture that became lighter, judged by how much."""
    source = np.full((32, 32, 3), 60 + index, np.uint8)
    candidate = Candidate(
        f"{where}-{index}",
        Proposal(f"p{index}", Task.STYLE, "make it bright"),
        source,
        source + np.uint8(9 * index),
        "test",
    )
    verdict = Verdict((index, 10.0), (10.0,), "oracle", "1", OMNIEDIT.hash, sc_reasoning="bright", pq_reasoning="clean")
    return Pair(f"{where}-{index}", candidate, verdict)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teach")
    for name in ("taught", "held"):
        (folder / name).mkdir()
        write_pairs(folder / name / "00000.parquet", (pair(index, name) for index in range(11)))
    return folder


def leave(*args: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["judge", *map(str, args)])
    return int(left.value.code or 0)


def test_a_student_is_trained_and_measured(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "student.toml").write_text(STUDENT.format(root=root), encoding="utf-8")
    assert leave("train", root / "student.toml") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == f"student:{root / 'run' / 'judge'}"
    for word in ("AUROC", "MAE O", "precision", "recall", "ρ SC", "kept set", "by its teacher", "style"):
        assert word in shown
    assert leave("score", root / "held", "--judge", f"student:{root / 'run' / 'judge'}", "--out", root / "t.csv") == 0


def test_a_judge_is_distilled(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_qwen(root / "qwen")
    (root / "distill.toml").write_text(DISTILLED.format(root=root), encoding="utf-8")
    assert leave("distill", root / "distill.toml", "--dry-run") == 0
    assert not (root / "distilled" / "judge").exists()
    assert (root / "distilled" / "data" / "train.jsonl").is_file()
    assert leave("distill", root / "distill.toml") == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"local:{root / 'distilled' / 'judge'}"
    assert (root / "distilled" / "judge" / "judge.json").is_file()


@pytest.mark.parametrize("command", ["train", "distill"])
def test_a_missing_recipe_is_one_message(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(command, tmp_path / "none.toml") == 2
    assert "there is no recipe" in capsys.readouterr().err
