"""Photo -> Proposal from what is known of the photo: its layers. No model is asked.

The arguments of an edit are drawn (:mod:`arguments`), then several sentence templates (:mod:`phrases`) are filled with
different wordings of them (:mod:`lexicon`). This stands in for the large models that propose edits in the paper
(arXiv 2411.07199, appendix A.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from omniedit.data.proposals import grammar
from omniedit.data.proposals.arguments import Drawn, draw, draw_new
from omniedit.data.proposals.captions import captioned
from omniedit.data.proposals.lexicon import Concept, Vocabulary, embedded
from omniedit.data.proposals.phrases import TEMPLATES
from omniedit.types import Photo, Proposal, Task

MAX_WORDS = 18
"""An instruction is at most this long: nano's text encoder reads 24 word pieces."""

_FEWEST_WORDINGS, _MOST_WORDINGS = 3, 5
_PLAIN_WORDING = 0.6
_CAPITAL = 0.5

Say = Callable[[Concept, str], str]
"""Words a concept in a form, anew at each call; empty where the concept has no such form."""


def propose(
    photo: Photo, task: Task, rng: np.random.Generator, *, held_out: bool = False, known: Vocabulary | None = None
) -> Proposal | None:
    """An edit of that task which the photo can have.

    Args:
        photo: The photo; its layers say what can be named.
        task: The task. An addition takes one of the photo's own layers, since its pair is a removal reversed.
        rng: Source of every choice.
        held_out: Word it as training never does, for evaluation.
        known: What can be named; the embedded world by default.

    Returns:
        The proposal, or None where the photo cannot have such an edit: no layer, or none that words can tell apart.
    """
    known = known or embedded()
    drawn = draw(photo, task, rng, known)
    return drawn and _worded(drawn, photo, rng, held_out, known)


def propose_addition(
    photo: Photo, rng: np.random.Generator, *, held_out: bool = False, known: Vocabulary | None = None
) -> Proposal | None:
    """An addition as a user asks for it: of an object which is not in the photo, at a place that is free, or any.

    Args and result as for :func:`propose`; None where every known object is in the photo already.
    """
    known = known or embedded()
    drawn = draw_new(photo, rng, known)
    return drawn and _worded(drawn, photo, rng, held_out, known)


def wish(
    photo: Photo, task: Task, rng: np.random.Generator, *, held_out: bool = False, known: Vocabulary | None = None
) -> Proposal | None:
    """An edit as a user asks for it: :func:`propose`, but an addition is of what the photo does not have."""
    ask = propose_addition if task is Task.ADDITION else partial(propose, task=task)
    return ask(photo, rng=rng, held_out=held_out, known=known)


def phrase(
    edit: Proposal,
    rng: np.random.Generator,
    *,
    count: int = 1,
    held_out: bool = False,
    known: Vocabulary | None = None,
    change: Callable[[str], str] | None = None,
) -> tuple[str, ...]:
    """Up to ``count`` different instructions for the edit that the fields of ``edit`` describe.

    Args:
        edit: The edit; ``can_phrase`` must hold.
        rng: Source of every choice.
        count: How many, at most.
        held_out: Word it as training never does, for evaluation.
        known: What can be named; the embedded world by default.
        change: May change each word of a sentence that says nothing of the edit's arguments.
    """
    known = known or embedded()
    templates = [template for template in TEMPLATES[edit.task] if template.held_out == held_out]
    said: list[str] = []
    for index in rng.permutation(len(templates)):
        slots = _slots(edit, rng, held_out, known)
        text = templates[index].fill(slots, rng, change) if templates[index].fits(slots) else ""
        if text and text not in said and len(text.split()) <= MAX_WORDS:
            said.append(text)
        if len(said) == count:
            break
    return tuple(text[0].upper() + text[1:] if rng.random() < _CAPITAL else text for text in said)


