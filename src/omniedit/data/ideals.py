"""The ideal result of any edit of a scene, from its layers: what only the oracle judge may see.

One function per task, ``(scene, proposal) -> Ideal``. Where an instruction leaves something open (where exactly "on
the left" is, how large), the ideal says so in ``region`` and ``scales``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from omniedit.data.scenes import Placement, Scene, place
from omniedit.data.tools.backdrops import render_backdrop
from omniedit.data.tools.painterly import paint
from omniedit.data.tools.weather import change_environment
from omniedit.errors import DataError
from omniedit.seeding import stream
from omniedit.types import Ideal, Mask, Proposal, Task

SLACK = 0.08
"""How far beyond its third of the picture an object's centre may lie, as a share of the picture's side."""
ADDED_SCALES = (0.7, 1.4)
"""Sizes that "add a car" leaves open, relative to the ideal one."""
SWAPPED_SCALES = (0.75, 1.35)
"""Sizes that "replace the car with a bus" leaves open."""


def removal(scene: Scene, proposal: Proposal) -> Ideal:
    """The picture that was hidden behind the object."""
    old = _find(scene, proposal.object, proposal.colour, proposal.where)
    return Ideal(scene.without(old), scene.layer(old).mask, scene.image)


def addition(scene: Scene, proposal: Proposal) -> Ideal:
    """The scene's own object (a reversed removal), or else a new one on a free place."""
    own = scene.find(proposal.target, proposal.target_colour, proposal.where)
    before = scene if own is None else replace(scene, placements=tuple(p for p in scene.placements if p is not own))
    new = own or _free_place(scene, proposal)
    after = replace(before, placements=(*before.placements, new))
    base = before.image
    return Ideal(
        after.image,
        after.layer(new).mask,
        base,
        base=base,
        sprite=after.sprite(new)[2].rgba,
        region=region(proposal.where),
        scales=ADDED_SCALES,
    )


def swap(scene: Scene, proposal: Proposal) -> Ideal:
    """The new object standing where the old one stood, as large."""
    old = _find(scene, proposal.object, proposal.colour, proposal.where)
    new = replace(old, name=proposal.target, colours=_colours(scene, proposal))
    result = replace(scene, placements=tuple(new if p is old else p for p in scene.placements))
    mask = np.maximum(scene.layer(old).mask, result.layer(new).mask)
    columns, rows = scene.cells
    centre = ((old.column + old.size / 2) / columns, (old.row + old.size / 2) / rows)
    reach = (old.size / 2 / columns / 2, old.size / 2 / rows / 2)
    return Ideal(
        result.image,
        mask,
        scene.image,
        base=scene.without(old),
        sprite=result.sprite(new)[2].rgba,
        region=(centre[0] - reach[0], centre[1] - reach[1], centre[0] + reach[0], centre[1] + reach[1]),
        scales=SWAPPED_SCALES,
    )


def attribute(scene: Scene, proposal: Proposal) -> Ideal:
    """The object with one part in the new colour."""
    old = _find(scene, proposal.object, proposal.colour, proposal.where)
    part = proposal.part or next(iter(dict(old.colours)), "")
    if part not in dict(old.colours):
        raise DataError(f"scene {scene.id} has no {part or 'part'} of a {old.name!r} that could be {proposal.target}")
    colours = tuple((name, proposal.target if name == part else colour) for name, colour in old.colours)
    result = scene.replaced(old, replace(old, colours=colours))
    return Ideal(result, scene.layer(old).parts[part], scene.image)


def background(scene: Scene, proposal: Proposal) -> Ideal:
    """The objects before the new backdrop."""
    height, width = scene.background.shape[:2]
    backdrop = render_backdrop(proposal.target, width, height)
    foreground = _foreground(scene)
    return Ideal(scene.render(scene.placements, backdrop), (1 - foreground), scene.image, foreground=foreground)


def environment(scene: Scene, proposal: Proposal) -> Ideal:
    """The picture in the new weather or light, its objects themselves unchanged."""
    image, foreground = scene.image, _foreground(scene)
    result = change_environment(image, proposal.target, foreground=foreground)
    return Ideal(result, np.ones_like(foreground), image, foreground=foreground)


def style(scene: Scene, proposal: Proposal) -> Ideal:
    """The whole picture in the style."""
    image = scene.image
    return Ideal(paint(image, proposal.target), np.ones(image.shape[:2], np.float32), image)


IDEALS: dict[Task, Callable[[Scene, Proposal], Ideal]] = {
    Task.SWAP: swap,
    Task.REMOVAL: removal,
    Task.ADDITION: addition,
    Task.ATTRIBUTE: attribute,
    Task.BACKGROUND: background,
    Task.ENVIRONMENT: environment,
    Task.STYLE: style,
}
"""Task -> its ideal."""


def ideal(scene: Scene, proposal: Proposal) -> Ideal:
    """What a perfect editor would make of ``proposal``.

    Raises:
        DataError: The scene has no such object or part, or no place for a new object.
        InputError: There is no such new object, or it cannot have the colour asked for.
    """
    return IDEALS[proposal.task](scene, proposal)


def region(where: str) -> tuple[float, float, float, float]:
    """Fractions ``(left, top, right, bottom)`` in which "on the left", "at the top right" … lets a centre lie."""
    spans = {"left": (0, 1 / 3), "right": (2 / 3, 1), "top": (0, 1 / 2), "bottom": (1 / 2, 1), "middle": (1 / 3, 2 / 3)}
    across, down = (0.0, 1.0), (0.0, 1.0)
    for word in where.replace("centre", "middle").split():
        span = spans.get(word, (0.0, 1.0))
        across, down = (across, span) if word in ("top", "bottom") else (span, down)
    return across[0] - SLACK, down[0] - SLACK, across[1] + SLACK, down[1] + SLACK


def _find(scene: Scene, name: str, colour: str, where: str) -> Placement:
    """The object that the proposal means; a DataError when the scene has none of that name."""
    found = scene.find(name, colour, where)
    if found is None:
        raise DataError(f"scene {scene.id} has no {name!r}, so there is no ideal edit of it")
    return found


def _free_place(scene: Scene, proposal: Proposal) -> Placement:
    """Where a new object would stand."""
    rng = stream(0, "free place", scene.id, proposal.id)
    across = next((word for word in proposal.where.split() if word in ("left", "middle", "right")), "")
    found = place(scene, rng, where=across, name=proposal.target)
    if found is None:
        raise DataError(f"scene {scene.id} has no free place for a {proposal.target} ({proposal.where or 'anywhere'})")
    return replace(found, colours=_colours(scene, proposal))


def _colours(scene: Scene, proposal: Proposal) -> tuple[tuple[str, str], ...]:
    """The new object's usual colours, its main part in the colour that is asked for, if one is."""
    return scene.cutouts.get(proposal.target).colours(proposal.target_colour)


def _foreground(scene: Scene) -> Mask:
    """Where any object is."""
    masks = [scene.layer(p).mask for p in scene.placements]
    return np.maximum.reduce(masks) if masks else np.zeros(scene.background.shape[:2], np.float32)
