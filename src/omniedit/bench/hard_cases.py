"""Cheap hard cases for a judge to learn from: results that are wrong in a way which editors are wrong in.

A case is a function ``(answered, rng) -> result``, found in ``CASES`` by name; None where it does not apply. They only
make pictures: what these deserve, the teacher says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from omniedit.data.tools.filters import blur, mix, unit
from omniedit.images import from_unit, resize, to_unit
from omniedit.types import Candidate, Ideal, Image, Mask, Proposal


@dataclass(frozen=True, eq=False)
class Answered:
    """An edit that a specialist made, and what else is known."""

    candidate: Candidate
    """The specialist's answer."""
    ideal: Ideal
    """What a perfect editor would have made."""
    others: tuple[Candidate, ...]
    """Answers to all instructions on the same scene, this one too."""

    @property
    def source(self) -> Image:
        """The picture before."""
        return self.candidate.source

    @property
    def result(self) -> Image:
        """The specialist's result."""
        return self.candidate.result


Case = Callable[[Answered, np.random.Generator], "Image | None"]


# Not what was asked ---------------------------------------------------------------------------------------------------


def unedited(answered: Answered, rng: np.random.Generator) -> Image:
    """The picture as it was."""
    return answered.source


def ideal(answered: Answered, rng: np.random.Generator) -> Image | None:
    """The perfect result, where the specialist started from the ideal's own source."""
    return answered.ideal.image if np.array_equal(answered.source, answered.ideal.source) else None


def other(answered: Answered, rng: np.random.Generator) -> Image | None:
    """The result of another instruction on the same picture; as often as not one of the same task."""
    proposal = answered.candidate.proposal
    found = [
        candidate
        for candidate in answered.others
        if asks(candidate.proposal) != asks(proposal) and np.array_equal(candidate.source, answered.source)
    ]
    alike = [candidate for candidate in found if candidate.proposal.task is proposal.task]
    choices = alike if alike and rng.random() < 0.5 else found
    return choices[rng.integers(len(choices))].result if choices else None


def asks(proposal: Proposal) -> tuple[str, ...]:
    """What a proposal asks for, whatever its words."""
    names = ("task", "object", "colour", "part", "target", "target_colour", "where")
    return tuple(str(getattr(proposal, name)) for name in names)


def half(answered: Answered, rng: np.random.Generator) -> Image:
    """The edit at a part of its strength."""
    return from_unit(
        mix(to_unit(answered.source), to_unit(answered.result), _spread(answered, rng.uniform(0.15, 0.95)))
    )


def part(answered: Answered, rng: np.random.Generator) -> Image:
    """The edit in a part of the place only."""
    done = 1 - _blob(answered, rng)
    return from_unit(mix(to_unit(answered.source), to_unit(answered.result), done))


# Damaged --------------------------------------------------------------------------------------------------------------


def blurred(answered: Answered, rng: np.random.Generator) -> Image:
    """A place out of focus, or all of it."""
    image = to_unit(answered.result)
    sigma = unit(answered.result) * np.exp(rng.uniform(np.log(0.004), np.log(0.04)))
    return from_unit(mix(image, blur(image, float(sigma)), _area(answered, rng)))


def noisy(answered: Answered, rng: np.random.Generator) -> Image:
    """Grain in a place."""
    image = to_unit(answered.result)
    grain = rng.standard_normal(image.shape).astype(np.float32) * np.float32(
        np.exp(rng.uniform(np.log(0.02), np.log(0.2)))
    )
    return from_unit(mix(image, image + grain, _area(answered, rng)))


def ghost(answered: Answered, rng: np.random.Generator) -> Image:
    """The picture before shines through in a place."""
    amount = _area(answered, rng) * np.float32(rng.uniform(0.1, 0.7))
    return from_unit(mix(to_unit(answered.result), to_unit(answered.source), amount))


def shaded(answered: Answered, rng: np.random.Generator) -> Image:
    """Other colours in a place, as an editor has that does not keep the rest."""
    image = to_unit(answered.result)
    reach = np.exp(rng.uniform(np.log(0.02), np.log(0.3)))
    offset = rng.uniform(-1, 1, 3).astype(np.float32) * np.float32(reach)
    contrast = np.float32(1 + rng.uniform(-1, 1) * reach)
    return from_unit(mix(image, (image - np.float32(0.5)) * contrast + np.float32(0.5) + offset, _area(answered, rng)))


def blocky(answered: Answered, rng: np.random.Generator) -> Image:
    """A place in coarse blocks, as a model's patches are when it fails."""
    height, width = answered.result.shape[:2]
    side = int(rng.integers(2, 17))
    small = resize(answered.result, (max(1, width // side), max(1, height // side)))
    rows, columns = (
        np.arange(length) * few // length for length, few in zip((height, width), small.shape, strict=False)
    )
    amount = _area(answered, rng) * np.float32(rng.uniform(0.2, 1))
    return from_unit(mix(to_unit(answered.result), to_unit(small[rows][:, columns]), amount))


CASES: dict[str, Case] = {
    "unedited": unedited,
    "ideal": ideal,
    "other": other,
    "half": half,
    "part": part,
    "blurred": blurred,
    "noisy": noisy,
    "ghost": ghost,
    "shaded": shaded,
    "blocky": blocky,
}
"""The hard cases by name."""


# Where ----------------------------------------------------------------------------------------------------------------


def _area(answered: Answered, rng: np.random.Generator) -> Mask:
    """Where damage lies: on the edit, in a round place anywhere, or all over."""
    kind = rng.integers(3)
    if kind == 0:
        return blur(np.asarray(answered.ideal.mask, np.float32), 1.0)
    return _blob(answered, rng) if kind == 1 else _spread(answered, 1.0)


def _blob(answered: Answered, rng: np.random.Generator) -> Mask:
    """A soft ellipse about a point of the edit, ``float32 [H, W]`` with values 0..1."""
    height, width = answered.result.shape[:2]
    rows, columns = np.nonzero(answered.ideal.mask > 0.5)
    at = rng.integers(rows.size) if rows.size else 0
    centre = (rows[at], columns[at]) if rows.size and rng.random() < 0.7 else rng.uniform(0, (height, width))
    radii = rng.uniform(0.08, 0.4, 2) * unit(answered.result)
    y, x = np.ogrid[:height, :width]
    distance = np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1])
    return np.asarray(np.clip((1.1 - distance) / 0.2, 0, 1), np.float32)


def _spread(answered: Answered, value: float) -> Mask:
    """The same amount everywhere."""
    return np.full(answered.result.shape[:2], value, np.float32)
