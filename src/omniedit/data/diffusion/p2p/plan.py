"""What is to be done with a batch: pairs of prompts, masks and weights -> what attention injects, what is locked.

Letters: :mod:`omniedit.data.diffusion.p2p`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from omniedit.data.diffusion.p2p.alignment import align, token_weights
from omniedit.data.diffusion.p2p.attention import Control, Watcher
from omniedit.data.diffusion.p2p.masks import Locks, WordMaps, coarser, free_cells
from omniedit.data.diffusion.p2p.prompts import read_prompt
from omniedit.data.diffusion.p2p.schedule import Recipe, first_steps
from omniedit.errors import InputError
from omniedit.types import Mask

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class PairPrompts:
    """One source and the edits to be made of it."""

    source: str
    """P."""
    targets: tuple[str, ...] = ()
    """P* of each edit; none generates the source alone."""
    seed: int = 0
    """Seed of the pair's noise, −2⁶³ to 2⁶⁴ − 1."""
    mask: Mask | None = None
    """Where the edits are free, ``[height, width]``; None: where the words that differ are looked at."""
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Re-weighting: words of the edits and their c, about −2 to 2."""
    size: tuple[int, int] | None = None
    """``(width, height)`` of the pictures; None for the size that the model was trained at."""

    @property
    def rows(self) -> tuple[str, ...]:
        """The prompt of each row: the source's, then the edits'."""
        return (self.source, *self.targets)


def plan(
    pipeline: DiffusionPipeline,
    pairs: Sequence[PairPrompts],
    recipe: Recipe,
    size: tuple[int, int],
    steps: int,
    watchers: Sequence[Watcher] = (),
) -> tuple[Control, Locks]:
    """What attention does, and where rows are locked, for a batch.

    Args:
        pipeline: Reads the prompts.
        pairs: One or more; their rows follow each other.
        recipe: How.
        size: ``(width, height)`` of the pictures.
        steps: Steps that will be sampled.
        watchers: Read the cross-attention maps, beside the masks' own.

    Raises:
        InputError: The size is not on the pipeline's grid, or a mask is not of that size.
        InstructionError: A prompt is too long, or lacks a word that has a weight.
    """
    import torch

    cells = latent_size(pipeline, size)
    device, dtype = pipeline._execution_device, pipeline.unet.dtype
    rows = [
        _row(pipeline, pair.source, target, weights, recipe.swap)
        for pair in pairs
        for target, weights in ((pair.source, {}), *((target, pair.weights) for target in pair.targets))
    ]
    starts = np.cumsum([0, *(len(pair.rows) for pair in pairs)])
    origin = torch.tensor(np.repeat(starts[:-1], np.diff(starts)), device=device)
    mapper, taken, weight, ours, theirs = (
        torch.from_numpy(np.stack(column)).to(device) for column in zip(*rows, strict=True)
    )
    schedule = recipe.schedule
    words = None if recipe.blend is None else WordMaps(recipe.blend, origin, ours, theirs, cells)
    control = Control(
        origin,
        mapper.to(dtype),
        taken * first_steps(schedule.cross, steps),
        weight.to(dtype),
        first_steps(schedule.self_attention, steps),
        int(np.prod(coarser(cells, recipe.self_scale))),
        (*watchers, *([] if words is None else [words])),
    )
    start = 0 if recipe.blend is None else first_steps(recipe.blend.start, steps)
    given, unmasked = _given(pairs, cells, size, device)
    return control, Locks(given, unmasked, words, start, first_steps(schedule.lock, steps))


def _row(
    pipeline: DiffusionPipeline, source: str, target: str, weights: Mapping[str, float], swap: bool
) -> tuple[Any, ...]:
    """A, which tokens take a map, c, and the words whose maps make a mask in the edit and in its source; of a row."""
    theirs, ours = read_prompt(pipeline, source), read_prompt(pipeline, target)
    alignment = align(theirs, ours, swap=swap)
    weighted = [word for name in weights for word in ours.find(name)]
    return (
        alignment.mapper,
        alignment.taken,
        token_weights(ours, weights),
        ours.tokens([*alignment.target_words, *weighted]),
        theirs.tokens(alignment.source_words),
    )


def _given(
    pairs: Sequence[PairPrompts], cells: tuple[int, int], size: tuple[int, int], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Given masks in the latents, ``bool [R, 1, h, w]``, true for sources; and edits without one, ``[R, 1, 1, 1]``."""
    import torch

    everywhere = torch.ones(1, *cells, dtype=torch.bool)
    given: list[Tensor] = []
    unmasked: list[bool] = []
    for pair in pairs:
        if pair.mask is not None and pair.mask.shape != size[::-1]:
            height, width = pair.mask.shape
            raise InputError(f"the mask has {width} × {height} pixels, the picture {size[0]} × {size[1]}")
        free = everywhere if pair.mask is None else free_cells(pair.mask, cells)
        given += [everywhere, *(free for _ in pair.targets)]
        unmasked += [False, *(pair.mask is None for _ in pair.targets)]
    return torch.stack(given).to(device), torch.tensor(unmasked, device=device)[:, None, None, None]


def latent_size(pipeline: DiffusionPipeline, size: tuple[int, int]) -> tuple[int, int]:
    """``(h, w)`` of the latents of a picture of ``(width, height)``.

    Raises:
        InputError: The size is not a multiple of the pipeline's.
    """
    cell = int(pipeline.vae_scale_factor)
    width, height = size
    if min(size) < cell or width % cell or height % cell:
        raise InputError(f"a picture of this model has sides in multiples of {cell} pixels, not {width} × {height}")
    return height // cell, width // cell
