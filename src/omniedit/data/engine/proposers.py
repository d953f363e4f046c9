"""Who proposes edits of a photograph: templates, or a large multimodal model behind an endpoint, by name.

templates        no model: backdrops, environments and styles; edits of things that are known of a photograph
openai:MODEL     a model behind any OpenAI-compatible endpoint (``base_url``); see docs/proposals.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from omniedit.data.engine.loaded import once
from omniedit.data.engine.times import stage
from omniedit.data.proposals.grammar import indefinite, join
from omniedit.data.proposals.lexicon import embedded
from omniedit.data.proposals.remote import PROMPTS, Answer, ProposerConfig, RemoteProposer
from omniedit.data.proposals.template import phrase, propose
from omniedit.errors import RecipeError
from omniedit.judge.remote import BudgetConfig, EndpointConfig
from omniedit.judge.remote.endpoint import OPENAI
from omniedit.seeding import stream
from omniedit.types import Photo, Proposal, Task

TEMPLATES = "templates"
"""The name of the proposer that asks no model."""
NONE = "the photo offers no such edit"
REMOTE = "openai"
Targets = Mapping[Task, tuple[str, ...]]
"""Task -> the only targets that its specialist can make."""
Asking = Mapping[Task, Task]
"""Task that is wanted -> task that a model is asked for: itself, or for an addition a removal, to be reversed."""
WORDINGS = 4
"""Wordings of a removal that was turned into an addition."""


@dataclass(frozen=True)
class Offered:
    """A proposal for a specialist."""

    proposal: Proposal
    """What is to be done."""
    details: Mapping[str, Any]
    """Who proposed it, plain values, for the candidate's details."""


@dataclass(frozen=True)
class Offers:
    """All that was proposed for one photograph and task."""

    offered: tuple[Offered, ...] = ()
    """In the proposer's order."""
    dropped: tuple[str, ...] = ()
    """Why others were not used."""
    reason: str = ""
    """Why there are none."""
    unanswered: bool = False
    """Whether there may be some when the same is asked again."""


class Proposer(Protocol):
    """Who proposes."""

    def __call__(self, photo: Photo, task: Task, seed: int) -> Offers:
        """Edits of that task which the photograph can have; the same each time.

        Raises:
            JudgeError: Nobody can be asked at all.
        """
        ...


