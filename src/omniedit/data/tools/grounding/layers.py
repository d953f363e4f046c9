"""Grounding by the layers of a composed photo, which know, erring at a stated rate, as a detector would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from omniedit.colour import to_oklab
from omniedit.data.colours import COLOURS
from omniedit.data.tools.compositing import dilate
from omniedit.data.tools.grounding.protocol import Grounded
from omniedit.types import Layer, Mask, Photo, Proposal, Task


@dataclass(frozen=True)
class LayerGrounding:
    """Grounding by the photo's layers, wrong at a stated rate.

    With probability ``error_rate`` one of these happens, each as likely as the others: the thing is missed, another
    thing or part is taken for it (where there is another), or its mask is eroded, dilated, shifted or partial.
    """

    error_rate: float = 0.15

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """Find the layer that fits the proposal's words best: by name, then colour, then place."""
        exact, others = _look_up(photo.layers, proposal)
        if exact is None:
            return Grounded(None, f"no {_spoken(proposal)} found")
        if rng.random() >= self.error_rate:
            return Grounded(exact)
        error = str(rng.choice(["missed", *(["wrong"] if others else []), *ERRORS]))
        if error == "missed":
            return Grounded(None, f"missed the {_spoken(proposal)}")
        if error == "wrong":
            return Grounded(others[int(rng.integers(len(others)))], error)
        return Grounded(ERRORS[error](exact, rng), error)


Error = Callable[[Mask, np.random.Generator], Mask]


def _eroded(mask: Mask, rng: np.random.Generator) -> Mask:
    """Lose the rim."""
    return _morph(mask, -rng.uniform(0.08, 0.18))


def _dilated(mask: Mask, rng: np.random.Generator) -> Mask:
    """Take in much of the surroundings."""
    return _morph(mask, rng.uniform(0.15, 0.3))


def _shifted(mask: Mask, rng: np.random.Generator) -> Mask:
    """Lie beside the thing, by 15 to 40 % of its size."""
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.4) * _extent(mask)
    dy, dx = round(reach * np.sin(angle)), round(reach * np.cos(angle))
    padded = np.pad(mask, ((abs(dy),) * 2, (abs(dx),) * 2))
    height, width = mask.shape
    return padded[abs(dy) - dy :, abs(dx) - dx :][:height, :width].copy()


def _partial(mask: Mask, rng: np.random.Generator) -> Mask:
    """Hold only one side of the thing, 35 to 70 % of its extent."""
    rows, columns = np.nonzero(mask > 0.5)
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    along = y * np.sin(angle) + x * np.cos(angle)
    low, high = (along[rows, columns].min(), along[rows, columns].max()) if rows.size else (0.0, 0.0)
    return np.where(along <= low + rng.uniform(0.35, 0.7) * (high - low), mask, np.float32(0))


ERRORS: Mapping[str, Error] = {"eroded": _eroded, "dilated": _dilated, "shifted": _shifted, "partial": _partial}


def _morph(mask: Mask, share: float) -> Mask:
    """Grow a mask by a share of its own size; a negative share shrinks it, by one pixel at least."""
    radius = max(1, round(abs(share) * _extent(mask)))
    return dilate(mask, radius if share > 0 else -radius)


def _extent(mask: Mask) -> float:
    """Return the side of the square that has the mask's area."""
    return float(np.sqrt(mask.sum()))


def _look_up(layers: tuple[Layer, ...], proposal: Proposal) -> tuple[Mask | None, list[Mask]]:
    """Return the mask of what the proposal names, None where there is no such thing, and the masks of other things."""
    if not proposal.object:
        masks = [layer.mask for layer in layers]
        return (np.maximum.reduce(masks) if masks else None), (masks if len(masks) > 1 else [])
    match = _best_match(layers, proposal)
    wanted = None if match is None else _wanted_part(match, proposal)
    if match is None or wanted is None:
        return None, []
    others = [_wanted_part(layer, proposal) for layer in layers if layer is not match]
    if proposal.task is Task.ATTRIBUTE:
        others += match.parts.values()
    return wanted, [mask for mask in others if mask is not None and mask is not wanted]


def _spoken(proposal: Proposal) -> str:
    """Say what the proposal looks for."""
    if not proposal.object:
        return "foreground"
    part = f"{proposal.part!r} of a " if proposal.part else ""
    return f"{part}{' '.join(filter(None, (proposal.colour, proposal.object)))!r}"


def _best_match(layers: tuple[Layer, ...], proposal: Proposal) -> Layer | None:
    """Return the layer of the proposal's name that fits its colour and place best; the frontmost of equals."""
    named = [layer for layer in reversed(layers) if layer.name == proposal.object]

    def misfit(layer: Layer) -> tuple[float, bool]:
        return _colour_distance(layer.colour, proposal.colour), bool(proposal.where) and layer.where != proposal.where

    return min(named, key=misfit, default=None)


def _colour_distance(seen: str, asked: str) -> float:
    """Return how far, in OKLab, a thing's colour word is from the one asked for; 0 where none is asked for."""
    if not asked or seen == asked:
        return 0.0
    if seen not in COLOURS or asked not in COLOURS:
        return 1.0
    lab = to_oklab(np.array([COLOURS[seen], COLOURS[asked]], np.uint8))
    return float(np.linalg.norm(lab[0] - lab[1]))


def _wanted_part(layer: Layer, proposal: Proposal) -> Mask | None:
    """Return the layer's mask, or for an attribute edit that of the part; None where it has no such part."""
    if proposal.task is not Task.ATTRIBUTE:
        return layer.mask
    if proposal.part:
        return layer.parts.get(proposal.part)
    return next(iter(layer.parts.values()), layer.mask)
