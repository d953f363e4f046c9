"""Instruction -> Proposal: f(c) of the paper's Algorithm 1 (arXiv 2411.07199), which picks the specialist.

Rules, no model: the words are cleaned (:mod:`listening`), sentence patterns are matched (:mod:`matching`), what their
slots captured is read with the words of the vocabulary (:mod:`reading`), and the reading that fits best wins.

    route("Pls make the house's roof blue!!")    -> attribute, object "house", part "roof", target "blue"
    understand("remove the tall man").unknown    -> ("object",): free text, which needs a mask
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from omniedit.data.proposals.captions import captioned
from omniedit.data.proposals.lexicon import Concept, Vocabulary, embedded
from omniedit.data.proposals.listening import mend, plain, take_place
from omniedit.data.proposals.matching import best_reading, pattern_words
from omniedit.data.proposals.patterns import EXAMPLES
from omniedit.data.proposals.reading import Read, Reader, bare
from omniedit.errors import InstructionError
from omniedit.types import Layer, Photo, Proposal, Task

MAX_WORDS = 40
"""Longest instruction that is read."""

_FORBIDS = re.compile(r"(do not|never|avoid|stop) (?!want |need |like )")
_JOINTS = re.compile(r"\b(?:and then|and also|and|then|also) ")
_TARGETS = {
    Task.SWAP: "objects",
    Task.ADDITION: "objects",
    Task.ATTRIBUTE: "colours",
    Task.BACKGROUND: "backdrops",
    Task.ENVIRONMENT: "environments",
    Task.STYLE: "styles",
}
"""Task -> what its target is one of."""
_OTHER_MODEL = "--try edits anyway, --model takes another model"


@dataclass(frozen=True)
class Routed:
    """What was understood of an instruction."""

    proposal: Proposal
    """Task and arguments. A thing that the vocabulary lacks stands there in the user's own words."""
    unknown: tuple[str, ...] = ()
    """Fields of the proposal that name something the vocabulary lacks: ``object``, ``part``, ``target``."""
    corrections: tuple[tuple[str, str], ...] = ()
    """Slips of the keyboard: ``(as written, as read)``."""
    ignored: tuple[str, ...] = ()
    """Words that were not used, for example ``("next", "to", "the", "tree")``."""

    def checked(self, known: Vocabulary | None = None, *, mask_given: bool = False) -> Proposal:
        """The proposal, if it can be carried out.

        Args:
            known: What can be named; the embedded world by default.
            mask_given: The user marked what to edit, so that its name does not matter.

        Raises:
            InstructionError: It names something unknown; the message lists what is known, nearest first.
        """
        free = ("object", "part") if mask_given else ()
        for name in self.unknown:
            if name not in free:
                raise InstructionError(_unknown_message(self.proposal, name, known or embedded()))
        return self.proposal


def route(instruction: str, known: Vocabulary | None = None, *, mask_given: bool = False) -> Proposal:
    """Understand an instruction and check that all it names is known (:func:`understand`, then :meth:`Routed.checked`).

    Raises:
        InstructionError: It is not understood, or names something unknown.
    """
    return understand(instruction, known).checked(known, mask_given=mask_given)


def understand(instruction: str, known: Vocabulary | None = None) -> Routed:
    """Task and arguments of a user's instruction, in any wording.

    Args:
        instruction: What the user typed: one edit, at most MAX_WORDS words.
        known: What can be named; the embedded world by default.

    Returns:
        What was understood; it may name unknown things.

    Raises:
        InstructionError: It is empty, too long, two edits, says what not to do, or nothing that the seven tasks do.
    """
    reader = _reader(known or embedded())
    text, where = take_place(_checked(instruction))
    read, corrections = _read_mended(text, reader)
    if not _fits(read):
        _refuse_two_edits(text, reader)
    if read is None:
        examples = "\n".join(f"  {example}" for example in EXAMPLES.values())
        raise InstructionError(f'did not understand "{instruction.strip()}". Say one edit, for example:\n{examples}')
    return Routed(_proposal(instruction, read, where, reader.vocabulary), read.unknown, corrections, read.ignored)


