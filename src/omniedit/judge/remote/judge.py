"""The judge behind an endpoint: candidates in, verdicts out, in order, each reply bought once.

    candidate -> requests (SC, PQ, each pass) -> cache -> budget -> endpoint -> cache -> verdict

Replies are kept, not verdicts: a verdict follows from its replies, so a better parser reads old ones anew for nothing.
Readable, unreadable and refused replies are all kept, since all were paid for. What got no reply is not kept: the next
run asks again.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from omniedit.errors import JudgeError
from omniedit.judge.questions import Asking, stamp
from omniedit.judge.remote.budget import Budget, BudgetConfig, Reserved, Spent
from omniedit.judge.remote.cache import Reply, ReplyCache
from omniedit.judge.remote.calls import Caller, RetryConfig, StoppedError, UnansweredError, connect
from omniedit.judge.remote.pictures import PictureConfig
from omniedit.judge.remote.request import Request, parameters, requests_of
from omniedit.judge.reply import Reading, read_reply, verdict_of
from omniedit.judge.rubric import OMNIEDIT, Rubric, unscored
from omniedit.types import Candidate, Ideal, Verdict

OPENAI = "https://api.openai.com/v1"
"""Where ``openai:`` models live."""
VERSION = "1"
"""Changes when the way in which this judge asks changes."""
BUDGET = "budget"
"""Why a candidate has no score once the budget is used up."""
AHEAD = 64
"""Verdicts, for each call that may be under way, that may wait for an earlier one."""
POLL = 0.05
"""Seconds between looks for a reply that someone else is asking for."""


@dataclass(frozen=True)
class RemoteConfig:
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
    asking: Asking = field(default_factory=Asking)
    """How the rubric is put into words."""
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
            raise JudgeError("which model is to judge? Name one that sees pictures, for example gpt-4o")
        if min(self.concurrency, self.retry.attempts) < 1 or self.timeout <= 0:
            raise JudgeError("concurrency and attempts of a judge are at least 1, its timeout above 0")


@dataclass
class _Run:
    """One iteration over candidates: what stops it."""

    stop: threading.Event = field(default_factory=threading.Event)
    fatal: JudgeError | None = None

    def fail(self, error: JudgeError) -> None:
        """Stop for ``error``: no other request would fare better."""
        self.fatal = self.fatal or error
        self.stop.set()

    def result(self, future: Future[Verdict]) -> Verdict:
        """The verdict that was waited for, or what stopped the run."""
        try:
            return future.result()
        except StoppedError:
            raise self.fatal or JudgeError("the judge was stopped") from None


@dataclass(frozen=True, eq=False)
class _Case:
    """A candidate, ready to be judged."""

    instruction: str
    """What it was to follow."""
    sc: list[Request]
    pq: list[Request]
    replies: dict[str, Reply]
    """What is known already, by key; filled up while asking."""
    reserved: Reserved | None
    """The calls that it still needs; None where the budget has none left."""


class RemoteJudge:
    """Scores candidates by asking a model behind any OpenAI-compatible endpoint.

    >>> with RemoteJudge(RemoteConfig(model="gpt-4o", budget=BudgetConfig(max_calls=2000))) as judge:
    ...     verdicts = list(judge.score_many(candidates))
    ...     print(judge.spent)

    Threads make the calls, ``config.concurrency`` at a time. Ctrl-C, an error or an abandoned iteration begins no
    further call, and waits for those under way, so that what is paid for is kept. One object belongs to one process;
    any number of processes may share a cache. It never sees the ideal edit.
    """

    def __init__(
        self,
        config: RemoteConfig = RemoteConfig(),
        *,
        api_key: str | None = None,
        cache: Path | str | None = None,
        rubric: Rubric = OMNIEDIT,
    ) -> None:
        """Make a judge; nothing is sent yet.

        Args:
            config: Whom to ask, how, and at what cost.
            api_key: Key of the endpoint; None takes ``OPENAI_API_KEY``. Endpoints other than OpenAI's may need none.
            cache: File of the replies; None for the user's own (see ``default_cache``).
            rubric: What is asked.

        Raises:
            MissingExtraError: ``openai`` is not installed.
            JudgeError: There is no key for OpenAI.
        """
        self.config = config
        self.rubric = rubric
        self.name = f"openai:{config.model}"
        self.version = f"{VERSION}-{_digest(config)}"
        self._stamp = stamp(rubric, config.asking)
        self._budget = Budget(config.budget)
        self._cache = ReplyCache(cache or default_cache(), config.retry.longest(config.timeout))
        self._client = connect(config.base_url, _key(api_key, config.base_url), config.timeout)
        slots = threading.BoundedSemaphore(config.concurrency)
        self._caller = Caller(self._client, config.retry, slots, self._budget.fail)

    @property
    def spent(self) -> Spent:
        """What this object paid so far."""
        return self._budget.spent

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """The verdict on one candidate; ``ideal`` is not looked at. Errors as `score_many`."""
        [verdict] = self.score_many([candidate])
        return verdict

    def score_many(self, candidates: Iterable[Candidate]) -> Iterator[Verdict]:
        """The verdicts on ``candidates``, in their order.

        Candidates are taken only as fast as they are judged, so a stream of any length needs little memory.

        Raises:
            JudgeError: The endpoint refuses the key, the model or the kind of request; the cache cannot be used; or
                money is limited and the endpoint does not report usage. What was bought until then is kept.
        """
        run = _Run()
        workers = 2 * self.config.concurrency  # more than calls: some encode pictures, or wait before another try
        room = threading.Semaphore(workers)
        waiting: deque[Future[Verdict]] = deque()
        with ThreadPoolExecutor(workers, thread_name_prefix="judge") as pool:
            try:
                for candidate in candidates:
                    room.acquire()
                    waiting.append(pool.submit(self._judge, self._case(candidate), run))
                    waiting[-1].add_done_callback(lambda _: room.release())
                    while waiting and (waiting[0].done() or len(waiting) > AHEAD * self.config.concurrency):
                        yield run.result(waiting.popleft())
                while waiting:
                    yield run.result(waiting.popleft())
            finally:
                run.stop.set()

    def close(self) -> None:
        """Close the connections and the cache."""
        self._client.close()
        self._cache.close()

    def __enter__(self) -> RemoteJudge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # One candidate ----------------------------------------------------------------------------------------------------

    def _case(self, candidate: Candidate) -> _Case:
        """Look up what is known of a candidate, and reserve the rest: in the order of the candidates, in one thread."""
        sc, pq = requests_of(candidate, self.rubric, self.config)
        keys = [request.key for request in (*sc, *pq)]
        seen = -1
        while True:  # while it waited for room in the budget, a twin of this candidate may have been answered
            replies = {key: reply for key in keys if (reply := self._cache.find(key)) is not None}
            reserved = self._budget.reserve(len(keys) - len(replies))
            if reserved is not None or len(replies) == seen:
                break
            seen = len(replies)
        return _Case(candidate.proposal.instruction, sc, pq, replies, reserved)

    def _judge(self, case: _Case, run: _Run) -> Verdict:
        """Ask what is not known yet, then read."""
        if case.reserved is None:
            return self._unscored(BUDGET, case)
        try:
            for request in (*case.sc, *case.pq):
                if request.key not in case.replies:
                    case.replies[request.key] = self._bought(request, case.reserved, run.stop)
        except UnansweredError as error:
            return self._unscored(str(error), case)
        except JudgeError as error:
            run.fail(error)
            raise
        finally:
            case.reserved.release()
        return self._read(case)

    def _bought(self, request: Request, reserved: Reserved, stop: threading.Event) -> Reply:
        """The reply to ``request``: from whoever asks the same thing just now, or from the endpoint."""
        while (claim := self._cache.claim(request.key)) is False:
            if stop.wait(POLL):
                raise StoppedError
        if isinstance(claim, Reply):
            return claim
        try:
            reply = self._caller.ask(request.body, stop, lambda reply: self._keep(request.key, reply, reserved))
        except BaseException:
            self._cache.release(request.key)
            raise
        if self.config.budget.max_money is not None and None in (reply.input_tokens, reply.output_tokens):
            raise JudgeError(f"{self.config.base_url} does not report usage, so money cannot be limited: use max_calls")
        return reply

    def _keep(self, key: str, reply: Reply, reserved: Reserved) -> None:
        """Store what was bought, then count it: who waits for room in the budget will find it."""
        try:
            self._cache.keep(key, reply)
        finally:
            reserved.pay(reply.input_tokens, reply.output_tokens)

    def _read(self, case: _Case) -> Verdict:
        sc, pq = ([self._reading(request, case) for request in side] for side in (case.sc, case.pq))
        return replace(verdict_of(self, sc, pq, _transcript(case)), rubric=self._stamp)

    def _reading(self, request: Request, case: _Case) -> Reading:
        reply = case.replies[request.key]
        trouble = _trouble(reply)
        if trouble:
            return Reading((), "", trouble)
        names, scale = request.question.names, self.config.asking.scale
        return read_reply(reply.text, names=names, scale=scale, quoted=case.instruction)

    def _unscored(self, reason: str, case: _Case) -> Verdict:
        return replace(unscored(self, reason, _transcript(case)), rubric=self._stamp)


def default_cache() -> Path:
    """The user's own file of replies: ``$XDG_CACHE_HOME``, or ``~/.cache``, and there ``omniedit/judge.sqlite``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omniedit" / "judge.sqlite"


