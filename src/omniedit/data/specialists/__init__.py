"""The seven specialists (paper, section 3.2 and A.1): Photo + Proposal -> Candidate.

Each is the paper's recipe, written once over tools that its constructor takes; those here need no download.

    SPECIALISTS[proposal.task](photo, proposal, grounding=LayerGrounding(), seed=0)
"""

from __future__ import annotations

from omniedit.data.specialists.addition import AdditionSpecialist
from omniedit.data.specialists.attribute import AttributeSpecialist
from omniedit.data.specialists.background import BackgroundSpecialist
from omniedit.data.specialists.base import CannotEdit, Specialist
from omniedit.data.specialists.environment import EnvironmentSpecialist
from omniedit.data.specialists.removal import RemovalSpecialist
from omniedit.data.specialists.style import StyleSpecialist
from omniedit.data.specialists.swap import SwapSpecialist
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

__all__ = ["SPECIALISTS", "CannotEdit", "Specialist"]
