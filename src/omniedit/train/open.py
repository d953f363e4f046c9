"""What a run needs before its first step: encoders, examples in their order, and the network."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from torch import nn

from omniedit.model.editor import Editor
from omniedit.train.estimate.outline import outline
from omniedit.train.estimate.plan import Plan
from omniedit.train.examples import Encoders
from omniedit.train.holdings import Holding, hold
from omniedit.train.recipe import Recipe
from omniedit.train.stages import Stage, stage_of


@dataclass(frozen=True, eq=False)
class Opened:
    """A run that is ready to begin."""

    recipe: Recipe
    stage: Stage
    encoders: Encoders | None
    """None where everything comes from a cache."""
    holding: Holding
    net: nn.Module

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        train = self.recipe.train
        return math.ceil(train.epochs * len(self.holding.order) / train.batch) if train.epochs else train.steps

    def editor(self, net: nn.Module) -> Editor:
        """An editor around ``net``, for validation; what the cache has spared so far is loaded now, once."""
        device = next(net.parameters()).device
        return self.stage.editor(net, self.recipe, self.all_encoders.to(device))

    @cached_property
    def all_encoders(self) -> Encoders:
        """Codec and text encoder, though a cache may hold what they gave."""
        return self.encoders or self.stage.encoders(self.recipe)

    def plan(self, devices: int = 1, *, sharded: bool = False, card: str = "") -> Plan:
        """What the run will do and take, on so many devices."""
        return Plan.of(
            self.recipe,
            self.net,
            samples=len(self.holding.order),
            steps=self.steps,
            about=self.holding.about,
            devices=devices,
            sharded=sharded,
            card=card,
        )


def open_run(recipe: Recipe, *, dry: bool = False) -> Opened:
    """Read the pairs and build the network.

    Args:
        recipe: Of the run.
        dry: Only look: nothing is loaded of a model of SD3's, its network has no weights, and a cache that is not made
            yet is not missed.

    Raises:
        OmniEditError: the pairs, a model or the cache cannot be used.
    """
    stage = stage_of(recipe)
    if dry and recipe.model.sd3:
        made = (Path(recipe.data.cache) / "index.parquet").exists()
        recipe = recipe if made else replace(recipe, data=replace(recipe.data, cache=""))
        return Opened(recipe, stage, None, hold(recipe, stage.read, None), outline(recipe))
    encoders = None if recipe.data.cache else stage.encoders(recipe)
    return Opened(recipe, stage, encoders, hold(recipe, stage.read, encoders), stage.build(recipe))
