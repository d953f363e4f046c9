"""Attribute and environment edits of generated pictures (OmniEdit, arXiv 2411.07199, A.1.4 and A.1.5).

    made = AttributeByPrompt(pipeline)(written_photo("p1", "a blue backpack on a bench", (1024, 1024)), proposal,
                                       grounding=grounding, seed=0)

Both make their own source: the photo gives the words and the size, and the candidate's source is the generated picture,
as ``details["source"] == "generated"`` says. The picture is generated once to be grounded, and again beside its edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from omniedit.data.diffusion.p2p.generate import Edited, edit_pairs
from omniedit.data.diffusion.p2p.plan import PairPrompts, latent_size
from omniedit.data.diffusion.p2p.prompts import read_prompt
from omniedit.data.diffusion.p2p.schedule import ATTRIBUTE, ENVIRONMENT, PLAIN, Recipe
from omniedit.data.specialists.base import CannotEdit, find, giving_up, stream_of
from omniedit.data.tools.compositing import blend, dilate
from omniedit.data.tools.grounding import Grounding
from omniedit.types import Candidate, Image, Mask, Photo, Proposal

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

T = TypeVar("T")


def written_photo(id: str, caption: str, size: tuple[int, int]) -> Photo:
    """A photo that is words only: what the generating specialists start from. Its picture is grey and takes no memory.

    Args:
        id: Stable id.
        caption: The prompt of the picture to be generated.
        size: ``(width, height)`` of that picture.
    """
    width, height = size
    return Photo(id, np.broadcast_to(np.uint8(128), (height, width, 3)), caption=caption, source="prompt")


@dataclass(frozen=True, eq=False)
class EditByPrompt:
    """What both specialists share: generate a picture, ground in it, generate it again beside its edit."""

    pipeline: DiffusionPipeline
    """A StableDiffusionPipeline or StableDiffusionXLPipeline, on its device."""
    recipe: Recipe = PLAIN
    """How it is sampled, and what is held for how long."""
    maker: ClassVar[str] = "p2p"
    """Name in candidates."""

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Generate the picture of ``proposal.source_caption``, and beside it that of ``proposal.target_caption``.

        Raises:
            CannotEdit: A caption is missing or too long, the size is not the model's, or the object is not found.
        """
        (answer,) = self.many([(photo, proposal)], grounding=grounding, seed=seed)
        if isinstance(answer, CannotEdit):
            raise answer
        return answer

    def many(
        self, items: Sequence[tuple[Photo, Proposal]], *, grounding: Grounding, seed: int, batch: int = 1
    ) -> list[Candidate | CannotEdit]:
        """Answer several proposals, ``batch`` of one size at a time: the candidate of each, or why there is none."""
        failures: dict[int, CannotEdit] = {}
        pairs = _attempt(lambda index: self._pair(*items[index], seed), range(len(items)), failures)
        sources = self._generate({index: replace(pair, targets=()) for index, pair in pairs.items()}, batch)
        pictures = {index: replace(items[index][0], image=source.source) for index, source in sources.items()}
        found = _attempt(lambda index: self.free(pictures[index], items[index][1], grounding, seed), pictures, failures)
        made = self._generate({index: replace(pairs[index], mask=found[index][0]) for index in found}, batch)
        answers = {index: self._candidate(*items[index], made[index], found[index][1], seed) for index in made}
        return [answers.get(index) or failures[index] for index in range(len(items))]

    def free(self, photo: Photo, proposal: Proposal, grounding: Grounding, seed: int) -> tuple[Mask | None, str]:
        """Where the edit of a generated ``photo`` is free (None: everywhere), and the grounding's error."""
        raise NotImplementedError

    def finish(self, made: Edited) -> tuple[Image, Mask | None]:
        """The result, and where it was edited; None for the whole picture."""
        raise NotImplementedError

    def _pair(self, photo: Photo, proposal: Proposal, seed: int) -> PairPrompts:
        """What is to be generated; whatever the model cannot do is found here, before anything is generated."""
        if not (proposal.source_caption and proposal.target_caption):
            raise CannotEdit("the proposal has no captions to generate from")
        latent_size(self.pipeline, photo.size)
        for caption in (proposal.source_caption, proposal.target_caption):
            read_prompt(self.pipeline, caption)
        noise = int(stream_of(seed, photo, proposal).integers(2**63))
        return PairPrompts(proposal.source_caption, (proposal.target_caption,), noise, size=photo.size)

    def _generate(self, pairs: Mapping[int, PairPrompts], batch: int) -> dict[int, Edited]:
        """Generate the pair of each index."""
        made = edit_pairs(self.pipeline, list(pairs.values()), recipe=self.recipe, batch=batch)
        return dict(zip(pairs, made, strict=True))

    def _candidate(self, photo: Photo, proposal: Proposal, made: Edited, error: str, seed: int) -> Candidate:
        """The candidate of a generated pair."""
        result, mask = self.finish(made)
        details = {
            "source": "generated",
            "grounding": error,
            "steps": self.recipe.steps,
            "guidance": self.recipe.guidance,
            **asdict(self.recipe.schedule),
        }
        return Candidate(photo.id, proposal, made.source, result, self.maker, seed, mask, details)


@dataclass(frozen=True, eq=False)
class AttributeByPrompt(EditByPrompt):
    """Changes an attribute of an object, inside its mask at every step (A.1.4).

    Outside the mask, grown to whole latent cells and one cell further, the result's pixels are the source's own.
    """

    recipe: Recipe = ATTRIBUTE
    maker: ClassVar[str] = "attribute_p2p"

    def free(self, photo: Photo, proposal: Proposal, grounding: Grounding, seed: int) -> tuple[Mask | None, str]:
        """The object, or its part."""
        return find(photo, proposal, grounding, stream_of(seed, photo, proposal))

    def finish(self, made: Edited) -> tuple[Image, Mask | None]:
        """Paste the edit into the source: a decoder lets a changed cell show in the pixels around it."""
        region = dilate(made.masks[0], int(self.pipeline.vae_scale_factor))
        return blend(made.source, made.edits[0], region), region


@dataclass(frozen=True, eq=False)
class EnvironmentByPrompt(EditByPrompt):
    """Changes weather, light or season, the foreground locked for the first 70 % of the steps (A.1.5)."""

    recipe: Recipe = ENVIRONMENT
    maker: ClassVar[str] = "environment_p2p"

    def free(self, photo: Photo, proposal: Proposal, grounding: Grounding, seed: int) -> tuple[Mask | None, str]:
        """All but the foreground; without a foreground there is nothing to lock."""
        found = grounding.ground(photo, proposal, stream_of(seed, photo, proposal))
        return (None if found.mask is None else np.subtract(1, found.mask, dtype=np.float32)), found.error

    def finish(self, made: Edited) -> tuple[Image, Mask | None]:
        """The edit as it is: light falls on all alike."""
        return made.edits[0], None


def _attempt(work: Callable[[int], T], indices: Iterable[int], failures: dict[int, CannotEdit]) -> dict[int, T]:
    """``work`` of each index; where it gives up, that is noted."""
    done: dict[int, T] = {}
    for index in indices:
        try:
            with giving_up():
                done[index] = work(index)
        except CannotEdit as answer:
            failures[index] = answer
    return done
