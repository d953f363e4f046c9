"""Editors of other projects behind the interface of ours: whatever diffusers loads that takes a picture and words.

What they hand back is their own answer at the photo's size. Nothing is pasted back but what a mask protects: a bench is
to see how much else they change.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from omniedit.data.diffusion.instruct import InstructEditor, InstructRecipe, Wish
from omniedit.data.diffusion.pipelines import Refused
from omniedit.edit.fidelity import Report, composite
from omniedit.edit.inputs import Given, GivenMask, as_mask, as_picture, check_request, check_settings
from omniedit.edit.result import EditResult
from omniedit.errors import InstructionError
from omniedit.seeding import derive


@dataclass(frozen=True, eq=False)
class ForeignEditor:
    """InstructPix2Pix, CosXL-Edit, FLUX Kontext, Qwen-Image-Edit … as an editor and as a contestant."""

    editor: InstructEditor
    """What edits."""

    @classmethod
    def from_pretrained(cls, name: str | os.PathLike[str], *, device: str = "", dtype: str = "") -> ForeignEditor:
        """Load a pipeline of diffusers from a folder or from the Hub.

        Raises:
            ModelError: It cannot be loaded, or does not follow instructions.
        """
        recipe = InstructRecipe(os.fspath(name))
        return cls(InstructEditor.from_pretrained(recipe, device=device, dtype=dtype))

    @property
    def name(self) -> str:
        """The folder or Hub id that it came from."""
        return self.editor.recipe.model

    def check(self, instruction: str, *, mask_given: bool = False) -> None:
        """Refuse an empty instruction; what else it cannot do, nobody knows.

        Raises:
            InstructionError: It is empty.
        """
        check_request(instruction, 1, 0)

    def __call__(
        self,
        image: Given,
        instruction: str,
        *,
        mask: GivenMask | None = None,
        seed: int = 0,
        num_images: int = 1,
        force: bool = False,
        steps: int | None = None,
        guidance_scale: float | None = None,
        image_guidance_scale: float | None = None,
        **settings: Any,  # noqa: ANN401 (of our sampler: a pipeline has its own)
    ) -> EditResult:
        """Edit a photo; arguments as in :class:`~omniedit.edit.pipeline.OmniEditPipeline`.

        A scale that is not given is the pipeline's own.

        Raises:
            ImageError: The photo or the mask cannot be used.
            InstructionError: The instruction is empty, or the pipeline's safety checker refuses the result.
            InputError: A setting is out of range, or the pipeline has none such.
        """
        check_request(instruction, num_images, seed)
        scales = {"guidance_scale": guidance_scale, "image_guidance_scale": image_guidance_scale}
        check_settings(steps or 1, **{name: value for name, value in scales.items() if value is not None})
        picture = as_picture(image)
        allowed = None if mask is None else as_mask(mask, picture.size)
        asked = replace(self.editor, recipe=self._recipe(steps, guidance_scale, image_guidance_scale))
        seeds = range(seed, seed + num_images)
        made = asked.edit([Wish(picture.image, instruction, derive(own, "noise")) for own in seeds])
        images, reports = [], []
        for own, result in zip(seeds, made, strict=True):
            if isinstance(result, Refused):
                raise InstructionError(f"{result}; try another seed or wording")
            final = result if allowed is None else composite(picture.image, result, allowed)
            origin = {"scope": "global" if allowed is None else "local", "model": self.name, "model_sha256": ""}
            images.append(final)
            reports.append(Report.of(picture.image, final, allowed, seed=own, instruction=instruction, **origin))
        return EditResult(tuple(images), tuple(reports), picture, picture.notes)

    def _recipe(self, steps: int | None, guidance: float | None, image_guidance: float | None) -> InstructRecipe:
        """The settings of one call: those given, else the editor's own."""
        own = self.editor.recipe
        return replace(
            own,
            steps=own.steps if steps is None else steps,
            guidance=own.guidance if guidance is None else guidance,
            image_guidance=own.image_guidance if image_guidance is None else image_guidance,
        )
