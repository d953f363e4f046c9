"""Swap, removal, addition and background swap by a diffusion inpainter (paper, section 3.2 and A.1.1 to A.1.3, A.1.6).

    swap = InpaintSpecialist(Task.SWAP, DiffusionInpainter.from_pretrained(device="cuda"))
    swap(photo, proposal, grounding=grounding, seed=0)

The four differ in what they look for, which side of the mask is painted, and with what words: :data:`PAINTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from omniedit import seeding
from omniedit.data.diffusion.inpainter import DiffusionInpainter, Hole
from omniedit.data.diffusion.pipelines import Refused
from omniedit.data.specialists.base import CannotEdit, radius, stream_of
from omniedit.data.tools.compositing import dilate
from omniedit.data.tools.grounding import BatchGrounding, Grounded, Grounding
from omniedit.data.tools.grounding.forms import soften
from omniedit.errors import RecipeError
from omniedit.types import Candidate, Image, Mask, Photo, Proposal, Task

Asked = tuple[Photo, Proposal]
Made = tuple[Candidate, ...] | CannotEdit


def new_object(photo: Photo, proposal: Proposal) -> str:
    """Return the caption of what is painted in: the object's own, as the paper's first inpainter is trained (A.1.1)."""
    return " ".join(filter(None, (proposal.target_colour, proposal.target)))


def what_lies_behind(photo: Photo, proposal: Proposal) -> str:
    """Return the caption of what is left: C_background, else the whole picture's (the second inpainter's, A.1.2)."""
    return proposal.behind or proposal.target_caption


def its_removal(proposal: Proposal) -> Proposal:
    """Return the removal whose reverse is this addition: its target is what stands in the photo (A.1.3)."""
    return replace(proposal, task=Task.REMOVAL, object=proposal.target, colour=proposal.target_colour, target="")


@dataclass(frozen=True)
class Painting:
    """What sets one of the four tasks apart."""

    caption: Callable[[Photo, Proposal], str]
    """The words that the inpainter gets."""
    dilation: float = 0.0
    """How far the hole reaches beyond the mask, as a share of the picture's size, the square root of its area."""
    feather: float = 0.004
    """How wide the rim is, outside the hole, over which what was painted fades into the photo, likewise."""
    inverse: bool = False
    """Whether all but the thing found is painted."""
    reverse: bool = False
    """Whether the photo is the target, and what was painted the source."""


PAINTINGS: Mapping[Task, Painting] = {
    Task.SWAP: Painting(new_object, dilation=0.016),
    Task.REMOVAL: Painting(what_lies_behind),
    Task.ADDITION: Painting(what_lies_behind, reverse=True),
    Task.BACKGROUND: Painting(new_object, inverse=True),
}
"""Task -> its recipe. The paper dilates for a swap, by an unstated amount, and lists no dilation for a removal."""


