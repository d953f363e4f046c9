"""Pictures and words -> the inputs of a vision-language model, and its greedy replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omniedit.judge.local.loading import VisionLanguageModel
from omniedit.types import Image


@dataclass(frozen=True, eq=False)
class Prompt:
    """One question to the model."""

    pictures: tuple[Image, ...]
    """``uint8 [height, width, 3]`` each, sRGB, in the order in which they are shown."""
    text: str
    """What stands behind them."""


@dataclass(frozen=True)
class Reply:
    """What the model said to one question."""

    text: str
    """The words, without special tokens."""
    ended: bool
    """Whether it came to an end by itself; otherwise it was cut off."""


def inputs_of(loaded: VisionLanguageModel, prompts: Sequence[Prompt]) -> dict[str, Any]:
    """The model's inputs for a batch, padded on the left, on its device, up to where the reply begins."""
    chats = [_chat(loaded, prompt) for prompt in prompts]
    options = {"padding": True, "padding_side": "left"}
    made = loaded.processor.apply_chat_template(
        chats,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs=options,
    )
    floats = {name: tensor.to(loaded.model.dtype) for name, tensor in made.items() if tensor.is_floating_point()}
    return {name: tensor.to(loaded.model.device) for name, tensor in {**made, **floats}.items()}


def _chat(loaded: VisionLanguageModel, prompt: Prompt) -> list[dict[str, Any]]:
    """A conversation of one message, as chat templates take it."""
    from PIL import Image as Pillow

    shown = [{"type": "image", "image": Pillow.fromarray(picture)} for picture in prompt.pictures]
    return [{"role": "user", "content": [*shown, {"type": "text", "text": plain(loaded.tokenizer, prompt.text)}]}]


def plain(tokenizer: Any, text: str) -> str:  # noqa: ANN401 (transformers has no types)
    """``text`` without control tokens: a space behind their first character makes them words like any other.

    The instruction is untrusted; as a token, ``<|im_end|>`` would end the message, and ``<|image_pad|>`` would stand
    for a picture that is not there.
    """
    text = text.encode("utf-8", "replace").decode()
    for token in sorted(tokenizer.get_added_vocab(), key=len, reverse=True):
        if len(token) > 1 and token in text:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def extended(inputs: Mapping[str, Any], replies: Sequence[Sequence[int]], pad: int) -> dict[str, Any]:
    """Inputs with the tokens of a reply behind each prompt, padded on the left again, so that all end together.

    Args:
        inputs: As `inputs_of` gives them, for ``B`` prompts.
        replies: Token ids of the ``B`` replies, or of their beginnings; of any lengths.
        pad: The padding token.

    Returns:
        Inputs whose tensors by token have the shape ``[B, L]``; row b ends with reply b. Pictures stay as they are.
    """
    import torch

    ids, seen = inputs["input_ids"], inputs["attention_mask"].bool()
    fills = {"input_ids": pad, "attention_mask": 0}
    made = dict(inputs)
    for name in (name for name, tensor in inputs.items() if tensor.shape == ids.shape):
        rows = []
        for row, known, reply in zip(inputs[name], seen, replies, strict=True):
            tail = {"input_ids": list(reply), "attention_mask": [1] * len(reply)}.get(name, [0] * len(reply))
            rows.append(torch.cat([row[known], torch.tensor(tail, dtype=row.dtype, device=row.device)]))
        longest = max(len(row) for row in rows)
        filled = [torch.cat([row.new_full((longest - len(row),), fills.get(name, 0)), row]) for row in rows]
        made[name] = torch.stack(filled)
    return made


def generate(loaded: VisionLanguageModel, prompts: Sequence[Prompt], max_new_tokens: int) -> list[Reply]:
    """Greedy replies to a batch of questions."""
    import torch

    inputs = inputs_of(loaded, prompts)
    with torch.inference_mode():
        said = loaded.model.generate(**inputs, max_new_tokens=max_new_tokens)[:, inputs["input_ids"].shape[1] :]
    ends = torch.isin(said, torch.tensor(loaded.ends, device=said.device)).any(dim=1).tolist()
    words = loaded.tokenizer.batch_decode(said, skip_special_tokens=True)
    return [Reply(text, ended) for text, ended in zip(words, ends, strict=True)]
