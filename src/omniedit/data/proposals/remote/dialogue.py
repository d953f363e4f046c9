"""One photo and one task: what is asked, what was answered, what is sent back once, and what is left in the end.

    question -> reply -> drafts -> faults -> repair (once) -> reply -> drafts -> faults -> Answer

It knows no network: it says what to send next, and is told the reply. What was answered decides what is asked, so the
same replies, bought or from the cache, give the same answer.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

from omniedit.data.proposals.remote.drafts import Box, Draft, answers, read, shown
from omniedit.data.proposals.remote.prompts import REPAIR, Prompt, response_format, words_of
from omniedit.data.proposals.remote.rules import faults, folded
from omniedit.data.proposals.remote.wordings import worded
from omniedit.judge.remote.cache import Reply
from omniedit.judge.remote.endpoint import EndpointConfig, trouble
from omniedit.judge.remote.pictures import SentPicture
from omniedit.judge.reply.scores import Unread
from omniedit.types import Photo, Proposal, Task

MOST_CALLS = 2
"""Calls for one photo and task: the question, and its repair."""
QUOTED = 12_000
"""Most characters of a reply that are sent back for repair."""
NONE_OFFERED = "the photo offers no such edit"


@dataclass(frozen=True)
class Stamp:
    """Whose words a proposal is made of."""

    model: str
    """``"openai:"`` and the name that the model was asked by."""
    prompt: str
    """Version of the prompt."""
    hash: str
    """Hash of the prompt, ``Prompt.hash``."""

    def __str__(self) -> str:
        """In one line, for a column."""
        return f"{self.model} {self.prompt}-{self.hash}"


@dataclass(frozen=True)
class Offer:
    """A proposal that passed every rule."""

    proposal: Proposal
    """The proposal."""
    stamp: Stamp
    """Who made it, and what was asked."""
    description: str = ""
    """The edited thing told apart in a few words, for a grounding that reads sentences."""
    box: Box | None = None
    """Where the model sees it: ``(left, top, right, bottom)`` in pixels of the photo. A hint, not a mask."""
    unused: tuple[str, ...] = ()
    """Why some of its wordings were left out."""


@dataclass(frozen=True)
class Dropped:
    """What a model proposed and no specialist will see."""

    round: int
    """1 for the first reply (it was sent back once), 2 for the repair."""
    number: int
    """Its place in the reply, from 1 on; 0 for the whole reply."""
    reason: str
    """The rules it breaks."""
    said: str
    """What it said, cut short."""


@dataclass(frozen=True)
class Answer:
    """All that came of asking for edits of one photo and one task."""

    photo_id: str
    """The photo."""
    task: Task
    """The task."""
    stamp: Stamp
    """Who was asked, and what."""
    offers: tuple[Offer, ...] = ()
    """The proposals, in the model's order."""
    dropped: tuple[Dropped, ...] = ()
    """What was left out, and why."""
    unanswered: str = ""
    """Why nobody answered: the budget, the network. Ask again; empty where there was an answer."""
    refused: str = ""
    """Why the answer says nothing: a refusal, or too few tokens; empty otherwise."""
    transcript: str = ""
    """All that was said, verbatim."""

    @property
    def reason(self) -> str:
        """Why there are no proposals; empty where there are."""
        if self.offers:
            return ""
        return self.unanswered or self.refused or (self.dropped[-1].reason if self.dropped else NONE_OFFERED)


@dataclass(frozen=True)
class Ask:
    """One chat completion."""

    key: str
    """SHA-256 over all that could change the reply."""
    texts: tuple[str, ...]
    """The question and what was said since, the model's words and ours in turn."""


@dataclass(frozen=True)
class _Good:
    """A draft that breaks no rule, where it stood, its good wordings, and why others are left out."""

    round: int
    number: int
    draft: Draft
    wordings: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(eq=False)