def can_phrase(edit: Proposal, known: Vocabulary) -> bool:
    """Whether :func:`phrase` knows what the edit's target is called."""
    tables: dict[Task, Mapping[str, object]] = {
        Task.STYLE: known.styles,
        Task.ENVIRONMENT: known.environments,
        Task.BACKGROUND: known.backdrops,
        Task.ATTRIBUTE: known.colours,
    }
    return edit.task not in tables or edit.target in tables[edit.task]


def _worded(drawn: Drawn, photo: Photo, rng: np.random.Generator, held_out: bool, known: Vocabulary) -> Proposal:
    edit, subject = drawn
    count = int(rng.integers(_FEWEST_WORDINGS, _MOST_WORDINGS + 1))
    first, *others = phrase(edit, rng, count=count, held_out=held_out, known=known)
    digest = hashlib.sha256("\n".join((photo.id, edit.task.value, first, *others)).encode()).hexdigest()[:8]
    edit = replace(edit, id=f"{photo.id}-{edit.task}-{digest}", instruction=first, phrasings=tuple(others))
    return captioned(edit, photo, subject, known)


# The slots of the templates ----------------------------------------------------------------------------------------


def _slots(edit: Proposal, rng: np.random.Generator, held_out: bool, known: Vocabulary) -> dict[str, str]:
    """Every slot of the task's templates that this edit can fill, worded anew."""

    def say(concept: Concept, form: str) -> str:
        if form not in concept.forms:
            return ""
        words = concept.forms[form]
        options = words.used + (words.held_out if held_out else ())
        return options[0] if rng.random() < _PLAIN_WORDING else options[int(rng.integers(len(options)))]

    if edit.task is Task.STYLE:
        return _style_slots(known.styles[edit.target], say)
    if edit.task is Task.ENVIRONMENT:
        return _environment_slots(known.environments[edit.target], say)
    if edit.task is Task.BACKGROUND:
        return {form: say(known.backdrops[edit.target], form) for form in ("scene", "setting")}
    if edit.task is Task.ATTRIBUTE:
        return _attribute_slots(edit, rng, say, known)
    return _object_slots(edit, say, known)


def _style_slots(concept: Concept, say: Say) -> dict[str, str]:
    return {"style": say(concept, "as"), "kind": grammar.indefinite(say(concept, "kind"))}


def _environment_slots(concept: Concept, say: Say) -> dict[str, str]:
    slots = {form: say(concept, form) for form in ("state", "setting", "weather", "season", "time")}
    moment = slots["time"] or slots["season"]
    ambience = grammar.indefinite(slots["state"])
    return {**slots, "moment": moment, "climate": moment or slots["weather"], "ambience": ambience}


def _object_slots(edit: Proposal, say: Say, known: Vocabulary) -> dict[str, str]:
    slots = {"where": say(known.places[edit.where], "where") if edit.where in known.places else edit.where}
    if edit.object:
        slots["bare"] = _noun(edit.object, edit.colour, say, known)
        slots["object"] = f"the {slots['bare']}"
    if edit.target:
        slots["new"] = grammar.indefinite(_noun(edit.target, edit.target_colour, say, known))
    return slots


def _attribute_slots(edit: Proposal, rng: np.random.Generator, say: Say, known: Vocabulary) -> dict[str, str]:
    whole = f"the {_noun(edit.object, edit.colour, say, known)}"
    colour = say(known.colours[edit.target], "name")
    slots = {"colour": colour, "shade": grammar.indefinite(colour)}
    if edit.part:
        thing = f"the {edit.part} of {whole}" if rng.random() < 0.5 else f"{whole}'s {edit.part}"
        return {**slots, "thing": thing}
    recoloured = grammar.indefinite(_noun(edit.object, edit.target, say, known))
    return {**slots, "thing": whole, "object": whole, "recoloured": recoloured}


def _noun(name: str, colour: str, say: Say, known: Vocabulary) -> str:
    """``"red automobile"``."""
    noun = say(known.objects[name], "name") if name in known.objects else name
    return grammar.join((say(known.colours[colour], "name") if colour in known.colours else colour, noun))
