"""An endpoint that sells replies: whom to ask and at what cost, each reply bought once and kept before it is seen.

    key -> cache -> budget -> endpoint -> cache -> Reply

What is asked is its callers' business: the judge's questions, or proposals of edits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from omniedit.errors import JudgeError
from omniedit.judge.remote.budget import Budget, BudgetConfig, Reserved, Spent
from omniedit.judge.remote.cache import Reply, ReplyCache
from omniedit.judge.remote.calls import Caller, RetryConfig, UnsuitableError, connect
from omniedit.judge.remote.crew import Case, Crew, Item, Result, StoppedError
from omniedit.judge.remote.pictures import PictureConfig

OPENAI = "https://api.openai.com/v1"
"""Where ``openai:`` models live."""
AHEAD = 64
"""Results, for each call that may be under way, that may wait for an earlier one."""
POLL = 0.05
"""Seconds between looks for a reply that someone else is asking for."""


@dataclass(frozen=True)
class EndpointConfig:
    """Whom to ask, how, and at what cost."""

    model: str = "gpt-4o"
    """Name of the model, as the endpoint knows it."""
    base_url: str = OPENAI
    """Address of the endpoint, up to and with ``/v1``."""
    temperature: float | None = 0.0
    """Sampling temperature; None leaves it to the endpoint (some models refuse it)."""
    seed: int | None = None
    """Seed of the sampling, where the endpoint takes one; pass n gets ``seed + n``. None sends none."""
    max_tokens: int | None = 1024
    """Most tokens of a reply; a reply that is cut off is unscored. None leaves it to the endpoint."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request, for example ``{"max_completion_tokens": 4096}``."""
    timeout: float = 60.0
    """Seconds to wait for an endpoint that says nothing."""
    concurrency: int = 8
    """Most requests under way at a time."""
    pictures: PictureConfig = field(default_factory=PictureConfig)
    """How pictures are sent."""
    retry: RetryConfig = field(default_factory=RetryConfig)
    """When a request is repeated."""
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    """Limits and prices."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            JudgeError: There is no model, or a number is not positive.
        """
        if not self.model:
            raise JudgeError("which model is to be asked? Name one that sees pictures, for example gpt-4o")
        if min(self.concurrency, self.retry.attempts) < 1 or self.timeout <= 0:
            raise JudgeError("concurrency and attempts of an endpoint are at least 1, its timeout above 0")

    def parameters(self, number: int = 0) -> dict[str, Any]:
        """Model and sampling settings of pass ``number`` as the client takes them; those that are None are left out."""
        seed = None if self.seed is None else self.seed + number
        values = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": seed}
        extra = {"extra_body": dict(self.extra)} if self.extra else {}
        return {"model": self.model, **{name: value for name, value in values.items() if value is not None}, **extra}


