"""A reply -> ``Reading``: drop the thinking, find the last verdict, read its scores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from omniedit.judge.reply.blocks import Block, blocks, parse
from omniedit.judge.reply.lines import mentions, read_bare, read_lines
from omniedit.judge.reply.scores import WIDE, Unread, fold, labels, number, verdict_in

MAX_LENGTH = 200_000
"""Characters of a reply, beyond which it is not read."""

_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_THINKS = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_DECLINES = re.compile(
    r"\b(?:sorry|apologi[sz]e|(?:cannot|can['’]?t|can not|unable to|not able to|won['’]t)\s(?:\w+\s){0,3}?"
    r"(?:assist|help|comply|evaluate|judge|view|see|process|provide|rate|score|continue|identify))\b",
    re.IGNORECASE,
)
_REASONS = {"reasoning", "reason", "reasons", "rationale", "explanation", "justification", "analysis", "comment"}


@dataclass(frozen=True)
class Reading:
    """What could be read from one reply."""

    scores: tuple[float, ...]
    """One for each criterion that was asked, on 0..10; empty when unread."""
    reasoning: str
    """Why, in the judge's words; empty when unread or where it gave no reason."""
    unread: str
    """Why nothing could be read without guessing; empty when read."""


def read_reply(text: str, *, names: tuple[str, ...], scale: float = 10.0, quoted: str = "") -> Reading:
    """The scores of a judge's reply. Raises nothing, whatever the text.

    Args:
        text: What the judge answered.
        names: The criteria it was asked for, in their order.
        scale: The best score that it was asked for; scores come back on 0..10.
        quoted: The instruction that it was shown. Where that would itself be read as a verdict, the places that repeat
            it are no word of the judge.
    """
    try:
        answer = answer_of(text)
        if quoted and quoted in answer and not read_reply(quoted, names=names, scale=scale).unread:
            answer = answer.replace(quoted, " ")
        values, reasoning = _last_verdict(answer, names)
        return Reading(tuple(number(value, scale) for value in values), reasoning, "")
    except Unread as reason:
        return Reading((), "", str(reason))


def answer_of(text: str) -> str:
    """The reply behind its thinking, which ends at the last ``</think>``, with or without a tag that opens it.

    Raises:
        Unread: There is none, it is too long, or the thinking never ended.
    """
    if len(text) > MAX_LENGTH:
        raise Unread(f"the reply has {len(text):,} characters; at most {MAX_LENGTH:,} are read")
    answer = _THOUGHT.split(text)[-1]
    if _THINKS.search(answer):
        raise Unread("the reply ends before the judge has done thinking")
    if not answer.strip():
        raise Unread("the reply is empty")
    return answer


def _last_verdict(answer: str, names: tuple[str, ...]) -> tuple[list[object], str]:
    """The values of the last verdict in ``answer``, one for each of ``names``, and the reasoning.

    Raises:
        Unread: There is no verdict, or the last one is not readable.
    """
    text = answer.translate(WIDE)
    objects = blocks(text)
    if not objects and (bare := read_bare(text, names)):
        return bare, ""
    last, behind = _last_object(objects, answer, text, names)
    later = read_lines(behind, names)
    if later is not None:
        return later, answer.strip()
    if last is None:
        raise Unread("the judge declined" if _DECLINES.search(answer) else "the reply holds no verdict")
    if isinstance(last.values, Unread):
        raise last.values
    return last.values, _reasoning(last.data) or _around(answer, last.block)


@dataclass(frozen=True)
class _Object:
    """An object that is a verdict, with its values or the reason why they cannot be read."""

    block: Block
    data: object
    values: list[object] | Unread


def _last_object(objects: list[Block], answer: str, text: str, names: tuple[str, ...]) -> tuple[_Object | None, str]:
    """The last of ``objects`` that is a verdict, and the text behind it (or all text) without other objects."""
    behind: list[str] = []
    end = len(text)
    for block in reversed(objects):
        behind.append(text[block.end : end])
        end = block.start
        data = parse(block, answer)
        values = _values(block, data, text, names)
        if values is not None:
            return _Object(block, data, values), " ".join(reversed(behind))
    return None, " ".join((text[:end], *reversed(behind)))


def _values(block: Block, data: object, text: str, names: tuple[str, ...]) -> list[object] | Unread | None:
    """The values of an object, the reason why they cannot be read, or None where it is no verdict at all."""
    try:
        values = verdict_in(data, names)
    except Unread as reason:
        return reason
    if not block.whole:
        plain = values is not None and _ends_plainly(block, data, labels(names), names)
        return values if plain else Unread("the last object is cut off")
    raw = text[block.start : block.end]
    if data is None and (mentions(raw, names) or any(map(str.isdigit, raw))):
        return Unread("the last object is not JSON or like it")
    return values


def _ends_plainly(block: Block, data: object, known: Mapping[str, int], names: tuple[str, ...]) -> bool:
    """Whether an object that is cut off holds only strings besides its scores, and ends in nothing like a verdict."""
    begun = fold(block.rest.partition(":")[0]) in known or mentions(block.rest, names)
    return not begun and _plain(data, known)


def _plain(data: object, known: Mapping[str, int]) -> bool:
    """Whether all of an object's lists and objects stand under ``known`` labels."""
    return not isinstance(data, Mapping) or all(
        not isinstance(value, (Mapping, list)) or (fold(key) in known and _plain(value, known))
        for key, value in data.items()
    )


def _reasoning(data: object) -> str:
    """The reasons that a parsed object gives, also for single criteria, a line each."""
    return "\n".join(reason for reason in _reasons(data) if reason)


def _reasons(data: object) -> Iterator[str]:
    """Each reason in ``data`` and the objects in it."""
    for key, value in data.items() if isinstance(data, Mapping) else ():
        if fold(key) in _REASONS:
            yield value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        else:
            yield from _reasons(value)


def _around(answer: str, block: Block) -> str:
    """The text around an object that gives no reason itself."""
    parts = (answer[: block.start], answer[block.end :])
    return "\n".join(part for part in (re.sub(r"```\w*", "", part).strip() for part in parts) if part)