@dataclass(frozen=True, eq=False)
class InpaintSpecialist:
    """One of the four tasks, over any diffusers inpainting pipeline."""

    task: Task
    """A key of :data:`PAINTINGS`."""
    inpainter: DiffusionInpainter
    """What paints."""
    painting: Painting | None = None
    """Another recipe than the task's own."""

    def __post_init__(self) -> None:
        """Refuse a task that is not painted.

        Raises:
            RecipeError: It has no recipe.
        """
        if self.task not in PAINTINGS:
            raise RecipeError(f"{self.task} is not done by inpainting; that are {', '.join(map(str, PAINTINGS))}")

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Carry out the proposal.

        Raises:
            CannotEdit: The thing is not found, its mask cannot be used, or the pipeline refuses the picture.
        """
        (answer,) = self.many([(photo, proposal)], grounding=grounding, seed=seed)
        if isinstance(answer, CannotEdit):
            raise answer
        return answer

    def many(self, items: Sequence[Asked], *, grounding: Grounding, seed: int) -> list[Candidate | CannotEdit]:
        """Answer several proposals with the first form of each mask: the candidate of each, or why there is none."""
        made = self._tries(items, grounding, seed, most=1)
        return [answer if isinstance(answer, CannotEdit) else answer[0] for answer in made]

    def tries(self, items: Sequence[Asked], *, grounding: Grounding, seed: int) -> list[Made]:
        """Answer several proposals with a candidate of every form of mask that the grounding hands over.

        The best is for a judge to choose: :func:`~omniedit.data.diffusion.best.best`.
        """
        return self._tries(items, grounding, seed)

    def _tries(self, items: Sequence[Asked], grounding: Grounding, seed: int, most: int | None = None) -> list[Made]:
        found = self._ground(items, grounding, seed)
        holes: dict[tuple[int, str], Hole] = {}
        for place, ((photo, proposal), each) in enumerate(zip(items, found, strict=True)):
            for form, mask in list(_forms(each).items())[:most]:
                hole = self._hole(photo, proposal, mask, form, seed)
                if hole.mask.any() and not hole.mask.all():
                    holes[place, form] = hole
        filled = dict(zip(holes, self.inpainter.fill(list(holes.values())), strict=True))
        return [self._answer(place, item, found[place], holes, filled, seed) for place, item in enumerate(items)]

    def _ground(self, items: Sequence[Asked], grounding: Grounding, seed: int) -> list[Grounded]:
        """Find what each proposal speaks of."""
        turned = self._painting.reverse
        asked = [(photo, its_removal(proposal) if turned else proposal) for photo, proposal in items]
        if isinstance(grounding, BatchGrounding):
            return grounding.ground_all(asked)
        return [grounding.ground(*each, stream_of(seed, *each)) for each in asked]

    @property
    def _painting(self) -> Painting:
        return self.painting or PAINTINGS[self.task]

    def _hole(self, photo: Photo, proposal: Proposal, mask: Mask, form: str, seed: int) -> Hole:
        """The place to paint, with its soft rim and its own noise."""
        recipe, image = self._painting, photo.image
        side = np.subtract(1, mask, dtype=np.float32) if recipe.inverse else mask
        rim = radius(recipe.feather, image)
        hole = soften(dilate(side, radius(recipe.dilation, image)), rim, rim / 2)
        own = seeding.derive(seed, photo.id, proposal.id, str(proposal.task), form)
        return Hole(image, hole, recipe.caption(photo, proposal), own)

    def _answer(
        self,
        place: int,
        item: Asked,
        found: Grounded,
        holes: Mapping[tuple[int, str], Hole],
        filled: Mapping[tuple[int, str], Image | Refused],
        seed: int,
    ) -> Made:
        """The candidates of a proposal, or why there is none."""
        if found.mask is None:
            return CannotEdit(found.error)
        mine = {form: each for (where, form), each in filled.items() if where == place}
        if not mine:
            return CannotEdit("the mask leaves nothing to paint, or nothing to keep")
        made = tuple(
            self._candidate(item, found, form, holes[place, form].mask, each, seed)
            for form, each in mine.items()
            if not isinstance(each, Refused)
        )
        return made or CannotEdit(str(next(iter(mine.values()))))

    def _candidate(self, item: Asked, found: Grounded, form: str, mask: Mask, painted: Image, seed: int) -> Candidate:
        photo, proposal = item
        recipe = self._painting
        source, result = (painted, photo.image) if recipe.reverse else (photo.image, painted)
        details = {
            "grounding": found.error,
            "grounded": dict(found.details),
            "form": form,
            "inpainting": asdict(self.inpainter.recipe),
            "dilation": recipe.dilation,
            "feather": recipe.feather,
        }
        return Candidate(photo.id, proposal, source, result, f"inpaint-{self.task}", seed, mask, details)


def _forms(found: Grounded) -> Mapping[str, Mask]:
    """The masks to try: the grounding's forms, or its one mask."""
    if found.mask is None:
        return {}
    return found.forms or {"tight": found.mask}
