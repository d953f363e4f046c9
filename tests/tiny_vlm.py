"""Tiny vision-language models of the real classes, with random weights and real tokenizers, in Hub-like folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    InternVLConfig,
    InternVLForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
)
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from omniedit.judge.questions import Asking, ask
from omniedit.judge.rubric import RUBRICS

CORPUS = [
    '{"reasoning": "the picture shows what was asked", "score": [8, 7]}',
    *(question.text for rubric in RUBRICS.values() for question in ask(rubric, "make it bright", Asking())),
]  # questions of few tokens are short work
CONTROL = ["<|end|>", "<|im_start|>", "<|im_end|>"]
QWEN = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
INTERN = {
    "start_image_token": "<img>",
    "end_image_token": "</img>",
    "context_image_token": "<IMG_CONTEXT>",
    "video_token": "<video>",
}
TEMPLATE = """{% for message in messages %}<|im_start|>{{ message.role }}
{% for part in message.content %}{% if part.type == 'image' %}PICTURE{% else %}{{ part.text }}{% endif %}{% endfor %}\
<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "initializer_range": 0.2,
}


def tiny_tokenizer(*, whole_numbers: bool = False, **special: object) -> PreTrainedTokenizerFast:
    """Byte-level BPE over a few sentences; digits by themselves, as Qwen has them, or whole numbers as one token."""
    made = Tokenizer(models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=not whole_numbers)
    made.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    numbers = [" ".join(["10 20 25"] * 9)] if whole_numbers else []
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        CORPUS * 3 + numbers, trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    )
    made.add_special_tokens([*CONTROL, *QWEN, *INTERN.values()])
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|end|>", padding_side="right", **special
    )


def tiny_qwen(folder: Path, **text: object) -> Path:
    """A Qwen2.5-VL of 60,000 parameters, as a Hub folder: no processor config."""
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = TEMPLATE.replace("PICTURE", "<|vision_start|><|image_pad|><|vision_end|>")
    names = dict(zip(("vision_start", "vision_end", "image", "video"), QWEN, strict=True))
    torch.manual_seed(0)
    config = Qwen2_5_VLConfig(
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]},
            **_ends(tokenizer),
            **text,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "patch_size": 8,
            "window_size": 32,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
        **{f"{name}_token_id": tokenizer.convert_tokens_to_ids(token) for name, token in names.items()},
    )
    _save(Qwen2_5_VLForConditionalGeneration(config), folder)
    sizes = {"shortest_edge": 16 * 16, "longest_edge": 64 * 64}
    Qwen2VLImageProcessorPil(patch_size=8, merge_size=2, size=sizes).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_intern(folder: Path, **text: object) -> Path:
    """An InternVL of 60,000 parameters, as a Hub folder, with its processor config."""
    tokenizer = tiny_tokenizer(extra_special_tokens=INTERN)
    tokenizer.chat_template = TEMPLATE.replace("PICTURE", "<IMG_CONTEXT>\n")
    torch.manual_seed(0)
    config = InternVLConfig(
        text_config={
            "model_type": "qwen2",
            **TEXT,
            "vocab_size": len(tokenizer),
            "tie_word_embeddings": False,
            **_ends(tokenizer),
            **text,
        },
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": [32, 32],
            "patch_size": [8, 8],
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
        tie_word_embeddings=False,
    )
    _save(InternVLForConditionalGeneration(config), folder)
    GotOcr2ImageProcessorPil(size={"height": 32, "width": 32}, crop_to_patches=True, max_patches=2).save_pretrained(
        folder
    )
    card = {"processor_class": "InternVLProcessor", "image_seq_length": 4}
    (folder / "processor_config.json").write_text(json.dumps(card))
    tokenizer.save_pretrained(folder)
    return folder


def _save(model: PreTrainedModel, folder: Path) -> None:
    """Save a model whose last layer is strong enough for so few channels to be sure of a token."""
    with torch.no_grad():
        model.lm_head.weight.mul_(4)
    model.save_pretrained(folder)


def _ends(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    return {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": 0}


FAMILIES: dict[str, Callable[..., Path]] = {"qwen2.5-vl": tiny_qwen, "internvl": tiny_intern}
