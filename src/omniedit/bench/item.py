"""One question of a benchmark, with the answer that a perfect editor would give; and what a suite of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from omniedit.types import Ideal, Photo, Proposal

Phrasing = Literal["seen", "unseen"]


@dataclass(frozen=True, eq=False)
class Item:
    """A photo, an instruction, and the ideal result."""

    id: str
    """Stable, unique in the suite, usable as a file name."""
    photo: Photo
    """The picture to edit, with what is known of it."""
    proposal: Proposal
    """The edit that the instruction means."""
    instruction: str
    """The wording that the contestant gets."""
    ratio: str
    """Aspect ratio, a key of `images.RATIOS`."""
    phrasing: Phrasing
    """Whether training used wordings of this kind, or held them out."""
    ideal: Ideal
    """What a perfect editor would have made."""


class Suite(Protocol):
    """A benchmark: named items, each made on its own, so that a run can stop and go on anywhere."""

    @property
    def ids(self) -> Sequence[str]:
        """Ids of all items, in order."""

    def item(self, name: str) -> Item:
        """Make the item with the id ``name``."""