class Dialogue:
    """The conversation about one photo and one task."""

    photo: Photo
    """The photo."""
    prompt: Prompt
    """What is asked for its task."""
    config: EndpointConfig
    """Whom to ask, and how."""
    count: int = 5
    """Most proposals."""
    known: tuple[str, ...] = ()
    """The only targets that the tools can make; empty for any."""
    structured: bool = True
    """Whether to send a schema."""
    repair: bool = True
    """Whether what cannot be used is sent back once."""
    replies: list[Reply] = field(default_factory=list)
    """What was answered so far."""

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        self._drafts: list[_Good] = []
        self._dropped: list[Dropped] = []
        self._refused = ""
        self._picture = SentPicture(self.photo.image, self.config.pictures)

    @property
    def calls_left(self) -> int:
        """Most calls that may still be made."""
        return 0 if self.ask() is None else (MOST_CALLS if self.repair else 1) - len(self.replies)

    def ask(self) -> Ask | None:
        """What to send next; None at the end."""
        if not self.replies:
            return self._ask(self._question)
        if not self.repair or len(self.replies) >= MOST_CALLS or self._refused or not self._to_mend:
            return None
        said = self.replies[0].text[:QUOTED] or "(nothing)"
        return self._ask(self._question, said, self._repair)

    def add(self, reply: Reply) -> None:
        """Read the reply to what `ask` gave."""
        self.replies.append(reply)
        nothing = trouble(reply) if reply.refusal or reply.finish == "content_filter" else ""
        if nothing:
            self._refused = nothing
            return
        try:
            found = answers(reply.text, self.photo.caption)
        except Unread as reason:
            cut = "; the reply was cut off: raise max_tokens" if reply.finish == "length" else ""
            self._drop(0, f"{reason}{cut}", reply.text[:QUOTED])
            return
        for number, data in enumerate(found, 1):
            self._take(number, data)

    def answer(self, stamp: Stamp, unanswered: str = "") -> Answer:
        """What came of it."""
        offers: dict[str, Offer] = {}
        dropped = list(self._dropped)
        for good in self._drafts:
            key = _key(good.draft.proposal)
            if key in offers or len(offers) >= self.count:
                reason = "it is the same edit as another" if key in offers else f"more than {self.count} were proposed"
                dropped.append(Dropped(good.round, good.number, reason, good.wordings[0]))
                continue
            proposal = _named(good.draft.proposal, self.photo.id, good.wordings, stamp)
            offers[key] = Offer(proposal, stamp, good.draft.description, good.draft.box, good.unused)
        said = "\n\n".join(f"[{round}]\n{reply.text or reply.refusal}" for round, reply in enumerate(self.replies, 1))
        refused = "" if unanswered else self._refused
        return Answer(
            self.photo.id, self.prompt.task, stamp, tuple(offers.values()), tuple(dropped), unanswered, refused, said
        )

    # What is read -----------------------------------------------------------------------------------------------------

    def _take(self, number: int, data: object) -> None:
        """Keep one proposal as a draft, or drop it with its faults."""
        try:
            draft = _with_known_target(read(data, self.prompt, self._scale), self.known)
        except Unread as reason:
            self._drop(number, str(reason), shown(data))
            return
        broken = faults(draft, self.photo.size, self.known)
        wordings, unused = worded(draft)
        if not wordings:
            broken.append("it has no wording that can be used" + (f" ({'; '.join(unused)})" if unused else ""))
        if broken:
            self._drop(number, "; ".join(broken), shown(data))
        else:
            self._drafts.append(_Good(len(self.replies), number, draft, wordings, unused))

    def _drop(self, number: int, reason: str, said: str) -> None:
        self._dropped.append(Dropped(len(self.replies), number, reason, said))

    @property
    def _to_mend(self) -> list[Dropped]:
        """The faults of the first reply that would make room for a proposal."""
        return self._dropped[: max(0, self.count - len(self._drafts))]

    # What is sent -----------------------------------------------------------------------------------------------------

    @property
    def _scale(self) -> float:
        """Pixels of the photo for each of the picture that is sent."""
        return self.photo.size[0] / self._sent_size[0]

    @property
    def _sent_size(self) -> tuple[int, int]:
        width, height = self.photo.size
        share = min(1.0, self.config.pictures.max_side / max(width, height))
        return max(1, round(width * share)), max(1, round(height * share))

    @property
    def _question(self) -> str:
        return words_of(self.prompt, self._sent_size, self.photo.caption, self.count, self.known)

    @property
    def _repair(self) -> str:
        lines = [f"- {f'proposal {each.number}' if each.number else 'all'}: {each.reason}" for each in self._to_mend]
        what = "all of it" if not self._to_mend[0].number else "these proposals"
        return REPAIR.format(faults="\n".join(lines), what=what)

    def _ask(self, *said: str) -> Ask:
        """The request for a question and what was said since, the model's words and ours in turn."""
        texts = tuple(text.encode("utf-8", "replace").decode() for text in said)
        parts = {
            "url": self.config.base_url.rstrip("/"),
            "parameters": self.config.parameters(),
            "encoding": str(self.config.pictures),
            "picture": self._picture.hash,
            "texts": texts,
            **self._form,
        }
        return Ask(hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(), texts)

    def bodies(self, ask: Ask) -> tuple[dict[str, Any], ...]:
        """The chat completion with the schema, if one is to be sent, and without."""
        question, *said = ask.texts
        first = {"role": "user", "content": [self._picture.part, {"type": "text", "text": question}]}
        later = [{"role": ("assistant", "user")[index % 2], "content": text} for index, text in enumerate(said)]
        plain = {**self.config.parameters(), "messages": [first, *later]}
        return ({**plain, **self._form}, plain) if self._form else (plain,)

    @property
    def _form(self) -> dict[str, Any]:
        """The schema as a field of the request, if one is to be sent."""
        return {"response_format": response_format(self.prompt, self.known)} if self.structured else {}


def _key(edit: Proposal) -> str:
    """What makes two proposals the same edit."""
    names = (edit.object, edit.colour, edit.part, edit.target, edit.target_colour, edit.where)
    return "\x1f".join(map(folded, names))


def _named(edit: Proposal, photo: str, wordings: tuple[str, ...], stamp: Stamp) -> Proposal:
    """The proposal with its instructions, and an id that follows from the photo, the words and who wrote them."""
    digest = hashlib.sha256("\n".join((photo, str(stamp), *wordings)).encode("utf-8", "replace")).hexdigest()[:8]
    first, *others = wordings
    return replace(edit, id=f"{photo}-{edit.task}-{digest}", instruction=first, phrasings=tuple(others))


def _with_known_target(draft: Draft, known: tuple[str, ...]) -> Draft:
    """A draft whose target is written as the tools write it, if it is one of theirs."""
    target = next((name for name in known if folded(name) == folded(draft.proposal.target)), draft.proposal.target)
    return replace(draft, proposal=replace(draft.proposal, target=target))
