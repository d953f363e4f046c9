"""What specialists share: their interface, that of their tools, and how they give up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from omniedit import seeding
from omniedit.data.tools.compositing import Box
from omniedit.data.tools.grounding import Grounding
from omniedit.errors import InputError, OmniEditError
from omniedit.types import Candidate, Image, Mask, Photo, Proposal


class CannotEdit(OmniEditError):  # noqa: N818 - it is an answer, not a fault
    """A specialist gives up on a proposal; ``reason`` says why, for the ledger and for people."""

    def __init__(self, reason: str) -> None:
        """Give up for ``reason``."""
        super().__init__(reason)
        self.reason = reason


class Specialist(Protocol):
    """One of the paper's seven specialists: it answers the proposals of one task."""

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Carry out the proposal.

        The same photo, proposal and seed give the same candidate, whatever else is made before, after or beside it.

        Raises:
            CannotEdit: The thing named is not found, or a tool does not know the word.
        """
        ...


class Inpainter(Protocol):
    """A tool that fills a hole, with what ``caption`` says where it can read."""

    def __call__(self, image: Image, mask: Mask, *, caption: str, rng: np.random.Generator) -> Image:
        """Fill where ``mask`` is above 0; every other pixel stays bit-identical."""
        ...


class ObjectPainter(Protocol):
    """A tool that paints a named object into a picture, over another object or beside all."""

    def __call__(
        self, image: Image, hole: Mask | None, box: Box, name: str, colour: str, *, rng: np.random.Generator
    ) -> tuple[Image, Mask]:
        """Return the picture with the object in ``box``, and where it changed: every other pixel stays bit-identical.

        What stood in ``hole``, if anything, is gone. ``colour`` may be empty.
        """
        ...


def stream_of(seed: int, photo: Photo, proposal: Proposal) -> np.random.Generator:
    """Return the random stream of one candidate."""
    return seeding.stream(seed, photo.id, proposal.id, str(proposal.task))


def find(photo: Photo, proposal: Proposal, grounding: Grounding, rng: np.random.Generator) -> tuple[Mask, str]:
    """Ground what the proposal names.

    Returns:
        Its mask, and the name of the error that the grounding made on purpose; empty for a faithful mask.

    Raises:
        CannotEdit: It is not found.
    """
    found = grounding.ground(photo, proposal, rng)
    if found.mask is None:
        raise CannotEdit(found.error)
    if not (found.mask > 0).any():
        raise CannotEdit(f"the mask found is empty ({found.error or 'as given'})")
    return found.mask, found.error


def radius(share: float, image: Image) -> int:
    """Return a length in pixels given as a share of the picture's size, the square root of its area."""
    return round(share * float(np.sqrt(image.shape[0] * image.shape[1])))


@contextmanager
def giving_up() -> Iterator[None]:
    """Give up where a tool does: it does not know a word, or cannot use a mask."""
    try:
        yield
    except InputError as error:
        raise CannotEdit(str(error)) from error


def vary(rng: np.random.Generator, variation: float) -> float:
    """Draw a strength: normal around the full effect, 1, which it never exceeds."""
    return 1 + variation * float(np.clip(rng.standard_normal(), -2, 0))