def _trouble(reply: Reply) -> str:
    """Why there can be no score in a reply, before it is read; empty where there can."""
    if reply.refusal or reply.finish == "content_filter":
        return f"refused: {reply.refusal or 'stopped by the content filter'}"
    if reply.finish == "length":
        return "the reply was cut off: raise max_tokens"
    return "" if reply.text.strip() else "the reply is empty"


def _transcript(case: _Case) -> str:
    """All that was said, verbatim, in the order in which it is asked."""
    parts = []
    for side, requests in (("SC", case.sc), ("PQ", case.pq)):
        for request in requests:
            reply = case.replies.get(request.key)
            if reply is not None:
                parts.append(f"[{side} {request.number + 1}]\n{reply.text or reply.refusal}")
    return "\n\n".join(parts)


def _digest(config: RemoteConfig) -> str:
    """Eight hexadecimal digits that change with any setting that could change a score."""
    settings = {"parameters": parameters(config), "pictures": asdict(config.pictures)}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]


def _key(api_key: str | None, base_url: str) -> str:
    key = api_key or os.environ.get("OPENAI_API_KEY", "")
    if not key and urlsplit(base_url).hostname == urlsplit(OPENAI).hostname:
        raise JudgeError("OpenAI wants a key: set OPENAI_API_KEY, or name another endpoint by its base URL")
    return key or "none"
