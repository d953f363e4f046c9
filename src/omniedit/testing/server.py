"""An OpenAI-compatible endpoint on this machine, for testing judges over real HTTP: slow, flaky and rude by seed.

>>> with JudgeServer(latency=(0.01, 0.05), faults=Faults(too_many=0.1, drops=0.05)) as server:
...     judge = RemoteJudge(RemoteConfig(model="any", base_url=server.url), api_key="any", cache="replies.sqlite")
...     verdicts = list(judge.score_many(candidates))
...     assert judge.spent.calls == server.paid.calls

``POST /v1/chat/completions`` answers as OpenAI does, with ``id``, ``model``, ``choices`` and ``usage``. What it says is
a function of the request (`reply_by_hash`, or your own), so a test can predict each score. What goes wrong is a
function of seed, request and how often that request came before, so it does not depend on threads: what fails may work
when tried again, and two runs see the same.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from omniedit.errors import ImageError
from omniedit.seeding import derive
from omniedit.testing.completions import (
    GARBAGE,
    Paid,
    RawAnswer,
    completion,
    error_answer,
    key_of,
    pictures_of,
    question_of,
    reply_by_hash,
)


@dataclass(frozen=True)
class Faults:
    """Shares, each 0..1, of what goes wrong. The first four befall a request, and may not befall it again."""

    too_many: float = 0.0
    """429, with ``Retry-After``."""
    errors: float = 0.0
    """500."""
    drops: float = 0.0
    """The connection ends without an answer."""
    garbage_bodies: float = 0.0
    """200, with a body that is no JSON."""
    garbage_words: float = 0.0
    """A well-formed answer that gives no verdict (`GARBAGE`), each time the same question is asked."""
    refusals: float = 0.0
    """A well-formed refusal, each time the same question is asked."""
    retry_after: float = 0.0
    """Seconds that a 429 asks to wait (``retry-after-ms``, and ``Retry-After`` in whole seconds, rounded down)."""


Replier = Callable[[dict[str, Any]], "str | RawAnswer"]
"""From a request's JSON to the words of the answer, or to a whole answer."""