class Endpoint:
    """Buys replies, from any number of threads of one process; any number of processes may share its cache."""

    def __init__(self, config: EndpointConfig, *, api_key: str | None = None, cache: Path | str | None = None) -> None:
        """Get ready; nothing is sent yet.

        Args:
            config: Whom to ask, how, and at what cost.
            api_key: Key of the endpoint; None takes ``OPENAI_API_KEY``. Endpoints other than OpenAI's may need none.
            cache: File of the replies; None for the user's own (see ``default_cache``).

        Raises:
            MissingExtraError: ``openai`` is not installed.
            JudgeError: There is no key for OpenAI.
        """
        self.config = config
        self._budget = Budget(config.budget)
        self._cache = ReplyCache(cache or default_cache(), config.retry.longest(config.timeout))
        self._client = connect(config.base_url, _key(api_key, config.base_url), config.timeout)
        slots = threading.BoundedSemaphore(config.concurrency)
        self._caller = Caller(self._client, config.retry, slots, self._budget.fail)
        self._form = 0

    @property
    def spent(self) -> Spent:
        """What this object paid so far."""
        return self._budget.spent

    def find(self, key: str) -> Reply | None:
        """The reply that was bought under ``key``, or None."""
        return self._cache.find(key)

    def reserve(self, missing: Callable[[], int]) -> Reserved | None:
        """Put aside as many calls as are ``missing``, in the order of the cases and so in one thread.

        ``missing`` is asked again where there is no room: meanwhile a twin of this case may have been answered.

        Returns:
            None where the budget is used up.
        """
        last = None
        while True:
            count = missing()
            reserved = self._budget.reserve(count)
            if reserved is not None or count == last:
                return reserved
            last = count

    def buy(self, key: str, bodies: Sequence[Mapping[str, Any]], reserved: Reserved, stop: threading.Event) -> Reply:
        """The reply under ``key``: from whoever asks the same thing just now, or from the endpoint.

        Args:
            key: SHA-256 over all that could change the reply.
            bodies: The chat completion, and behind it simpler forms for an endpoint that does not take it. What it
                takes is found out by the first requests.
            reserved: What the call is paid from.
            stop: Ends it between two tries.

        Raises:
            UnansweredError: No reply came.
            StoppedError: ``stop`` was set.
            JudgeError: The endpoint refuses the key, the model or every form of the request; the cache cannot be used;
                or money is limited and the endpoint does not report usage.
        """
        while (claim := self._cache.claim(key)) is False:
            if stop.wait(POLL):
                raise StoppedError
        if isinstance(claim, Reply):
            return claim
        try:
            reply = self._ask(bodies, stop, lambda reply: self._keep(key, reply, reserved))
        except BaseException:
            self._cache.release(key)
            raise
        if self.config.budget.max_money is not None and None in (reply.input_tokens, reply.output_tokens):
            raise JudgeError(f"{self.config.base_url} does not report usage, so money cannot be limited: use max_calls")
        return reply

    def _ask(self, bodies: Sequence[Mapping[str, Any]], stop: threading.Event, keep: Callable[[Reply], None]) -> Reply:
        """The reply to the first of ``bodies`` that the endpoint takes."""
        first = min(self._form, len(bodies) - 1)
        for form in range(first, len(bodies) - 1):
            try:
                return self._caller.ask(dict(bodies[form]), stop, keep)
            except UnsuitableError:
                self._form = max(self._form, form + 1)
        return self._caller.ask(dict(bodies[-1]), stop, keep)

    def _keep(self, key: str, reply: Reply, reserved: Reserved) -> None:
        """Store what was bought, then count it: who waits for room in the budget will find it."""
        try:
            self._cache.keep(key, reply)
        finally:
            reserved.pay(reply.input_tokens, reply.output_tokens)

    def each(
        self,
        items: Iterable[Item],
        prepare: Callable[[Item], Case],
        work: Callable[[Case, threading.Event], Result],
    ) -> Iterator[Result]:
        """What ``work`` makes of ``items``, in their order; they are taken only as fast as they are worked on.

        Args:
            items: A stream of any length.
            prepare: Done in the order of the items, in this thread: the place to reserve calls.
            work: Done by threads; gets what was prepared, and an event that is set when it is to begin no other call.

        Raises:
            JudgeError: As `buy`; no further call begins then. Nor does one after Ctrl-C, an error or an abandoned
                iteration; calls under way are waited for, so that what is paid for is kept.
        """
        hands = 2 * self.config.concurrency  # more than calls: some encode pictures, or wait before another try
        crew = Crew(prepare, work, JudgeError)
        try:
            yield from crew.each(items, hands, AHEAD * self.config.concurrency)
        except StoppedError:
            raise JudgeError("the run was stopped") from None

    def close(self) -> None:
        """Close the connections and the cache."""
        self._client.close()
        self._cache.close()


def default_cache() -> Path:
    """The user's own file of replies: ``$XDG_CACHE_HOME``, or ``~/.cache``, and there ``omniedit/judge.sqlite``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omniedit" / "judge.sqlite"


def trouble(reply: Reply) -> str:
    """Why a reply says nothing that was asked for, before it is read; empty where it may."""
    if reply.refusal or reply.finish == "content_filter":
        return f"refused: {reply.refusal or 'stopped by the content filter'}"
    if reply.finish == "length":
        return "the reply was cut off: raise max_tokens"
    return "" if reply.text.strip() else "the reply is empty"


def _key(api_key: str | None, base_url: str) -> str:
    key = api_key or os.environ.get("OPENAI_API_KEY", "")
    if not key and urlsplit(base_url).hostname == urlsplit(OPENAI).hostname:
        raise JudgeError("OpenAI wants a key: set OPENAI_API_KEY, or name another endpoint by its base URL")
    return key or "none"
