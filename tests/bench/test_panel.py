"""Who judges: by name, by the suite's rubric, once or several times, also behind a real endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from squares import Closeness, Squares, painted

from omniedit.bench.panel import judges_of, panelist
from omniedit.bench.results import Row
from omniedit.bench.run import run
from omniedit.bench.run_folder import RunFolder
from omniedit.errors import InputError, JudgeError
from omniedit.judge.oracle import Oracle
from omniedit.judge.remote import RemoteConfig, RemoteJudge
from omniedit.testing import Faults, JudgeServer


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with JudgeServer(latency=(0.0, 0.01)) as running:
        yield running


def judge(server: JudgeServer, cache: Path) -> RemoteJudge:
    return RemoteJudge(RemoteConfig("judge", server.url, seed=7), api_key="any", cache=cache)


def asked(server: JudgeServer, folder: Path, repeats: int, cache: Path, suite: Squares | None = None) -> list[Row]:
    with judge(server, cache) as one:
        return run(suite or Squares(), painted, RunFolder(folder, {}), [panelist(one, repeats)])


def test_a_judge_that_says_the_same_each_time_is_asked_once() -> None:
    assert panelist(Oracle(), 5).sittings == (Oracle(),)
    assert panelist(Closeness(), 5).name == "closeness 1"


def test_repeats_are_other_answers_of_one_judge(server: JudgeServer, tmp_path: Path) -> None:
    rows = asked(server, tmp_path / "run", 3, tmp_path / "cache")
    assert server.paid.calls == 3 * 3 * 2  # items, repeats, questions
    for row in rows:
        assert [score.repeat for score in row.scores] == [0, 1, 2]
        assert len({score.judge for score in row.scores}) == 1
        assert row.overall == pytest.approx(sum(score.overall or 0.0 for score in row.scores) / 3)
        assert row.sc[0] == pytest.approx(sum(score.sc[0] for score in row.scores) / 3)
    assert len({score.sc + score.pq for row in rows for score in row.scores}) > 3


def test_more_repeats_add_to_those_that_there_are_and_are_what_they_would_have_been(
    server: JudgeServer, tmp_path: Path
) -> None:
    asked(server, tmp_path / "grown", 2, tmp_path / "cache")
    before = server.paid.calls
    grown = asked(server, tmp_path / "grown", 3, tmp_path / "cache")
    assert server.paid.calls == before + 3 * 2
    assert grown == asked(server, tmp_path / "at once", 3, tmp_path / "another cache")
    assert asked(server, tmp_path / "grown", 2, tmp_path / "cache") == grown


def test_a_judge_asked_once_is_not_mixed_with_one_asked_at_another_temperature(
    server: JudgeServer, tmp_path: Path
) -> None:
    with judge(server, tmp_path / "cache") as one:
        assert panelist(one, 1).name != panelist(one, 2).name
        assert panelist(one, 2).name == panelist(one, 3).name


def test_many_are_asked_at_a_time_and_rows_keep_their_order(server: JudgeServer, tmp_path: Path) -> None:
    suite = Squares(tuple("abcdefghijklmnop"))
    rows = asked(server, tmp_path / "run", 1, tmp_path / "cache", suite)
    assert server.most_at_once > 1
    assert [row.id for row in rows] == list(suite.ids)
    with judge(server, tmp_path / "cache") as one:
        again = run(suite, painted, RunFolder(tmp_path / "alone", {}), [one])
    assert again == rows


def test_what_got_no_reply_is_unscored_and_is_asked_again_by_the_same_command(tmp_path: Path) -> None:
    with JudgeServer(faults=Faults(garbage_words=1)) as server:
        rows = asked(server, tmp_path / "run", 1, tmp_path / "cache")
        assert {row.status for row in rows} == {"unscored"}
        assert all(row.reason and row.scores[0].unscored for row in rows)
        calls = server.paid.calls
        assert asked(server, tmp_path / "run", 1, tmp_path / "cache") == rows
        assert server.paid.calls == calls  # what was paid for is in the cache
    with JudgeServer() as better:
        rows = asked(better, tmp_path / "run", 1, tmp_path / "cache")
    assert {row.status for row in rows} == {"scored"}


# By name --------------------------------------------------------------------------------------------------------------


def test_nobody_named_is_the_suites_own_judge() -> None:
    assert judges_of(Squares(), ()) == [Oracle()]


def test_an_endpoint_is_asked_by_the_suites_rubric_unless_another_is_named(tmp_path: Path) -> None:
    options = {"base_url": "http://127.0.0.1:9/v1", "cache": tmp_path / "cache"}
    suite = Squares(rubric="viescore")
    names = ["openai:judge", "student"]
    rubrics = [one.rubric.name for one in judges_of(suite, names, **options)]
    assert rubrics == ["viescore", "omniedit"]
    (own,) = judges_of(suite, ["openai:judge"], rubric="omniedit", **options)
    assert own.rubric.name == "omniedit"


@pytest.mark.parametrize(
    ("names", "options", "error", "complaint"),
    [
        (["nobody"], {}, JudgeError, "there is no judge 'nobody'"),
        (["oracle", "oracle"], {}, InputError, "named twice.*--repeats"),
        (["oracle"], {"base_url": "http://x/v1"}, JudgeError, "oracle has no use for base_url"),
        (["oracle"], {"rubric": "viescore"}, JudgeError, "viescore"),
    ],
)
def test_what_cannot_be_is_refused(
    names: list[str], options: dict[str, str], error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        judges_of(Squares(), names, **options)
