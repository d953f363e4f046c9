"""The instructions of a draft: each wording checked by itself, the good ones in order, no two alike.

The first good one is what the paper's "Replace C_src with C_trg" is to the instruction that a language model makes of
it (arXiv 2411.07199, A.1.1); the others are its phrasings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from omniedit.data.proposals.grammar import DETERMINERS, PRONOUNS
from omniedit.data.proposals.remote.drafts import Draft
from omniedit.data.proposals.remote.prompts import MAX_WORDS, SHORT_WORDS
from omniedit.data.proposals.remote.rules import addressed, folded, mentions, strange
from omniedit.types import Proposal, Task

_VERBS = frozenset(
    """
    add apply bring change clear colour color convert cover cut delete drop dye eliminate erase fill get give insert lay
    let make move paint place put recolour recolor redraw remove render repaint replace restyle set swap switch take
    tint transform turn
    """.split()
)
_JOINTS = re.compile(r"[.;:!]\s+|,?\s+(?:and|then|also)\s+(?:(?:then|also)\s+)?|,\s+", re.IGNORECASE)
_FORBIDS = re.compile(r"(?:please )?(?:do not|don['’]t|never|avoid|stop)\b", re.IGNORECASE)
_POLITE = frozenset(("please", "now", "just", "kindly"))


@dataclass(frozen=True)
class Wording:
    """One wording of one draft."""

    kind: str
    """Its key in ``WORDINGS``."""
    text: str
    """What it says."""
    edit: Proposal
    """What it is to say."""


Rule = Callable[[Wording], bool]


def _no_sentence(wording: Wording) -> bool:
    return len(wording.text.split()) < 2


def _too_long(wording: Wording) -> bool:
    return len(wording.text.split()) > MAX_WORDS


def _not_short(wording: Wording) -> bool:
    return wording.kind.startswith("short") and len(wording.text.split()) > SHORT_WORDS


def _strange_characters(wording: Wording) -> bool:
    return strange(wording.text)


def _speaks_to_the_machine(wording: Wording) -> bool:
    return addressed(wording.text)


def _forbids(wording: Wording) -> bool:
    return bool(_FORBIDS.match(wording.text))


def _two_edits(wording: Wording) -> bool:
    return sum(_first(part) in _VERBS for part in _JOINTS.split(wording.text)) > 1


def _says_nothing_of_it(wording: Wording) -> bool:
    return not mentions(wording.text, _told(wording.edit))


def _no_order(wording: Wording) -> bool:
    return wording.kind.endswith("instruction") and _first(wording.text) in DETERMINERS | PRONOUNS


def _no_statement(wording: Wording) -> bool:
    return wording.kind.endswith("description") and _first(wording.text) in _VERBS


RULES: dict[Rule, str] = {
    _no_sentence: "it is no sentence",
    _too_long: f"it has more than {MAX_WORDS} words",
    _not_short: f"it has more than {SHORT_WORDS} words",
    _strange_characters: "it holds characters or markup that no plain text has",
    _speaks_to_the_machine: "it speaks to a machine",
    _forbids: "it says what not to do",
    _two_edits: "it asks for two edits",
    _says_nothing_of_it: "it does not name what the edit is about",
    _no_order: "it is no order",
    _no_statement: "it is no statement",
}
"""Rule -> reason, for the model that is to put it right, the record and people."""


def worded(draft: Draft) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The good wordings of a draft, the shortest order first where there is one, and why others are not."""
    good: dict[str, str] = {}
    reasons = []
    for kind, text in draft.wordings.items():
        wording = Wording(kind, text, draft.proposal)
        broken = [reason for rule, reason in RULES.items() if rule(wording)]
        if broken:
            reasons.append(f"{kind}: {', '.join(broken)}")
        else:
            good.setdefault(folded(text), text)
    return tuple(good.values()), tuple(reasons)


def _told(edit: Proposal) -> str:
    """What a wording of an edit has to name."""
    return edit.object if edit.task is Task.REMOVAL else edit.target


def _first(text: str) -> str:
    """The first word that counts, in lower case."""
    words = [word for word in re.findall(r"[^\W\d_]+", text.casefold()) if word not in _POLITE]
    return words[0] if words else ""
