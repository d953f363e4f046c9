"""Prompt-to-Prompt: two prompts -> the picture of the first, and the same picture edited as the second says.

made = prompt_to_prompt(pipeline, "a blue backpack on a bench", "a purple backpack on a bench")
for made in edit_pairs(pipeline, pairs, batch=8): ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omniedit.data.diffusion.p2p.masks import pixel_mask
from omniedit.data.diffusion.p2p.plan import PairPrompts
from omniedit.data.diffusion.p2p.sampler import StepHook, sample
from omniedit.data.diffusion.p2p.schedule import PLAIN, Recipe
from omniedit.errors import ModelError
from omniedit.types import Image, Mask

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, DiffusionPipeline
    from diffusers.configuration_utils import FrozenDict
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Edited:
    """A generated picture and its edits."""

    source: Image
    """The picture of the source's prompt, ``uint8 [height, width, 3]``."""
    edits: tuple[Image, ...]
    """The edits, of the same shape."""
    masks: tuple[Mask, ...]
    """Where each edit was free, ``float32 [height, width]``, 0 or 1: the given mask grown to whole latent cells, or
    that of the words when it last held; all ones where nothing was locked."""


def prompt_to_prompt(
    pipeline: DiffusionPipeline,
    source_prompt: str,
    target_prompt: str | Sequence[str],
    *,
    mask: Mask | None = None,
    weights: Mapping[str, float] | None = None,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    recipe: Recipe = PLAIN,
    on_step: StepHook | None = None,
) -> Edited:
    """Generate a picture and its edits.

    Args:
        pipeline: A StableDiffusionPipeline or StableDiffusionXLPipeline of diffusers, on its device.
        source_prompt: What the picture shows.
        target_prompt: What the edit shows, or each of several edits of one picture.
        mask: Where the edits are free, ``[height, width]`` 0..1; None: where the words that differ are looked at, or
            everywhere with ``recipe.blend=None``.
        weights: Words of the edits to be stressed (above 1), weakened (below 1) or turned round (below 0).
        seed: The same seed gives the same pictures.
        size: ``(width, height)``; None for the size that the model was trained at.
        recipe: The schedule and the sampler's settings.
        on_step: Called after each step with its number and the latents: the source's, then each edit's.

    Raises:
        InputError: The size is not on the pipeline's grid, or the mask is not of that size.
        InstructionError: A prompt is too long, or lacks a word that has a weight.
        ModelError: The pipeline is none that Prompt-to-Prompt can edit.
    """
    targets = (target_prompt,) if isinstance(target_prompt, str) else tuple(target_prompt)
    pair = PairPrompts(source_prompt, targets, seed, mask, weights or {}, size)
    return edit_pairs(pipeline, [pair], recipe=recipe, on_step=on_step)[0]


def edit_pairs(
    pipeline: DiffusionPipeline,
    pairs: Sequence[PairPrompts],
    *,
    recipe: Recipe = PLAIN,
    batch: int = 1,
    on_step: StepHook | None = None,
) -> list[Edited]:
    """Generate several pictures with their edits, ``batch`` of one size at a time; see :func:`prompt_to_prompt`.

    A pair's pictures do not depend on its company, but for the rounding of a device whose kernels depend on the size
    of a batch.

    Returns:
        What was made of each pair, in their order.
    """
    _check_model(pipeline)
    made: dict[int, Edited] = {}
    for size, members in _by_size(pipeline, pairs).items():
        for first in range(0, len(members), batch):
            chosen = members[first : first + batch]
            sampled = sample(pipeline, [pairs[index] for index in chosen], recipe, size, on_step=on_step)
            pictures = decode(pipeline, sampled.latents)
            masks = [pixel_mask(free, size) for free in sampled.free]
            for index in chosen:
                rows = len(pairs[index].rows)
                made[index] = Edited(pictures[0], tuple(pictures[1:rows]), tuple(masks[1:rows]))
                pictures, masks = pictures[rows:], masks[rows:]
    return [made[index] for index in range(len(pairs))]


def _check_model(pipeline: DiffusionPipeline) -> None:
    """Refuse a pipeline that does not generate from words alone, with a UNet.

    Raises:
        ModelError: It is such a one.
    """
    unet = getattr(pipeline, "unet", None)
    if unet is None or not hasattr(pipeline, "encode_prompt") or unet.config.in_channels != unet.config.out_channels:
        raise ModelError(
            "Prompt-to-Prompt wants a StableDiffusionPipeline or StableDiffusionXLPipeline that generates from text, "
            f"not {type(pipeline).__name__} with this network"
        )


def _by_size(pipeline: DiffusionPipeline, pairs: Sequence[PairPrompts]) -> dict[tuple[int, int], list[int]]:
    """The indices of the pairs of each size."""
    members: dict[tuple[int, int], list[int]] = {}
    for index, pair in enumerate(pairs):
        members.setdefault(pair.size or trained_size(pipeline), []).append(index)
    return members


def trained_size(pipeline: DiffusionPipeline) -> tuple[int, int]:
    """``(width, height)`` of the pictures that the model was trained on."""
    side = int(pipeline.unet.config.sample_size * pipeline.vae_scale_factor)
    return side, side


def decode(pipeline: DiffusionPipeline, latents: Tensor) -> list[Image]:
    """Pictures of latents ``[R, C, h, w]``, each decoded by itself: it needs the memory of one."""
    import numpy as np
    import torch

    scaled = _unscale(pipeline.vae.config, latents)
    with torch.no_grad(), _precise(pipeline.vae) as vae:
        decoded = [vae.decode(row[None].to(vae.dtype), return_dict=False)[0] for row in scaled]
    pictures = [pipeline.image_processor.postprocess(picture, output_type="pil")[0] for picture in decoded]
    pipeline.maybe_free_model_hooks()
    return [np.asarray(picture.convert("RGB")) for picture in pictures]


def _unscale(config: FrozenDict, latents: Tensor) -> Tensor:
    """Latents as the decoder has them: with their scale and, where the model states them, their mean and spread."""
    import torch

    unscaled: Tensor = latents / config.scaling_factor
    mean, std = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is None or std is None:
        return unscaled
    spread, centre = (torch.tensor(values).view(1, -1, 1, 1).to(latents) for values in (std, mean))
    return unscaled * spread + centre


@contextmanager
def _precise(vae: AutoencoderKL) -> Iterator[AutoencoderKL]:
    """SDXL's decoder overflows in float16: run it in float32, and put it back afterwards."""
    import torch

    halved = vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False)
    try:
        yield vae.to(torch.float32) if halved else vae
    finally:
        if halved:
            vae.to(torch.float16)
