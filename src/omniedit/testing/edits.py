"""An OpenAI-compatible ``POST /v1/images/edits`` on this machine, for testing contestants over real HTTP.

>>> with EditServer(faults=Faults(too_many=0.2, errors=0.1)) as server:
...     editor = EditEndpoint(EditEndpointConfig("any", base_url=server.base_url), api_key="any")
...     picture = editor(item, seed=0)

What it makes of a picture is a function of the request (`inverted`, or your own), so a test can predict it. What goes
wrong is a function of seed, request and how often that request came before: what fails may work when tried again.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from omniedit.images import decode, encode, resize
from omniedit.seeding import derive
from omniedit.testing.completions import error_answer
from omniedit.testing.local_server import Answer, LocalServer, Request, json_answer
from omniedit.testing.server import Faults
from omniedit.types import Image

PATH = "/v1/images/edits"


@dataclass(frozen=True)
class Asked:
    """One request, as it was understood."""

    fields: Mapping[str, str]
    """The plain fields: model, prompt, size …"""
    files: Mapping[str, bytes]
    """The pictures as they came: ``image``, and ``mask`` where there is one."""

    @property
    def image(self) -> Image:
        """The picture to edit."""
        return decode(self.files["image"], "the image").image

    @property
    def key(self) -> str:
        """SHA-256 over all of it."""
        digest = hashlib.sha256(repr(sorted(self.fields.items())).encode())
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + self.files[name])
        return digest.hexdigest()


def inverted(asked: Asked) -> Image:
    """The negative of the picture, at the size that was asked for."""
    negative: Image = 255 - asked.image
    size = asked.fields.get("size", "auto")
    if size == "auto":
        return negative
    width, height = map(int, size.split("x"))
    return resize(negative, (width, height))


class EditServer(LocalServer):
    """The endpoint, as a context manager: it listens from ``with`` on, at ``base_url``, on this machine only."""

    def __init__(
        self,
        edit: Callable[[Asked], Image] = inverted,
        *,
        faults: Faults | None = None,
        seed: int = 0,
        api_key: str = "",
        models: tuple[str, ...] = (),
    ) -> None:
        """Set it up; it does not answer yet.

        Args:
            edit: What to make of a request.
            faults: What goes wrong, and how often: ``too_many``, ``errors``, ``garbage_bodies`` and ``refusals`` (by
                the content filter, each time the same is asked).
            seed: Decides the faults.
            api_key: If given, requests with another key get 401.
            models: If given, requests for other models get 404.
        """
        super().__init__()
        self._edit, self._faults, self._seed = edit, faults or Faults(), seed
        self._api_key, self._models = api_key, models
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        """All requests that could be understood, in the order in which they came."""
        self.outcomes: Counter[str] = Counter()
        """How requests ended: answered, a status ("429"), or a fault's name."""

    @property
    def base_url(self) -> str:
        """What a client is given, with ``/v1``."""
        return f"{self.url}/v1"

    def answer(self, request: Request) -> Answer:
        """What to say to a request."""
        outcome, answer = self._decide(request)
        with self._lock:
            self.outcomes[outcome] += 1
        return answer

    def _decide(self, request: Request) -> tuple[str, Answer]:
        if request.target != PATH or request.method != "POST":
            return "404", _error(404, f"Invalid URL ({request.method} {request.target})", "invalid_request_error")
        if self._api_key and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return "401", _error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
        asked = parsed(request)
        missing = [name for name in ("model", "prompt") if name not in asked.fields]
        if missing or "image" not in asked.files:
            return "400", _error(400, f"Missing: {', '.join(missing) or 'image'}", "invalid_request_error")
        if self._models and asked.fields["model"] not in self._models:
            said = f"The model `{asked.fields['model']}` does not exist."
            return "404", _error(404, said, "invalid_request_error", "model_not_found")
        with self._lock:
            self.asked.append(asked)
            tries = sum(one.key == asked.key for one in self.asked)
        return self._fault(asked.key, tries) or ("answered", _pictured(self._edit(asked)))

    def _fault(self, key: str, tries: int) -> tuple[str, Answer] | None:
        """What goes wrong with one try of one request, if anything."""
        faults = self._faults
        if self._draw(key, 0, "words") < faults.refusals:
            said = "Your request was rejected by the safety system."
            return "refusals", _error(400, said, "image_generation_user_error", "moderation_blocked")
        share = self._draw(key, tries, "fault")
        for name, width, answer in (
            ("429", faults.too_many, _error(429, "Rate limit reached.", "requests", "rate_limit_exceeded")),
            ("500", faults.errors, _error(500, "The server had an error.", "server_error")),
            ("garbage_bodies", faults.garbage_bodies, Answer(200, b"<html>Bad gateway, or so\0")),
        ):
            if share < width:
                return name, answer
            share -= width
        return None

    def _draw(self, key: str, tries: int, what: str) -> float:
        """A number of 0..1 that belongs to one try of one request."""
        return derive(self._seed, key, tries, what) / 2**64


def parsed(request: Request) -> Asked:
    """The fields and files of a multipart form (RFC 7578)."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = bytes(part.get_payload(decode=True))
        if part.get_filename() is None:
            fields[name] = content.decode()
        else:
            files[name] = content
    return Asked(fields, files)


def _pictured(image: Image) -> Answer:
    picture = base64.b64encode(encode(image)).decode()
    return json_answer(200, {"created": 1_700_000_000, "data": [{"b64_json": picture}]})


def _error(status: int, message: str, kind: str, code: str | None = None) -> Answer:
    return Answer(status, error_answer(status, message, kind, code).body.encode(), {"Content-Type": "application/json"})