class JudgeServer:
    """The endpoint, as a context manager: it listens from ``with`` on, at ``url``, on this machine only.

    Counters may be read at any time, from any thread. A request whose client is gone when the answer is ready counts as
    abandoned, not as answered.
    """

    def __init__(
        self,
        reply: Replier | None = None,
        *,
        latency: tuple[float, float] = (0.0, 0.0),
        faults: Faults = Faults(),
        seed: int = 0,
        port: int = 0,
        api_key: str = "",
        models: tuple[str, ...] = (),
    ) -> None:
        """Set it up; it does not listen yet.

        Args:
            reply: What to say to a request's JSON; None for `reply_by_hash`. May be called by several threads at once.
            latency: Least and most seconds before an answer, good or bad, uniform in between.
            faults: What goes wrong, and how often.
            seed: Decides latencies and faults.
            port: Port to listen on; 0 for any that is free.
            api_key: If given, requests with another key get 401.
            models: If given, requests for other models get 404.
        """
        self._reply = reply or reply_by_hash
        self._latency, self._faults, self._seed = latency, faults, seed
        self._api_key, self._models, self._port = api_key, models, port
        self._lock = threading.Lock()
        self._gate = threading.Condition(self._lock)
        self._open = True
        self._closed = threading.Event()
        self._http: _Http | None = None
        self.under_way = 0
        """Requests that came in and are not answered yet."""
        self.held = 0
        """Those among them that only wait for `go`."""
        self.most_at_once = 0
        """Most requests that were under way at a time."""
        self.slept = 0.0
        """Sum of all latencies, in seconds."""
        self.paid = Paid()
        """The bill."""
        self.received: Counter[str] = Counter()
        """Requests that came, by `key_of`."""
        self.answered: Counter[str] = Counter()
        """Requests that were answered with 200 and a chat completion, by `key_of`."""
        self.outcomes: Counter[str] = Counter()
        """How requests ended: answered, abandoned, a status ("429"), or a fault's name ("drops")."""

    @property
    def url(self) -> str:
        """The base URL, with ``/v1``. Only while it listens."""
        if self._http is None:
            raise RuntimeError("the server listens within its `with` block only")
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def hold(self) -> None:
        """Answer nothing from now on, until `go`: requests come in and wait."""
        with self._gate:
            self._open = False

    def go(self) -> None:
        """Answer again, those that waited first."""
        with self._gate:
            self._open = True
            self._gate.notify_all()

    def __enter__(self) -> JudgeServer:
        self._closed.clear()
        self._http = _Http(self._port, self)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), name="judge server", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self.go()
        if self._http is not None:
            self._http.shutdown()
            self._http.hang_up()
            self._http.server_close()
            self._http = None

    # One request ------------------------------------------------------------------------------------------------------

    def answer(self, path: str, key: str, body: bytes, alive: Callable[[], bool]) -> RawAnswer | None:
        """The answer to one request; None to drop the connection. For the handler of the connection.

        Args:
            path: Path of the URL.
            key: API key that the request carries.
            body: The request as it came.
            alive: Whether the client is still there.
        """
        with self._lock:
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            outcome, answer = self._decide(path, key, body, alive)
        finally:
            with self._lock:
                self.under_way -= 1
        with self._lock:
            self.outcomes[outcome] += 1
        return answer

    def _decide(self, path: str, key: str, body: bytes, alive: Callable[[], bool]) -> tuple[str, RawAnswer | None]:
        refused = self._refused(path, key, body)
        if refused is not None:
            return str(refused.status), refused
        request = json.loads(body)
        name = key_of(request)
        with self._lock:
            self.received[name] += 1
            tries = self.received[name]
        self._wait(self._draw(name, tries, "latency"))
        fault = self._fault(self._draw(name, tries, "fault"))
        if not alive():
            return "abandoned", None
        if fault:
            return fault
        answer, paid = self._said(request, name)
        if answer.status == 200:
            with self._lock:
                self.answered[name] += 1
                self.paid += paid
        return "answered" if answer.status == 200 else str(answer.status), answer

    def _refused(self, path: str, key: str, body: bytes) -> RawAnswer | None:
        """What is wrong with the request itself, as OpenAI would say it."""
        if path != "/v1/chat/completions":
            return error_answer(404, f"Invalid URL (POST {path})", "invalid_request_error")
        if self._api_key and key != self._api_key:
            return error_answer(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
        try:
            request = json.loads(body)
            model = request["model"]
            question_of(request)
            pictures_of(request)
        except (ValueError, LookupError, TypeError, AttributeError, ImageError) as error:
            return error_answer(400, f"We could not parse your request: {error!r}", "invalid_request_error")
        if self._models and model not in self._models:
            return error_answer(404, f"The model `{model}` does not exist.", "invalid_request_error", "model_not_found")
        return None

    def _wait(self, share: float) -> None:
        low, high = self._latency
        seconds = low + share * (high - low)
        with self._lock:
            self.slept += seconds
        self._closed.wait(seconds)
        with self._gate:
            self.held += 1
            self._gate.wait_for(lambda: self._open)
            self.held -= 1

    def _fault(self, share: float) -> tuple[str, RawAnswer | None] | None:
        """Which fault a draw means, if any: the shares lie side by side on 0..1."""
        faults = self._faults
        wait = {"retry-after-ms": f"{1000 * faults.retry_after:.0f}", "Retry-After": str(int(faults.retry_after))}
        busy = replace(error_answer(429, "Rate limit reached.", "requests", "rate_limit_exceeded"), headers=wait)
        broken = error_answer(500, "The server had an error.", "server_error")
        for name, width, answer in (
            ("429", faults.too_many, busy),
            ("500", faults.errors, broken),
            ("drops", faults.drops, None),
            ("garbage_bodies", faults.garbage_bodies, RawAnswer(200, "<html>Bad gateway, or so\0")),
        ):
            if share < width:
                return name, answer
            share -= width
        return None

    def _said(self, request: dict[str, Any], name: str) -> tuple[RawAnswer, Paid]:
        """The answer to a request that meets no fault, and what it costs."""
        share = self._draw(name, 0, "words")
        if share < self._faults.refusals:
            return completion(request, refusal="I'm sorry, I can't help with that.")
        if share < self._faults.refusals + self._faults.garbage_words:
            return completion(request, GARBAGE[int(name, 16) % len(GARBAGE)])
        said = self._reply(request)
        return (said, Paid(1)) if isinstance(said, RawAnswer) else completion(request, said)

    def _draw(self, name: str, tries: int, what: str) -> float:
        """A number of 0..1 that belongs to one try of one request."""
        return derive(self._seed, name, tries, what) / 2**64


# The HTTP side --------------------------------------------------------------------------------------------------------


class _Http(ThreadingHTTPServer):
    """Listens, and knows its open connections so that it can end them."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, judge: JudgeServer) -> None:
        self.judge = judge
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def hang_up(self) -> None:
        """End all connections, so that their threads end."""
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave in the middle are what this server is for; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        answer = self.server.judge.answer(self.path, key, body, self._alive)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = answer.body.encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _alive(self) -> bool:
        """Whether the client has not hung up while it waited."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return not readable or bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
