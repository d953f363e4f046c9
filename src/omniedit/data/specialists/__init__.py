"""The seven specialists (paper, section 3.2 and A.1): Photo + Proposal -> Candidate.

Each is the paper's recipe, written once over tools that its constructor takes; those here need no download.

    SPECIALISTS[proposal.task](photo, proposal, grounding=LayerGrounding(), seed=0)
    ensemble(cutouts)[proposal.task](…)   where new objects are of a folder's cutouts
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.specialists.addition import AdditionSpecialist
from omniedit.data.specialists.attribute import AttributeSpecialist
from omniedit.data.specialists.background import BackgroundSpecialist
from omniedit.data.specialists.base import CannotEdit, Specialist
from omniedit.data.specialists.environment import EnvironmentSpecialist
from omniedit.data.specialists.removal import RemovalSpecialist
from omniedit.data.specialists.style import StyleSpecialist
from omniedit.data.specialists.swap import SwapSpecialist
from omniedit.data.tools.placement import CutoutPainter
from omniedit.types import Task

SPECIALISTS: dict[Task, Specialist] = {
    Task.SWAP: SwapSpecialist(),
    Task.REMOVAL: RemovalSpecialist(),
    Task.ADDITION: AdditionSpecialist(),
    Task.ATTRIBUTE: AttributeSpecialist(),
    Task.BACKGROUND: BackgroundSpecialist(),
    Task.ENVIRONMENT: EnvironmentSpecialist(),
    Task.STYLE: StyleSpecialist(),
}
"""Task -> its specialist, with the bundled cutouts."""


@lru_cache(maxsize=4)
def ensemble(cutouts: Collection = BUNDLED) -> Mapping[Task, Specialist]:
    """Task -> its specialist, painting new objects by ``cutouts``."""
    if cutouts == BUNDLED:
        return SPECIALISTS
    paint = CutoutPainter(cutouts=cutouts)
    addition = AdditionSpecialist(paint=paint, cutouts=cutouts)
    return {**SPECIALISTS, Task.SWAP: SwapSpecialist(paint=paint), Task.ADDITION: addition}


__all__ = ["SPECIALISTS", "CannotEdit", "Specialist", "ensemble"]
