"""Drawing an edit that a photo can have: which object, colour, part, target and place. The words come later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from omniedit.data.proposals.lexicon import Vocabulary
from omniedit.types import Layer, Photo, Proposal, Task

_edit = partial(Proposal, "", instruction="")
"""An edit without words: only task and arguments."""

Drawn = tuple[Proposal, Layer | None]
"""The edit, without words, and the layer that it is about."""

_MENTION_COLOUR = 0.5
_MENTION_TARGET_COLOUR = 0.6
_MENTION_PLACE = 0.8
_NAMED_PART = 0.35
_VISIBLE_PART = 0.03
_FREE_PLACES = {"floor": ("left", "middle", "right"), "air": ("top left", "top", "top right")}


def draw(photo: Photo, task: Task, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    """An edit of that task, or None where the photo cannot have one."""
    return _DRAWERS[task](photo, rng, known)


def draw_new(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    """An addition of an object that is not in the photo, at a free place or none in particular."""
    target = _new_object(photo, rng, known)
    if not target:
        return None
    taken = {layer.where for layer in photo.layers}
    free = [place for place in _FREE_PLACES[known.objects[target].rests] if place not in taken]
    where = _pick(rng, free) if free and rng.random() < _MENTION_PLACE else ""
    return _edit(Task.ADDITION, target=target, target_colour=_new_colour(target, rng, known), where=where), None


def _removal(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    layer = _subject(photo, rng)
    if layer is None:
        return None
    colour = _telling_colour(layer, photo, rng)
    return _edit(Task.REMOVAL, object=layer.name, colour=colour, behind="the background"), layer


def _addition(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    layer = _subject(photo, rng)
    if layer is None:
        return None
    usual = known.objects[layer.name].colour if layer.name in known.objects else ""
    colour = layer.colour if layer.colour != usual or rng.random() < _MENTION_COLOUR else ""
    return _edit(Task.ADDITION, target=layer.name, target_colour=colour, where=layer.where), layer


def _swap(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    layer, target = _subject(photo, rng), _new_object(photo, rng, known)
    if layer is None or not target:
        return None
    colour, target_colour = _telling_colour(layer, photo, rng), _new_colour(target, rng, known)
    return _edit(Task.SWAP, object=layer.name, colour=colour, target=target, target_colour=target_colour), layer


def _attribute(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn | None:
    layer = _subject(photo, rng, [layer for layer in photo.layers if _recolourable(layer, known)])
    if layer is None:
        return None
    concept = known.objects.get(layer.name)
    part = _named_part(layer, rng)
    usual = (concept.parts.get(part, "") if part else concept.colour) if concept else ""
    present = usual if part else layer.colour or usual
    target = _pick(rng, (colour for colour in known.colours if colour != present))
    colour = _telling_colour(layer, photo, rng)
    return _edit(Task.ATTRIBUTE, object=layer.name, colour=colour, part=part, target=target), layer


def _background(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn:
    return _edit(Task.BACKGROUND, target=_pick(rng, known.backdrops)), None


def _environment(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn:
    return _edit(Task.ENVIRONMENT, target=_pick(rng, known.environments)), None


def _style(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> Drawn:
    return _edit(Task.STYLE, target=_pick(rng, known.styles)), None


_DRAWERS: Mapping[Task, Callable[[Photo, np.random.Generator, Vocabulary], Drawn | None]] = {
    Task.SWAP: _swap,
    Task.REMOVAL: _removal,
    Task.ADDITION: _addition,
    Task.ATTRIBUTE: _attribute,
    Task.BACKGROUND: _background,
    Task.ENVIRONMENT: _environment,
    Task.STYLE: _style,
}


def _pick(rng: np.random.Generator, items: Iterable[str]) -> str:
    options = list(items)
    return options[int(rng.integers(len(options)))]


def _subject(photo: Photo, rng: np.random.Generator, among: Sequence[Layer] | None = None) -> Layer | None:
    """A layer that words can tell apart: no other has its name, or it has a colour that none of them has."""
    layers = photo.layers if among is None else among
    told = [layer for layer in layers if _can_be_told(layer, _twins(layer, photo))]
    return told[int(rng.integers(len(told)))] if told else None


def _recolourable(layer: Layer, known: Vocabulary) -> bool:
    """Whether it may take another colour: of what is known to have no parts, a picture, nobody knows where."""
    return layer.name not in known.objects or bool(known.objects[layer.name].parts)


def _can_be_told(layer: Layer, twins: list[Layer]) -> bool:
    return not twins or (bool(layer.colour) and all(twin.colour not in ("", layer.colour) for twin in twins))


def _twins(layer: Layer, photo: Photo) -> list[Layer]:
    return [other for other in photo.layers if other is not layer and other.name == layer.name]


def _telling_colour(layer: Layer, photo: Photo, rng: np.random.Generator) -> str:
    mentioned = rng.random() < _MENTION_COLOUR or bool(_twins(layer, photo))
    return layer.colour if mentioned else ""


def _new_object(photo: Photo, rng: np.random.Generator, known: Vocabulary) -> str:
    present = {layer.name for layer in photo.layers}
    options = [name for name in known.objects if name not in present]
    return _pick(rng, options) if options else ""


def _new_colour(target: str, rng: np.random.Generator, known: Vocabulary) -> str:
    mentioned = rng.random() < _MENTION_TARGET_COLOUR and bool(known.objects[target].parts)
    return _pick(rng, known.colours) if mentioned else ""


def _named_part(layer: Layer, rng: np.random.Generator) -> str:
    """One of the visible parts after the main one, or empty for the main one."""
    area = float(layer.mask.sum())
    visible = [part for part in list(layer.parts)[1:] if float(layer.parts[part].sum()) > _VISIBLE_PART * area]
    return _pick(rng, visible) if visible and rng.random() < _NAMED_PART else ""
