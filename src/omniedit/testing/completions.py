"""Chat completions as OpenAI writes them: reading requests, and making answers that a test can predict."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omniedit.images import decode
from omniedit.types import Image

GARBAGE = (
    "",
    "I like the colours.",
    '{"reasoning": "It begins well, but',
    "Score: excellent!",
    "[]",
    "<html><body>It works!</body></html>",
)
"""What a model says that gives no verdict."""


@dataclass(frozen=True)
class Paid:
    """What a provider would put on the bill."""

    calls: int = 0
    """Requests that were answered with 200 and a chat completion."""
    input_tokens: int = 0
    """Sum of ``prompt_tokens``."""
    output_tokens: int = 0
    """Sum of ``completion_tokens``."""

    def __add__(self, other: Paid) -> Paid:
        return Paid(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True)
class RawAnswer:
    """An answer as a ``reply`` function may give it, to the byte."""

    status: int = 200
    """HTTP status; 200 counts as paid, without tokens."""
    body: str = ""
    """The whole body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers."""


def key_of(request: dict[str, Any]) -> str:
    """SHA-256 of a request's JSON: the same for the same question about the same pictures."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def question_of(request: dict[str, Any]) -> str:
    """All the words of a request."""
    return "\n".join(part["text"] for part in _parts(request) if part["type"] == "text")


def pictures_of(request: dict[str, Any]) -> list[Image]:
    """The pictures of a request, in the order sent, each ``uint8 [height, width, 3]``.

    Raises:
        ImageError: One cannot be read.
        ValueError: One is not a data URL.
    """
    return [decode(base64.b64decode(url.split(";base64,", 1)[1], validate=True)).image for url in _urls(request)]


def reply_by_hash(request: dict[str, Any]) -> str:
    """A verdict that follows from the request alone, each score a whole number of 0..10.

    It has as many scores as the form in the question (``"score": [<…>, <…>]``) has places.
    """
    form = re.findall(r'"score": \[([^\]]*)\]', question_of(request))
    places = form[-1].count(",") + 1 if form else 1
    scores = [int(key_of(request)[2 * index : 2 * index + 2], 16) % 11 for index in range(places)]
    return json.dumps({"reasoning": "It follows from the request.", "score": scores})


def completion(request: dict[str, Any], text: str = "", refusal: str | None = None) -> tuple[RawAnswer, Paid]:
    """The chat completion that says ``text``, or refuses, with made-up but predictable token counts, and its price.

    A word counts as a token, a picture as 85; one token is added to what is written.
    """
    read, written = len(question_of(request).split()) + 85 * len(_urls(request)), len(text.split()) + 1
    message = {"role": "assistant", "content": text if refusal is None else None, "refusal": refusal}
    body = {
        "id": f"chatcmpl-{key_of(request)[:24]}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }
    return RawAnswer(200, json.dumps(body)), Paid(1, read, written)


def error_answer(status: int, message: str, kind: str, code: str | None = None) -> RawAnswer:
    """An error in OpenAI's form."""
    return RawAnswer(status, json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}))


def _parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of all messages; a message that is plain text is one part."""
    contents = [message["content"] for message in request["messages"]]
    return [
        part
        for content in contents
        for part in ([{"type": "text", "text": content}] if isinstance(content, str) else content)
    ]


def _urls(request: dict[str, Any]) -> list[str]:
    return [part["image_url"]["url"] for part in _parts(request) if part["type"] == "image_url"]
