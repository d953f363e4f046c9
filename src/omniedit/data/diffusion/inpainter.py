"""A diffusers inpainting pipeline as the tool that fills holes: what a caption says appears where a mask is.

The pipeline works at its own size, and what it made goes back into the photo through the mask: every pixel where that
is 0 stays bit-identical, whatever the autoencoder did to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.data.diffusion.pipelines import Refused, Request, arguments, load, make, working_size
from omniedit.data.tools.compositing import blend
from omniedit.errors import DataError, RecipeError
from omniedit.images import resize, resize_mask
from omniedit.types import Image, Mask


@dataclass(frozen=True)
class InpaintRecipe:
    """Settings of the pipeline, saved beside each result. The paper trains its own inpainters and states none of these.

    What is None is left to the pipeline.
    """

    model: str = "diffusers/stable-diffusion-xl-1.0-inpainting-0.1"
    """Folder or Hub id."""
    steps: int | None = None
    """Steps of the sampler."""
    guidance: float | None = None
    """Scale of the guidance by the caption."""
    strength: float = 1.0
    """Share of the way from noise that is gone; below 1 what stood in the hole shows through. Many pipelines' own
    default is lower, which is for touching up."""
    negative: str | None = None
    """What not to paint."""
    area: int = 0
    """Pixels that the pipeline works at; 0 for those that it was trained at."""

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: A setting is out of range.
        """
        if not 0 < self.strength <= 1 or self.area < 0 or (self.steps is not None and self.steps < 1):
            raise RecipeError("inpainting: strength is above 0 and at most 1, steps 1 or more, area 0 or more")


@dataclass(frozen=True, eq=False)
class Hole:
    """A place in a photo to be painted anew."""

    image: Image
    """The photo, ``uint8 [H, W, 3]``; not changed."""
    mask: Mask
    """``float32 [H, W]`` 0..1: all above 0 is painted, and laid over the photo with this weight."""
    caption: str
    """What it is to show."""
    seed: int
    """Of its noise."""


@dataclass(frozen=True, eq=False)
class DiffusionInpainter:
    """Fills holes with a diffusers pipeline; an :class:`~omniedit.data.specialists.base.Inpainter` as well."""

    pipe: Any
    """An inpainting pipeline, on its device."""
    recipe: InpaintRecipe = InpaintRecipe()
    """Its settings."""
    batch: int = 1
    """Pictures that go through it together. More are faster, but may round a value otherwise than one alone."""

    @classmethod
    def from_pretrained(
        cls, recipe: InpaintRecipe | None = None, *, device: str = "", dtype: str = "", batch: int = 1
    ) -> DiffusionInpainter:
        """Load the pipeline that ``recipe`` names; device and dtype as in :func:`.pipelines.load`.

        Raises:
            ModelError: It cannot be loaded.
        """
        recipe = recipe or InpaintRecipe()
        return cls(load(recipe.model, masked=True, device=device, dtype=dtype), recipe, batch)

    def __call__(self, image: Image, mask: Mask, *, caption: str, rng: np.random.Generator) -> Image:
        """Fill where ``mask`` is above 0; every other pixel stays bit-identical.

        Raises:
            DataError: The pipeline's safety checker refuses the result.
        """
        hole = Hole(image, (mask > 0).astype(np.float32), caption, int(rng.integers(2**63)))
        (filled,) = self.fill([hole])
        if isinstance(filled, Refused):
            raise DataError(str(filled))
        return filled

    def fill(self, holes: Sequence[Hole]) -> list[Image | Refused]:
        """Fill many holes, each as if it were the only one.

        Returns:
            For each the photo with its hole painted, bit-identical where the mask is 0; or why there is none.
        """
        recipe = self.recipe
        made = make(
            self.pipe,
            [self._request(hole) for hole in holes],
            batch=self.batch,
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            negative_prompt=recipe.negative,
            strength=recipe.strength if "strength" in arguments(type(self.pipe)) else None,
        )
        return [
            each if isinstance(each, Refused) else _laid(hole, each) for hole, each in zip(holes, made, strict=True)
        ]

    def _request(self, hole: Hole) -> Request:
        """A hole at the size of the pipeline; a working pixel that holds any of it is painted."""
        size = working_size(self.pipe, (hole.image.shape[1], hole.image.shape[0]), self.recipe.area)
        covered = resize_mask((hole.mask > 0).astype(np.float32), size) > 0
        mask: NDArray[np.uint8] = covered.astype(np.uint8) * 255
        return Request(hole.caption, resize(hole.image, size), hole.seed, {"mask_image": mask})


def _laid(hole: Hole, made: Image) -> Image:
    """What was made, laid over the photo at the photo's size."""
    height, width = hole.image.shape[:2]
    return blend(hole.image, resize(made, (width, height)), hole.mask)
