"""Scores: which labels name them, and which values are one. Whatever is not exactly that raises ``Unread``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

WHOLE = -1
"""Index of a label that stands for all scores together, for example ``"score"``."""

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if code not in (0xFF02, 0xFF07)}
"""Full-width digits, letters and punctuation (but no quotes) to ASCII, for ``str.translate``: one for one."""

NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
"""A decimal number, in ASCII."""
SCORE = rf"{NUMBER}(?:\s{{0,3}}/\s{{0,3}}{NUMBER}|\s{{1,3}}out\s{{1,3}}of\s{{1,3}}{NUMBER})?"
"""A number, or one with the scale it is meant on: ``8``, ``8.5/10``, ``8 out of 10``."""
_PARTS = re.compile(rf"({NUMBER})(?:(?:\s*/\s*|\s+out\s+of\s+)({NUMBER}))?")
_LISTED = re.compile(r"[\[(]([^\[\](){}]*)[\])]")


class Unread(Exception):  # noqa: N818 - it is no error of anyone's: a reply may be unreadable
    """A verdict that cannot be read without guessing; says why."""


def number(value: object, scale: float) -> float:
    """One score on 0..10, as it stands on 0..``scale``.

    Args:
        value: A string of digits, where it came from JSON or text; anything else is no number.
        scale: Best score that was asked for.

    Raises:
        Unread: It is not one number, or not one on the scale.
    """
    parts = _PARTS.fullmatch(value.translate(WIDE).strip()) if isinstance(value, str) else None
    if parts is None:
        raise Unread(f"{_short(value)} is not one number")
    if parts[2] and float(parts[2]) != scale:
        raise Unread(f"{_short(value)} is on another scale than 0 to {scale:g}")
    if not 0 <= float(parts[1]) <= scale:
        raise Unread(f"{parts[1]} is outside 0 to {scale:g}")
    return abs(float(parts[1])) if scale == 10 else abs(float(parts[1])) * 10 / scale


def listed(text: str) -> list[str]:
    """The items of ``[8,7]``, ``(8, 7)``, ``8, 7`` or ``8 and 7``; ``8,7`` without brackets is one item."""
    brackets = _LISTED.fullmatch(text.strip())
    if brackets:
        return [item.strip(" \t\r\n\"'`*") for item in brackets[1].strip().removesuffix(",").split(",")]
    return [item.strip(" \t\"'`*") for item in re.split(r",\s|;|\sand\s", text)]


@lru_cache(maxsize=64)
def labels(names: tuple[str, ...]) -> Mapping[str, int]:
    """Folded label -> index of its criterion, or ``WHOLE``: for success ``success``, ``success score``, ``score 1``."""
    whole = ("score", "scores", "rating", "ratings", "final score", "final scores")
    found = {fold(label): WHOLE for label in (*whole, *(("overall score",) if len(names) == 1 else ()))}
    for index, name in enumerate(names):
        forms = (name, f"{name} score", f"{name} rating", f"score {name}", f"editing {name}", f"score {index + 1}")
        found |= {fold(form): index for form in forms}
    return found


def fold(label: str) -> str:
    """A label without case, punctuation and the two spellings of artefact."""
    return "".join(filter(str.isalnum, label.translate(WIDE).lower())).replace("artifact", "artefact")


def verdict_in(data: object, names: tuple[str, ...]) -> list[object] | None:
    """The scores that a parsed object gives, in the order of ``names``, or None where it is no verdict.

    An object that has neither a score nor a criterion is looked through for one that has.

    Raises:
        Unread: It is a verdict, but says too little, too much, or two things.
    """
    if not isinstance(data, Mapping):
        return None
    known = labels(names)
    given = [(known[fold(key)], value) for key, value in data.items() if fold(key) in known]
    whole = [value for index, value in given if index == WHOLE]
    named = [(index, value) for index, value in given if index != WHOLE]
    if whole and any(_like_score(value) for _, value in named):
        raise Unread("the scores are given in two ways")
    if whole:
        return _whole(only(whole), names)
    return in_order(named, names) if named else _nested(data, names)


def in_order(named: Sequence[tuple[int, object]], names: tuple[str, ...]) -> list[object]:
    """Values by criterion -> one value for each of ``names``, in their order.

    Raises:
        Unread: A criterion has none, or several.
    """
    ordered = []
    for index, name in enumerate(names):
        values = [value for of, value in named if of == index]
        if len(values) > 1:
            values = [value for value in values if _like_score(value)]
        if len(values) != 1:
            raise Unread(f"there are {len(values)} scores for {name}" if values else f"there is no score for {name}")
        ordered.append(_single(values[0]))
    return ordered


def counted(values: list[object], names: tuple[str, ...]) -> list[object]:
    """``values``, if there are as many as ``names``.

    Raises:
        Unread: There are not.
    """
    if len(values) != len(names):
        raise Unread(f"{len(values)} score(s) where {len(names)} were asked: {', '.join(names)}")
    return values


def only(values: list[object]) -> object:
    """The one of ``values``.

    Raises:
        Unread: There are several.
    """
    if len(values) != 1:
        raise Unread("the scores are given twice")
    return values[0]


def _whole(value: object, names: tuple[str, ...]) -> list[object]:
    """What stands under "score": a list, an object by criterion, a list in a string, or one score."""
    if isinstance(value, Mapping):
        inner = verdict_in(value, names)
        return inner if inner is not None else counted([], names)
    if isinstance(value, str):
        return counted(list(listed(value)), names)
    return counted(list(value) if isinstance(value, list) else [value], names)


def _single(value: object) -> object:
    """The score of one criterion, which may be an object with a score and its reason."""
    if not isinstance(value, Mapping):
        return value
    return only([inner for key, inner in value.items() if fold(key) in ("score", "rating", "value")])


def _like_score(value: object) -> bool:
    """Whether a criterion's value is meant as a score, not as a remark on it."""
    if isinstance(value, str):
        return _PARTS.fullmatch(value.strip()) is not None
    if isinstance(value, Mapping):
        return any(map(_like_score, value.values()))
    return any(map(_like_score, value)) if isinstance(value, list) else value is not None


def _nested(data: Mapping[str, object], names: tuple[str, ...]) -> list[object] | None:
    """The verdict of the only inner object that is one."""
    found = [inner for item in _objects(data) for inner in [verdict_in(item, names)] if inner is not None]
    if len(found) > 1:
        raise Unread("one object holds several verdicts")
    return found[0] if found else None


def _objects(data: Mapping[str, object]) -> Iterator[object]:
    """The inner objects, also those in lists."""
    for value in data.values():
        yield from value if isinstance(value, list) else (value,)


def _short(value: object) -> str:
    """A value for a message."""
    text = value if isinstance(value, str) else "no value" if value is None else str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
