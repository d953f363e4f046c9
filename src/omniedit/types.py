"""The records that cross a stage: Photo, Task, Proposal, Candidate, Verdict, Pair.

    photos -> Photo -> Proposal -> Candidate -> Verdict -> Pair -> training, editing, bench

Every record is frozen. Pictures are ``uint8`` arrays of shape ``[height, width, 3]`` in sRGB with values 0..255;
masks are ``float32`` arrays of shape ``[height, width]`` with values 0..1 (1 = belongs to the thing named).
Records that hold arrays compare by identity: compare their ids, or their arrays with numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.float32]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class Task(str, Enum):
    """The seven tasks of the paper (arXiv 2411.07199, Table 2), one specialist each."""

    SWAP = "swap"
    REMOVAL = "removal"
    ADDITION = "addition"
    ATTRIBUTE = "attribute"
    BACKGROUND = "background"
    ENVIRONMENT = "environment"
    STYLE = "style"

    def __str__(self) -> str:
        """The plain word, for messages and tables."""
        return self.value

    @property
    def local(self) -> bool:
        """Whether the edit touches a part of the picture only (promise 2: fidelity)."""
        return self not in (Task.BACKGROUND, Task.ENVIRONMENT, Task.STYLE)


@dataclass(frozen=True, eq=False)
class Layer:
    """One known object of a composed photograph: what a perfect detector would say of it."""

    name: str
    """Name of the object, for example ``"car"``."""
    mask: Mask
    """Where it is visible, shape ``[height, width]``."""
    colour: str = ""
    """Colour word of its main part, for example ``"red"``; empty where it has none."""
    parts: Mapping[str, Mask] = field(default_factory=lambda: _EMPTY)
    """Its recolourable parts by name, each a mask of shape ``[height, width]``; the first is the main part."""
    where: str = ""
    """Placement word: left, right, middle …"""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph that enters the flow, with the layers that are known of it (none for a plain photograph)."""

    id: str
    """Stable id, unique in a run."""
    image: Image
    """The picture, ``uint8 [height, width, 3]``, sRGB."""
    layers: tuple[Layer, ...] = ()
    """Known objects, back to front."""
    caption: str = ""
    """What it shows, in words, as far as known."""
    source: str = ""
    """Where it came from: a path, a package, a dataset row."""

    @property
    def size(self) -> tuple[int, int]:
        """``(width, height)`` in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True)
class Proposal:
    """One edit to be made: the arguments of a specialist and the words of a user."""

    id: str
    """Stable id, unique in a run."""
    task: Task
    """Which specialist."""
    instruction: str
    """The instruction as a user would write it."""
    object: str = ""
    """The object that is there: swapped, removed, recoloured. For addition empty."""
    colour: str = ""
    """Colour word that tells the object apart (``"red"`` in "remove the red car"); may be empty."""
    part: str = ""
    """Attribute only: the part of the object to change; empty means the main part."""
    target: str = ""
    """Swap, addition: the new object. Attribute: the new colour. Others: name of backdrop, environment or style."""
    target_colour: str = ""
    """Swap, addition: colour word of the new object; empty means its usual colours."""
    where: str = ""
    """Addition: placement word (left, right, middle, top …); empty leaves it open."""
    behind: str = ""
    """Removal: what lies behind the object (the paper's C_background)."""
    phrasings: tuple[str, ...] = ()
    """Other wordings of the same edit."""
    source_caption: str = ""
    """Caption of the photo before the edit."""
    target_caption: str = ""
    """Caption of the photo after the edit."""

    @property
    def instructions(self) -> tuple[str, ...]:
        """All wordings, the main one first."""
        return (self.instruction, *self.phrasings)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A specialist's (or an editor's) answer to a proposal: a pair that no judge has seen yet."""

    photo_id: str
    """Id of the photo that was edited."""
    proposal: Proposal
    """What was asked."""
    source: Image
    """The picture before. For a reversed removal (addition) it is the filled picture."""
    result: Image
    """The picture after, of the same shape as ``source``."""
    maker: str
    """Name of the specialist or model."""
    seed: int = 0
    """Seed of its random stream."""
    mask: Mask | None = None
    """Where the maker edited, if it says so."""
    details: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    """Settings and diagnostics (grounding errors, tool names), plain values only."""


@dataclass(frozen=True, eq=False)
class Ideal:
    """What a perfect editor would have made. Only the oracle judge may see it."""

    image: Image
    """The ideal result."""
    mask: Mask
    """Where the ideal result differs from the source on purpose; all ones for a global edit."""
    source: Image
    """The picture that the edit ideally starts from (differs from a reversed removal's filled source)."""
    base: Image | None = None
    """Swap, addition: the picture with neither the old nor the new object."""
    sprite: NDArray[np.uint8] | None = None
    """Swap, addition: the new object as placed, tight, ``uint8 [h, w, 4]`` RGBA (not premultiplied)."""
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Where the sprite's centre may lie, as fractions ``(left, top, right, bottom)`` of the picture."""
    scales: tuple[float, float] = (1.0, 1.0)
    """Sprite sizes that the instruction leaves open, as factors of the ideal size."""
    foreground: Mask | None = None
    """Background and environment: what must stay itself."""


@dataclass(frozen=True)
class Verdict:
    """A judge's scores, or the reason why there are none (promise 3: never guess).

    SC is the minimum of ``sc``, PQ the minimum of ``pq`` and O = sqrt(SC * PQ), all on 0..10
    (VIEScore, arXiv 2312.14867; OmniEdit, arXiv 2411.07199, section 3.3 and Figures 6 and 7).
    """

    sc: tuple[float, ...] = ()
    """Semantic consistency: (editing success, over-editing), each 0..10; empty when unscored."""
    pq: tuple[float, ...] = ()
    """Perceptual quality, each 0..10; empty when unscored."""
    judge: str = ""
    """Name of the judge."""
    version: str = ""
    """Version of the judge."""
    rubric: str = ""
    """Hash of the rubric."""
    sc_reasoning: str = ""
    """Why, for SC."""
    pq_reasoning: str = ""
    """Why, for PQ."""
    unscored: str = ""
    """Reason why no score could be read; empty when scored."""
    transcript: str = ""
    """What the judge said, verbatim, where it said anything."""

    @property
    def scored(self) -> bool:
        """Whether there are scores to count."""
        return not self.unscored and bool(self.sc) and bool(self.pq)

    @property
    def overall(self) -> float | None:
        """O = sqrt(min(sc) * min(pq)) on 0..10, or None when unscored."""
        if not self.scored:
            return None
        return math.sqrt(min(self.sc) * min(self.pq))


@dataclass(frozen=True, eq=False)
class Pair:
    """A training example: a candidate with its verdict and its weight."""

    id: str
    """Unique id."""
    candidate: Candidate
    """The two pictures and the instruction."""
    verdict: Verdict
    """What the judge said."""
    weight: float = 1.0
    """Importance weight (paper, Eq. 5); 0 for a reject."""
    reason: str = ""
    """Why it was rejected; empty when kept."""
