"""Who answers: any editor by name, or one of the two pseudo editors that mark the ends of the scale."""

from __future__ import annotations

from collections.abc import Callable

from omniedit.bench.item import Item
from omniedit.types import Image

Contestant = Callable[[Item, int], Image]
"""``(item, seed)`` -> the edited picture, of the photo's shape. Declining is an `OmniEditError`."""

PSEUDO: dict[str, Contestant] = {
    "unedited": lambda item, seed: item.photo.image,
    "ideal": lambda item, seed: item.ideal.image,
}
"""The ends of the scale: the photo as it was, and the ideal result."""


def contestant(name: str) -> Contestant:
    """The contestant called ``name``: one of `PSEUDO`, a preset, a model's folder, or a Hub id."""
    if name in PSEUDO:
        return PSEUDO[name]
    from omniedit.presets import load

    editor = load(name)
    return lambda item, seed: editor(item.photo, item.instruction, seed=seed).images[0]
