"""A GroundingDINO and a SAM of the real classes, with random weights and real tokenizers, in Hub-like folders."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    BertConfig,
    BertTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    SamConfig,
    SamModel,
    SwinConfig,
)
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import GroundingDinoImageProcessorPil
from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "red", "blue", "car", "dog", "woman", "wheels"]
SIDE = 64
"""What both models resize a picture to."""


def tiny_dino(folder: Path) -> Path:
    """A detector with eight queries; its scores are spread by the random weights."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=SIDE, embed_dim=8, depths=[1, 1, 1], num_heads=[1, 2, 2], window_size=4, out_indices=[2, 3]
        ),
        text_config=BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=256,
        ),
        num_queries=8,
        num_feature_levels=3,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        init_std=0.5,
    )
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    GroundingDinoImageProcessorPil(size={"shortest_edge": SIDE, "longest_edge": 2 * SIDE}).save_pretrained(folder)
    return folder


def tiny_sam(folder: Path) -> Path:
    """A segmenter that works at 64 pixels."""
    torch.manual_seed(3)
    config = SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": 8,
            "window_size": 4,
            "global_attn_indexes": [0],
            "num_pos_feats": 8,
            "mlp_dim": 16,
            "initializer_range": 0.3,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": SIDE, "patch_size": 8, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
        initializer_range=0.3,
    )
    SamModel(config).save_pretrained(folder)
    sizes = {"size": {"longest_edge": SIDE}, "pad_size": {"height": SIDE, "width": SIDE}}
    SamImageProcessorPil(**sizes).save_pretrained(folder)
    return folder
