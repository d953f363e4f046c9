"""A server on this machine alone, for a test: one class says what it answers, to GET, HEAD and POST alike."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    """``GET``, ``HEAD`` or ``POST``."""
    target: str
    """Path and query, still quoted."""
    headers: Message
    """Names are compared without regard to case."""
    body: bytes = b""
    """Whole, also where it came in chunks."""


@dataclass(frozen=True)
class Answer:
    """What is said; to HEAD, without the body."""

    status: int
    """Of HTTP."""
    body: bytes = b""
    """Its size is sent with it."""
    headers: dict[str, str] = field(default_factory=dict)
    """All but ``Content-Length``."""


def json_answer(status: int, value: object, headers: dict[str, str] | None = None) -> Answer:
    """``value`` as JSON."""
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


class LocalServer(ABC):
    """Answers from ``with`` on, at ``url``, until the block ends; several requests at once, each in its own thread."""

    def __init__(self) -> None:
        """Take a free port; nothing is answered yet."""
        self._http = _Http(self)

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What to say; called by several threads at once."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, local: LocalServer) -> None:
        self.local = local
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        answer = self.server.local.answer(Request(self.command, self.path, self.headers, self._body()))
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
