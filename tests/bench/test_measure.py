"""A whole measurement by the command: what it writes, what is added later, what it refuses, and what kills do to it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from omniedit.bench.item import SuiteOptions
from omniedit.bench.measure import measure
from omniedit.bench.results import load_run
from omniedit.bench.suites import SUITES
from omniedit.cli.bench import app
from omniedit.errors import DataError, InputError, JudgeError, ModelError
from omniedit.judge.oracle import Oracle
from omniedit.testing.edits import EditServer
from omniedit.testing.kills import files, harass

COMPARED = ("results.jsonl", "summary.json")


def bench(out: Path, *more: str, limit: int = 7) -> str:
    """What the command says."""
    words = ["run", "--out", str(out), "--limit", str(limit), *more]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def contents(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() for name in COMPARED]


def test_a_run_has_rows_numbers_and_a_page(tmp_path: Path) -> None:
    said = bench(tmp_path, "--model", "unedited")
    run = load_run(tmp_path)
    assert [row.id for row in run.rows] == list(SUITES["scenes"](SuiteOptions(limit=7)).ids)
    assert run.judges == (f"{Oracle.name} {Oracle.version}",)
    assert "time per edit: median" in said
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["all"]["all"]["count"] == 7
    assert summary["settings"]["suite_hash"] == SUITES["scenes"](SuiteOptions(limit=7)).hash
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("# unedited on scenes")


def test_the_same_command_gives_the_same_bytes_and_a_judge_joins_a_finished_run(tmp_path: Path) -> None:
    both = ("--model", "unedited", "--judge", "oracle", "--judge", "student")
    bench(tmp_path / "at once", *both, limit=2)
    bench(tmp_path / "later", *both[:4], limit=2)
    alone = contents(tmp_path / "later")
    said = bench(tmp_path / "later", "--model", "unedited", "--judge", "student", "--repeats", "3", limit=2)
    assert "all, by oracle 1" in said
    assert "all, by student" in said
    assert "says the same each time: it is asked once" in said
    assert contents(tmp_path / "later") == contents(tmp_path / "at once") != alone
    assert [judge.split()[0] for judge in load_run(tmp_path / "later").judges] == ["oracle", "student"]


def test_results_made_elsewhere_and_endpoints_are_contestants(tmp_path: Path) -> None:
    bench(tmp_path / "ours", "--model", "ideal", limit=2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (tmp_path / "ours" / "pictures").glob("*-result.png"):
        (elsewhere / path.name.replace("-result", "")).write_bytes(path.read_bytes())
    bench(tmp_path / "theirs", "--model", f"folder:{elsewhere}", limit=2)
    ours, theirs = (load_run(tmp_path / name).rows for name in ("ours", "theirs"))
    assert ours == theirs
    with EditServer() as server:
        said = bench(tmp_path / "far", "--model", "endpoint:x", "--base-url", server.base_url, limit=2)
    assert "peak memory" not in said
    assert {row.status for row in load_run(tmp_path / "far").rows} == {"scored"}
    assert load_run(tmp_path / "far").settings["options"]["base_url"] == server.base_url


def test_crashes_are_counted_and_asked_again_if_wanted(tmp_path: Path) -> None:
    with EditServer() as server:
        far = ("--model", "endpoint:x", "--base-url", server.base_url, "--request", '{"model": null}')
        said = bench(tmp_path, *far, limit=2)
        assert "crashed on 0000-swap-1x1: UnansweredError: HTTP 400" in said
        assert "2 of 2 items crashed the contestant" in said
        before = server.outcomes.total()
        bench(tmp_path, *far, limit=2)
        assert server.outcomes.total() == before
        bench(tmp_path, *far, "--retry-crashed", limit=2)
        assert server.outcomes.total() == 2 * before
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["all"]["all"]["crashed"] == 2


@pytest.mark.parametrize(
    ("more", "error", "complaint"),
    [
        (("--suite", "nothing"), InputError, "there is no suite 'nothing'; there are scenes, omniedit"),
        (("--judge", "nobody"), JudgeError, "there is no judge 'nobody'"),
        (("--judge", "oracle", "--judge-url", "http://x/v1"), JudgeError, "no use for base_url"),
        (("--model", "folder:nowhere"), DataError, "there is no folder nowhere"),
        (("--model", "unedited", "--device", "cpu"), InputError, "no use for device"),
        (("--model", "nothing"), ModelError, "nothing"),
        (("--photos", "nowhere"), DataError, "nowhere"),
        (("--suite", "gedit-en"), DataError, "gedit"),
        (("--request", "[1]"), InputError, "--request is to be a JSON object"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    tmp_path: Path, more: tuple[str, ...], error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        bench(tmp_path / "run", *more)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_another_run_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    bench(tmp_path, "--model", "unedited", limit=2)
    before = contents(tmp_path)
    for more in (("--model", "ideal"), ("--model", "unedited", "--seed", "1")):
        with pytest.raises(DataError, match="holds results of another run"):
            bench(tmp_path, *more, limit=2)
    with pytest.raises(DataError, match="suite_hash"):
        bench(tmp_path, "--model", "unedited", limit=3)
    assert contents(tmp_path) == before


def test_the_function_does_what_the_command_does(tmp_path: Path) -> None:
    bench(tmp_path / "command", "--model", "specialists", limit=3)
    summary = measure("specialists", tmp_path / "function", options=SuiteOptions(limit=3))
    assert contents(tmp_path / "function") == contents(tmp_path / "command")
    assert summary["all"]["all"].count == 3


def test_a_run_that_is_killed_ten_times_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    bench(tmp_path / "whole", "--model", "unedited")

    def command(out: Path) -> list[str]:
        words = ["bench", "run", "--model", "unedited", "--limit", "7", "--out", str(out)]
        return [sys.executable, "-m", "omniedit.cli.main", *words]

    result = harass(
        command,
        whole=tmp_path / "whole",
        folder=tmp_path / "killed",
        kills=10,
        longest=2.0,
        contents=files(*COMPARED),
    )
    assert result.kills == 10
    assert result.whole
