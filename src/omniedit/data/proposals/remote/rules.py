"""What is wrong with a draft: each rule a small function that is true where it is broken, in a table with its reason.

faults(draft, size, known)  ->  the reasons, none for a draft that a specialist may see
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from omniedit.data.proposals.grammar import DETERMINERS, RELATIONS, singulars
from omniedit.data.proposals.lexicon import PLACES
from omniedit.data.proposals.remote.drafts import Draft
from omniedit.data.proposals.remote.prompts import AREA, MAX_NAME, PROMPTS
from omniedit.types import Proposal, Task

MAX_CAPTION = 60
"""Most words of a caption."""

_STRANGE = re.compile(r"[^\w\s.,;:!?'’‘\"“”()&/%+°–—-]|_|\d{5,}|https?:|www\.|\.\./", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|previous|above|prior|prompts?|rules?)\b"
    r"|\b(?:system|developer) (?:prompt|message)\b|\bas an? (?:ai|assistant|language model)\b|\b(?:assistant|user) ?:",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_ALL_OF_IT = frozenset(("picture", "photo", "photograph", "image", "scene", "background", "everything", "it"))
_EMPTY_WORDS = DETERMINERS | RELATIONS | frozenset(("of", "and", "or"))


@dataclass(frozen=True)
class Seen:
    """What a draft is checked against."""

    draft: Draft
    """The draft."""
    size: tuple[int, int]
    """``(width, height)`` of the photo."""
    known: tuple[str, ...] = ()
    """The only targets that the tools can make; empty for any."""

    @property
    def edit(self) -> Proposal:
        """The draft's arguments."""
        return self.draft.proposal

    @property
    def names(self) -> tuple[str, ...]:
        """All arguments that are names, empty ones too."""
        edit = self.edit
        return edit.object, edit.colour, edit.part, edit.target, edit.target_colour, edit.behind

    @property
    def captions(self) -> tuple[str, str]:
        """The captions before and after."""
        return self.edit.source_caption, self.edit.target_caption


Rule = Callable[[Seen], bool]


# Any edit -------------------------------------------------------------------------------------------------------------


def _lacks_an_entry(seen: Seen) -> bool:
    return any(field.needed and not _entry(seen, field.name) for field in PROMPTS[seen.edit.task].fields)


def _strange_characters(seen: Seen) -> bool:
    return any(map(_STRANGE.search, (*seen.names, seen.edit.where, seen.draft.description, *seen.captions)))


def _speaks_to_the_machine(seen: Seen) -> bool:
    return any(map(addressed, (*seen.names, seen.draft.description, *seen.captions)))


def _no_letters(seen: Seen) -> bool:
    return any(text and not any(map(str.isalpha, text)) for text in (*seen.names, *seen.captions))


def _name_too_long(seen: Seen) -> bool:
    return any(len(name.split()) > MAX_NAME for name in seen.names)


def _unknown_place(seen: Seen) -> bool:
    return bool(seen.edit.where) and seen.edit.where not in PLACES


def _unknown_target(seen: Seen) -> bool:
    return bool(seen.known) and seen.edit.target not in seen.known


def _caption_missing(seen: Seen) -> bool:
    return not all(seen.captions)


def _caption_too_long(seen: Seen) -> bool:
    return any(len(caption.split()) > MAX_CAPTION for caption in seen.captions)


def _captions_alike(seen: Seen) -> bool:
    before, after = map(folded, seen.captions)
    return before == after


# Boxes ----------------------------------------------------------------------------------------------------------------


def _box_without_numbers(seen: Seen) -> bool:
    return seen.draft.box is not None and any(number != number for number in seen.draft.box)


def _box_outside(seen: Seen) -> bool:
    if seen.draft.box is None:
        return False
    left, top, right, bottom = seen.draft.box
    width, height = seen.size
    return left < -1 or top < -1 or right > width + 1 or bottom > height + 1  # a pixel for what scaling rounds away


def _box_empty(seen: Seen) -> bool:
    if seen.draft.box is None:
        return False
    left, top, right, bottom = seen.draft.box
    return right <= left or bottom <= top


def _box_too_small(seen: Seen) -> bool:
    return _covers(seen) < AREA[0]


def _box_too_large(seen: Seen) -> bool:
    return seen.edit.task.local and _covers(seen) > AREA[1]


# One task or another --------------------------------------------------------------------------------------------------


def _object_is_everything(seen: Seen) -> bool:
    edit = seen.edit
    if edit.task is Task.ADDITION:
        return folded(edit.target) in _ALL_OF_IT
    return edit.task.local and folded(edit.object) in _ALL_OF_IT


def _object_not_there(seen: Seen) -> bool:
    return not mentions(seen.edit.source_caption, seen.edit.object)


def _object_remains(seen: Seen) -> bool:
    edit = seen.edit
    return mentions(edit.target_caption, f"{edit.colour} {edit.object}", every=True)


def _object_behind_itself(seen: Seen) -> bool:
    return mentions(seen.edit.behind, seen.edit.object, every=True)


def _swapped_for_itself(seen: Seen) -> bool:
    edit = seen.edit
    same = folded(edit.object) == folded(edit.target)
    return same and (not edit.target_colour or folded(edit.colour) == folded(edit.target_colour))


