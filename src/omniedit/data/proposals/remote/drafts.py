"""A reply -> drafts: the last answer in it, each entry of the right type, and nothing that was not asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from omniedit.data.proposals.remote.prompts import WORDINGS, Prompt
from omniedit.judge.reply.blocks import blocks, parse
from omniedit.judge.reply.reading import answer_of
from omniedit.judge.reply.scores import Unread
from omniedit.types import Proposal

MAX_TEXT = 400
"""Most characters of one entry."""
MAX_OBJECTS = 200
"""Most objects of a reply that are looked at."""
SHOWN = 300
"""Most characters of an unusable proposal that are kept beside its reason; the transcript has all."""
_KEY = "proposals"
_NOTHING = frozenset({"none", "null", "n/a", "-", "empty", "any"})

Box = tuple[float, float, float, float]
"""``(left, top, right, bottom)`` in pixels of the photo."""


@dataclass(frozen=True)
class Draft:
    """A proposal as a model made it: of the right form, but not checked yet."""

    proposal: Proposal
    """Task, arguments and captions; no id and no instruction."""
    description: str = ""
    """The edited thing told apart, in the model's words."""
    box: Box | None = None
    """Where the model sees it, in pixels of the photo; None where it does not say."""
    wordings: Mapping[str, str] = field(default_factory=dict)
    """What people would write, by the keys of ``WORDINGS``."""


def answers(text: str, quoted: str = "") -> list[object]:
    """The proposals that a reply holds, unread, none where it says that there are none.

    The last list of proposals counts. Without one, all objects that look like a proposal are taken.

    Args:
        text: What the model said.
        quoted: What it was shown of others. Where that holds an object itself, the places that repeat it are no word
            of the model.

    Raises:
        Unread: There are none, or it cannot be told which.
    """
    answer = answer_of(text)
    if quoted and "{" in quoted:
        answer = answer.replace(quoted, " ")
    found = [(block, parse(block, answer)) for block in blocks(answer)[-MAX_OBJECTS:]]
    for block, data in reversed(found):
        listed = _listed(data)
        if listed is not None:
            return listed
        if data is None and _KEY in answer[block.start : block.end]:
            raise Unread("the last object is not JSON or like it")
    alone: list[object] = [data for _, data in found if isinstance(data, Mapping) and _like_a_proposal(data)]
    if not alone:
        raise Unread("the reply holds no proposals")
    return alone


def _listed(data: object, depth: int = 0) -> list[object] | None:
    """What stands under "proposals" in an object or an object within it, as a list."""
    if not isinstance(data, Mapping) or depth > 3:
        return None
    for key, value in data.items():
        if _folded(key) == _KEY:
            if isinstance(value, list):
                return value
            return list(value.values()) if isinstance(value, Mapping) and not _like_a_proposal(value) else [value]
    nested = [found for value in data.values() if (found := _listed(value, depth + 1)) is not None]
    return nested[-1] if nested else None


def _like_a_proposal(data: Mapping[str, object]) -> bool:
    return bool({_folded(key) for key in data} & {"wordings", "target_caption"})


def read(data: object, prompt: Prompt, scale: float = 1.0) -> Draft:
    """One proposal as a draft; keys that were not asked for are left out.

    Args:
        data: An object, as it was parsed.
        prompt: What was asked.
        scale: Pixels of the photo for each of the picture that the model saw.

    Raises:
        Unread: An entry is missing, too long, or of another type; says which.
    """
    if not isinstance(data, Mapping):
        raise Unread("it is no object")
    entries = {_folded(key): value for key, value in data.items()}
    words: dict[str, Any] = {each.name: _text(entries, each.name, each.needed) for each in prompt.fields}
    description = words.pop("description", "")
    words |= {name: _text(entries, name) for name in ("source_caption", "target_caption")}
    wordings = entries.get("wordings")
    if not isinstance(wordings, Mapping):
        raise Unread("its wordings are no object")
    said = {_folded(key): value for key, value in wordings.items()}
    return Draft(
        proposal=Proposal("", prompt.task, "", **words),
        description=description,
        box=_box(entries.get("box"), scale) if prompt.located else None,
        wordings={name: text for name in WORDINGS if (text := _text(said, name, False))},
    )


def shown(data: object) -> str:
    """An unusable proposal, cut short, for the record and for people."""
    return json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()[:SHOWN]


def _text(entries: Mapping[str, object], name: str, needed: bool = True) -> str:
    """One entry with single spaces; words that mean nothing are nothing where that is allowed."""
    value = entries.get(name)
    if value is None and needed:
        raise Unread(f"its {name} is missing")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unread(f"its {name} is no text")
    if len(value) > MAX_TEXT:
        raise Unread(f"its {name} has {len(value):,} characters; at most {MAX_TEXT} are read")
    text = " ".join(value.split())
    return "" if not needed and text.casefold() in _NOTHING else text


def _box(value: object, scale: float) -> Box | None:
    """Four numbers, or None where there are none."""
    if value is None or value in ("", []) or (isinstance(value, str) and value.casefold() in _NOTHING):
        return None
    numbers = list(_numbers(value))
    if len(numbers) != 4:
        raise Unread("its box is not four numbers")
    left, top, right, bottom = (number * scale for number in numbers)
    return left, top, right, bottom


def _numbers(value: object) -> Iterator[float]:
    """The numbers of a list, which come as strings of their digits."""
    for item in value if isinstance(value, list) else ():
        try:
            yield float(item) if isinstance(item, str) and len(item) < 20 else float("nan")
        except ValueError:
            raise Unread("its box is not four numbers") from None


def _folded(key: object) -> str:
    """A key without case, hyphens and spaces."""
    return "_".join(str(key).casefold().replace("-", " ").replace("_", " ").split())
