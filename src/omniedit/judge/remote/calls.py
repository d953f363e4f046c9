"""One request over the wire, repeated until it is answered: what is tried again, how long to wait, when to give up.

    answered                                     Reply, whatever it says (it was paid for)
    429, 408, 409, 5xx, timeout, dropped, garbage  again, with exponential backoff and full jitter; then UnansweredError
    400 because of what the pictures show        UnansweredError at once
    401, 403, 404, other 4xx, no credit          JudgeError at once: no other request would fare better

The client's own retries are off, so that each request is counted, and ends at once when the run is stopped.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omniedit.errors import JudgeError, MissingExtraError
from omniedit.judge.remote.cache import Reply
from omniedit.judge.remote.crew import StoppedError

if TYPE_CHECKING:
    import openai

AGAIN = (408, 409, 429)
"""Statuses below 500 that another try may cure."""
REFUSALS = ("content_filter", "content_policy_violation")
"""Error codes of a 400 that mean this one request, not every request."""

ADVICE = {
    400: "the endpoint does not take such requests: is {model} a model that sees pictures? Models that refuse "
    "temperature or max_tokens want these settings as None, and others through extra",
    401: "the key was refused: give api_key or set OPENAI_API_KEY to a key of this endpoint",
    403: "the key may not use {model} here: use another key or model",
    404: "there is no {model} at {url}: check the model's name, and the base URL, which usually ends in /v1",
    413: "the pictures are too large for this endpoint: lower max_side",
}
"""What to do, by status."""


@dataclass(frozen=True)
class RetryConfig:
    """When to try again. Before try n + 1 there is a wait of U(0, min(ceiling, first · 2^(n-1))) seconds.

    This is "full jitter": M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
    """

    attempts: int = 6
    """Most requests for one reply, the first included."""
    first: float = 1.0
    """Longest wait after the first try, in seconds."""
    ceiling: float = 30.0
    """Longest wait after any try, in seconds, unless the endpoint asks for longer."""
    patience: float = 120.0
    """Longest wait that the endpoint may ask for (``Retry-After``), in seconds; beyond it the call is given up."""

    def wait(self, tries: int, asked: float | None) -> float:
        """Seconds to wait after ``tries`` requests; what the endpoint ``asked`` for comes on top, not instead.

        On top, because everyone who was turned away at once was told the same time.
        """
        return random.uniform(0, min(self.ceiling, self.first * 2 ** (tries - 1))) + (asked or 0.0)

    def longest(self, timeout: float) -> float:
        """Most seconds that a call can take with ``timeout`` seconds for each request."""
        return self.attempts * (timeout + self.ceiling + self.patience)


class UnansweredError(Exception):
    """A request that got no reply; its text is the reason."""


class UnsuitableError(JudgeError):
    """The endpoint does not take requests of this form (400, 422); it may take a simpler one."""


@dataclass(frozen=True)
class Caller:
    """Makes requests of one endpoint, from any number of threads."""

    client: openai.OpenAI
    """The client, with retries off."""
    config: RetryConfig
    """When to try again."""
    slots: threading.BoundedSemaphore
    """One for each request that may be under way; a call that waits to try again holds none."""
    failed: Callable[[], None]
    """Called after each request that got no reply."""

    def ask(self, body: dict[str, Any], stop: threading.Event, keep: Callable[[Reply], None]) -> Reply:
        """The reply to a chat completion ``body``, after ``keep`` has stored it.

        It is stored before the next call may begin, so a run that is killed loses no more replies than there are slots.

        Raises:
            UnansweredError: No reply came in ``config.attempts`` requests.
            StoppedError: ``stop`` was set in between.
            JudgeError: The endpoint refuses what every request has in common: key, model, kind of request.
        """
        tries = 0
        while True:
            with self.slots:
                if stop.is_set():
                    raise StoppedError
                found = self._try(body)
                if isinstance(found, Reply):
                    keep(found)
                    return found
            self.failed()
            tries += 1
            if tries >= self.config.attempts:
                raise UnansweredError(f"{found.reason}, after {tries} tries")
            if (found.asked or 0.0) > self.config.patience:
                raise UnansweredError(f"{found.reason}, and asks to wait {found.asked:,.0f} s")
            stop.wait(self.config.wait(tries, found.asked))

    def _try(self, body: dict[str, Any]) -> Reply | _Failure:
        import openai

        try:
            response = self.client.chat.completions.with_raw_response.create(**body)
            return _reply_of(response.http_response.text)
        except openai.APIStatusError as error:
            return self._judged(error, body["model"])
        except openai.APITimeoutError:
            return _Failure("no answer in time")
        except openai.APIConnectionError as error:
            return _Failure(f"no connection ({error.__cause__ or error})")
        except _GarbageError as error:
            return _Failure(f"the answer is no chat completion: {error}")

    def _judged(self, error: openai.APIStatusError, model: str) -> _Failure:
        """What a status means: try again, give this request up, or give all up."""
        said = f"HTTP {error.status_code}: {error.message}"
        if error.status_code == 429 and error.code == "insufficient_quota":
            raise JudgeError(f"{said}\nthe account has no credit left: add some, then run the same command again")
        if error.status_code in AGAIN or error.status_code >= 500:
            return _Failure(said, asked_wait(error.response.headers))
        if error.code in REFUSALS:
            raise UnansweredError(f"the endpoint refused the request: {said}")
        advice = ADVICE.get(error.status_code, "check the base URL and the model's name")
        url = str(self.client.base_url).rstrip("/")
        kind = UnsuitableError if error.status_code in (400, 422) else JudgeError
        raise kind(f"{url} answers {model} with {said}\n{advice.format(model=model, url=url)}")


@dataclass(frozen=True)
class _Failure:
    """Why one request got no reply, and after how many seconds the endpoint asks to come back, if it does."""

    reason: str
    asked: float | None = None


class _GarbageError(Exception):
    """A body that is not a chat completion."""


def connect(base_url: str, api_key: str, timeout: float) -> openai.OpenAI:
    """A client of the endpoint at ``base_url`` that never repeats a request by itself.

    Raises:
        MissingExtraError: ``openai`` is not installed.
    """
    try:
        import openai
    except ImportError as error:
        raise MissingExtraError("openai", "judge") from error
    return openai.OpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0)


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``retry-after-ms`` or ``Retry-After`` (seconds or a date: RFC 9110, 10.2.3) asks for, or None."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return max(0.0, seconds * unit)
    with contextlib.suppress(ValueError, TypeError):
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - time.time())
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _reply_of(body: str) -> Reply:
    """The first choice of a chat completion, given as JSON."""
    try:
        completion = json.loads(body)
        choice = completion["choices"][0]
        message = choice["message"]
        usage = completion.get("usage") or {}
        return Reply(
            text=_words(message.get("content")),
            refusal=_words(message.get("refusal")),
            finish=_words(choice.get("finish_reason")),
            model=_words(completion.get("model")),
            input_tokens=_count(usage.get("prompt_tokens")),
            output_tokens=_count(usage.get("completion_tokens")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _GarbageError(repr(body[:200])) from error


def _words(value: object) -> str:
    """A string as it came, the text of a list of parts, or nothing; half characters become question marks."""
    if isinstance(value, list):
        value = "".join(str(part.get("text") or "") for part in value if isinstance(part, dict))
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