def _target_there_already(seen: Seen) -> bool:
    return mentions(seen.edit.source_caption, seen.edit.target, every=True)


def _target_not_there_after(seen: Seen) -> bool:
    return not mentions(seen.edit.target_caption, seen.edit.target)


def _attribute_unchanged(seen: Seen) -> bool:
    return not seen.edit.part and folded(seen.edit.colour) == folded(seen.edit.target)


EVERY_TASK: dict[Rule, str] = {
    _lacks_an_entry: "an entry that is needed is empty",
    _strange_characters: "an entry holds characters or markup that no plain text has",
    _speaks_to_the_machine: "an entry speaks to a machine",
    _no_letters: "an entry has no letters",
    _name_too_long: f"a name has more than {MAX_NAME} words",
    _unknown_place: f"where is none of: {', '.join(PLACES)}",
    _unknown_target: "the target is none of those listed",
    _caption_missing: "a caption is missing",
    _caption_too_long: f"a caption has more than {MAX_CAPTION} words",
    _captions_alike: "the captions before and after are the same",
    _box_without_numbers: "the box is not four numbers",
    _box_outside: "the box reaches outside the picture",
    _box_empty: "the box is empty: it is [left, top, right, bottom], with left < right and top < bottom",
    _box_too_small: f"the box covers less than {AREA[0]:.0%} of the picture",
    _box_too_large: f"the box covers more than {AREA[1]:.0%} of the picture",
}
"""Rule of every task -> reason."""

ONE_TASK: dict[Rule, str] = {
    _object_is_everything: "the object is the whole picture, or no object",
    _object_not_there: "the source caption does not mention the object",
    _object_remains: "the object is still there in the target caption",
    _object_behind_itself: "what lies behind the object is the object",
    _swapped_for_itself: "the object is swapped for itself",
    _target_there_already: "the object to add is there already, in the source caption",
    _target_not_there_after: "the target caption does not mention the target",
    _attribute_unchanged: "the object has that colour already",
}
"""Rule of some tasks -> reason."""

RULES: dict[Rule, str] = {**EVERY_TASK, **ONE_TASK}
"""Rule -> reason, for the model that is to put it right, the record and people."""

TASK_RULES: Mapping[Task, tuple[Rule, ...]] = {
    Task.SWAP: (_object_is_everything, _object_not_there, _swapped_for_itself, _target_not_there_after),
    Task.REMOVAL: (_object_is_everything, _object_not_there, _object_remains, _object_behind_itself),
    Task.ADDITION: (_object_is_everything, _target_there_already, _target_not_there_after),
    Task.ATTRIBUTE: (_object_is_everything, _object_not_there, _attribute_unchanged, _target_not_there_after),
    Task.BACKGROUND: (),
    Task.ENVIRONMENT: (),
    Task.STYLE: (),
}
"""The rules of one task, beyond those of every task."""


def faults(draft: Draft, size: tuple[int, int], known: tuple[str, ...] = ()) -> list[str]:
    """Why a draft must reach no specialist; none where it may.

    Args:
        draft: The draft; its wordings are checked elsewhere.
        size: ``(width, height)`` of the photo.
        known: The only targets that the tools can make; empty for any.
    """
    seen = Seen(draft, size, known)
    return [RULES[rule] for rule in (*EVERY_TASK, *TASK_RULES[draft.proposal.task]) if rule(seen)]


def addressed(text: str) -> bool:
    """Whether ``text`` speaks to a machine, as what someone hid in a caption or a picture would."""
    return bool(_ADDRESSED.search(text))


def strange(text: str) -> bool:
    """Whether ``text`` holds what no plain text has: markup, code, addresses, control characters, long numbers."""
    return bool(_STRANGE.search(text)) or not text.isprintable()


def folded(text: str) -> str:
    """A text's words without case, marks and articles."""
    return " ".join(word for word in _WORD.findall(text.casefold()) if word not in ("a", "an", "the"))


def mentions(text: str, name: str, every: bool = False) -> bool:
    """Whether ``text`` has a word of ``name``, loosely ("rainy" has "rain"), or ``every`` one, also in the plural."""
    wanted = [word for word in folded(name).split() if word not in _EMPTY_WORDS]
    there = {each for word in folded(text).split() for each in (word, *word.split("-"))}
    if not every:
        return any(_alike(word, other) or _begins(word, other) for word in wanted for other in there)
    return bool(wanted) and all(any(_alike(word, other) for other in there) for word in wanted)


def _alike(word: str, other: str) -> bool:
    """Whether two words are one, in the singular or the plural."""
    return not set(singulars(word)).isdisjoint(singulars(other))


def _begins(word: str, other: str) -> bool:
    """Whether the longer of two words begins with the shorter, which says something by itself."""
    shorter, longer = sorted((word, other), key=len)
    return len(shorter) >= 4 and longer.startswith(shorter)


def _entry(seen: Seen, name: str) -> str:
    return seen.draft.description if name == "description" else str(getattr(seen.edit, name))


def _covers(seen: Seen) -> float:
    """Share of the picture that the box covers; something allowed where there is no proper box."""
    if seen.draft.box is None or _box_empty(seen):
        return AREA[0]
    left, top, right, bottom = seen.draft.box
    return (right - left) * (bottom - top) / (seen.size[0] * seen.size[1])
