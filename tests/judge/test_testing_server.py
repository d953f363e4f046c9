"""The test server: real HTTP, answers that can be predicted, faults by seed, and counts that are right."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from remote_run import wait_for

from omniedit.images import encode
from omniedit.testing import Faults, JudgeServer, Paid, RawAnswer, key_of, pictures_of, question_of, reply_by_hash
from omniedit.types import Image

FORM = 'End with {"reasoning": "<what you see>", "score": [<success>, <over-editing>]}'
PICTURES = list(np.random.default_rng(0).integers(0, 256, (2, 8, 9, 3), np.uint8))


def request(words: str = FORM, pictures: Sequence[Image] = (), model: str = "tester") -> dict[str, Any]:
    urls = [f"data:image/png;base64,{base64.b64encode(encode(picture)).decode()}" for picture in pictures]
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return {"model": model, "messages": [{"role": "user", "content": [*parts, {"type": "text", "text": words}]}]}


def post(
    server: JudgeServer, body: Any, path: str = "/v1/chat/completions", key: str = "k"
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    try:
        text = body if isinstance(body, str) else json.dumps(body)
        connection.request("POST", path, text.encode(), {"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


def test_it_answers_like_openai() -> None:
    asked = request(pictures=PICTURES)
    with JudgeServer() as server:
        status, _, body = post(server, asked)
    answer = json.loads(body)
    assert status == 200
    assert answer["model"] == "tester"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": reply_by_hash(asked),
        "refusal": None,
    }
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["prompt_tokens"] == 2 * 85 + len(FORM.split())
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]


def test_it_says_as_many_scores_as_the_form_has_places() -> None:
    assert len(json.loads(reply_by_hash(request()))["score"]) == 2
    assert len(json.loads(reply_by_hash(request('Reply {"score": [<artefacts>]}')))["score"]) == 1


def test_the_request_can_be_read_back() -> None:
    asked = request("What do you see?", PICTURES)
    assert question_of(asked) == "What do you see?"
    assert all(np.array_equal(a, b) for a, b in zip(pictures_of(asked), PICTURES, strict=True))


def test_the_bill_is_the_sum_of_what_it_reported() -> None:
    with JudgeServer() as server:
        usages = [json.loads(post(server, request(f"{FORM} {n}"))[2])["usage"] for n in range(5)]
        assert server.paid == Paid(
            5, sum(usage["prompt_tokens"] for usage in usages), sum(usage["completion_tokens"] for usage in usages)
        )
        assert set(server.answered.values()) == {1}
        assert server.outcomes == {"answered": 5}


@pytest.mark.parametrize(
    ("body", "path", "key", "status"),
    [
        (request(), "/v1/chat/completions", "wrong", 401),
        (request(model="other"), "/v1/chat/completions", "right", 404),
        (request(), "/v2/chat", "right", 404),
        ("{", "/v1/chat/completions", "right", 400),
        ({"model": "tester"}, "/v1/chat/completions", "right", 400),
        (
            {
                "model": "tester",
                "messages": [{"content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}],
            },
            "/v1/chat/completions",
            "right",
            400,
        ),
    ],
)
def test_bad_requests_are_refused_in_openais_form(body: Any, path: str, key: str, status: int) -> None:
    with JudgeServer(api_key="right", models=("tester",)) as server:
        found, _, text = post(server, body, path, key)
        assert found == status
        assert json.loads(text)["error"]["message"]
        assert server.paid == Paid()


@pytest.mark.parametrize(
    ("faults", "status", "outcome"),
    [(Faults(too_many=1, retry_after=3), 429, "429"), (Faults(errors=1), 500, "500")],
)
def test_statuses(faults: Faults, status: int, outcome: str) -> None:
    with JudgeServer(faults=faults) as server:
        found, headers, _ = post(server, request())
        assert found == status
        assert headers.get("retry-after") == ("3" if status == 429 else None)
        assert server.outcomes == {outcome: 1}
        assert server.paid == Paid()


def test_a_dropped_connection_has_no_answer() -> None:
    with JudgeServer(faults=Faults(drops=1)) as server, pytest.raises((http.client.HTTPException, OSError)):
        post(server, request())


def test_a_garbage_body_is_no_json_and_costs_nothing() -> None:
    with JudgeServer(faults=Faults(garbage_bodies=1)) as server:
        status, _, body = post(server, request())
        assert status == 200
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(body)
        assert server.paid == Paid()


def test_refusals_and_garbage_words_are_well_formed_and_paid() -> None:
    with JudgeServer(faults=Faults(refusals=0.5, garbage_words=0.5)) as server:
        messages = [json.loads(post(server, request(str(n)))[2])["choices"][0]["message"] for n in range(20)]
        assert server.paid.calls == 20
    assert {message["content"] is None for message in messages} == {True, False}
    assert all((message["content"] is None) == bool(message["refusal"]) for message in messages)


def test_faults_depend_on_seed_request_and_try_alone() -> None:
    def outcomes(seed: int) -> list[int]:
        with JudgeServer(faults=Faults(errors=0.5), seed=seed) as server:
            return [post(server, request(str(n % 4)))[0] for n in range(16)]

    assert outcomes(0) == outcomes(0)
    assert outcomes(0) != outcomes(1)
    assert set(outcomes(0)) == {200, 500}


def test_latencies_are_within_their_bounds_and_added_up() -> None:
    with JudgeServer(latency=(0.001, 0.003)) as server:
        for n in range(10):
            post(server, request(str(n)))
        assert 0.01 <= server.slept <= 0.03


def test_a_raw_answer_goes_out_as_it_is() -> None:
    with JudgeServer(lambda _: RawAnswer(418, "tea", {"X-Pot": "yes"})) as server:
        status, headers, body = post(server, request())
        assert (status, headers["x-pot"], body) == (418, "yes", "tea")
        assert server.paid == Paid()


def test_held_requests_wait_and_count_as_abandoned_when_the_client_leaves() -> None:
    with JudgeServer() as server:
        server.hold()
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
        connection.request("POST", "/v1/chat/completions", json.dumps(request()))
        other = threading.Thread(target=post, args=(server, request("another")))
        other.start()
        wait_for(lambda: server.held == 2)
        assert server.under_way == server.most_at_once == 2
        connection.close()
        server.go()
        other.join()
        wait_for(lambda: server.under_way == 0)
        wait_for(lambda: server.outcomes == {"abandoned": 1, "answered": 1})
        assert server.answered == {key_of(request("another")): 1}


def test_it_ends_with_connections_open() -> None:
    with JudgeServer() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        connection.request("POST", "/v1/chat/completions", json.dumps(request()))
        connection.getresponse().read()
    connection.close()
    with pytest.raises(RuntimeError, match="within its `with` block"):
        _ = server.url
