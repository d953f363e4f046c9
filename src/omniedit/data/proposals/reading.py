"""Reading one slot of a sentence: which object, colour, part, backdrop, environment or style its words name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from omniedit.data.proposals.grammar import FILLERS, PRONOUNS, RELATIONS, SHADES, after_determiners, singulars
from omniedit.data.proposals.lexicon import Concept, Vocabulary
from omniedit.types import Task

IGNORED_WORD = 0.25
UNKNOWN_OBJECT = 1.0
UNKNOWN_TARGET = 2.0
UNKNOWN_CHOICE = 3.0
"""Costs: an object may be marked with a mask; a colour, backdrop, environment or style has to be one that is known."""

_WORLDS = {Task.STYLE: "styles", Task.ENVIRONMENT: "environments", Task.BACKGROUND: "backdrops"}
_NAMES_OF_HUE = frozenset(("colour", "color", "one", "shade"))
_BEFORE_NAMES = frozenset(("a", "an", "the", "in", "on", "at", "by", "up", "during", "among"))


@dataclass(frozen=True)
class Read:
    """What a slot says, or all slots of a sentence."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """Fields of a proposal."""
    unknown: tuple[str, ...] = ()
    """Which of them name something that the vocabulary lacks."""
    ignored: tuple[str, ...] = ()
    """Words that were not used."""
    cost: float = 0.0
    """How ill the words fit; 0 is perfect."""
    task: Task | None = None
    """The task that the words decide, if they do."""


def bare(phrase: str) -> str:
    """A wording as the router compares it: lower case, no hyphens, no article or preposition before it."""
    words = phrase.lower().replace("-", " ").split()
    while len(words) > 1 and words[0] in _BEFORE_NAMES:
        words = words[1:]
    return " ".join(words)


@dataclass(frozen=True)
class _Noun:
    name: str
    colour: str = ""
    known: bool = True
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads slots with the words of a vocabulary."""

    vocabulary: Vocabulary

    def read(self, slot: str, text: str) -> Read:
        """Read ``text`` as the slot of that name (see :mod:`omniedit.data.proposals.patterns`)."""
        return _READERS[slot](self, text.split())

    @cached_property
    def index(self) -> Mapping[str, Mapping[str, str]]:
        """Kind of concept -> wording -> name."""
        return {kind: self._wordings(kind) for kind in ("objects", "colours", *_WORLDS.values())}

    def _wordings(self, kind: str) -> dict[str, str]:
        concepts: Mapping[str, Concept] = getattr(self.vocabulary, kind)
        return {bare(word): name for name, concept in concepts.items() for word in concept.wordings}

    @cached_property
    def owners(self) -> Mapping[str, tuple[str, ...]]:
        """Part -> the objects that have it."""
        objects = self.vocabulary.objects
        parts = {part for concept in objects.values() for part in concept.parts}
        return {part: tuple(name for name in objects if part in objects[name].parts) for part in sorted(parts)}

    @cached_property
    def words(self) -> frozenset[str]:
        """Every single word that reading knows."""
        phrases = [*self.owners, *(phrase for wordings in self.index.values() for phrase in wordings)]
        return frozenset(word for phrase in phrases for word in phrase.split()) | FILLERS | RELATIONS | SHADES

    def noun(self, words: Sequence[str]) -> _Noun:
        """Read a noun phrase; where the thing is unknown, all of the phrase but its colour is its name."""
        words = " ".join(after_determiners(words)).removesuffix("'s").split()
        cut = next((i for i, word in enumerate(words) if word in RELATIONS), len(words))
        head, tail = words[:cut], words[cut:]
        for start in range(len(head)):
            name = self._object(head[start:])
            if name:
                colour, others = self.take_colour(head[:start])
                return _Noun(name, colour, ignored=(*others, *tail))
        colour, others = self.take_colour(head)
        name = " ".join((*others, *tail))
        return _Noun(name, colour, known=False) if name else _Noun(" ".join(words), known=False)

    def _object(self, words: Sequence[str]) -> str:
        forms = (" ".join((*words[:-1], form)) for form in singulars(words[-1]))
        return next((self.index["objects"][form] for form in forms if form in self.index["objects"]), "")

    def take_colour(self, words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """``(the name of the last colour among words, the other words)``."""
        colours = [self.index["colours"][word] for word in words if word in self.index["colours"]]
        return (colours or [""])[-1], tuple(word for word in words if word not in self.index["colours"])

    def part(self, words: Sequence[str], owner: str) -> str:
        """The name of the owner's part that ``words`` mean (a wheel is ``"wheels"``); anyone's if it is unknown."""
        said = " ".join(words)
        parts = self.vocabulary.objects[owner].parts if owner in self.vocabulary.objects else self.owners
        return next((part for part in parts if said in (part, f"{part}s", part.removesuffix("s"))), "")


# One reader per slot -----------------------------------------------------------------------------------------------


def _read_object(reader: Reader, words: Sequence[str]) -> Read:
    if " ".join(words) in PRONOUNS:
        return Read({"object": ""}, ("object",), cost=UNKNOWN_OBJECT)
    noun = reader.noun(words)
    fields = {"object": noun.name, "colour": noun.colour}
    if not noun.known:
        return Read(fields, ("object",), cost=UNKNOWN_OBJECT)
    return Read(fields, ignored=noun.ignored, cost=IGNORED_WORD * len(noun.ignored))


def _read_new(reader: Reader, words: Sequence[str]) -> Read:
    noun = reader.noun(words)
    fields = {"target": noun.name, "target_colour": noun.colour}
    if not noun.known:
        return Read(fields, ("target",), cost=UNKNOWN_TARGET)
    return Read(fields, ignored=noun.ignored, cost=IGNORED_WORD * len(noun.ignored))


def _read_thing(reader: Reader, words: Sequence[str]) -> Read:
    """An object or a part of one: "the roof of the house", "the house's roof", "the house roof", "the roof"."""
    plain = _read_object(reader, words)
    if not plain.cost:
        return plain
    for said, owner in _parts_and_owners(words):
        whole = _read_object(reader, owner)
        part = reader.part(reader.take_colour(after_determiners(said))[1], whole.fields["object"])
        if part:
            return Read({**whole.fields, "part": part}, whole.unknown, whole.ignored, whole.cost)
    return (plain.unknown and _read_lone_part(reader, words)) or plain


def _parts_and_owners(words: Sequence[str]) -> list[tuple[Sequence[str], Sequence[str]]]:
    """The ways to split a noun phrase into a part and its owner, the surest first."""
    words = after_determiners(words)
    inner = range(1, len(words))
    of = [(words[:i], words[i + 1 :]) for i in inner if words[i] == "of"]
    possessive = [(words[i:], words[:i]) for i in inner if words[i - 1].endswith(("'s", "s'"))]
    return [*of, *possessive, *([(words[-1:], words[:-1])] if len(words) > 1 else [])]


def _read_lone_part(reader: Reader, words: Sequence[str]) -> Read | None:
    """A part whose owner goes without saying, since only one kind of object has it."""
    part = reader.part(reader.take_colour(after_determiners(words))[1], "")
    owners = reader.owners.get(part, ())
    return Read({"object": owners[0], "part": part}, cost=IGNORED_WORD) if len(owners) == 1 else None


def _read_colour(reader: Reader, words: Sequence[str]) -> Read:
    colour, others = reader.take_colour(words)
    if not colour or not set(others) <= SHADES | _NAMES_OF_HUE:
        return Read({"target": " ".join(after_determiners(words))}, ("target",), cost=UNKNOWN_CHOICE)
    return Read({"target": colour})


def _read_coloured_part(reader: Reader, words: Sequence[str]) -> Read:
    """A part and its new colour: "a blue roof"."""
    colour, said = reader.take_colour(after_determiners(words))
    part = reader.part(said, "")
    unknown = tuple(name for name, value in (("target", colour), ("part", part)) if not value)
    return Read({"target": colour, "part": part or " ".join(said)}, unknown, cost=UNKNOWN_CHOICE * len(unknown))


def _world_reader(*tasks: Task) -> Callable[[Reader, Sequence[str]], Read]:
    """A reader of the targets of ``tasks``: the longest wording found decides, among equals the first task."""

    def read(reader: Reader, words: Sequence[str]) -> Read:
        for length in range(len(words), 0, -1):
            for task in tasks:
                for start in range(len(words) - length + 1):
                    target = reader.index[_WORLDS[task]].get(" ".join(words[start : start + length]))
                    if target:
                        others = (*words[:start], *words[start + length :])
                        ignored = tuple(word for word in others if word not in FILLERS)
                        return Read({"target": target}, (), ignored, IGNORED_WORD * len(ignored), task)
        return Read({"target": bare(" ".join(words))}, ("target",), cost=UNKNOWN_CHOICE, task=tasks[0])

    return read


_READERS: Mapping[str, Callable[[Reader, Sequence[str]], Read]] = {
    "object": _read_object,
    "the": _read_object,
    "thing": _read_thing,
    "new": _read_new,
    "a": _read_new,
    "colour": _read_colour,
    "shaded_colour": _read_colour,
    "coloured_part": _read_coloured_part,
    "style": _world_reader(Task.STYLE),
    "environment": _world_reader(Task.ENVIRONMENT),
    "backdrop": _world_reader(Task.BACKGROUND),
    "world": _world_reader(Task.STYLE, Task.ENVIRONMENT, Task.BACKGROUND),
    "any": lambda reader, words: Read(),
}
