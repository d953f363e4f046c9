"""The proposer behind an endpoint: photos and tasks in, checked proposals out, in order, each reply bought once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np

from omniedit.data.proposals.remote.dialogue import Answer, Dialogue, Stamp
from omniedit.data.proposals.remote.prompts import PROMPTS
from omniedit.errors import JudgeError
from omniedit.judge.remote.budget import Reserved, Spent
from omniedit.judge.remote.calls import UnansweredError
from omniedit.judge.remote.endpoint import Endpoint, EndpointConfig, default_cache
from omniedit.types import Photo, Proposal, Task

BUDGET = "budget"
"""Why nobody was asked once the budget is used up."""


@dataclass(frozen=True)
class ProposerConfig:
    """Whom to ask for proposals, and for how many."""

    endpoint: EndpointConfig = field(default_factory=lambda: EndpointConfig(max_tokens=4096))
    """Whom to ask, how, and at what cost."""
    count: int = 5
    """Most proposals for one photo and task; the paper asks for five (A.1.1)."""
    structured: bool = True
    """Whether to send the JSON schema; an endpoint that does not take it is asked without."""
    repair: bool = True
    """Whether what cannot be used is sent back to the model, once."""
    known: Mapping[Task, tuple[str, ...]] = field(default_factory=dict)
    """Task -> the only targets that its specialist can make; a task that is not there may have any."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            JudgeError: No proposal is asked for.
        """
        if self.count < 1:
            raise JudgeError("a proposer is asked for at least 1 proposal")


class RemoteProposer:
    """Proposes edits by asking a model behind any OpenAI-compatible endpoint.

    >>> config = ProposerConfig(EndpointConfig("gpt-4o", max_tokens=4096, budget=BudgetConfig(max_calls=2000)))
    >>> with RemoteProposer(config) as propose:
    ...     for answer in propose.ask_many((photo, task) for photo in photos for task in Task):
    ...         print(answer.offers, answer.dropped)
    ...     print(propose.spent)

    One or two calls for each photo and task. A photo and task is begun only where the budget has room for both, so a
    limit is never exceeded, and may leave one call unused. One object belongs to one process; any number of processes
    may share a cache.
    """

    def __init__(
        self,
        config: ProposerConfig = ProposerConfig(),
        *,
        api_key: str | None = None,
        cache: Path | str | None = None,
    ) -> None:
        """Make a proposer; nothing is sent yet.

        Args:
            config: Whom to ask, and for how many.
            api_key: Key of the endpoint; None takes ``OPENAI_API_KEY``. Endpoints other than OpenAI's may need none.
            cache: File of the replies; None for the user's own, beside the judge's.

        Raises:
            MissingExtraError: ``openai`` is not installed.
            JudgeError: There is no key for OpenAI.
        """
        self.config = config
        self.name = f"openai:{config.endpoint.model}"
        path = cache or default_cache().with_name("proposals.sqlite")
        self._endpoint = Endpoint(config.endpoint, api_key=api_key, cache=path)

    @property
    def spent(self) -> Spent:
        """What this object paid so far."""
        return self._endpoint.spent

    def __call__(self, photo: Photo, task: Task, rng: np.random.Generator) -> Proposal | None:
        """One edit of that task, called as ``template.propose`` is.

        Args:
            photo: The photo.
            task: The task.
            rng: Draws one of the model's proposals, so that each draw after the first costs nothing.

        Returns:
            None where the model proposes nothing that can be used (`ask` says why).

        Raises:
            JudgeError: Nobody answered, or the budget is used up; the same call may succeed later.
        """
        answer = self.ask(photo, task)
        if answer.unanswered:
            raise JudgeError(f"no proposals for {photo.id} and {task}: {answer.unanswered}")
        if not answer.offers:
            return None
        return answer.offers[int(rng.integers(len(answer.offers)))].proposal

    def ask(self, photo: Photo, task: Task) -> Answer:
        """All proposals for one photo and task. Errors as `ask_many`."""
        [answer] = self.ask_many([(photo, task)])
        return answer

    def ask_many(self, items: Iterable[tuple[Photo, Task]]) -> Iterator[Answer]:
        """The proposals for photos and tasks, in their order.

        Photos are taken only as fast as they are answered, so a stream of any length needs little memory.

        Raises:
            JudgeError: The endpoint refuses the key, the model or the kind of request; the cache cannot be used; or
                money is limited and the endpoint does not report usage. What was bought until then is kept.
        """
        return self._endpoint.each(items, self._case, self._answer)

    def stamp(self, task: Task) -> Stamp:
        """What proposals of a task are stamped with."""
        return Stamp(self.name, PROMPTS[task].version, PROMPTS[task].hash)

    def close(self) -> None:
        """Close the connections and the cache."""
        self._endpoint.close()

    def __enter__(self) -> RemoteProposer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # One photo and task -----------------------------------------------------------------------------------------------

    def _case(self, item: tuple[Photo, Task]) -> tuple[Dialogue, Reserved | None]:
        """Look up what was answered before, and reserve the rest: in the order of the photos, in one thread."""
        photo, task = item
        dialogue = Dialogue(
            photo,
            PROMPTS[task],
            self.config.endpoint,
            self.config.count,
            tuple(self.config.known.get(task, ())),
            self.config.structured,
            self.config.repair,
        )

        def missing() -> int:
            while (ask := dialogue.ask()) is not None and (reply := self._endpoint.find(ask.key)) is not None:
                dialogue.add(reply)
            return dialogue.calls_left

        return dialogue, self._endpoint.reserve(missing)

    def _answer(self, case: tuple[Dialogue, Reserved | None], stop: threading.Event) -> Answer:
        """Ask what is not known yet."""
        dialogue, reserved = case
        stamp = self.stamp(dialogue.prompt.task)
        if reserved is None:
            return dialogue.answer(stamp, BUDGET)
        try:
            while (ask := dialogue.ask()) is not None:
                dialogue.add(self._endpoint.buy(ask.key, dialogue.bodies(ask), reserved, stop))
        except UnansweredError as error:
            return dialogue.answer(stamp, str(error))
        finally:
            reserved.release()
        return dialogue.answer(stamp)
