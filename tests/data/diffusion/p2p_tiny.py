"""Tiny text-to-image pipelines of the real classes, with random weights and a real CLIP tokenizer of a few words."""

from __future__ import annotations

from functools import cache

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WORDS = ("a", "red", "blue", "cat", "dog", "on", "the", "bench", "in", "snow")
"""Each is one token; other words have one for each letter."""
CELL = 2
"""Pixels of a latent cell's side."""
SIDE = 16
"""Latent cells of a picture's side."""


def tokenizer() -> CLIPTokenizer:
    """CLIP's byte-pair encoding over the letters, with the merges of a few words; reads 24 tokens."""
    letters = [chr(code) for code in range(33, 127)]
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges = []
    for word in WORDS:
        parts = [*word[:-1], f"{word[-1]}</w>"]
        while len(parts) > 1:
            merges.append((parts[0], parts[1]))
            parts = [parts[0] + parts[1], *parts[2:]]
            vocabulary.append(parts[0])
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    ids = {token: index for index, token in enumerate(dict.fromkeys(vocabulary))}
    return CLIPTokenizer(vocab=ids, merges=list(dict.fromkeys(merges)), model_max_length=24)


def text_config(words: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=24,
        projection_dim=16,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
        initializer_range=1.0,
    )


def unet(**settings: object) -> UNet2DConditionModel:
    """Two levels, 16 × 16 and 8 × 8, with attention at both; weights strong enough for words to matter."""
    made = UNet2DConditionModel(
        sample_size=SIDE,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=2,
        **settings,
    )
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "attn" in name and ("to_q" in name or "to_k" in name):
                weight.mul_(4)
    return made.eval()


def autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4,
        sample_size=SIDE * CELL,
    ).eval()


@cache
def tiny_sdxl() -> StableDiffusionXLPipeline:
    """SDXL with 80,000 weights in its UNet, pictures of 32 × 32 pixels."""
    torch.manual_seed(0)
    words = tokenizer()
    pipeline = StableDiffusionXLPipeline(
        vae=autoencoder(),
        text_encoder=CLIPTextModel(text_config(words)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(text_config(words)).eval(),
        tokenizer=words,
        tokenizer_2=tokenizer(),
        unet=unet(
            cross_attention_dim=32,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 16,
        ),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@cache
def tiny_sd() -> StableDiffusionPipeline:
    """Stable Diffusion 1 with 80,000 weights in its UNet, pictures of 32 × 32 pixels."""
    torch.manual_seed(0)
    words = tokenizer()
    pipeline = StableDiffusionPipeline(
        vae=autoencoder(),
        text_encoder=CLIPTextModel(text_config(words)).eval(),
        tokenizer=words,
        unet=unet(cross_attention_dim=16),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
