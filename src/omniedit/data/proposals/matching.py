"""Sentence patterns against a text: every pattern that matches is read, the reading that fits best is returned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from omniedit.data.proposals.grammar import SHADES
from omniedit.data.proposals.patterns import CUES, PATTERNS
from omniedit.data.proposals.reading import Read, Reader
from omniedit.types import Task

_TOKEN = re.compile(r"@(?P<cue>\w+)|<(?P<slot>\w+)>|(?P<word>[\w']+)|(?P<sign>[\[\]()|])")
_SIGNS = {"[": "(?:", "(": "(?:", "]": ")?", ")": ")", "|": "|"}
_PHRASE = r"(?:\S+ )+?"
_NOUN = rf"(?!(?:in|out|away|off|up|with|for|by) ){_PHRASE}"
_COLOUR = r"\S+ (?:(?:colour|color|one|shade) )?"
_SLOTS = {
    "object": _NOUN,
    "thing": _NOUN,
    "new": _NOUN,
    "the": rf"(?:the|my|this|these|those|that|our|his|her|both) {_PHRASE}",
    "a": rf"(?:a|an|some|another|one) {_PHRASE}",
    "colour": rf"(?:an? )?{_COLOUR}",
    "shaded_colour": rf"(?:(?:{'|'.join(sorted(SHADES))}) )+{_COLOUR}",
    "coloured_part": r"(?:an? |some )?\S+ \S+ ",
}
"""Slot -> what it may capture; the others capture any words."""
_SLOT_WORD = 0.01
"""Cost of each captured word: of two readings that fit, the one whose pattern explains more words wins."""


@dataclass(frozen=True)
class Pattern:
    """A sentence pattern, ready to match."""

    task: Task | None
    """Its task; None where the words of the slot decide."""
    regex: re.Pattern[str]
    """Its groups are the slots. Every word of the text ends in a space."""
    strict: bool
    """Whether it only counts if every slot is known and no word ignored."""


@lru_cache(maxsize=1)
def patterns() -> tuple[Pattern, ...]:
    """All patterns, in the order that breaks ties; a colour is tried without and with shades ("traffic light red")."""
    lines = [(task, line.strip()) for task, text in PATTERNS.items() for line in text.strip().splitlines()]
    lines += [(task, line.replace("<colour>", "<shaded_colour>")) for task, line in lines if "<colour>" in line]
    return tuple(Pattern(task, re.compile(_regex(line)), line.startswith("!")) for task, line in lines)


@lru_cache(maxsize=1)
def pattern_words() -> frozenset[str]:
    """Every plain word that the patterns listen for."""
    texts = [*CUES.values(), *PATTERNS.values()]
    return frozenset(match["word"] for text in texts for match in _TOKEN.finditer(text) if match["word"])


def best_reading(text: str, reader: Reader) -> Read | None:
    """The reading of ``text`` with the lowest cost, None if no pattern matches."""
    return min(_readings(text, reader), key=lambda read: read.cost, default=None)


def _readings(text: str, reader: Reader) -> Iterator[Read]:
    for pattern in patterns():
        match = pattern.regex.fullmatch(text)
        read = _read(match, pattern, reader) if match else None
        if read and not (pattern.strict and (read.unknown or read.ignored)):
            yield read


def _read(match: re.Match[str], pattern: Pattern, reader: Reader) -> Read:
    captured = {slot: text for slot, text in match.groupdict().items() if text}
    slots = [reader.read(slot, text) for slot, text in captured.items()]
    read = Read(
        fields={name: value for slot in slots for name, value in slot.fields.items()},
        unknown=tuple(name for slot in slots for name in slot.unknown),
        ignored=tuple(word for slot in slots for word in slot.ignored),
        cost=sum(slot.cost for slot in slots) + _SLOT_WORD * sum(len(text.split()) for text in captured.values()),
        task=pattern.task or next(slot.task for slot in slots if slot.task),
    )
    return _recolouring(read) if read.task is Task.SWAP else read


def _recolouring(read: Read) -> Read:
    """Change the blue car to a red car: that swaps nothing, it is an attribute edit."""
    fields = dict(read.fields)
    if fields["object"] != fields["target"] or not fields["target_colour"]:
        return read
    fields["target"] = fields.pop("target_colour")
    unknown = tuple(name for name in read.unknown if name != "target")
    return replace(read, fields=fields, unknown=unknown, task=Task.ATTRIBUTE)


def _regex(line: str) -> str:
    return "".join(_piece(match) for match in _TOKEN.finditer(line))


def _piece(match: re.Match[str]) -> str:
    """One token as a regular expression; a cue's longest wordings come first, lest "bring in" be read as "bring"."""
    if match["cue"]:
        return f"(?:{_regex('|'.join(sorted(CUES[match['cue']].split('|'), key=len, reverse=True)))})"
    if match["slot"]:
        return f"(?P<{match['slot']}>{_SLOTS.get(match['slot'], _PHRASE)})"
    return f"{re.escape(match['word'])} " if match["word"] else _SIGNS[match["sign"]]
