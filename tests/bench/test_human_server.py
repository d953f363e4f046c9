"""The server: what it refuses and with which status, and that what it took is on disk when it says so."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from human_study import write_run

from omniedit.bench.human import Session, begin
from omniedit.bench.human.ratings import read_panel
from omniedit.bench.human.server import LONGEST, RatingServer
from omniedit.bench.human.study import read_study
from omniedit.errors import InputError

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return begin([write_run(tmp_path / "a", "nano"), write_run(tmp_path / "b", "rival")], tmp_path / "out", "anna")


@pytest.fixture
def server(session: Session) -> Iterator[RatingServer]:
    with RatingServer(session) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(
    server: RatingServer | int,
    method: str,
    path: str,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, dict[str, str]]:
    port = server if isinstance(server, int) else server.server_port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def rate(server: RatingServer | int, question: object, sc: Any = 1, pq: Any = 0.5) -> int:
    return ask(server, "POST", "/ratings", json.dumps({"question": question, "sc": sc, "pq": pq}), JSON)[0]


def questions(server: RatingServer | int) -> list[dict[str, Any]]:
    return list(json.loads(ask(server, "GET", "/questions")[1])["questions"])


def test_the_page_comes_whole_and_from_here_alone(server: RatingServer) -> None:
    for path in ("/", "/page.css", "/page.js"):
        status, body, headers = ask(server, "GET", path)
        assert status == 200
        assert b"http" not in body.replace(b"http-equiv", b"")
        assert "default-src 'none'" in headers["content-security-policy"]


def test_the_guideline_and_its_keys_are_on_the_page(server: RatingServer) -> None:
    page = ask(server, "GET", "/")[1].decode()
    assert page.count("data-key=") == 6
    assert "Nothing of what was asked can be seen" in page  # the guideline, in full
    assert "<!--" not in page


def test_pictures_are_the_files_themselves(server: RatingServer, tmp_path: Path) -> None:
    files = {path.read_bytes() for path in tmp_path.glob("[ab]/pictures/*")}
    seen = set()
    for question in questions(server):
        for side in ("source", "result"):
            status, body, headers = ask(server, "GET", f"/pictures/{question['question']}/{side}")
            assert (status, headers["content-type"]) == (200, "image/png")
            seen.add(body)
    assert seen == files


def test_a_rating_is_on_disk_when_it_is_acknowledged(server: RatingServer, tmp_path: Path) -> None:
    first, second = (question["question"] for question in questions(server)[:2])
    assert [rate(server, first, 0, 0), rate(server, second), rate(server, first, 0.5, 1)] == [200, 200, 200]
    panel = read_panel(tmp_path / "out", read_study(tmp_path / "out"))
    assert {(one.sc, one.pq) for one in panel["anna"].latest.values()} == {(1.0, 0.5), (0.5, 1.0)}
    assert [(one["sc"], one["pq"]) for one in questions(server)[:3]] == [(0.5, 1.0), (1.0, 0.5), (None, None)]


def test_many_ratings_at_once_lose_none(server: RatingServer, tmp_path: Path) -> None:
    keys = [question["question"] for question in questions(server)] * 5
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda key: rate(server, key), keys)) == {200}
    assert len((tmp_path / "out/ratings/anna.jsonl").read_text(encoding="utf-8").splitlines()) == len(keys)


def test_the_rater_may_export_and_stays_blinded(server: RatingServer) -> None:
    key = questions(server)[0]["question"]
    rate(server, key)
    table = ask(server, "GET", "/ratings.csv")[1].decode().splitlines()
    assert table[0] == '"question","instruction","sc","pq"'
    assert len(table) == 2
    assert table[1].startswith(f'"{key}"')
    assert table[1].endswith(",1.0,0.5")
    everything = ask(server, "GET", "/ratings.json")[1]
    assert [one["sc"] for one in json.loads(everything)] == [1.0] + [None] * 7
    assert b"nano" not in everything


@pytest.mark.parametrize(
    "path",
    [
        "/../study.json",
        "/pictures/../../../../etc/passwd",
        "/pictures/%2e%2e/%2e%2e/source",
        "/pictures/0000000000000000/source",
        "/pictures//source",
        "/study.json",
        "/ratings/anna.jsonl",
        "//etc/passwd",
        "/page.js/..",
    ],
)
def test_there_is_nothing_elsewhere(server: RatingServer, path: str) -> None:
    status, body, _ = ask(server, "GET", path)
    assert status == 404
    assert set(json.loads(body)) == {"error"}


def test_a_picture_has_two_sides(server: RatingServer) -> None:
    key = questions(server)[0]["question"]
    assert ask(server, "GET", f"/pictures/{key}/ideal")[0] == 404
    assert ask(server, "GET", f"/pictures/{key}/source/../../x")[0] == 404


@pytest.mark.parametrize("value", [0.7, -1, 2, "1", True, None, [1], {"a": 1}, 1e999, float("nan"), 10**400])
def test_a_rating_off_the_scale_is_refused(server: RatingServer, tmp_path: Path, value: object) -> None:
    key = questions(server)[0]["question"]
    assert rate(server, key, sc=value) == 400
    assert rate(server, key, pq=value) == 400
    assert (tmp_path / "out/ratings/anna.jsonl").exists() is False


@pytest.mark.parametrize("question", ["", "0" * 16, "../x", None, 5, ["a"]])
def test_an_unknown_question_is_refused(server: RatingServer, question: object) -> None:
    assert rate(server, question) == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 4000, b'"a"'])
def test_a_body_that_is_no_rating_is_refused(server: RatingServer, body: bytes) -> None:
    assert ask(server, "POST", "/ratings", body, JSON)[0] == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**JSON, "Content-Length": str(LONGEST + 1)}, 413),
        ({**JSON, "Content-Length": "9" * 5000}, 413),
        ({**JSON, "Content-Length": "-1"}, 411),
        ({**JSON, "Content-Length": "1_0"}, 411),
        ({**JSON, "Transfer-Encoding": "chunked"}, 411),
        ({"Content-Type": "text/plain", "Content-Length": "2"}, 415),
        ({**JSON, "Content-Length": "2", "Origin": "http://evil.example"}, 403),
        ({**JSON, "Content-Length": "2", "Host": "evil.example"}, 403),
    ],
)
def test_a_request_that_no_page_of_ours_makes_is_refused(
    server: RatingServer, headers: dict[str, str], status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest("POST", "/ratings", skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == status
    answer.read()
    connection.close()
    assert len(questions(server)) == 8  # and it goes on


def test_other_sites_cannot_look_in_through_a_name_of_theirs(server: RatingServer) -> None:
    assert ask(server, "GET", "/questions", headers={"Host": f"evil.example:{server.server_port}"})[0] == 403
    assert ask(server, "GET", "/questions", headers={"Host": f"localhost:{server.server_port}"})[0] == 200


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/ratings", 501), ("POST", "/", 404)])
def test_other_methods_and_places_are_refused(server: RatingServer, method: str, path: str, status: int) -> None:
    assert ask(server, method, path, b"{}", JSON)[0] == status


def test_a_port_that_is_taken_is_an_error_for_people(server: RatingServer, session: Session) -> None:
    with pytest.raises(InputError, match="--port"):
        RatingServer(session, port=server.server_port)


def serve(runs: list[Path], out: Path) -> tuple[subprocess.Popen[str], int]:
    """The command in a process of its own, and its port."""
    code = "from omniedit.cli.human import app; app()"
    args = [*map(str, runs), "--out", str(out), "--rater", "anna", "--port", "0"]
    process = subprocess.Popen([sys.executable, "-c", code, "serve", *args], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, int(line.split("/")[2].split(":")[1])


def test_killed_at_any_moment_it_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    runs, out, taken = [write_run(tmp_path / "a", "nano", 12)], tmp_path / "out", 0
    for _ in range(2):
        process, port = serve(runs, out)
        with process:
            before = questions(port)
            assert [one["sc"] is not None for one in before] == [True] * taken + [False] * (12 - taken)
            for one in before[taken : taken + 5]:
                assert rate(port, one["question"]) == 200
                taken += 1
            os.kill(process.pid, signal.SIGKILL)
    assert len(read_panel(out, read_study(out))["anna"].latest) == taken == 10


def test_interrupted_it_says_how_far_it_came(tmp_path: Path) -> None:
    process, port = serve([write_run(tmp_path / "a", "nano")], tmp_path / "out")
    with process:
        rate(port, questions(port)[0]["question"])
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