@lru_cache(maxsize=8)
def _reader(known: Vocabulary) -> Reader:
    return Reader(known)


def _checked(instruction: str) -> str:
    text = plain(instruction)
    count = len(text.split())
    if not count:
        raise InstructionError(f'the instruction is empty. Say what to edit, for example: "{EXAMPLES[Task.REMOVAL]}"')
    if count > MAX_WORDS:
        raise InstructionError(
            f"the instruction has {count} words, at most {MAX_WORDS} are read. Say one edit, briefly"
        )
    if _FORBIDS.match(text):
        raise InstructionError(
            f'"{instruction.strip()}" says what not to do. Say what to do, for example: "{EXAMPLES[Task.SWAP]}"'
        )
    return text


def _read_mended(text: str, reader: Reader) -> tuple[Read | None, tuple[tuple[str, str], ...]]:
    """The best reading, with slips of the keyboard mended if that makes it better."""
    read = best_reading(text, reader)
    if _fits(read):
        return read, ()
    mended, slips = mend(text, reader.words | pattern_words())
    other = best_reading(mended, reader) if slips else None
    better = other is not None and (read is None or other.cost < read.cost)
    return (other, slips) if better else (read, ())


def _fits(read: Read | None) -> bool:
    return read is not None and not read.unknown and not read.ignored


def _refuse_two_edits(text: str, reader: Reader) -> None:
    for joint in _JOINTS.finditer(text):
        halves = text[: joint.start()], text[joint.end() :]
        reads = [best_reading(half, reader) for half in halves]
        if all(read is not None and not read.unknown for read in reads):
            first, second = (f'"{half.strip()}"' for half in halves)
            raise InstructionError(f"this is two edits: {first} and {second}. Make one, then the other on its result")


def _proposal(instruction: str, read: Read, where: str, known: Vocabulary) -> Proposal:
    assert read.task is not None
    edit = Proposal(
        id=f"{read.task}-{hashlib.sha256(instruction.encode()).hexdigest()[:8]}",
        task=read.task,
        instruction=instruction.strip(),
        where=where if read.task.local else "",
        behind="the background" if read.task is Task.REMOVAL else "",
    )
    arguments: dict[str, Any] = dict(read.fields)
    edit = replace(edit, **arguments)
    return captioned(edit, *_imagined(edit), known)


def _imagined(edit: Proposal) -> tuple[Photo, Layer | None]:
    """A photo of which no more is known than that it has the object named."""
    subject = Layer(edit.object, np.zeros((0, 0), np.float32), edit.colour, where=edit.where) if edit.object else None
    return Photo("", np.zeros((0, 0, 3), np.uint8), (subject,) if subject else ()), subject


def _unknown_message(edit: Proposal, name: str, known: Vocabulary) -> str:
    said = getattr(edit, name)
    if not said:
        return f'"{edit.instruction}" does not say what to edit. Name an object, or mark it with a mask'
    remedy = "Mark it with a mask to edit it whatever it is" if name in ("object", "part") else _OTHER_MODEL
    if name == "part":
        parts = known.objects[edit.object].parts if edit.object in known.objects else {}
        return f'no part "{said}" of "{edit.object}" is known; its parts are: {", ".join(parts) or "none"}. {remedy}'
    kind = "objects" if name == "object" else _TARGETS[edit.task]
    concepts: Mapping[str, Concept] = getattr(known, kind)
    return (
        f'"{said}" is not among the {len(concepts)} {kind} known. Nearest first: {_nearest(said, concepts)}. {remedy}'
    )


def _nearest(said: str, concepts: Mapping[str, Concept]) -> str:
    """The names of all concepts, those most similar in spelling first."""

    def likeness(name: str) -> float:
        return max(difflib.SequenceMatcher(None, said, bare(word)).ratio() for word in concepts[name].wordings)

    return ", ".join(sorted(concepts, key=likeness, reverse=True))
