"""One question of a benchmark, with the answer that a perfect editor would give, if known; and what a suite is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from omniedit.types import Ideal, Image, Mask, Photo, Proposal

if TYPE_CHECKING:
    from omniedit.bench.results import Row

Phrasing = Literal["seen", "unseen", ""]


@dataclass(frozen=True, eq=False)
class Item:
    """A photo and an instruction."""

    id: str
    """Stable, unique in the suite, usable as a file name."""
    photo: Photo
    """The picture to edit, with what is known of it."""
    proposal: Proposal
    """The edit that the instruction means."""
    instruction: str
    """The wording that the contestant gets."""
    ratio: str
    """Nearest aspect ratio, a key of `images.RATIOS`."""
    phrasing: Phrasing = ""
    """Whether training used wordings of this kind, or held them out; empty where nobody can tell."""
    ideal: Ideal | None = None
    """What a perfect editor would have made; only a composed scene has one."""
    group: str = ""
    """The suite's own name of its task, such as ``"motion_change"``; empty for ours."""
    reference: Image | None = None
    """An answer made by people (MagicBrush), ``uint8 [h, w, 3]``: shown, never needed."""
    mask: Mask | None = None
    """Where the edit is asked for, ``float32 [h, w]``, where the suite says so (MagicBrush)."""

    @property
    def task(self) -> str:
        """What the item counts as in tables: the suite's own name of its task, or ours."""
        return self.group or str(self.proposal.task)


@dataclass(frozen=True)
class SuiteOptions:
    """What a suite is made with."""

    photos: Path | None = None
    """Folder of photographs, or the local copy of a download; None for what the suite has or finds itself."""
    seed: int = 0
    """Seed of whatever the suite draws."""
    limit: int | None = None
    """How many items, spread evenly over its groups; None for the suite's own number."""


class Suite(Protocol):
    """A benchmark: named items, each made on its own, so that a run can stop and go on anywhere."""

    @property
    def name(self) -> str:
        """Its key in `SUITES`."""

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits over all that its items depend on: with the same hash, the same was compared."""

    @property
    def ids(self) -> Sequence[str]:
        """Ids of all items, in order."""

    @property
    def judge(self) -> str:
        """Who judges unless another is named; a name of `judge.named`."""

    @property
    def rubric(self) -> str:
        """What its published protocol asks a judge; a name in `judge.rubric.RUBRICS`."""

    def item(self, name: str) -> Item:
        """Make the item with the id ``name``."""

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """The suite's own aggregation, by the names it is published under; None for what cannot be told."""
