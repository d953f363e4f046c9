"""Captions: what a photo shows before and after an edit, for generators and for text-to-image training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from omniedit.data.proposals import grammar
from omniedit.data.proposals.lexicon import PLACES, Concept, Vocabulary
from omniedit.types import Layer, Photo, Proposal, Task

_NOTHING = "a photo"


def describe(photo: Photo) -> str:
    """Its known objects ("a photo of a red car on the left and a tree"), else what the photo says of itself."""
    return _photo_of([_present(layer) for layer in photo.layers]) if photo.layers else photo.caption or _NOTHING


def captioned(edit: Proposal, photo: Photo, subject: Layer | None, known: Vocabulary) -> Proposal:
    """``edit`` with its two captions.

    Args:
        edit: The edit's task and arguments.
        photo: The photo.
        subject: The layer that is edited. With an addition: the layer that is there already, since its pair is a
            removal reversed; None where the object is new.
        known: Where the wordings of backdrops, environments and styles come from.
    """
    if edit.task is Task.ADDITION and subject is not None:
        without = _photo_of([_present(layer) for layer in photo.layers if layer is not subject])
        return replace(edit, source_caption=without, target_caption=describe(photo))
    return replace(edit, source_caption=describe(photo), target_caption=_after(edit, photo, subject, known))


def _after(edit: Proposal, photo: Photo, subject: Layer | None, known: Vocabulary) -> str:
    before = describe(photo)
    if edit.task is Task.STYLE:
        return _wording(known.styles, edit.target, "as") + before.removeprefix(_NOTHING)
    if edit.task is Task.ENVIRONMENT:
        return f"{before}, {_wording(known.environments, edit.target, 'setting')}"
    if edit.task is Task.BACKGROUND:
        return f"{before}, {_wording(known.backdrops, edit.target, 'setting')}"
    things = [_edited(edit, layer) if layer is subject else _present(layer) for layer in photo.layers]
    new = [] if edit.task is not Task.ADDITION else [_named(edit.target, edit.target_colour, edit.where)]
    return _photo_of([*things, *new])


def _edited(edit: Proposal, layer: Layer) -> str:
    if edit.task is Task.REMOVAL:
        return ""
    if edit.task is Task.SWAP:
        return _named(edit.target, edit.target_colour, layer.where)
    if edit.part:
        return f"{_present(layer)} with {grammar.indefinite(f'{edit.target} {edit.part}')}"
    return _named(layer.name, edit.target, layer.where)


def _present(layer: Layer) -> str:
    return _named(layer.name, layer.colour, layer.where)


def _named(name: str, colour: str, where: str) -> str:
    place = PLACES[where].forms["where"].used[0] if where in PLACES else ""
    return grammar.join((grammar.indefinite(grammar.join((colour, name))), place))


def _photo_of(things: list[str]) -> str:
    shown = grammar.listing([thing for thing in things if thing])
    return f"{_NOTHING} of {shown}" if shown else _NOTHING


def _wording(concepts: Mapping[str, Concept], name: str, form: str) -> str:
    return concepts[name].forms[form].used[0] if name in concepts else name
