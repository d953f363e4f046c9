"""The specialists as an editor: what makes the training pairs, behind the interface of the pipeline, at full size.

They find an object by the layers of a composed photo, or by a mask; a plain photo can be recoloured, repainted or put
before another background, but its objects have to be marked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from omniedit.data.proposals.router import route
from omniedit.data.specialists import SPECIALISTS
from omniedit.data.specialists.addition import AdditionSpecialist
from omniedit.data.tools.grounding import GivenMask as GroundedByMask
from omniedit.data.tools.grounding import Grounding, LayerGrounding, SalientGrounding
from omniedit.edit.fidelity import Report, composite
from omniedit.edit.inputs import Given, GivenMask, as_mask, as_picture, check_request
from omniedit.edit.result import EditResult
from omniedit.errors import InputError
from omniedit.images import Picture
from omniedit.types import Candidate, Image, Mask, Photo, Proposal, Task

_NAME_AN_OBJECT = (Task.SWAP, Task.REMOVAL, Task.ATTRIBUTE)


@dataclass(frozen=True)
class SpecialistsEditor:
    """Routes an instruction to its specialist (the paper's Algorithm 1)."""

    name: str = "specialists"
    """Its name in reports."""
    error_rate: float = 0.15
    """How often its grounding errs on a photo with layers, as a detector would."""

    def check(self, instruction: str, *, mask_given: bool = False) -> Proposal:
        """Read an instruction, before any work.

        Raises:
            InstructionError: It is not understood, or names what no specialist knows.
        """
        check_request(instruction, 1, 0)
        return route(instruction, mask_given=mask_given)

    def __call__(
        self,
        image: Given,
        instruction: str,
        *,
        mask: GivenMask | None = None,
        seed: int = 0,
        num_images: int = 1,
        force: bool = False,
        **settings: Any,  # noqa: ANN401 (of a sampler: the specialists have none)
    ) -> EditResult:
        """Edit a photo; arguments as in :class:`~omniedit.edit.pipeline.OmniEditPipeline`.

        Raises:
            ImageError: The photo or the mask cannot be used.
            InstructionError: The instruction is not understood; ``force`` cannot help that.
            InputError: It names an object, but the photo has neither layers nor a mask to find it by.
            CannotEdit: The specialist gives up, and says why.
        """
        check_request(instruction, num_images, seed)
        proposal = self.check(instruction, mask_given=mask is not None)
        picture = as_picture(image)
        photo = image if isinstance(image, Photo) else Photo(_id(picture), picture.image)
        allowed = None if mask is None else as_mask(mask, picture.size)
        scope = "local" if proposal.task.local or allowed is not None else "global"
        origin = {"scope": scope, "model": self.name, "model_sha256": "", "instruction": instruction}
        images, reports = [], []
        for own_seed in range(seed, seed + num_images):
            candidate = self._answer(photo, proposal, allowed, own_seed)
            result, area = _within(candidate, allowed)
            images.append(result)
            reports.append(Report.of(picture.image, result, area, seed=own_seed, **origin))
        return EditResult(tuple(images), tuple(reports), picture, picture.notes)

    def _answer(self, photo: Photo, proposal: Proposal, allowed: Mask | None, seed: int) -> Candidate:
        if proposal.task is Task.ADDITION:
            return AdditionSpecialist().place(photo, proposal, seed=seed, mask=allowed)
        grounding = self._grounding(photo, proposal, allowed)
        return SPECIALISTS[proposal.task](photo, proposal, grounding=grounding, seed=seed)

    def _grounding(self, photo: Photo, proposal: Proposal, allowed: Mask | None) -> Grounding:
        """The mask that marks the thing; for a background it marks what is not the foreground."""
        if allowed is not None and proposal.task in _NAME_AN_OBJECT:
            return GroundedByMask(allowed)
        if allowed is not None and proposal.task is Task.BACKGROUND:
            return GroundedByMask(1 - allowed)
        if photo.layers:
            return LayerGrounding(self.error_rate)
        if proposal.task in _NAME_AN_OBJECT:
            thing = proposal.object or "thing"
            raise InputError(f'the specialists cannot find "{thing}" in a plain photo: mark it with a mask')
        return SalientGrounding()


def _id(picture: Picture) -> str:
    """By content: specialists draw their random streams from it."""
    return hashlib.sha256(picture.image.tobytes()).hexdigest()[:16]


def _within(candidate: Candidate, allowed: Mask | None) -> tuple[Image, Mask | None]:
    """The result, kept to what is allowed, and where it was edited (None: everywhere)."""
    if allowed is None:
        return candidate.result, candidate.mask
    area = allowed if candidate.mask is None else np.minimum(candidate.mask, allowed)
    return composite(candidate.source, candidate.result, allowed), area
