"""The text of Stable Diffusion 3 (arXiv 2403.03206, section 4 and Figure 2): CLIP-L, CLIP-G and, where wanted, T5.

    clip   = [CLIP-L's last but one layer | CLIP-G's]      77 tokens, channels padded with zeros to E
    tokens = [clip ; T5]                                   77 + length tokens
    pooled = [CLIP-L's projected text | CLIP-G's]

Without T5 (4.8 billion weights; SD3 was trained with each encoder dropped now and then) zeros stand in its place. What
comes out is what ``encode_prompt`` of diffusers' ``StableDiffusion3Pipeline`` gives, number for number.

Letters: B batch, L tokens, E width of a token, P width of the pooled text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from omniedit.errors import InstructionError, MissingExtraError, ModelError
from omniedit.model.text.embedding import Text


@dataclass(frozen=True, kw_only=True)
class SD3TextConfig:
    """Settings of SD3's text."""

    length: int = 256
    """Tokens that T5 reads, or zeros in their place; diffusers' own default. CLIP always has 77."""
    t5: bool = True
    """Whether T5 reads too."""
    token_width: int = 4096
    """E: the width of T5's tokens, which CLIP's are padded to."""


class Reader(NamedTuple):
    """One encoder with its tokenizer, as transformers has them."""

    model: Any
    """``CLIPTextModelWithProjection`` or ``T5EncoderModel``."""
    tokenizer: Any
    """Of the same repository."""

    def ids(self, texts: Sequence[str], length: int) -> Tensor:
        """Token ids ``[B, length]``, cut and padded to it, on the model's device."""
        read = self.tokenizer(
            list(texts), padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        ids: Tensor = read.input_ids
        return ids.to(self.model.device)

    def count(self, text: str) -> int:
        """Tokens of a text, those that begin and end it among them."""
        return len(self.tokenizer(text, verbose=False).input_ids)


class SD3TextEncoder:
    """Instructions -> what SD3 reads."""

    kind = "sd3"

    def __init__(self, clips: tuple[Reader, Reader], t5: Reader | None, config: SD3TextConfig) -> None:
        """Read with CLIP-L and CLIP-G, in this order, and with T5 unless it is None.

        Raises:
            ModelError: ``config`` says otherwise, or CLIP's tokens are wider than a token may be.
        """
        if config.t5 != (t5 is not None):
            raise ModelError(f"the text is to be read {'with' if config.t5 else 'without'} T5, but that is not given")
        if sum(clip.model.config.hidden_size for clip in clips) > config.token_width:
            raise ModelError(f"CLIP's tokens do not fit into the {config.token_width} channels of the model's text")
        self.clips, self.t5, self.config = clips, t5, config
        for model in self.models:
            model.eval().requires_grad_(False)

    @property
    def models(self) -> tuple[Any, ...]:
        """The networks: two, or three with T5."""
        return tuple(reader.model for reader in (*self.clips, self.t5) if reader is not None)

    @property
    def token_width(self) -> int:
        """E, the ``joint_attention_dim`` of a model that reads this text."""
        return self.config.token_width

    @property
    def pooled_width(self) -> int:
        """P, the ``pooled_projection_dim`` of a model that reads this text."""
        return sum(int(clip.model.config.projection_dim) for clip in self.clips)

    @property
    def length(self) -> int:
        """L: CLIP's tokens and T5's."""
        return self._clip_length + self.config.length

    @torch.no_grad()
    def __call__(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; the empty string is the unconditional text.

        Returns:
            tokens ``[B, L, E]`` and pooled ``[B, P]``, in the encoders' number format and on their device.

        Raises:
            InstructionError: an instruction is longer than :meth:`fits` allows.
        """
        self._check(instructions)
        hidden, pooled = zip(*(self._clip(clip, instructions) for clip in self.clips), strict=True)
        clip = torch.cat(hidden, dim=-1)
        clip = F.pad(clip, (0, self.token_width - clip.shape[-1]))
        return Text(torch.cat([clip, self._t5(instructions, clip)], dim=1), torch.cat(pooled, dim=-1))

    def fits(self, instruction: str) -> bool:
        """Whether T5 reads the whole instruction, or, without T5, CLIP does: CLIP's 77 tokens may cut what T5 reads."""
        reader, length = self._widest
        return reader.count(instruction) <= length

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> SD3TextEncoder:
        """Move the encoders; return self. T5 overflows in float16 and takes bfloat16 instead."""
        for clip in self.clips:
            clip.model.to(device=device, dtype=dtype)
        if self.t5 is not None:
            self.t5.model.to(device=device, dtype=torch.bfloat16 if dtype == torch.float16 else dtype)
        return self

    @property
    def _clip_length(self) -> int:
        return int(self.clips[0].tokenizer.model_max_length)

    @property
    def _widest(self) -> tuple[Reader, int]:
        """The encoder that reads most, and how many tokens it reads."""
        return (self.clips[0], self._clip_length) if self.t5 is None else (self.t5, self.config.length)

    def _check(self, instructions: Sequence[str]) -> None:
        reader, length = self._widest
        for instruction in instructions:
            if (count := reader.count(instruction)) > length:
                raise InstructionError(
                    f"the instruction has {count} tokens and this model reads {length}: say it more briefly: "
                    f"{instruction!r}"
                )

    def _clip(self, reader: Reader, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """The last but one layer ``[B, 77, width]``, and the projected text ``[B, projection]``."""
        output = reader.model(reader.ids(texts, self._clip_length), output_hidden_states=True)
        return output.hidden_states[-2], output.text_embeds

    def _t5(self, texts: Sequence[str], like: Tensor) -> Tensor:
        """T5's tokens ``[B, length, E]``, or zeros."""
        if self.t5 is None:
            return like.new_zeros(len(texts), self.config.length, self.token_width)
        tokens: Tensor = self.t5.model(self.t5.ids(texts, self.config.length))[0]
        return tokens.to(like)

    # On disk ----------------------------------------------------------------------------------------------------------

    @classmethod
    def from_pretrained(
        cls, folder: Path | str, *, length: int = 256, t5: bool | None = None, dtype: torch.dtype | None = None
    ) -> SD3TextEncoder:
        """Load the encoders of an SD3 checkpoint in the diffusers layout, or of an editor's folder.

        Args:
            folder: With ``text_encoder``, ``tokenizer``, ``text_encoder_2`` … in it.
            length: Tokens that T5 reads.
            t5: Whether T5 reads; None: where the folder has it.
            dtype: Number format; None for the one on disk.

        Raises:
            ModelError: an encoder is missing or cannot be read.
            MissingExtraError: transformers is not installed.
        """
        try:
            from transformers import CLIPTextModelWithProjection, CLIPTokenizer, T5EncoderModel, T5TokenizerFast
        except ImportError as error:
            raise MissingExtraError("transformers", "full") from error
        folder = Path(folder)
        wanted = (folder / "text_encoder_3").is_dir() if t5 is None else t5
        clips = (
            _reader(folder, "", CLIPTextModelWithProjection, CLIPTokenizer, dtype),
            _reader(folder, "_2", CLIPTextModelWithProjection, CLIPTokenizer, dtype),
        )
        # T5 overflows in float16.
        exact = torch.bfloat16 if dtype == torch.float16 else dtype
        third = _reader(folder, "_3", T5EncoderModel, T5TokenizerFast, exact) if wanted else None
        width = int(third.model.config.d_model) if third else _token_width(folder)
        return cls(clips, third, SD3TextConfig(length=length, t5=wanted, token_width=width))

    def save_pretrained(self, folder: Path | str) -> None:
        """Write the encoders and tokenizers in the layout that :meth:`from_pretrained` reads."""
        for suffix, reader in zip(("", "_2", "_3"), (*self.clips, self.t5), strict=True):
            if reader is not None:
                reader.model.save_pretrained(Path(folder) / f"text_encoder{suffix}")
                reader.tokenizer.save_pretrained(Path(folder) / f"tokenizer{suffix}")


def _reader(folder: Path, suffix: str, model: Any, tokenizer: Any, dtype: torch.dtype | None) -> Reader:  # noqa: ANN401
    """Load one encoder with its tokenizer."""
    places = folder / f"text_encoder{suffix}", folder / f"tokenizer{suffix}"
    for place in places:
        if not place.is_dir():
            raise ModelError(f"the text encoders in {folder} are incomplete: {place.name} is missing")
    try:
        loaded = model.from_pretrained(places[0], dtype=dtype or "auto", use_safetensors=True)
        return Reader(loaded, tokenizer.from_pretrained(places[1]))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"the text encoder in {places[0]} cannot be loaded: {error}") from error


def _token_width(folder: Path) -> int:
    """E of a folder without T5, from the transformer that reads the text."""
    place = folder / "transformer" / "config.json"
    try:
        config = json.loads(place.read_text(encoding="utf-8"))
        return int(config.get("base_config", config)["joint_attention_dim"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{place} does not say how wide the model's text is: {error}") from error
