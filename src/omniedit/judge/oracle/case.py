"""A candidate and its ideal side by side at the judge's size, with the ideal moved as far as the instruction allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from omniedit.errors import ImageError
from omniedit.judge.oracle import placement
from omniedit.judge.oracle.vision import Array, gap, grow, remains, view, view_mask, working_size
from omniedit.types import Candidate, Ideal, Proposal, Task

STRENGTHS = (0.95, 1.0, 1.15)
"""Strengths of an environment or a style, as factors of the ideal's, that are as good as the ideal."""


@dataclass(frozen=True, eq=False)
class Case:
    """All that the oracle looks at; pictures in OKLab ``[h, w, 3]``, masks ``[h, w]`` 0..1."""

    proposal: Proposal
    """What was asked."""
    source: Array
    """The candidate's source."""
    result: Array
    """The candidate's result."""
    ideal: Array
    """The ideal result."""
    mask: Array
    """Where the edit is meant to be."""
    base: Array
    """What the new thing is put on: for a swap the picture with neither object, else the source."""
    new: Array
    """Where the new thing is: for a swap the new object, else the mask."""
    empty: Array
    """The ideal source; it differs from the source for a reversed removal, whose source is a filled picture."""
    filled: Array
    """The ideal result before it moved."""
    hole: Array
    """The ideal's mask before it moved."""
    foreground: Array | None
    """What must stay itself, where the ideal says so."""

    @property
    def task(self) -> Task:
        """The task of the proposal."""
        return self.proposal.task

    @cached_property
    def remains(self) -> tuple[Array, Array]:
        """How much of the source's lines the result still has, and what that is worth (see ``vision.remains``)."""
        return remains(self.result, self.source, self.ideal)

    @cached_property
    def cleared(self) -> Array:
        """Where an old object is to go: that of a swap or a removal."""
        if self.task is Task.SWAP:
            return different(self.base, self.source)
        return self.mask if self.task is Task.REMOVAL else np.zeros_like(self.mask)

    @cached_property
    def uncovered(self) -> Array:
        """Where the old object went and no new one came, so that the instruction leaves the texture open."""
        if self.task is Task.SWAP:
            return np.asarray(self.cleared * (1 - grow(self.new, 2.0)))
        return self.cleared

    def reversed(self) -> Case:
        """An addition as the removal that it came from: its source is the result, and the empty picture the ideal."""
        proposal = replace(self.proposal, task=Task.REMOVAL, object=self.proposal.target)
        swapped = {"source": self.filled, "result": self.source, "ideal": self.empty, "base": self.filled}
        return replace(self, proposal=proposal, mask=self.hole, new=self.hole, **swapped)


def prepare(candidate: Candidate, ideal: Ideal, area: int) -> Case:
    """The case of ``candidate`` against ``ideal`` at about ``area`` pixels.

    Raises:
        ImageError: The pictures differ in size.
    """
    _check_sizes(candidate, ideal)
    size = working_size(ideal.image.shape, area)
    source, target, mask = view(candidate.source, size), view(ideal.image, size), view_mask(ideal.mask, size)
    case = Case(
        proposal=candidate.proposal,
        source=source,
        result=view(candidate.result, size),
        ideal=target,
        mask=mask,
        base=source,
        new=mask,
        empty=view(ideal.source, size),
        filled=target,
        hole=mask,
        foreground=None if ideal.foreground is None else view_mask(ideal.foreground, size),
    )
    return _adapt(case, ideal, size)


def different(a: Array, b: Array) -> Array:
    """Mask of where two pictures differ, soft at the threshold of what one sees."""
    return np.asarray(np.clip(gap(a, b) / 0.02, 0.0, 1.0), np.float32)


def _check_sizes(candidate: Candidate, ideal: Ideal) -> None:
    """All pictures must have one size.

    Raises:
        ImageError: They do not.
    """
    want = ideal.image.shape[:2]
    shapes = {"source": candidate.source.shape, "result": candidate.result.shape}
    shapes |= {"ideal's source": ideal.source.shape, "ideal's mask": ideal.mask.shape}
    for name, shape in shapes.items():
        if shape[:2] != want:
            raise ImageError(
                f"{candidate.proposal.id}: the {name} has {shape[1]} x {shape[0]} pixels, "
                f"the ideal {want[1]} x {want[0]}; bring the pictures to one size before judging"
            )


def _adapt(case: Case, ideal: Ideal, size: tuple[int, int]) -> Case:
    """``case`` with what its task needs: a swap's base, a backdrop's mask, the ideal nearest to the result."""
    if case.task is Task.BACKGROUND and case.foreground is not None:
        backdrop = np.minimum(case.mask, 1 - case.foreground)
        return replace(case, mask=backdrop, new=backdrop)
    if case.task in (Task.ENVIRONMENT, Task.STYLE):
        return _match_strength(case)
    if case.task is Task.SWAP and ideal.base is not None:
        base = view(ideal.base, size)
        case = replace(case, base=base, new=different(case.ideal, base))
    if case.task in (Task.SWAP, Task.ADDITION) and ideal.sprite is not None:
        return _follow(case, ideal, ideal.sprite, size)
    return case


def _match_strength(case: Case) -> Case:
    """``case`` with the ideal at that of ``STRENGTHS`` which is nearest to the result."""
    step = case.ideal - case.source
    ideals = [case.source + np.float32(strength) * step for strength in STRENGTHS]
    return replace(case, ideal=min(ideals, key=lambda ideal: placement.error(case.result, ideal)))


def _follow(
    case: Case, ideal: Ideal, sprite: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], size: tuple[int, int]
) -> Case:
    """``case`` with the ideal's object where the result has it, if the instruction allows that and it is nearer so."""
    here = placement.error(case.result, case.ideal)
    if here < 1e-5 * case.result.size or np.array_equal(case.result, case.source):
        return case
    stamp = placement.stamp(sprite, size[0] / ideal.image.shape[1])
    place = placement.nearest(case.result, case.base, stamp, _centres(case, ideal, stamp), ideal.scales)
    if place is None:
        return case
    moved, alpha = placement.compose(case.base, stamp, place)
    if placement.error(case.result, moved) > 0.9 * here:
        return case
    return replace(case, ideal=moved, mask=np.maximum(alpha, case.cleared), new=alpha)


def _centres(case: Case, ideal: Ideal, stamp: placement.Stamp) -> placement.Box:
    """Where the object's centre may lie, in pixels: in the region; for a swap, within half its size of the ideal."""
    height, width = case.base.shape[:2]
    left, top, right, bottom = ideal.region
    box = (left * width, top * height, right * width, bottom * height)
    rows, columns = np.nonzero(case.new > 0.5)
    if case.task is Task.ADDITION or rows.size == 0:
        return box
    x, y = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    reach = max(stamp.alpha.shape) / 2
    return max(box[0], x - reach), max(box[1], y - reach), min(box[2], x + reach), min(box[3], y + reach)
