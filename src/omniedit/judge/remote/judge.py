"""The judge behind an endpoint: candidates in, verdicts out, in order, each reply bought once.

    candidate -> requests (SC, PQ, each pass) -> cache -> budget -> endpoint -> cache -> verdict

Replies are kept, not verdicts: a verdict follows from its replies, so a better parser reads old ones anew for nothing.
Readable, unreadable and refused replies are all kept, since all were paid for. What got no reply is not kept: the next
run asks again.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType

from omniedit.judge.named import VARIED
from omniedit.judge.questions import Asking, stamp
from omniedit.judge.remote.budget import Reserved, Spent
from omniedit.judge.remote.cache import Reply
from omniedit.judge.remote.calls import UnansweredError
from omniedit.judge.remote.endpoint import OPENAI, Endpoint, EndpointConfig, default_cache, trouble
from omniedit.judge.remote.request import Request, requests_of
from omniedit.judge.reply import Reading, read_reply, verdict_of
from omniedit.judge.rubric import OMNIEDIT, Rubric, unscored
from omniedit.types import Candidate, Ideal, Verdict

__all__ = ["BUDGET", "OPENAI", "RemoteConfig", "RemoteJudge", "default_cache"]

VERSION = "1"
"""Changes when the way in which this judge asks changes."""
BUDGET = "budget"
"""Why a candidate has no score once the budget is used up."""


@dataclass(frozen=True)
class RemoteConfig(EndpointConfig):
    """Whom to ask, how, and at what cost."""

    asking: Asking = field(default_factory=Asking)
    """How the rubric is put into words."""
    first_pass: int = 0
    """Number of the first pass: other numbers have other replies in the cache, and other seeds."""


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
        self.stamp = stamp(rubric, config.asking)
        self._endpoint = Endpoint(config, api_key=api_key, cache=cache)

    def again(self, repeat: int) -> RemoteJudge:
        """The same judge for repeat number ``repeat`` (from 0) of several: each has passes of its own.

        Where this one is asked at temperature 0, at which all would be the same, they are at `VARIED`. Connections,
        budget and cache are shared.
        """
        own = self.config
        temperature = VARIED if own.temperature == 0 else own.temperature
        twin = copy.copy(self)
        twin.config = replace(own, temperature=temperature, first_pass=own.first_pass + repeat * own.asking.passes)
        twin.version = f"{VERSION}-{_digest(twin.config)}"
        return twin

    @property
    def spent(self) -> Spent:
        """What this object paid so far."""
        return self._endpoint.spent

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
        return self._endpoint.each(candidates, self._case, self._judge)

    def close(self) -> None:
        """Close the connections and the cache."""
        self._endpoint.close()

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
        replies: dict[str, Reply] = {}

        def missing() -> int:
            replies.update({key: reply for key in keys if (reply := self._endpoint.find(key)) is not None})
            return len(keys) - len(replies)

        return _Case(candidate.proposal.instruction, sc, pq, replies, self._endpoint.reserve(missing))

    def _judge(self, case: _Case, stop: threading.Event) -> Verdict:
        """Ask what is not known yet, then read."""
        if case.reserved is None:
            return self._unscored(BUDGET, case)
        try:
            for request in (*case.sc, *case.pq):
                if request.key not in case.replies:
                    reply = self._endpoint.buy(request.key, (request.body,), case.reserved, stop)
                    case.replies[request.key] = reply
        except UnansweredError as error:
            return self._unscored(str(error), case)
        finally:
            case.reserved.release()
        return self._read(case)

    def _read(self, case: _Case) -> Verdict:
        sc, pq = ([self._reading(request, case) for request in side] for side in (case.sc, case.pq))
        return replace(verdict_of(self, sc, pq, _transcript(case)), rubric=self.stamp)

    def _reading(self, request: Request, case: _Case) -> Reading:
        reply = case.replies[request.key]
        if nothing := trouble(reply):
            return Reading((), "", nothing)
        names, scale = request.question.names, self.config.asking.scale
        return read_reply(reply.text, names=names, scale=scale, quoted=case.instruction)

    def _unscored(self, reason: str, case: _Case) -> Verdict:
        return replace(unscored(self, reason, _transcript(case)), rubric=self.stamp)


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
    settings = {"parameters": config.parameters(), "pictures": asdict(config.pictures)}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