@dataclass(frozen=True)
class ProposalsTable:
    """The ``[proposals]`` of a recipe; all but ``by`` and ``count`` is for a model only."""

    by: str = TEMPLATES
    """Who proposes: ``templates`` or ``openai:MODEL``."""
    count: int = 1
    """Most proposals for one photograph and task; the paper asks for five (A.1.1)."""
    base_url: str = OPENAI
    """Address of the endpoint, up to and with ``/v1``."""
    max_tokens: int | None = 4096
    """Most tokens of a reply."""
    temperature: float | None = 0.0
    """Sampling temperature; ``request`` takes other fields."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request."""
    structured: bool = True
    """Whether to send the JSON schema; an endpoint that does not take it is asked without."""
    concurrency: int = 8
    """Most requests of each worker under way at a time."""
    max_calls: int | None = None
    """Most calls of each worker; what is not asked for that reason is a failed row, for ``--retry-failed``."""
    max_money: float | None = None
    """Most money of each worker, in the currency of the prices."""
    input_price: float = 0.0
    """Money per million tokens read."""
    output_price: float = 0.0
    """Money per million tokens written."""
    cache: str | None = None
    """File of the replies; the user's own if there is none here. Workers share it."""

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: There is no such proposer, or no proposal is asked for.
        """
        scheme, _, model = self.by.partition(":")
        if self.by != TEMPLATES and not (scheme == REMOTE and model):
            raise RecipeError(f"proposals: there is no proposer {self.by!r}; there are {TEMPLATES} and {REMOTE}:MODEL")
        if self.count < 1:
            raise RecipeError("proposals: count is to be 1 or more")

    @property
    def remote(self) -> bool:
        """Whether a model is asked."""
        return self.by != TEMPLATES

    def described(self, tasks: Asking) -> dict[str, Any]:
        """What the proposals depend on, as plain values."""
        if not self.remote:
            return {"by": self.by, "count": self.count}
        names = ("by", "count", "base_url", "max_tokens", "temperature", "request", "structured")
        asked = {str(task): f"{asked} {PROMPTS[asked].version}-{PROMPTS[asked].hash}" for task, asked in tasks.items()}
        return {name: getattr(self, name) for name in names} | {"prompts": asked}

    def load(self, tasks: Asking, targets: Targets) -> Proposer:
        """The proposer, connected once in a process.

        Args:
            tasks: All that will be wanted, and what a model is asked for each.
            targets: What their specialists can make.

        Raises:
            MissingExtraError, JudgeError: A model is to be asked, and cannot be.
        """
        if not self.remote:
            return Templates(self.count)
        return once(("proposer", self, tasks, targets), lambda: Remote(self._proposer(targets), tasks))

    def _proposer(self, targets: Targets) -> RemoteProposer:
        budget = BudgetConfig(self.max_calls, self.max_money, self.input_price, self.output_price)
        endpoint = EndpointConfig(
            self.by.partition(":")[2],
            self.base_url,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            extra=self.request,
            concurrency=self.concurrency,
            budget=budget,
        )
        config = ProposerConfig(endpoint, self.count, structured=self.structured, known=targets)
        return RemoteProposer(config, cache=self.cache)


@dataclass(frozen=True)
class Templates:
    """Proposes without a model."""

    count: int
    """Most proposals for one photograph and task."""

    def __call__(self, photo: Photo, task: Task, seed: int) -> Offers:
        """As many different edits as there are among ``count`` draws."""
        found: dict[str, Proposal] = {}
        with stage("proposal"):
            for turn in range(self.count):
                rng = stream(seed, photo.id, "proposal", str(task), turn)
                proposal = propose(photo, task, rng, known=embedded())
                if proposal is not None:
                    found.setdefault(proposal.id, proposal)
        offered = tuple(Offered(proposal, {"proposer": TEMPLATES}) for proposal in found.values())
        return Offers(offered, reason="" if offered else NONE)


class Remote:
    """Asks a model about a photograph for all tasks at once, since its replies take seconds."""

    def __init__(self, ask: RemoteProposer, tasks: Asking) -> None:
        """Set whom to ask, and for what."""
        self._ask, self._tasks = ask, tasks
        self._photo: Photo | None = None
        self._answers: dict[Task, Answer] = {}  # by what was asked

    def __call__(self, photo: Photo, task: Task, seed: int) -> Offers:
        """The model's proposals that passed every rule."""
        if self._photo is not photo:
            asked = list(dict.fromkeys(self._tasks.values()))
            with stage("proposal", self._ask, items=len(asked)):
                answers = self._ask.ask_many([(photo, each) for each in asked])
                self._answers = dict(zip(asked, answers, strict=True))
            self._photo = photo
        offers = _offers(self._answers[self._tasks[task]])
        if self._tasks[task] is task:
            return offers
        return replace(offers, offered=tuple(_reversed(offer, photo, seed) for offer in offers.offered))

    def close(self) -> None:
        """Close the connections and the cache."""
        self._ask.close()


def _reversed(offer: Offered, photo: Photo, seed: int) -> Offered:
    """The addition whose pair is that of a removal, source and target exchanged (A.1.3), worded by templates."""
    was = offer.proposal
    edit = Proposal(
        f"{photo.id}-{Task.ADDITION}-{was.id.rpartition('-')[2]}",
        Task.ADDITION,
        "",
        target=was.object,
        target_colour=was.colour,
        where=was.where,
        behind=was.behind,
        source_caption=was.target_caption,
        target_caption=was.source_caption,
    )
    said = phrase(edit, stream(seed, photo.id, was.id, "addition"), count=WORDINGS, known=embedded())
    first, *others = said or (f"Add {indefinite(join((was.colour, was.object)))}",)
    details = {**offer.details, "reversed": was.id}
    return Offered(replace(edit, instruction=first, phrasings=tuple(others)), details)


def _offers(answer: Answer) -> Offers:
    """What came of asking, for a build."""
    stamp = asdict(answer.stamp)
    offered = tuple(
        Offered(each.proposal, {"proposer": stamp, "description": each.description, "box": each.box})
        for each in answer.offers
    )
    dropped = tuple(f"round {each.round}, proposal {each.number}: {each.reason}" for each in answer.dropped)
    reason = f"no answer: {answer.unanswered}" if answer.unanswered else answer.reason
    return Offers(offered, dropped, reason, bool(answer.unanswered))
