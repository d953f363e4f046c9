"""``omniedit judge score`` and ``report`` as a person uses them: a real endpoint, a real model, stored pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from omniedit.bench.scores import read_table
from omniedit.cli.main import main
from omniedit.data.pairs import read_pairs, write_pairs
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import OMNIEDIT
from omniedit.judge.student import StudentConfig, StudentJudge, StudentNet
from omniedit.model.text import TextEncoder
from omniedit.testing import Faults, JudgeServer
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict
from tiny_vlm import tiny_qwen

COUNT = 12


def leave(*args: object) -> int:
    """Run ``omniedit judge``; the exit code."""
    with pytest.raises(SystemExit) as left:
        main(["judge", *map(str, args)])
    return int(left.value.code or 0)


def pair(index: int) -> Pair:
    source, result = np.random.default_rng(index).integers(0, 256, (2, 32, 40, 3), np.uint8)
    proposal = Proposal(f"p{index}", list(Task)[index % 7], f"Replace the cat with dog number {index}.")
    verdict = Verdict((index % 10, 9.0), (9.0,), Oracle.name, Oracle.version, OMNIEDIT.hash)
    return Pair(f"pair-{index}", Candidate(f"photo{index}", proposal, source, result, "test"), verdict)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "pairs" / "kept"
    folder.mkdir(parents=True)
    write_pairs(folder / "00000.parquet", map(pair, range(COUNT)))
    return folder.parent


def test_an_endpoint_is_asked_once_for_everything(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with JudgeServer(faults=Faults(refusals=0.1)) as server:
        command = ("score", pairs, "--judge", "openai:tester", "--base-url", server.url, "--cache", tmp_path / "cache")
        assert leave(*command, "--budget-calls", 6, "--concurrency", 2, "--out", tmp_path / "t.jsonl") == 0
        shown = capsys.readouterr()
        assert "paid for 6 calls" in shown.err
        assert f"scores: {tmp_path / 't.jsonl'}" in shown.err
        first = read_table(tmp_path / "t.jsonl")
        assert len(first) == COUNT
        assert {row.reason for row in first if row.status == "unscored"} > {"budget"} - {row.reason for row in first}
        assert leave(*command, "--out", tmp_path / "t.jsonl") == 0  # goes on where the budget ended
        assert server.paid.calls == 2 * COUNT
        assert set(server.answered.values()) == {1}
        whole = (tmp_path / "t.jsonl").read_bytes()
        assert leave(*command, "--out", tmp_path / "again.jsonl") == 0  # all from the cache
        assert "paid for 0 calls" in capsys.readouterr().err.splitlines()[-2]
        assert server.paid.calls == 2 * COUNT
    assert (tmp_path / "again.jsonl").read_bytes() == whole
    rows = read_table(tmp_path / "t.jsonl")
    assert {row.judge for row in rows} == {"openai:tester"}
    assert all(row.transcript for row in rows)
    assert all("refused" in row.reason for row in rows if row.status == "unscored")


def test_passes_rubric_and_fields_reach_the_endpoint(pairs: Path, tmp_path: Path) -> None:
    seen = []

    def reply(request: dict[str, object]) -> str:
        seen.append(request)
        return '{"score": [8, 6]}'

    with JudgeServer(reply) as server:
        command = ("score", pairs, "--judge", "openai:m", "--base-url", server.url, "--cache", tmp_path / "cache")
        options = ("--rubric", "viescore", "--passes", 2, "--request", '{"max_tokens": null, "top_p": 0.5}')
        assert leave(*command, *options, "--limit", 2, "--out", tmp_path / "t.csv") == 0
    assert len(seen) == 2 * 2 * 2
    assert all(request["top_p"] == 0.5 and "max_tokens" not in request for request in seen)
    assert [row.sc for row in read_table(tmp_path / "t.csv")] == [(8.0, 6.0)] * 2


def test_a_local_model_judges(pairs: Path, tmp_path: Path) -> None:
    model = tiny_qwen(tmp_path / "qwen")
    command = ("score", pairs, "--judge", f"local:{model}", "--batch", 2, "--limit", 2)
    assert leave(*command, "--out", tmp_path / "a.parquet") == 0
    assert leave(*command, "--out", tmp_path / "b.parquet") == 0
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    rows = read_table(tmp_path / "a.parquet")
    assert [row.judge for row in rows] == ["local:qwen"] * 2
    assert all(row.reason or row.status == "scored" for row in rows)


def test_a_student_in_a_folder_judges(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    tiny = StudentConfig(area=1024, channels=(4, 8, 8), blocks=(0, 1, 1), width=16, layers=1, heads=2)
    StudentJudge(StudentNet(tiny).eval(), TextEncoder.from_pretrained(), "oracle 1").save_pretrained(tmp_path / "s")
    assert leave("score", pairs, "--judge", f"student:{tmp_path / 's'}", "--out", tmp_path / "t.csv") == 0
    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()[-1:]] == [["all", "12", "12"]]
    assert all(row.judge == "student" for row in read_table(tmp_path / "t.csv"))


def test_the_oracle_and_a_page_of_its_scores(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, page = tmp_path / "t.jsonl", tmp_path / "new" / "page.html"
    assert leave("score", pairs, "--judge", "oracle", "--out", table, "--pairs-out", tmp_path / "pairs") == 0
    assert f"12 pairs: {tmp_path / 'pairs'}" in capsys.readouterr().err
    assert [one.id for one in read_pairs(tmp_path / "pairs" / "kept")] == ["pair-9"]
    assert leave("report", table, "--pairs", pairs, "--against", table, "--out", page) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "Scores of 12 pairs by oracle" in text
    assert "data:image/webp" in text


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--judge", "gpt-4o"), "there is no judge 'gpt-4o'; there are student"),
        (("--judge", "student:nowhere"), "there is no student judge in nowhere"),
        (("--judge", "oracle", "--passes", "3"), "oracle has no use for passes"),
        (("--judge", "openai:m", "--request", "{"), "--request is to be JSON"),
        (("--judge", "openai:m", "--request", "[]"), "--request is to be a JSON object"),
        (("--judge", "openai:m", "--base-url", "http://x", "--budget", "2"), "needs prices"),
    ],
)
def test_what_cannot_be_done_is_one_message(
    args: tuple[str, ...], said: str, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("score", pairs, *args, "--out", tmp_path / "t.csv") == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert list(tmp_path.iterdir()) == []


def test_names_are_checked_before_anything_is_loaded(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("score", pairs, "--out", tmp_path / "t.txt") == 2
    assert "must end in .jsonl, .csv, .parquet" in capsys.readouterr().err
    assert leave("report", tmp_path / "none.csv", "--out", tmp_path / "p.html") == 2
    assert "there is no table of scores" in capsys.readouterr().err
    assert leave("report", tmp_path / "none.csv", "--clip", "x", "--out", tmp_path / "p.html") == 2
    assert "--pairs" in capsys.readouterr().err
