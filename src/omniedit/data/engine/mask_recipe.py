"""Holes in photographs as a recipe, for training the specialists' inpainters (docs/training.md); from a TOML file.

MaskRecipe.read("recipes/masks_strokes.toml").run("pairs")

masks               objects or strokes (omniedit.data.engine.holes)
[source]            a pile of any kind, as omniedit.data.sources opens it
[source.filters]    which photographs of it are taken
[grounding]         objects: how they are found
[strokes]           strokes: what they are like
[proposals]         a model that names objects and writes captions; without it, captions are the source's
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from omniedit.data.diffusion.inpaint import PAINTINGS
from omniedit.data.engine.groundings import GroundingTable
from omniedit.data.engine.holes import KINDS, Makers
from omniedit.data.engine.mask_chain import MaskChain
from omniedit.data.engine.of_photos import OfPhotos, SourceTable, check_counts, tables_of
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.tools.strokes import StrokesConfig
from omniedit.errors import RecipeError
from omniedit.settings import settings
from omniedit.types import Task

TABLES = ("source", "grounding", "strokes", "proposals")
"""The tables of a recipe file."""


@dataclass(frozen=True, kw_only=True)
class MaskRecipe(OfPhotos):
    """All that the holes in photographs depend on."""

    masks: str
    """``objects`` or ``strokes``."""
    count: int = 1
    """Most holes in a photograph; each is a pair, which holds the photograph twice."""
    dilation: float = PAINTINGS[Task.SWAP].dilation
    """How far an object's mask is widened, as a share of the picture's size: as much as when a swap is made."""
    grounding: GroundingTable = field(default_factory=GroundingTable)
    """How objects are found."""
    strokes: StrokesConfig = field(default_factory=StrokesConfig)
    """What strokes are like."""
    proposals: ProposalsTable | None = None
    """Who is asked what a photograph shows; None for nobody."""

    @classmethod
    def read(cls, path: Path | str) -> MaskRecipe:
        """Read a recipe file.

        Raises:
            RecipeError: It is missing, is not TOML, or has unknown or impossible settings.
        """
        values = tables_of(path, TABLES)
        place = {name: f"{path}, [{name}]" for name in TABLES}
        values["source"] = SourceTable.read(values.pop("source", {}), place["source"])
        values["grounding"] = GroundingTable.read(values.pop("grounding", {}), place["grounding"])
        values["strokes"] = settings(StrokesConfig, values.pop("strokes", {}), place["strokes"])
        if "proposals" in values:
            values["proposals"] = settings(ProposalsTable, values["proposals"], place["proposals"])
        recipe = settings(cls, values, str(path))
        check_counts(recipe, path)
        recipe.check(str(path))
        return recipe

    def check(self, place: str) -> None:
        """Refuse what cannot be.

        Raises:
            RecipeError: There is no such kind of mask, or a setting is out of range.
        """
        if self.masks not in KINDS:
            raise RecipeError(f"{place}: there are no masks {self.masks!r}; there are {', '.join(KINDS)}")
        if self.count < 1 or not 0 <= self.dilation <= 1:
            raise RecipeError(f"{place}: count is 1 or more, and dilation 0 to 1")
        if self.proposals is not None and not self.proposals.remote:
            raise RecipeError(
                f"{place}, [proposals]: templates know scenes only; name a model, or leave the table out, and captions "
                "are the source's"
            )

    def chain(self) -> MaskChain:
        """What turns a photograph into pairs.

        Raises:
            DataError: There is no such pile.
        """
        makers = Makers(self.grounding, self.strokes, self.proposals, self.count, self.seed)
        return MaskChain(self.source.described(), self.masks, makers, self.dilation)
