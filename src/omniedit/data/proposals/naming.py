"""Whether people can name the cutouts of a folder: every name is tried on the router and on the text encoder.

A name that is read as something else ("left", "snow", "red") would make instructions that say something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.proposals.grammar import indefinite
from omniedit.data.proposals.lexicon import Concept, Vocabulary, world
from omniedit.data.proposals.reading import bare
from omniedit.data.proposals.router import understand
from omniedit.errors import DataError, InstructionError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_NAME_WORDS = 3
"""Longest name, in words: a swap names two things in an instruction that has few."""
MAX_PIECES = 6
"""Longest name, in word pieces of the embedded text encoder, which reads 24 of an instruction."""

_SPOKEN = re.compile(rf"[A-Za-z]+([ -][A-Za-z]+){{0,{MAX_NAME_WORDS - 1}}}")


def open_cutouts(folder: Path | str) -> Collection:
    """The cutouts of a folder, all of which can be named; the bundled ones if its name is empty.

    Raises:
        DataError: The folder cannot be used (see :meth:`Collection.read`), or a name or synonym in it cannot: all are
            said at once, with the reason.
    """
    if not str(folder):
        return BUNDLED
    cutouts = Collection.read(folder)
    problems = list(_problems(world(cutouts)))
    if problems:
        raise DataError(f"{folder} has cutouts that cannot be named so:\n" + "\n".join(problems))
    return cutouts


def _problems(known: Vocabulary) -> Iterator[str]:
    """What is wrong with the names and parts of its objects; for each word the first thing only."""
    owners: dict[str, list[str]] = {}
    for name, concept in known.objects.items():
        for word in dict.fromkeys(map(bare, concept.wordings)):
            owners.setdefault(word, []).append(name)
    yield from (f"{word!r} is a name of {' and of '.join(names)}" for word, names in owners.items() if len(names) > 1)
    for name, concept in known.objects.items():
        for word in concept.wordings:
            problem = _unusable(word, name, known) if owners[bare(word)] == [name] else ""
            if problem:
                yield f"{word}{'' if word == name else f', a synonym of {name}'}: it {problem}"
        yield from _unusable_parts(concept, known)


def _unusable(word: str, name: str, known: Vocabulary) -> str:
    """Why ``word`` cannot stand for the object ``name``; empty if it can."""
    if not _SPOKEN.fullmatch(word):
        return f"is not a name of 1 to {MAX_NAME_WORDS} words in the letters a to z; use what people call it"
    if any(word in colour.wordings for colour in known.colours.values()):
        return "is the name of a colour; say more, such as 'orange fruit'"
    pieces = len(_tokenizer().encode(word, add_special_tokens=False).ids)
    if pieces > MAX_PIECES:
        return f"has {pieces} word pieces for the text encoder, and at most {MAX_PIECES} leave room for the rest"
    asked = {f"remove the {word}": {"object": name}, f"add {indefinite(word)}": {"target": name}}
    wrong = next((text for text, fields in asked.items() if not _is_read(text, fields, known)), "")
    return wrong and f'is not understood: "{wrong}" means something else; choose another name'


def _unusable_parts(concept: Concept, known: Vocabulary) -> Iterator[str]:
    """The parts that instructions may name, all but the main one, and cannot."""
    for part in list(concept.parts)[1:]:
        text = f"make the {part} of the {concept.name} green"
        if not _is_read(text, {"object": concept.name, "part": part, "target": "green"}, known):
            yield f'{concept.name}: its part {part!r} is not understood in "{text}"; call it otherwise'


def _is_read(text: str, fields: dict[str, str], known: Vocabulary) -> bool:
    """Whether the router reads exactly ``fields`` in an instruction."""
    try:
        routed = understand(text, known)
    except InstructionError:
        return False
    plain = not (routed.unknown or routed.ignored or routed.corrections or routed.proposal.where)
    return plain and all(getattr(routed.proposal, field) == value for field, value in fields.items())


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    from omniedit.model.text import TextEncoder

    return TextEncoder.from_pretrained().tokenizer
