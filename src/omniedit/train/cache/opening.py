"""What ``omniedit cache`` works at: a recipe's pairs, and its encoders on a worker's device."""

from __future__ import annotations

import torch

from omniedit.errors import RecipeError
from omniedit.train.buckets import bucket_sizes
from omniedit.train.cache.config import CacheConfig
from omniedit.train.cache.rows import Subject
from omniedit.train.holdings import look_over
from omniedit.train.recipe import Recipe
from omniedit.train.selection import SelectionConfig, select
from omniedit.train.sources import open_items
from omniedit.train.stages import stage_of


def open_subject(recipe: Recipe, config: CacheConfig, worker: int = 0) -> Subject:
    """The pairs that the recipe chooses, each once, and its codec and text encoder.

    Args:
        recipe: Of a run that edits; whether it names a cache is of no account.
        config: How the cache is made.
        worker: Number of this process: it takes the GPU of this number, where there are any.

    Raises:
        RecipeError: Its stage is not ``edit``.
        OmniEditError: The pairs or the encoders cannot be used.
    """
    if recipe.stage != "edit":
        raise RecipeError(f"a cache is of edits; the stage of this recipe is {recipe.stage!r}")
    if not worker:
        look_over(recipe)
    encoders = stage_of(recipe).encoders(recipe)
    items = open_items(recipe.pairs)
    chosen = select(items, SelectionConfig(threshold=recipe.data.threshold, quotas=recipe.data.quotas))
    sizes = bucket_sizes(recipe.model.area, recipe.model.multiple)
    subject = Subject.of(chosen, encoders.codec, encoders.text, sizes, config)
    if torch.cuda.is_available():
        encoders.to(f"cuda:{worker % torch.cuda.device_count()}")
    return subject
