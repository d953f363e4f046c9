"""Judges by name: each form loads its judge, and what a judge has no use for is refused, not ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omniedit.errors import JudgeError
from omniedit.judge.named import JUDGES, NAMES, load, stamp_of
from omniedit.judge.oracle import Oracle
from omniedit.judge.questions import Asking, stamp
from omniedit.judge.remote import RemoteJudge
from omniedit.judge.rubric import OMNIEDIT, VIESCORE


def remote(tmp_path: Path, **options: Any) -> RemoteJudge:
    judge = load("openai:some/model:tag", base_url="http://127.0.0.1:9/v1", cache=tmp_path / "c.sqlite", **options)
    assert isinstance(judge, RemoteJudge)
    return judge


def test_the_oracle_needs_nothing() -> None:
    judge = load("oracle", rubric=None, passes=None)
    assert isinstance(judge, Oracle)
    assert stamp_of(judge) == OMNIEDIT.hash


def test_options_reach_the_endpoint(tmp_path: Path) -> None:
    given = {"rubric": "viescore", "max_calls": 7, "max_money": 2.5, "input_price": 1.0, "output_price": 4.0}
    judge = remote(tmp_path, concurrency=3, request={"max_tokens": None, "max_completion_tokens": 50}, **given)
    assert (judge.name, judge.config.base_url) == ("openai:some/model:tag", "http://127.0.0.1:9/v1")
    assert judge.rubric is VIESCORE
    assert stamp_of(judge) == stamp(VIESCORE, Asking())
    assert (judge.config.budget.max_calls, judge.config.budget.max_money) == (7, 2.5)
    assert (judge.config.concurrency, judge.config.temperature, judge.config.max_tokens) == (3, 0.0, None)
    assert judge.config.extra == {"max_completion_tokens": 50}


def test_several_passes_differ_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    several = remote(tmp_path, passes=3)
    assert several.config.asking.passes == 3
    assert (several.config.temperature or 0) > 0
    assert remote(tmp_path, passes=3, request={"temperature": 0.2}).config.temperature == 0.2


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("gpt-4o", {}, "there is no judge 'gpt-4o'; there are student"),
        ("", {}, "there is no judge ''"),
        ("oracle:2", {}, "no oracle:2"),
        ("oracle", {"rubric": "viescore"}, "cannot be asked by viescore"),
        ("student", {"rubric": "viescore"}, "cannot be asked by viescore"),
        ("student", {"passes": 2, "base_url": "http://x"}, "student has no use for base_url, passes"),
        ("student:nowhere", {}, "there is no student judge in nowhere"),
        ("local:", {}, "Name a folder or a Hub id"),
        ("local:x", {"passes": 2}, "would be the same"),
        ("local:x", {"max_calls": 2}, "local:x has no use for max_calls"),
        ("openai:", {"base_url": "http://x"}, "which model is to be asked"),
        ("openai:m", {"base_url": "http://x", "rubric": "beauty"}, "there is no rubric 'beauty'"),
        ("openai:m", {"base_url": "http://x", "max_money": 1.0}, "needs prices"),
    ],
)
def test_what_cannot_be_had_is_refused(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(JudgeError) as caught:
        load(name, **options)
    assert said in str(caught.value)


def test_openai_wants_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(JudgeError, match="OPENAI_API_KEY"):
        load("openai:gpt-4o")


def test_every_scheme_has_a_form_of_its_name() -> None:
    assert {form.partition(":")[0] for form in NAMES} == set(JUDGES)
