"""The remote judge against a real HTTP endpoint: nothing bought twice, budgets kept to the call, nothing guessed."""

from __future__ import annotations

import itertools
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import remote_run
from remote_run import SWIFT, candidates, judge_at, lines, wait_for

from omniedit.errors import JudgeError
from omniedit.judge.questions import Asking, stamp
from omniedit.judge.remote import BudgetConfig, PictureConfig, RemoteConfig, RemoteJudge, RetryConfig, Spent
from omniedit.judge.remote.budget import Budget
from omniedit.judge.remote.cache import ReplyCache
from omniedit.judge.remote.calls import asked_wait
from omniedit.judge.remote.request import requests_of
from omniedit.judge.rubric import OMNIEDIT
from omniedit.testing import Faults, JudgeServer, Paid, RawAnswer, key_of, pictures_of, question_of, reply_by_hash
from omniedit.types import Candidate, Verdict

FLAKY = Faults(too_many=0.1, errors=0.05, drops=0.05, garbage_bodies=0.05)


class Notes:
    """A replier that writes down what it was asked."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> str:
        self.requests.append(request)
        return reply_by_hash(request)


def failing(times: int, answer: RawAnswer) -> Callable[[dict[str, Any]], str | RawAnswer]:
    """A replier that gives ``answer`` the first ``times`` it is asked something, and a verdict after that."""
    seen: Counter[str] = Counter()

    def reply(request: dict[str, Any]) -> str | RawAnswer:
        seen[key_of(request)] += 1
        return answer if seen[key_of(request)] <= times else reply_by_hash(request)

    return reply


def completion(message: dict[str, Any], finish: str = "stop", usage: dict[str, int] | None = None) -> RawAnswer:
    body = {"model": "m", "choices": [{"message": message, "finish_reason": finish}], "usage": usage}
    return RawAnswer(200, json.dumps(body))


def error(status: int, code: str | None = None, headers: dict[str, str] | None = None) -> RawAnswer:
    return RawAnswer(status, json.dumps({"error": {"message": "no", "type": "t", "code": code}}), headers or {})


def start(server: JudgeServer, cache: Path, count: int, concurrency: int = 4) -> subprocess.Popen[str]:
    """A process that judges ``count`` candidates and prints their verdicts."""
    command = [sys.executable, remote_run.__file__, server.url, str(cache), str(count), str(concurrency)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_while(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    """Return when ``condition`` holds, which it must before ``process`` ends."""
    wait_for(lambda: condition() or process.poll() is not None)
    assert condition(), process.communicate()


def kept(cache: Path) -> int:
    """How many replies are in the cache."""
    reader = ReplyCache(cache, 1)
    count, _, _ = reader.totals()
    reader.close()
    return count


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "replies.sqlite"


@pytest.fixture
def candidate() -> Candidate:
    return next(candidates(1))


# Verdicts -------------------------------------------------------------------------------------------------------------


def test_verdicts_hold_what_the_endpoint_said_in_the_order_given(cache: Path) -> None:
    notes = Notes()
    with JudgeServer(notes) as server, judge_at(server.url, cache) as judge:
        verdicts = list(judge.score_many(candidates(10)))
    said = {question_of(request): json.loads(reply_by_hash(request))["score"] for request in notes.requests}
    for one, verdict in zip(candidates(10), verdicts, strict=True):
        [sc] = [scores for text, scores in said.items() if one.proposal.instruction in text]
        assert verdict.sc == tuple(map(float, sc))
        assert len(verdict.pq) == 1
        assert verdict.scored
    assert len({verdict.transcript for verdict in verdicts}) == 10


def test_verdicts_are_stamped(cache: Path, candidate: Candidate) -> None:
    asking = Asking(result_first=True)
    with JudgeServer() as server, judge_at(server.url, cache, asking=asking) as judge:
        verdict = judge.score(candidate)
    assert (verdict.judge, verdict.version) == ("openai:tester", judge.version)
    assert verdict.rubric == stamp(OMNIEDIT, asking)


def test_the_version_follows_what_could_change_a_score(cache: Path) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"temperature": 0.5},
        {"seed": 1},
        {"max_tokens": 9},
        {"extra": {"top_p": 0.5}},
        {"pictures": PictureConfig(max_side=9)},
    ]
    versions = [judge_at("http://localhost/v1", cache, **values).version for values in settings]
    assert len(set(versions)) == len(settings)
    assert judge_at("http://localhost/v1", cache, concurrency=9, timeout=9).version == versions[0]


def test_two_runs_agree_to_the_byte_and_the_second_costs_nothing(cache: Path, tmp_path: Path) -> None:
    with JudgeServer(latency=(0, 0.01), faults=replace(FLAKY, refusals=0.1, garbage_words=0.1)) as server:
        runs, spent = [], []
        for file in (cache, cache, tmp_path / "another.sqlite"):
            with judge_at(server.url, file) as judge:
                runs.append(lines(judge.score_many(candidates(40))))
                spent.append(judge.spent.calls)
    assert runs[0] == runs[1] == runs[2]
    assert spent == [80, 0, 80]


# The wire -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result_first", [False, True])
def test_the_pictures_arrive_in_the_order_asked_for(cache: Path, candidate: Candidate, result_first: bool) -> None:
    notes = Notes()
    with (
        JudgeServer(notes) as server,
        judge_at(server.url, cache, asking=Asking(result_first=result_first), seed=7) as judge,
    ):
        judge.score(candidate)
    sc, pq = notes.requests
    shown = [candidate.source, candidate.result]
    for sent, picture in zip(pictures_of(sc), shown[::-1] if result_first else shown, strict=True):
        np.testing.assert_array_equal(sent, picture)
    np.testing.assert_array_equal(pictures_of(pq)[0], candidate.result)
    assert len(pictures_of(pq)) == 1
    assert candidate.proposal.instruction in question_of(sc)
    assert candidate.proposal.instruction not in question_of(pq)
    for request in (sc, pq):
        assert request["model"] == "tester"
        assert (request["temperature"], request["max_tokens"], request["seed"]) == (0, 1024, 7)


def test_what_is_none_is_not_sent_and_extras_are(cache: Path, candidate: Candidate) -> None:
    notes = Notes()
    settings = {"temperature": None, "max_tokens": None, "extra": {"max_completion_tokens": 99}}
    with JudgeServer(notes) as server, judge_at(server.url, cache, **settings) as judge:
        judge.score(candidate)
    assert {"temperature", "max_tokens", "seed"}.isdisjoint(notes.requests[0])
    assert notes.requests[0]["max_completion_tokens"] == 99


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_large_pictures_are_made_smaller(cache: Path, format: str) -> None:
    notes = Notes()
    pictures = PictureConfig(max_side=30, format=format, detail="high")
    with JudgeServer(notes) as server, judge_at(server.url, cache, pictures=pictures) as judge:
        judge.score(next(candidates(1, side=60)))
    assert [picture.shape for picture in pictures_of(notes.requests[0])] == [(28, 30, 3)] * 2
    part = notes.requests[0]["messages"][0]["content"][0]["image_url"]
    assert part["url"].startswith(f"data:image/{format.lower()};base64,")
    assert part["detail"] == "high"


def test_passes_are_asked_with_seeds_of_their_own_and_averaged(cache: Path, candidate: Candidate) -> None:
    notes = Notes()
    with JudgeServer(notes) as server, judge_at(server.url, cache, asking=Asking(passes=3), seed=5) as judge:
        verdict = judge.score(candidate)
    assert [request["seed"] for request in notes.requests] == [5, 6, 7, 5, 6, 7]
    scores = np.array([json.loads(reply_by_hash(request))["score"] for request in notes.requests[:3]])
    np.testing.assert_allclose(verdict.sc, scores.mean(axis=0), atol=0.01)


def test_an_instruction_with_half_a_character_is_asked_all_the_same(cache: Path, candidate: Candidate) -> None:
    odd = replace(candidate, proposal=replace(candidate.proposal, instruction="Add a \ud83d\0 here"))
    with JudgeServer() as server, judge_at(server.url, cache) as judge:
        assert judge.score(odd).scored


def test_the_key_follows_all_that_could_change_a_reply(candidate: Candidate) -> None:
    def keys(one: Candidate, **settings: Any) -> list[str]:
        sc, pq = requests_of(one, OMNIEDIT, RemoteConfig(**settings))
        return [request.key for request in (*sc, *pq)]

    other = next(candidates(1, start=1))
    plain = keys(candidate)
    assert keys(replace(candidate, source=candidate.source.copy(), photo_id="else", seed=3)) == plain
    assert keys(candidate, concurrency=3, base_url="https://api.openai.com/v1/") == plain
    changed = [
        keys(replace(candidate, proposal=other.proposal))[:1],
        keys(replace(candidate, source=other.source))[:1],
        keys(replace(candidate, result=other.result)),
        keys(replace(candidate, result=candidate.result.transpose(1, 0, 2))),
        keys(candidate, model="another"),
        keys(candidate, base_url="http://localhost:8000/v1"),
        keys(candidate, temperature=0.1),
        keys(candidate, asking=Asking(scale=25)),
        keys(candidate, pictures=PictureConfig(format="PNG")),
        keys(candidate, asking=Asking(passes=2), seed=0),
    ]
    everything = [key for some in changed for key in some] + plain
    assert len(set(everything)) == len(everything)


# Retries --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_passing_trouble_is_tried_again(cache: Path, candidate: Candidate, status: int) -> None:
    with JudgeServer(failing(2, error(status))) as server, judge_at(server.url, cache) as judge:
        assert judge.score(candidate).scored
        assert set(server.received.values()) == {3}
        assert (judge.spent.calls, judge.spent.failed) == (2, 4)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(too_many=1), "HTTP 429"),
        (Faults(errors=1), "HTTP 500"),
        (Faults(drops=1), "no connection"),
        (Faults(garbage_bodies=1), "no chat completion"),
    ],
)
def test_lasting_trouble_is_unscored_and_asked_again_next_time(
    cache: Path, candidate: Candidate, faults: Faults, reason: str
) -> None:
    with JudgeServer(faults=faults) as server:
        judge = judge_at(server.url, cache, retry=replace(SWIFT, attempts=3))
        verdict = judge.score(candidate)
        port = int(server.url.split(":")[2].split("/")[0])
        assert sum(server.received.values()) == 3
    assert not verdict.scored
    assert reason in verdict.unscored
    assert "after 3 tries" in verdict.unscored
    assert judge.spent == Spent(failed=3)
    assert kept(cache) == 0
    with JudgeServer(port=port):
        assert judge.score(candidate).scored
    judge.close()


def test_an_endpoint_that_says_nothing_is_not_waited_for_for_ever(cache: Path, candidate: Candidate) -> None:
    with JudgeServer() as server:
        server.hold()
        with judge_at(server.url, cache, timeout=0.2, retry=replace(SWIFT, attempts=2)) as judge:
            assert judge.score(candidate).unscored == "no answer in time, after 2 tries"


def test_an_endpoint_that_is_not_there_is_unscored(cache: Path, candidate: Candidate) -> None:
    with judge_at("http://127.0.0.1:9/v1", cache) as judge:
        assert "no connection" in judge.score(candidate).unscored


def test_a_wait_beyond_patience_is_not_waited(cache: Path, candidate: Candidate) -> None:
    answer = error(429, headers={"Retry-After": "3600"})
    with JudgeServer(failing(1, answer)) as server, judge_at(server.url, cache) as judge:
        assert "asks to wait 3,600 s" in judge.score(candidate).unscored
        assert sum(server.received.values()) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_what_the_endpoint_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds


def test_waits_grow_have_a_ceiling_and_are_never_shorter_than_asked() -> None:
    retry = RetryConfig(first=1, ceiling=8)
    longest = [max(retry.wait(tries, None) for _ in range(200)) for tries in range(1, 7)]
    assert all(wait <= min(8, 2 ** (tries - 1)) for tries, wait in enumerate(longest, 1))
    assert longest[4] > 4
    assert min(retry.wait(1, 5.0) for _ in range(50)) >= 5


# What is no score -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (completion({"content": None, "refusal": "I would rather not."}), "refused: I would rather not."),
        (completion({"content": '{"score": [9, 9]}'}, "content_filter"), "refused: stopped by the content filter"),
        (completion({"content": ""}), "the reply is empty"),
        (completion({"content": None}), "the reply is empty"),
        (completion({"content": '{"score": [9, 9]}'}, "length"), "cut off: raise max_tokens"),
        (completion({"content": "Lovely."}), ""),
    ],
)
def test_replies_without_a_score_are_unscored_kept_and_not_asked_again(
    cache: Path, candidate: Candidate, answer: RawAnswer, reason: str
) -> None:
    with JudgeServer(lambda _: answer) as server:
        for calls in (2, 0):
            with judge_at(server.url, cache) as judge:
                verdict = judge.score(candidate)
                assert verdict.unscored
                assert reason in verdict.unscored
                assert verdict.sc == verdict.pq == ()
                assert judge.spent.calls == calls
    assert kept(cache) == 2


def test_the_transcript_holds_what_was_said(cache: Path, candidate: Candidate) -> None:
    with JudgeServer(lambda _: "Lovely, lovely.") as server, judge_at(server.url, cache) as judge:
        assert judge.score(candidate).transcript == "[SC 1]\nLovely, lovely.\n\n[PQ 1]\nLovely, lovely."


def test_content_in_parts_is_read(cache: Path, candidate: Candidate) -> None:
    def reply(request: dict[str, Any]) -> RawAnswer:
        return completion({"content": [{"type": "text", "text": reply_by_hash(request)}]})

    with JudgeServer(reply) as server, judge_at(server.url, cache) as judge:
        assert judge.score(candidate).scored


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_picture_that_the_endpoint_refuses_stops_no_other(cache: Path, code: str) -> None:
    def reply(request: dict[str, Any]) -> str | RawAnswer:
        return error(400, code) if "colour 3." in question_of(request) else reply_by_hash(request)

    with JudgeServer(reply) as server, judge_at(server.url, cache) as judge:
        verdicts = list(judge.score_many(candidates(6)))
    assert [verdict.scored for verdict in verdicts] == [True, True, True, False, True, True]
    assert "refused" in verdicts[3].unscored


# What stops a run -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (error(400), "a model that sees pictures"),
        (error(401), "OPENAI_API_KEY"),
        (error(403), "may not use tester"),
        (error(404), r"there is no tester at http://127.0.0.1:\d+/v1: check the model's name, and the base URL"),
        (error(413), "lower max_side"),
        (error(422), "base URL"),
        (error(429, "insufficient_quota"), "no credit left"),
    ],
)
def test_what_no_retry_cures_stops_at_once_with_advice(cache: Path, answer: RawAnswer, advice: str) -> None:
    with JudgeServer(lambda _: answer) as server, judge_at(server.url, cache, concurrency=2) as judge:
        with pytest.raises(JudgeError, match=advice) as caught:
            list(judge.score_many(candidates(50)))
        assert "secret-key" not in str(caught.value)
        assert sum(server.received.values()) <= 4
        assert max(server.received.values()) == 1
        assert judge.spent.calls == 0


def test_a_wrong_key_and_a_wrong_model_are_told_apart(cache: Path, candidate: Candidate) -> None:
    for server, complaint in (
        (JudgeServer(api_key="right"), "the key was refused"),
        (JudgeServer(models=("else",)), "there is no tester"),
    ):
        with server, judge_at(server.url, cache) as judge, pytest.raises(JudgeError, match=complaint):
            judge.score(candidate)


def test_openai_wants_a_key_and_others_may_not(
    cache: Path, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(JudgeError, match="OPENAI_API_KEY"):
        RemoteJudge(cache=cache)
    with JudgeServer() as server, RemoteJudge(RemoteConfig(base_url=server.url), cache=cache) as judge:
        assert judge.score(candidate).scored
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    with (
        JudgeServer(api_key="from-the-environment") as server,
        RemoteJudge(RemoteConfig(base_url=server.url), cache=cache) as judge,
    ):
        assert judge.score(candidate).scored


def test_the_key_is_nowhere_in_the_cache(cache: Path, candidate: Candidate) -> None:
    with JudgeServer() as server, judge_at(server.url, cache) as judge:
        judge.score(candidate)
    assert b"secret-key" not in b"".join(file.read_bytes() for file in cache.parent.iterdir())


@pytest.mark.parametrize("values", [{"model": ""}, {"concurrency": 0}, {"timeout": 0}])
def test_impossible_settings_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(JudgeError):
        RemoteConfig(**values)


@pytest.mark.parametrize("values", [{"max_side": 0}, {"format": "GIF"}])
def test_impossible_pictures_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(JudgeError):
        PictureConfig(**values)


# Budget ---------------------------------------------------------------------------------------------------------------


def test_the_budget_of_calls_is_kept_to_the_call_and_the_first_are_served(cache: Path) -> None:
    with JudgeServer(latency=(0, 0.01), faults=FLAKY) as server:
        with judge_at(server.url, cache, budget=BudgetConfig(max_calls=21)) as judge:
            verdicts = list(judge.score_many(candidates(30)))
            assert judge.spent.calls == server.paid.calls == 20
        assert [verdict.scored for verdict in verdicts] == [True] * 10 + [False] * 20
        assert {verdict.unscored for verdict in verdicts[10:]} == {"budget"}
        with judge_at(server.url, cache) as judge:
            assert all(verdict.scored for verdict in judge.score_many(candidates(30)))
            assert judge.spent.calls == 40
        assert server.paid.calls == 60


def test_replies_from_the_cache_need_no_budget(cache: Path) -> None:
    with JudgeServer() as server:
        with judge_at(server.url, cache) as judge:
            first = lines(judge.score_many(candidates(5)))
        with judge_at(server.url, cache, budget=BudgetConfig(max_calls=0)) as judge:
            assert lines(judge.score_many(candidates(5))) == first
            assert judge.spent == Spent()


def test_a_twin_is_paid_for_once_even_with_the_last_of_the_budget(cache: Path, candidate: Candidate) -> None:
    with JudgeServer(latency=(0.01, 0.01)) as server:
        with judge_at(server.url, cache, budget=BudgetConfig(max_calls=2)) as judge:
            verdicts = list(judge.score_many([candidate] * 5))
        assert all(verdict.scored for verdict in verdicts)
        assert server.paid.calls == 2


def test_money_is_counted_to_the_token_and_its_limit_is_kept(cache: Path) -> None:
    prices = BudgetConfig(max_money=0.1, input_price=20, output_price=80)

    def cost(paid: Paid | Spent) -> float:
        return (paid.input_tokens * 20 + paid.output_tokens * 80) / 1e6

    with (
        JudgeServer(latency=(0, 0.01), faults=FLAKY) as server,
        judge_at(server.url, cache, budget=prices) as judge,
    ):
        verdicts = list(judge.score_many(candidates(60)))
        spent = judge.spent
        assert (spent.calls, spent.input_tokens, spent.output_tokens) == (
            server.paid.calls,
            server.paid.input_tokens,
            server.paid.output_tokens,
        )
    assert spent.money == pytest.approx(cost(spent))
    scored = [verdict.scored for verdict in verdicts]
    assert scored == sorted(scored, reverse=True)
    assert 0 < sum(scored) < 60
    assert 0.1 - 3 * spent.money / spent.calls < spent.money <= 0.1


def test_a_limit_of_money_needs_prices_and_usage(cache: Path, candidate: Candidate) -> None:
    with pytest.raises(JudgeError, match="needs prices"):
        BudgetConfig(max_money=1)
    with pytest.raises(JudgeError, match="at least 0"):
        BudgetConfig(max_calls=-1)
    with (
        JudgeServer(lambda _: completion({"content": "8"})) as server,
        judge_at(server.url, cache, budget=BudgetConfig(max_money=1, input_price=1)) as judge,
        pytest.raises(JudgeError, match="does not report usage"),
    ):
        judge.score(candidate)
    assert kept(cache) == 1


def test_reservations_of_calls_under_way_may_still_make_room() -> None:
    budget = Budget(BudgetConfig(max_calls=3))
    first = budget.reserve(2)
    assert first is not None
    assert budget.reserve(4) is None
    found: list[object] = []
    waiter = threading.Thread(target=lambda: found.append(budget.reserve(2)))
    waiter.start()
    first.pay(10, 1)
    first.release()
    waiter.join()
    assert found[0] is not None
    assert budget.spent == Spent(calls=1, input_tokens=10, output_tokens=1)


# Many at once ---------------------------------------------------------------------------------------------------------


def test_no_more_calls_are_under_way_than_asked_for(cache: Path) -> None:
    with JudgeServer() as server, judge_at(server.url, cache, concurrency=4) as judge:
        server.hold()
        verdicts: list[Verdict] = []
        thread = threading.Thread(target=lambda: verdicts.extend(judge.score_many(candidates(20))))
        thread.start()
        wait_for(lambda: server.held == 4)
        server.go()
        thread.join()
        assert server.most_at_once == 4
        assert len(verdicts) == 20


def test_a_stream_is_taken_only_as_fast_as_it_is_judged(cache: Path) -> None:
    taken = []

    def stream() -> Iterator[Candidate]:
        for one in candidates(10_000):
            taken.append(one.photo_id)
            yield one

    with JudgeServer() as server, judge_at(server.url, cache, concurrency=2) as judge:
        verdicts = judge.score_many(stream())
        assert len(list(itertools.islice(verdicts, 5))) == 5
        assert len(taken) <= 5 + 2 * 2 + 1
        verdicts.close()  # type: ignore[attr-defined]
        assert kept(cache) == judge.spent.calls == server.paid.calls


def test_an_abandoned_run_leaves_the_budget_whole(cache: Path) -> None:
    with JudgeServer() as server, judge_at(server.url, cache, budget=BudgetConfig(max_calls=60)) as judge:
        for verdict in judge.score_many(candidates(30)):
            assert verdict.scored
            break
        assert all(verdict.scored for verdict in judge.score_many(candidates(30)))
        assert server.paid.calls == 60


def test_an_error_of_the_stream_ends_the_run_and_loses_nothing(cache: Path) -> None:
    def stream() -> Iterator[Candidate]:
        yield from candidates(5)
        raise OSError("the disk is gone")

    with JudgeServer() as server, judge_at(server.url, cache) as judge:
        with pytest.raises(OSError, match="the disk is gone"):
            list(judge.score_many(stream()))
        assert kept(cache) == server.paid.calls


# Many processes, some of them killed ----------------------------------------------------------------------------------

COUNT = 60


def test_killed_and_rerun_it_pays_for_nothing_twice(cache: Path, tmp_path: Path) -> None:
    with JudgeServer(latency=(0.001, 0.01), faults=FLAKY) as server:
        for goal in (25, 70):
            process = start(server, cache, COUNT)
            wait_while(process, lambda goal=goal: len(server.answered) >= goal)
            server.hold()  # so that it is known which calls are under way
            wait_while(process, lambda: server.under_way == server.held and kept(cache) == len(server.answered))
            process.kill()
            process.communicate()
            server.go()
        output, errors = start(server, cache, COUNT).communicate()
        assert errors == ""
        assert len(server.answered) == 2 * COUNT
        assert set(server.answered.values()) == {1}
        reader = ReplyCache(cache, 1)
        assert reader.totals() == (server.paid.calls, server.paid.input_tokens, server.paid.output_tokens)
        reader.close()
        with judge_at(server.url, tmp_path / "unbroken.sqlite") as judge:
            assert output.splitlines() == lines(judge.score_many(candidates(COUNT)))


def test_killed_without_warning_it_loses_only_what_was_under_way(cache: Path) -> None:
    with JudgeServer(latency=(0.001, 0.01)) as server:
        process = start(server, cache, COUNT)
        wait_while(process, lambda: len(server.answered) >= 30)
        process.kill()
        process.communicate()
        _, errors = start(server, cache, COUNT).communicate()
        assert errors == ""
        assert len(server.answered) == 2 * COUNT
        assert sum(server.answered.values()) <= 2 * COUNT + 4


def test_interrupted_it_ends_cleanly_and_keeps_what_it_paid_for(cache: Path) -> None:
    with JudgeServer(latency=(0.01, 0.05)) as server:
        process = start(server, cache, COUNT)
        wait_while(process, lambda: len(server.answered) >= 10)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        assert process.returncode not in (0, -signal.SIGKILL)
        assert errors.splitlines()[-1] == "KeyboardInterrupt"
        wait_for(lambda: server.under_way == 0)
        assert kept(cache) == server.paid.calls < 2 * COUNT


def test_processes_that_share_a_cache_buy_each_reply_once(cache: Path) -> None:
    with JudgeServer(latency=(0.005, 0.02), faults=FLAKY) as server:
        processes = [start(server, cache, COUNT) for _ in range(3)]
        outputs = [process.communicate() for process in processes]
        assert [errors for _, errors in outputs] == ["", "", ""]
        assert len({output for output, _ in outputs}) == 1
        assert len(server.answered) == 2 * COUNT
        assert set(server.answered.values()) == {1}
    connection = sqlite3.connect(cache)
    assert connection.execute("SELECT COUNT(*) FROM claims").fetchone() == (0,)
    connection.close()
