"""Tiny Stable Diffusion 3 checkpoints of the real classes, with random weights: pictures of 64 × 64 pixels."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5TokenizerFast,
)

CLIP_LENGTH = 20
"""Tokens that the tiny CLIP reads."""
CLIP_WIDTHS = (16, 24)
"""Widths of the tiny CLIP-L and CLIP-G."""
TOKEN_WIDTH = 48
"""Width of the tiny T5."""
SD35 = {"dual_attention_layers": (0,), "qk_norm": "rms_norm"}
"""What SD3.5-medium has and SD3-medium has not."""


def clip_tokenizer() -> CLIPTokenizer:
    """CLIP's byte-pair encoding without merges: a token a letter."""
    letters = [chr(code) for code in range(33, 127)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: i for i, token in enumerate(tokens)}, merges=[], model_max_length=CLIP_LENGTH)


def t5_tokenizer() -> T5TokenizerFast:
    """A Unigram tokenizer of letters and a few words."""
    letters = [(chr(code), -9.0) for code in range(33, 127)]
    words = [(f"▁{word}", -2.0) for word in ("make", "it", "snow", "the", "red", "a")]
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *letters, *words]
    return T5TokenizerFast(vocab=vocabulary, extra_ids=0)


def clip(width: int, tokenizer: CLIPTokenizer) -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CLIP_LENGTH,
        projection_dim=width,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=1.0,
    )
    return CLIPTextModelWithProjection(config).eval()


def t5(tokenizer: T5TokenizerFast) -> T5EncoderModel:
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=TOKEN_WIDTH,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        initializer_factor=1.0,
    )
    return T5EncoderModel(config).eval()


def transformer(**settings: object) -> SD3Transformer2DModel:
    return SD3Transformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=TOKEN_WIDTH,
        caption_projection_dim=16,
        pooled_projection_dim=sum(CLIP_WIDTHS),
        pos_embed_max_size=16,
        **settings,
    ).eval()


def autoencoder() -> AutoencoderKL:
    """Eight pixels a cell, shifted and scaled as SD3's is."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=1.5305,
        shift_factor=0.0609,
        use_quant_conv=False,
        use_post_quant_conv=False,
    ).eval()


def tiny_sd3(*, with_t5: bool = True, seed: int = 0, **settings: object) -> StableDiffusion3Pipeline:
    """A pipeline of diffusers; ``settings`` are the transformer's."""
    torch.manual_seed(seed)
    words, subwords = clip_tokenizer(), t5_tokenizer()
    small, large = (clip(width, words) for width in CLIP_WIDTHS)
    return StableDiffusion3Pipeline(
        transformer=transformer(**settings),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=autoencoder(),
        text_encoder=small,
        tokenizer=words,
        text_encoder_2=large,
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5(subwords) if with_t5 else None,
        tokenizer_3=subwords if with_t5 else None,
    )


def saved_sd3(folder: Path, **settings: object) -> Path:
    """The folder of a tiny checkpoint in the diffusers layout; arguments as in :func:`tiny_sd3`."""
    tiny_sd3(**settings).save_pretrained(folder)  # type: ignore[arg-type]
    return folder
