"""The sampling loop of Algorithm 1 (arXiv 2208.01626): sources and their edits side by side, from the same noise.

Letters: :mod:`omniedit.data.diffusion.p2p`. Each row has its own random generator, and the rows of a pair have the same
seed: so the edit starts from its source's noise, gets its source's noise at each step of a stochastic sampler, and
depends on no other pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omniedit.data.diffusion.p2p.attention import Watcher, controlled
from omniedit.data.diffusion.p2p.plan import PairPrompts, latent_size, plan
from omniedit.data.diffusion.p2p.prompts import Conditions, conditions
from omniedit.data.diffusion.p2p.schedule import Recipe
from omniedit.errors import InputError

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline, UNet2DConditionModel
    from torch import Generator, Tensor

StepHook = Callable[[int, "Tensor"], None]
"""Called after each step with its number and the latents, ``[R, C, h, w]``."""


@dataclass(frozen=True, eq=False)
class Sampled:
    """What the sampler hands back."""

    latents: Tensor
    """z_0 and z*_0 of all rows, ``[R, C, h, w]``."""
    free: Tensor
    """α when it last held, ``bool [R, 1, h, w]``; all true for sources, and where nothing was locked."""


def sample(
    pipeline: DiffusionPipeline,
    pairs: Sequence[PairPrompts],
    recipe: Recipe,
    size: tuple[int, int],
    *,
    watchers: Sequence[Watcher] = (),
    on_step: StepHook | None = None,
) -> Sampled:
    """Generate pairs in one batch. Nothing of the pipeline is changed afterwards, its scheduler included.

    Args:
        pipeline: A StableDiffusionPipeline or StableDiffusionXLPipeline.
        pairs: One or more.
        recipe: How.
        size: ``(width, height)`` of the pictures.
        watchers: Read the cross-attention maps.
        on_step: Called after each step.

    Raises:
        InputError: The size is not on the pipeline's grid, a mask is not of that size, or there are no steps.
        InstructionError: A prompt is too long, or lacks a word that has a weight.
        ModelError: The pipeline is none that Prompt-to-Prompt can edit.
    """
    import torch

    if recipe.steps < 1:
        raise InputError(f"sampling takes 1 step or more, not {recipe.steps}")
    guided = recipe.guidance > 1
    prompts = [prompt for pair in pairs for prompt in pair.rows]
    scheduler = deepcopy(pipeline.scheduler)  # from_config would drop what the pipeline corrected in its config
    scheduler.set_timesteps(recipe.steps, device=pipeline._execution_device)
    generators = [torch.Generator().manual_seed(pair.seed) for pair in pairs for _ in pair.rows]
    extra = pipeline.prepare_extra_step_kwargs(generators, 0.0)
    with torch.no_grad():
        told = conditions(pipeline, prompts, negative=recipe.negative, guided=guided, size=size)
        control, locks = plan(pipeline, pairs, recipe, size, len(scheduler.timesteps), watchers)
        latents = (
            _noise(pipeline, generators, latent_size(pipeline, size), told.words.dtype) * scheduler.init_noise_sigma
        )
        held = torch.ones_like(locks.given)
        with controlled(pipeline.unet, control):
            for step, t in enumerate(scheduler.timesteps):
                control.step = step
                noise = _predict(pipeline.unet, scheduler.scale_model_input(latents, t), t, told, recipe.guidance)
                latents = scheduler.step(noise, t, latents, **extra, return_dict=False)[0].to(latents.dtype)
                if step < locks.until:
                    held = locks.free(step)
                    latents = torch.where(held, latents, latents[control.origin])
                if on_step is not None:
                    on_step(step, latents)
        return Sampled(latents, held)


def _noise(
    pipeline: DiffusionPipeline, generators: Sequence[Generator], cells: tuple[int, int], dtype: torch.dtype
) -> Tensor:
    """z_T: standard normal noise of each row's own generator, drawn on the CPU whatever the device."""
    import torch

    shape = (1, pipeline.unet.config.in_channels, *cells)
    noise = torch.cat([torch.randn(shape, generator=generator) for generator in generators])
    return noise.to(pipeline._execution_device, dtype)


def _predict(unet: UNet2DConditionModel, latents: Tensor, t: Tensor, told: Conditions, guidance: float) -> Tensor:
    """The network's prediction for each row, with classifier-free guidance where there are unguided rows."""
    halves = len(told.words) // len(latents)
    inputs = latents.repeat(halves, 1, 1, 1)
    predicted: Tensor = unet(
        inputs, t, encoder_hidden_states=told.words, added_cond_kwargs=told.added, return_dict=False
    )[0]
    if halves == 1:
        return predicted
    unguided, guided = predicted.chunk(2)
    return unguided + guidance * (guided - unguided)
