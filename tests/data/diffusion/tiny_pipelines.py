"""Tiny editing pipelines of the real classes, with random weights; pictures of 32 × 32 pixels."""

from __future__ import annotations

from functools import cache

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    EDMEulerScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLInstructPix2PixPipeline,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from p2p_tiny import autoencoder, text_config, tokenizer, unet
from transformers import CLIPConfig, CLIPTextModel, CLIPTextModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

SDXL = {
    "cross_attention_dim": 32,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 16,
}


def _sd(channels: int) -> dict[str, object]:
    torch.manual_seed(0)
    words = tokenizer()
    return {
        "vae": autoencoder(),
        "text_encoder": CLIPTextModel(text_config(words)).eval(),
        "tokenizer": words,
        "unet": unet(in_channels=channels, cross_attention_dim=16),
        "scheduler": DDIMScheduler(clip_sample=False, steps_offset=1),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def _sdxl(channels: int) -> dict[str, object]:
    torch.manual_seed(0)
    words = tokenizer()
    return {
        "vae": autoencoder(),
        "text_encoder": CLIPTextModel(text_config(words)).eval(),
        "text_encoder_2": CLIPTextModelWithProjection(text_config(words)).eval(),
        "tokenizer": words,
        "tokenizer_2": tokenizer(),
        "unet": unet(in_channels=channels, **SDXL),
        "scheduler": DDIMScheduler(clip_sample=False, steps_offset=1),
        "add_watermarker": False,
    }


@cache
def sd_inpaint() -> StableDiffusionInpaintPipeline:
    """Nine channels; a sampler that draws at every step."""
    parts = _sd(9) | {"scheduler": DDPMScheduler(clip_sample=False, steps_offset=1)}
    return StableDiffusionInpaintPipeline(**parts)


def wary_inpaint() -> StableDiffusionInpaintPipeline:
    """One whose safety checker refuses every picture."""
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 16,
    }
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16)).eval()
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2)  # below every cosine
    eyes = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    parts = _sd(9) | {"safety_checker": checker, "feature_extractor": eyes, "requires_safety_checker": True}
    return StableDiffusionInpaintPipeline(**parts)


@cache
def sdxl_inpaint() -> StableDiffusionXLInpaintPipeline:
    return StableDiffusionXLInpaintPipeline(**_sdxl(9))


@cache
def pix2pix() -> StableDiffusionInstructPix2PixPipeline:
    return StableDiffusionInstructPix2PixPipeline(**_sd(8))


@cache
def cosxl_edit() -> StableDiffusionXLInstructPix2PixPipeline:
    """CosXL-Edit as diffusers has it: scaled latents of the picture, EDM in v-prediction."""
    sampler = EDMEulerScheduler(
        sigma_min=0.002, sigma_max=120.0, sigma_data=1.0, prediction_type="v_prediction", sigma_schedule="exponential"
    )
    return StableDiffusionXLInstructPix2PixPipeline(**_sdxl(8) | {"scheduler": sampler}, is_cosxl_edit=True)
