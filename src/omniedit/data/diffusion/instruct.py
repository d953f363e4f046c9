"""Instruction editors of diffusers as tools and specialists: CosXL-Edit for style (paper, A.1.7), or any other.

    editor = InstructEditor.from_pretrained(InstructRecipe("timbrooks/instruct-pix2pix"), device="cuda")
    InstructSpecialist(editor)(photo, proposal, grounding=grounding, seed=0)

InstructPix2Pix of Stable Diffusion and SDXL, FLUX Kontext, Qwen-Image-Edit …: whatever takes a picture and words, and
no mask. It sees the picture at its own size; its answer comes back at the picture's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from omniedit import seeding
from omniedit.data.diffusion.pipelines import Refused, Request, load, make, ready, working_size
from omniedit.data.specialists.base import CannotEdit
from omniedit.data.tools.batching import device_of, first_line
from omniedit.data.tools.grounding import Grounding
from omniedit.errors import ModelError, RecipeError
from omniedit.images import resize
from omniedit.types import Candidate, Image, Photo, Proposal

COSXL_EDIT = "https://huggingface.co/stabilityai/cosxl/blob/main/cosxl_edit.safetensors"
"""The paper's style specialist; one file, for which :func:`load_cosxl_edit` knows the rest."""


@dataclass(frozen=True)
class InstructRecipe:
    """Settings of the pipeline, saved beside each result; the paper states none.

    What is None is left to the pipeline.
    """

    model: str = COSXL_EDIT
    """Folder or Hub id; or the one file of a CosXL-Edit, on disk or as an address on the Hub."""
    steps: int | None = None
    """Steps of the sampler."""
    guidance: float | None = None
    """Scale of the guidance by the instruction."""
    image_guidance: float | None = None
    """Scale of the guidance by the picture: s_I of InstructPix2Pix; others have none."""
    true_guidance: float | None = None
    """Scale of the guidance against ``negative``, of models that hold ``guidance`` within (FLUX, Qwen)."""
    negative: str | None = None
    """What not to show."""
    area: int = 0
    """Pixels that the pipeline works at; 0 for those that it was trained at."""

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: A setting is out of range.
        """
        if self.area < 0 or (self.steps is not None and self.steps < 1):
            raise RecipeError("editing by instruction: steps is 1 or more, area 0 or more")


@dataclass(frozen=True, eq=False)
class Wish:
    """One edit that is wanted."""

    image: Image
    """The picture, ``uint8 [H, W, 3]``; not changed."""
    instruction: str
    """What to do, in words."""
    seed: int
    """Of its noise."""


@dataclass(frozen=True, eq=False)
class InstructEditor:
    """Edits pictures as instructions say, with a pipeline of diffusers."""

    pipe: Any
    """An editing pipeline, on its device."""
    recipe: InstructRecipe = InstructRecipe()
    """Its settings."""
    batch: int = 1
    """Pictures that go through it together. More are faster, but may round a value otherwise than one alone."""

    @classmethod
    def from_pretrained(
        cls, recipe: InstructRecipe | None = None, *, device: str = "", dtype: str = "", batch: int = 1
    ) -> InstructEditor:
        """Load the pipeline that ``recipe`` names; device and dtype as in :func:`.pipelines.load`.

        Raises:
            ModelError: It cannot be loaded.
        """
        recipe = recipe or InstructRecipe()
        if recipe.model.endswith(".safetensors"):
            return cls(load_cosxl_edit(recipe.model, device=device, dtype=dtype), recipe, batch)
        pipe = load(recipe.model, masked=False, device=device, dtype=dtype)
        # diffusers does not save that a pipeline is a CosXL-Edit, but its sampler is no other SDXL editor's.
        if hasattr(pipe, "is_cosxl_edit") and type(pipe.scheduler).__name__ == "EDMEulerScheduler":
            pipe.is_cosxl_edit = True
        return cls(pipe, recipe, batch)

    def edit(self, wishes: Sequence[Wish]) -> list[Image | Refused]:
        """Edit many pictures, each as if it were the only one.

        Returns:
            For each the edited picture, of the same size; or why there is none.
        """
        recipe = self.recipe
        made = make(
            self.pipe,
            [self._request(wish) for wish in wishes],
            batch=self.batch,
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            image_guidance_scale=recipe.image_guidance,
            true_cfg_scale=recipe.true_guidance,
            negative_prompt=recipe.negative,
        )
        return [
            each if isinstance(each, Refused) else resize(each, (wish.image.shape[1], wish.image.shape[0]))
            for wish, each in zip(wishes, made, strict=True)
        ]

    def _request(self, wish: Wish) -> Request:
        """The picture at the size of the pipeline."""
        size = working_size(self.pipe, (wish.image.shape[1], wish.image.shape[0]), self.recipe.area)
        return Request(wish.instruction, resize(wish.image, size), wish.seed)


@dataclass(frozen=True, eq=False)
class InstructSpecialist:
    """A specialist for style, environment or whatever its editor is good at; it needs no grounding."""

    editor: InstructEditor
    """What edits."""

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Do what ``proposal.instruction`` says to the whole picture.

        Raises:
            CannotEdit: The pipeline refuses the picture.
        """
        (answer,) = self.many([(photo, proposal)], grounding=grounding, seed=seed)
        if isinstance(answer, CannotEdit):
            raise answer
        return answer

    def many(
        self, items: Sequence[tuple[Photo, Proposal]], *, grounding: Grounding, seed: int
    ) -> list[Candidate | CannotEdit]:
        """Answer several proposals: the candidate of each, or why there is none. Nothing is grounded."""
        wishes = [
            Wish(photo.image, proposal.instruction, seeding.derive(seed, photo.id, proposal.id, str(proposal.task)))
            for photo, proposal in items
        ]
        made = self.editor.edit(wishes)
        return [self._answer(*item, each, seed) for item, each in zip(items, made, strict=True)]

    def _answer(self, photo: Photo, proposal: Proposal, made: Image | Refused, seed: int) -> Candidate | CannotEdit:
        if isinstance(made, Refused):
            return CannotEdit(str(made))
        details = {"editing": asdict(self.editor.recipe)}
        return Candidate(photo.id, proposal, photo.image, made, f"instruct-{proposal.task}", seed, None, details)


def load_cosxl_edit(file: str, *, device: str = "", dtype: str = "") -> Any:  # noqa: ANN401 (diffusers has no types)
    """Load CosXL-Edit from its one file: an SDXL InstructPix2Pix with eight channels, sampled by EDM in v-prediction.

    Args:
        file: The ``.safetensors``, on disk or as an address on the Hub; the licence has to be accepted there first.
        device: As in :func:`.pipelines.load`.
        dtype: Likewise.

    Raises:
        ModelError: It cannot be loaded.
    """
    import torch
    from diffusers import EDMEulerScheduler, StableDiffusionXLInstructPix2PixPipeline

    place = device_of(device)
    kind = getattr(torch, dtype or ("float32" if place == "cpu" else "bfloat16"))
    try:
        pipe = StableDiffusionXLInstructPix2PixPipeline.from_single_file(
            file, num_in_channels=8, is_cosxl_edit=True, torch_dtype=kind
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ModelError(f"{file} cannot be loaded as a CosXL-Edit: {first_line(error)}") from error
    # The file has no scheduler; these are the model card's numbers.
    pipe.scheduler = EDMEulerScheduler(
        sigma_min=0.002, sigma_max=120.0, sigma_data=1.0, prediction_type="v_prediction", sigma_schedule="exponential"
    )
    return ready(pipe, masked=False, device=place)
