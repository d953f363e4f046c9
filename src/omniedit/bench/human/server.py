"""The HTTP server behind the rating page, for one rater. It knows questions by their keys only, and files not at all.

GET  /                             the page;  /page.css, /page.js  what belongs to it
GET  /questions                    {"rater": …, "questions": [{"question": …, "instruction": …, "sc": …, "pq": …}, …]}
GET  /pictures/QUESTION/source     the picture before;  …/result  the picture after
POST /ratings                      {"question": …, "sc": 0 | 0.5 | 1, "pq": 0 | 0.5 | 1}: 200 when it is on disk
GET  /ratings.csv, /ratings.json   the rater's own ratings, still blinded
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from omniedit.bench.human.export import blinded_csv
from omniedit.bench.human.page import asset, document
from omniedit.bench.human.session import Session
from omniedit.errors import InputError, OmniEditError

LONGEST = 4096
"""Bytes of a request's body."""
PATIENCE = 30
"""Seconds that a connection may be silent."""
LOCAL = ("127.0.0.1", "localhost", "[::1]")
"""Names by which a browser on this machine reaches it."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

Answer = tuple[str, bytes]
"""Content type, body."""


class RefusedError(Exception):
    """A request that is not answered."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        """With a ``status`` from 400 on, and why."""
        super().__init__(message)
        self.status = status


class RatingServer(ThreadingHTTPServer):
    """Serves one session. Use as a context manager; ``serve_forever`` until ``shutdown``."""

    daemon_threads = True

    def __init__(self, session: Session, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on ``host`` and ``port``; port 0 takes a free one.

        Raises:
            InputError: It cannot listen there.
        """
        self.session = session
        self.local = host in LOCAL
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"cannot listen on {host}, port {port}: {error}. Choose another with --port") from error

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Stay silent about a browser that went away; a bug is still printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self.server_address[0]!s}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: RatingServer
    server_version, sys_version = "omniedit", ""
    protocol_version = "HTTP/1.0"  # a connection for each request: none outlives the server
    timeout = PATIENCE

    def do_GET(self) -> None:
        """Answer with a page, a picture, or what there is to rate."""
        self._answered(self._get)

    def do_POST(self) -> None:
        """Take a rating."""
        self._answered(self._post)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is for the one who started it."""

    def _get(self) -> Answer:
        session, path = self.server.session, self.path.partition("?")[0]
        if path in _FIXED:
            return _FIXED[path](session)
        match path.split("/"):
            case ["", "pictures", question, ("source" | "result") as side]:
                return _picture(session, question, "source" if side == "source" else "result")
        raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _post(self) -> Answer:
        if self.path != "/ratings":
            raise RefusedError(HTTPStatus.NOT_FOUND, "ratings go to /ratings")
        rating = self._body()
        try:
            self.server.session.rate(str(rating.get("question")), rating.get("sc"), rating.get("pq"))
        except LookupError as error:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such question") from error
        except InputError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
        return _json({"rated": self.server.session.rated})

    def _body(self) -> Mapping[str, Any]:
        """A small JSON object."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()) or "Transfer-Encoding" in self.headers:
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "the length of the body is to be stated")
        if len(length) > len(str(LONGEST)) or int(length) > LONGEST:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a rating has at most {LONGEST} bytes")
        if self.headers.get_content_type() != "application/json":
            raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a rating is application/json")
        try:
            found = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "a rating is a JSON object")
        return found

    def _check_caller(self) -> None:
        """Refuse pages of other sites, which could reach a server on this machine through its user's browser."""
        host = self.headers.get("Host", "")
        if self.server.local and host.rpartition(":")[0] not in LOCAL and host not in LOCAL:
            raise RefusedError(HTTPStatus.FORBIDDEN, "this server answers to its own address only")
        if self.headers.get("Origin", f"http://{host}") != f"http://{host}":
            raise RefusedError(HTTPStatus.FORBIDDEN, "this server answers to its own page only")

    def _answered(self, answer: Callable[[], Answer]) -> None:
        status = HTTPStatus.OK
        try:
            self._check_caller()
            kind, body = answer()
        except RefusedError as refused:
            status, (kind, body) = refused.status, _json({"error": str(refused)})
        except (OmniEditError, OSError) as error:
            status, (kind, body) = HTTPStatus.INTERNAL_SERVER_ERROR, _json({"error": str(error)})
        self._send(status, kind, body)

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            # Questions are keyed by what they show: a picture is the same as long as its address is.
            "Cache-Control": "private, max-age=3600" if kind == "image/png" else "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _picture(session: Session, question: str, side: Any) -> Answer:  # noqa: ANN401
    try:
        path = session.picture(question, side)
    except LookupError as error:
        raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such question") from error
    return "image/png", path.read_bytes()


def _json(value: object) -> Answer:
    return "application/json", json.dumps(value, ensure_ascii=False).encode()


def _text(kind: str, text: str) -> Answer:
    return f"text/{kind}; charset=utf-8", text.encode()


_FIXED: Mapping[str, Callable[[Session], Answer]] = {
    "/": lambda session: _text("html", document()),
    "/page.css": lambda session: _text("css", asset("page.css")),
    "/page.js": lambda session: _text("javascript", asset("page.js")),
    "/questions": lambda session: _json({"rater": session.rater, "questions": session.questions()}),
    "/ratings.csv": lambda session: _text("csv", blinded_csv(session.questions())),
    "/ratings.json": lambda session: _json(session.questions()),
    "/favicon.ico": lambda session: ("image/x-icon", b""),
}
"""Path -> its answer."""
