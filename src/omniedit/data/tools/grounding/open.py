"""Grounding by a thing's name on any photograph: GroundingDINO finds its box, SAM cuts it out (paper, A.1).

    grounding = OpenGrounding.from_pretrained(device="cuda")
    REMOVAL(photo, proposal, grounding=grounding, seed=0)

What is not found, or is too small or too large, has no mask and a reason, so that a specialist gives up on it. Nothing
is random, and what else is asked for at the same time changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from omniedit.data.tools.batching import batches
from omniedit.data.tools.grounding.forms import FORMS, shape
from omniedit.data.tools.grounding.models import Detection, Detector, Segmenter
from omniedit.data.tools.grounding.protocol import Grounded
from omniedit.errors import RecipeError
from omniedit.types import Mask, Photo, Proposal, Task


@dataclass(frozen=True)
class OpenGroundingRecipe:
    """Settings of the recipe, saved beside each result. The paper states none of them: the sources are given here."""

    detector: str = "IDEA-Research/grounding-dino-base"
    """Folder or Hub id of a GroundingDINO; "base" is Swin-B, as UltraEdit takes (arXiv 2407.05282)."""
    segmenter: str = "facebook/sam-vit-huge"
    """Folder or Hub id of a SAM; ViT-H, as UltraEdit takes."""
    box_threshold: float = 0.3
    """Least score of a box (UltraEdit)."""
    text_threshold: float = 0.25
    """Least score of a word that a box answers to (UltraEdit)."""
    smallest: float = 0.01
    """Least share of the picture that a mask covers (ImgEdit, arXiv 2505.20275)."""
    largest: float = 0.6
    """Most of the picture that a mask covers (ImgEdit)."""
    masks: tuple[str, ...] = ("tight",)
    """Shapes to try, each a candidate of its own: some of "tight", "dilated" and "box" (Emu Edit's three masks)."""
    dilation: float = 0.016
    """How far "dilated" reaches beyond the thing, as a share of the picture's size, the square root of its area."""
    blur: float = 0.008
    """Standard deviation of the blur of "dilated", likewise."""

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: A setting is out of range.
        """
        shares = (self.box_threshold, self.text_threshold, self.smallest, self.largest, self.dilation, self.blur)
        if not all(0 <= share <= 1 for share in shares) or self.smallest > self.largest:
            raise RecipeError("grounding: thresholds and shares are 0 to 1, and smallest is at most largest")
        if not self.masks or set(self.masks) - set(FORMS):
            raise RecipeError(f"grounding: masks are one or more of {', '.join(FORMS)}")


@dataclass(frozen=True, eq=False)
class OpenGrounding:
    """Grounding by two models: whatever has a name can be found."""

    detect: Detector
    """Finds boxes."""
    segment: Segmenter
    """Turns boxes into masks."""
    recipe: OpenGroundingRecipe = OpenGroundingRecipe()
    """Thresholds and shapes."""
    batch: int = 8
    """Photos that go through the models together; it changes no result."""

    @classmethod
    def from_pretrained(
        cls, recipe: OpenGroundingRecipe | None = None, *, device: str = "", dtype: str = "float32", batch: int = 8
    ) -> OpenGrounding:
        """Load the two models that ``recipe`` names.

        Args:
            recipe: Settings; None for those of the field.
            device: ``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one, and else the CPU.
            dtype: Number format to compute in: float32, bfloat16 or float16.
            batch: Photos that go through the models together.

        Raises:
            MissingExtraError: transformers is not installed.
            ModelError: A model cannot be loaded.
        """
        recipe = recipe or OpenGroundingRecipe()
        detect = Detector.from_pretrained(recipe.detector, device=device, dtype=dtype)
        return cls(detect, Segmenter.from_pretrained(recipe.segmenter, device=device, dtype=dtype), recipe, batch)

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """Find what the proposal names; nothing is drawn from ``rng``."""
        return self.ground_all([(photo, proposal)])[0]

    def ground_all(self, asked: Sequence[tuple[Photo, Proposal]]) -> list[Grounded]:
        """Answer each as :meth:`ground` would, many at a time."""
        chosen = self._choose(asked)
        found = [place for place, detections in enumerate(chosen) if detections]
        masks: dict[int, Mask] = {}
        for batch in batches([""] * len(found), self.batch):
            places = [found[each] for each in batch]
            boxes = [[each.box for each in chosen[place]] for place in places]
            masks |= zip(places, self.segment([asked[place][0].image for place in places], boxes), strict=True)
        return [
            self._checked(proposal, masks[place], chosen[place])
            if place in masks
            else Grounded(None, _missing(proposal))
            for place, (_, proposal) in enumerate(asked)
        ]

    def _choose(self, asked: Sequence[tuple[Photo, Proposal]]) -> list[list[Detection]]:
        """What is taken for the thing in each photo; nothing where it is not found."""
        phrases = [phrase(proposal) for _, proposal in asked]
        named = [place for place, words in enumerate(phrases) if words]
        chosen: list[list[Detection]] = [[] for _ in asked]
        for batch in batches([asked[place][0].size for place in named], self.batch):
            places = [named[each] for each in batch]
            found = self.detect(
                [asked[place][0].image for place in places],
                [phrases[place] for place in places],
                box_threshold=self.recipe.box_threshold,
                text_threshold=self.recipe.text_threshold,
            )
            for place, detections in zip(places, found, strict=True):
                chosen[place] = meant(detections, asked[place][1], asked[place][0].size)
        return chosen

    def _checked(self, proposal: Proposal, mask: Mask, detections: list[Detection]) -> Grounded:
        """The mask in all its shapes, if its size is within the limits."""
        recipe = self.recipe
        details: dict[str, Any] = {
            "detections": [asdict(each) for each in detections],
            "area": float(mask.mean()),
            "recipe": asdict(recipe),
        }
        if not recipe.smallest <= details["area"] <= recipe.largest or not mask.any():
            limits = f"{recipe.smallest:.0%} to {recipe.largest:.0%}"
            reason = f"the {spoken(proposal)} covers {details['area']:.1%} of the picture; allowed are {limits}"
            return Grounded(None, reason, details=details)
        forms = shape(mask, recipe.masks, reach=recipe.dilation, blur=recipe.blur)
        return Grounded(mask, "", forms, details)


def phrase(proposal: Proposal) -> str:
    """Return what to look for in the form of GroundingDINO: "red car.", "woman. dog."; empty where nothing is named.

    The foreground of a background swap may be several things, with commas between.
    """
    part = proposal.part if proposal.task is Task.ATTRIBUTE else ""
    things = [" ".join(thing.replace(".", " ").split()) for thing in proposal.object.split(",")]
    words = [" ".join(filter(None, (proposal.colour, thing, part))) for thing in things if thing]
    return " ".join(f"{each.lower()}." for each in words)


def spoken(proposal: Proposal) -> str:
    """Say for people what is looked for."""
    return repr(phrase(proposal).rstrip("."))


def _missing(proposal: Proposal) -> str:
    """Why there is no mask."""
    if not phrase(proposal):
        return "the proposal names nothing to look for"
    side = f" at the {proposal.where}" if proposal.where else ""
    return f"no {spoken(proposal)} found{side}"


def meant(detections: list[Detection], proposal: Proposal, size: tuple[int, int]) -> list[Detection]:
    """Choose among what was found, the surest first.

    A local edit is of one thing: the surest that lies where the proposal says. A foreground is all that was found.
    """
    if not proposal.task.local:
        return detections
    return [each for each in detections if _lies(each, proposal.where, size)][:1]


def _lies(detection: Detection, where: str, size: tuple[int, int]) -> bool:
    """Whether a thing's centre lies on the sides that ``where`` names; other words say nothing."""
    left, top, right, bottom = detection.box
    x, y = (left + right) / 2 / size[0], (top + bottom) / 2 / size[1]
    fits = {
        "left": x <= 0.5,
        "right": x >= 0.5,
        "top": y <= 0.5,
        "bottom": y >= 0.5,
        "middle": 0.25 <= x <= 0.75,
    }
    return all(fits.get(word, True) for word in where.split())
