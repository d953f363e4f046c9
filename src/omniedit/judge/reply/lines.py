"""Scores in plain text: ``**Success**: 8/10``, ``Score: [8, 7]``, a list alone on its line, or nothing but scores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from omniedit.judge.reply.scores import NUMBER, SCORE, WHOLE, Unread, counted, fold, in_order, labels, listed

_VALUES = rf"{SCORE}(?:(?:,\s|;\s?|\sand\s)\s?{SCORE})*"
_LIST = r"[\[(][^\[\](){}]*[\])]"
_ALONE = rf"^(?:[ \t>*_`#]|-[ \t])*(?P<alone>{_LIST}|{NUMBER}(?:\s{{0,3}}/\s{{0,3}}|\sout\sof\s){NUMBER})[ \t*_`.]*$"
_NOTHING_ELSE = re.compile(_VALUES)
_VALUE = re.compile(rf"({_LIST}|{_VALUES})(.*)", re.DOTALL)
_REMARK = re.compile(r"""["'”’*_`\s]*(?:$|[.,;:!)|\]}(–—]|(?<=\s)-\s)[^0-9]*""")
_LETTER = re.compile(r"[^\W\d_]")

_FITTING = {"", "the", "a", "my", "final", "and", "for", "edit", "editing"}
_OVERALL = {"overall", "average", "mean", "total", "combined", "weighted"}


@dataclass(frozen=True)
class _Mark:
    """A label with what follows it up to the next mark or the line's end."""

    index: int
    text: str
    fits: bool = True


def read_lines(text: str, names: tuple[str, ...]) -> list[object] | None:
    """The last verdict of a text without objects, in the order of ``names``, or None where there is none.

    Names may stand in any order; a name that comes again begins a new verdict.

    Raises:
        Unread: The last verdict says too little or too much, or what its labels name is no score.
    """
    group: list[_Mark] = []
    for mark in _marks(text, names):
        if any(WHOLE in (mark.index, other.index) or mark.index == other.index for other in group):
            group = []
        group.append(mark)
    if not group:
        return None
    if group[0].index == WHOLE:
        return counted(list(_values(group[0])), names)
    return in_order([(mark.index, counted(list(_values(mark)), (names[mark.index],))[0]) for mark in group], names)


def read_bare(text: str, names: tuple[str, ...]) -> list[object] | None:
    """The scores of a text that is nothing else, ``8/10`` or ``8, 7``; None where it is more.

    Raises:
        Unread: They are not as many as ``names``.
    """
    bare = text.lstrip(" \t\r\n*_`").rstrip(" \t\r\n*_`.")
    return counted(list(listed(bare)), names) if _NOTHING_ELSE.fullmatch(bare) else None


def mentions(text: str, names: tuple[str, ...]) -> bool:
    """Whether anything in ``text`` looks like a verdict, readable or not."""
    return next(_marks(text, names), None) is not None


def _marks(text: str, names: tuple[str, ...]) -> Iterator[_Mark]:
    """Everything in ``text`` that looks like a score under a label of ``names``, in order."""
    matches = [match for match in _pattern(names).finditer(text) if _counts(match, text, len(names))]
    starts = [*(match.start() for match in matches), len(text)]
    for match, end in zip(matches, starts[1:], strict=True):
        if match["alone"]:
            yield _Mark(WHOLE, match["alone"])
            continue
        index = labels(names).get(fold(match["label"]), WHOLE)
        before = (match["before"] or "").lower()
        yield _Mark(index, text[match.end() : end], before in _FITTING or (len(names) == 1 and before in _OVERALL))


def _counts(match: re.Match[str], text: str, asked: int) -> bool:
    """Whether a match is one that counts: a remark behind a criterion's name does not, nor does an overall score."""
    if match["alone"]:
        return not _LETTER.search(match["alone"].replace("out of", ""))
    if asked > 1 and (match["before"] or "").lower() in _OVERALL:
        return False
    value = text[match.end() : match.end() + 2]
    whole = fold(match["label"]).startswith(("score", "rating"))
    return bool(value.strip(" \t\r\n")) if whole else bool(re.match(r"[-+.]?[0-9]|[\[(]", value))


def _values(mark: _Mark) -> list[str]:
    """The scores of a mark.

    Raises:
        Unread: They are not plainly scores of what was asked.
    """
    match = _VALUE.match(mark.text)
    rest = match[2].split("\n", 1)[0] if match else ""
    if match is None or not mark.fits or not _REMARK.fullmatch(rest):
        line = " ".join(mark.text.split("\n", 1)[0].split())
        raise Unread(f'"{line[:60]}" is not plainly a score')
    return listed(match[1])


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """A list or a score of its scale alone on a line, or a label, a separator, and what stands before them."""
    words = [r"[\W_]{0,2}".join(map(re.escape, re.split(r"[\W_]+", name))) for name in names]
    named = re.sub("art[ei]fact", "art[ei]fact", "|".join(words), flags=re.IGNORECASE)
    label = rf"(?:{named})(?:[ _-]?(?:score|rating))?|(?:scores?|ratings?)(?:[ _]?[1-9])?"
    before = r"(?:(?P<before>[^\W\d_]{1,20})[ \t_]{1,3})??(?<![^\W_])"
    separator = r"""["'”’*_`) \t]{0,6}[:=|]["'“‘*_` \t]{0,6}"""
    return re.compile(rf"{_ALONE}|{before}(?P<label>{label}){separator}", re.MULTILINE | re.IGNORECASE)
