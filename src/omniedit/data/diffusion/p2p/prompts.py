"""Prompts as a pipeline reads them: their words' tokens, and the embeddings that condition its UNet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from omniedit.data.diffusion.p2p.alignment import Prompt
from omniedit.errors import ModelError

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|(?:[^\w\s]|_)+")
"""A word with its apostrophes, or a run of marks; much as CLIP splits before it looks for tokens."""


def read_prompt(pipeline: DiffusionPipeline, text: str) -> Prompt:
    """Split a prompt into words, each with its number of tokens.

    Words are cut from their marks where the tokenizer sees the same tokens then, else at spaces only.

    Args:
        pipeline: A StableDiffusionPipeline or StableDiffusionXLPipeline.
        text: The prompt.

    Raises:
        InstructionError: It is longer than the text encoder reads.
        ModelError: The pipeline's tokenizers do not split text into words, or each into others.
    """
    tokenizers = [
        tokenizer for name in ("tokenizer", "tokenizer_2") if (tokenizer := getattr(pipeline, name, None)) is not None
    ]
    prompts = {_read(tokenizer, text) for tokenizer in tokenizers}
    if len(prompts) != 1:
        raise ModelError(
            f"{type(pipeline).__name__} reads {text!r} in {len(prompts)} ways; one is needed to align words"
        )
    return prompts.pop()


def _read(tokenizer: PreTrainedTokenizerBase, text: str) -> Prompt:
    """Read a prompt with one tokenizer."""
    whole = _tokens(tokenizer, text)
    for words in (_WORD.findall(text), text.split()):
        tokens = [_tokens(tokenizer, word) for word in words]
        if list(chain(*tokens)) == whole and all(tokens):
            return Prompt(tuple(words), tuple(map(len, tokens)), tokenizer.model_max_length)
    raise ModelError(f"{type(tokenizer).__name__} does not split {text!r} into words: Prompt-to-Prompt wants CLIP's")


def _tokens(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    """The tokens of a text by itself, without start and end."""
    return list(tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids)


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a UNet is told beside the latents, for the rows of a batch: the unguided rows first, where there are any."""

    words: Tensor
    """Embeddings of the tokens, ``[B, L, width]``."""
    added: dict[str, Tensor] | None
    """SDXL's pooled embeddings ``[B, width]`` and time ids ``[B, 6]``."""


def conditions(
    pipeline: DiffusionPipeline, prompts: Sequence[str], *, negative: str, guided: bool, size: tuple[int, int]
) -> Conditions:
    """Embed prompts, each by itself, so that none depends on its company.

    Args:
        pipeline: A StableDiffusionPipeline or StableDiffusionXLPipeline.
        prompts: One for each of R rows.
        negative: What to guide away from; empty as the pipeline has it.
        guided: Whether unguided rows come first: B is 2 R then, else R.
        size: ``(width, height)`` of the pictures.
    """
    import torch

    known = {text: _embed(pipeline, text, negative, guided) for text in dict.fromkeys(prompts)}
    halves = [[known[text][half] for text in prompts] for half in ((0, 1) if guided else (1,))]
    rows = [row for half in halves for row in half]
    words = torch.cat([row[0] for row in rows])
    if rows[0][1] is None:
        return Conditions(words, None)
    pooled = torch.cat([row[1] for row in rows])
    width, height = size
    ids = torch.tensor([[height, width, 0, 0, height, width]], dtype=words.dtype, device=words.device)
    return Conditions(words, {"text_embeds": pooled, "time_ids": ids.repeat(len(rows), 1)})


def _embed(
    pipeline: DiffusionPipeline, text: str, negative: str, guided: bool
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """``(unguided, guided)`` of a prompt, each ``(embeddings [1, L, width], pooled [1, width] or None)``."""
    device = pipeline._execution_device  # where offloading runs it; the public ``device`` is where it rests
    settings = {
        "prompt": text,
        "device": device,
        "num_images_per_prompt": 1,
        "do_classifier_free_guidance": guided,
        "negative_prompt": negative or None,
    }
    embedded = pipeline.encode_prompt(**settings)
    words, negative_words, *pooled = embedded
    ours, theirs = pooled if pooled else (None, None)
    return (negative_words, theirs), (words, ours)
