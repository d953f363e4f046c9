"""An instruction for each photograph and task: by templates, by a model that sees the photograph, or left to a person.

Templates need to know what is on a photograph to swap, remove or recolour it: its `Facts` name objects. Without, those
three stay empty, and `check` says so; an addition, a backdrop, an environment and a style any photograph can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from omniedit.bench.suites.making.folder import Edit, Facts, edit_of, photo_file, read_facts
from omniedit.data.engine.loaded import release
from omniedit.data.engine.proposers import Offered, Offers, ProposalsTable, Proposer
from omniedit.data.proposals.lexicon import embedded
from omniedit.data.proposals.template import wish
from omniedit.images import load_rgb
from omniedit.seeding import stream
from omniedit.types import Layer, Photo, Task

HAND = "hand"
"""The proposer that proposes nothing."""
BY_HAND = "to be written by hand"
UNNAMED = "no object is named in the JSON file beside the photograph"


@dataclass(frozen=True)
class Wishes:
    """Proposes by templates what a user would ask for."""

    def __call__(self, photo: Photo, task: Task, seed: int) -> Offers:
        """One edit, or why there is none."""
        made = wish(photo, task, stream(seed, photo.id, "suite", str(task)), known=embedded())
        if made is None:
            return Offers(reason=UNNAMED)
        known = bool(photo.layers or photo.caption)  # else the captions would say nothing
        return Offers((Offered(made if known else replace(made, source_caption="", target_caption=""), {}),))


@dataclass(frozen=True)
class Hand:
    """Leaves everything to a person."""

    def __call__(self, photo: Photo, task: Task, seed: int) -> Offers:
        """Nothing."""
        return Offers(reason=BY_HAND)


def proposer(name: str, table: ProposalsTable | None = None) -> tuple[Proposer, str]:
    """Who proposes, and how it is called in ``edits.jsonl``.

    Args:
        name: ``templates``, ``hand`` or ``openai:MODEL``.
        table: How a model is asked; ``by`` and ``count`` of it do not matter.

    Raises:
        RecipeError: There is no such proposer.
        MissingExtraError, JudgeError: A model is to be asked, and cannot be.
    """
    if name == HAND:
        return Hand(), ""
    asked = ProposalsTable(**{**vars(table or ProposalsTable()), "by": name, "count": 1})
    return (asked.load({task: task for task in Task}, {}) if asked.remote else Wishes()), name


def fill(
    folder: Path, names: Mapping[str, list[Task]], propose: Proposer, by: str, seed: int
) -> Iterator[tuple[str, list[Edit]]]:
    """The lines that are missing, photograph by photograph; where nothing was proposed, empty and with the reason.

    Args:
        folder: The suite's folder, with its photographs.
        names: Number of each photograph -> the tasks for which it has no instruction.
        propose: Who proposes.
        by: How it is called.
        seed: Seed of what templates draw.

    Raises:
        JudgeError: Nobody can be asked at all; the same again goes on, and what was answered costs nothing then.
    """
    try:
        for name, tasks in names.items():
            photo = _photo(folder, name)
            yield name, [_line(name, task, propose(photo, task, seed), by) for task in tasks]
    finally:
        release()


def _line(name: str, task: Task, offers: Offers, by: str) -> Edit:
    if offers.offered:
        return edit_of(name, offers.offered[0].proposal, by)
    return Edit(name, str(task), why=offers.reason)


def _photo(folder: Path, name: str) -> Photo:
    """A photograph with what is known of it; its id is the hash of the original, so that its number draws nothing."""
    path = folder / photo_file(name)
    facts = read_facts(path)
    return Photo(facts.original or name, load_rgb(path), _layers(facts), facts.caption)


def _layers(facts: Facts) -> tuple[Layer, ...]:
    """The named objects, as templates want them; where exactly they are nobody knows."""
    nowhere = np.zeros((1, 1), np.float32)
    return tuple(Layer(thing.name, nowhere, thing.colour, where=thing.where) for thing in facts.objects)
