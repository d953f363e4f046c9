"""Grounding: find where in a photo the thing is that a proposal names.

On a composed photo the layers know, and :class:`LayerGrounding` errs at a stated rate, as a detector would. On a plain
photograph two models find it by its name (:class:`OpenGrounding`: GroundingDINO and SAM, as in the paper), a person
says it (:class:`GivenMask`), or the most striking thing is taken (:class:`SalientGrounding`).
"""

from __future__ import annotations

from omniedit.data.tools.grounding.forms import FORMS
from omniedit.data.tools.grounding.layers import ERRORS, LayerGrounding
from omniedit.data.tools.grounding.marked import GivenMask, SalientGrounding
from omniedit.data.tools.grounding.open import OpenGrounding, OpenGroundingRecipe
from omniedit.data.tools.grounding.protocol import BatchGrounding, Grounded, Grounding

__all__ = [
    "ERRORS",
    "FORMS",
    "BatchGrounding",
    "GivenMask",
    "Grounded",
    "Grounding",
    "LayerGrounding",
    "OpenGrounding",
    "OpenGroundingRecipe",
    "SalientGrounding",
]
