"""SD3's text is what diffusers' own pipeline encodes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline

from omniedit.errors import InstructionError, ModelError
from omniedit.model.text import SD3TextConfig, SD3TextEncoder
from tiny_sd3 import CLIP_LENGTH, CLIP_WIDTHS, TOKEN_WIDTH, saved_sd3, tiny_sd3

WORDS = ["make it snow", "", "make the dog red"]
LONG = "make it snow the red a " * 3
"""More than CLIP reads, less than T5."""


@pytest.fixture(scope="module", params=[True, False], ids=["with T5", "without T5"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd3"), with_t5=request.param)


@torch.no_grad()
@pytest.mark.parametrize("length", [256, 12])
def test_it_is_what_diffusers_encodes(folder: Path, length: int) -> None:
    absent = {} if (folder / "text_encoder_3").is_dir() else {"text_encoder_3": None, "tokenizer_3": None}
    pipe = StableDiffusion3Pipeline.from_pretrained(folder, **absent)
    tokens, none, pooled, no_pooled = pipe.encode_prompt(
        WORDS, None, None, device=torch.device("cpu"), max_sequence_length=length
    )
    text = SD3TextEncoder.from_pretrained(folder, length=length)
    assert torch.equal(text(WORDS).tokens, tokens)
    assert torch.equal(text(WORDS).pooled, pooled)
    assert torch.equal(text([""] * 3).tokens, none)
    assert torch.equal(text([""] * 3).pooled, no_pooled)
    assert text(WORDS).tokens.shape == (3, CLIP_LENGTH + length, TOKEN_WIDTH) == (3, text.length, text.token_width)
    assert text(WORDS).pooled.shape == (3, sum(CLIP_WIDTHS)) == (3, text.pooled_width)


@torch.no_grad()
def test_what_clip_cuts_t5_may_read(folder: Path) -> None:
    text = SD3TextEncoder.from_pretrained(folder)
    assert text.fits("make it snow")
    assert text.fits(LONG) == text.config.t5
    if text.config.t5:
        pipe = tiny_sd3()
        assert torch.equal(text([LONG]).tokens, pipe.encode_prompt(LONG, None, None, device=torch.device("cpu"))[0])
    else:
        with pytest.raises(InstructionError, match=f"reads {CLIP_LENGTH}"):
            text([LONG])


def test_too_long_for_t5_is_refused(folder: Path) -> None:
    text = SD3TextEncoder.from_pretrained(folder, length=3)
    if text.config.t5:
        with pytest.raises(InstructionError, match=r"has 4 tokens and this model reads 3"):
            text(["make it snow"])


def test_save_and_load(folder: Path, tmp_path: Path) -> None:
    text = SD3TextEncoder.from_pretrained(folder, length=9)
    text.save_pretrained(tmp_path)
    (tmp_path / "transformer").mkdir()
    settings = json.dumps({"base_config": {"joint_attention_dim": TOKEN_WIDTH}})
    (tmp_path / "transformer" / "config.json").write_text(settings)
    loaded = SD3TextEncoder.from_pretrained(tmp_path, length=9)
    assert loaded.config == text.config
    assert torch.equal(loaded(WORDS).tokens, text(WORDS).tokens)


def test_other_number_formats(folder: Path) -> None:
    text = SD3TextEncoder.from_pretrained(folder, dtype=torch.bfloat16)
    assert text(["make it snow"]).tokens.dtype == torch.bfloat16
    exact = text.to(dtype=torch.float16).to(dtype=torch.float32)
    assert exact(["make it snow"]).tokens.dtype == torch.float32


def test_t5_can_be_left_out(tmp_path: Path) -> None:
    saved_sd3(tmp_path)
    text = SD3TextEncoder.from_pretrained(tmp_path, t5=False, length=5)
    assert text.config == SD3TextConfig(length=5, t5=False, token_width=TOKEN_WIDTH)
    assert text(["make it snow"]).tokens[:, -5:].abs().max() == 0


def test_what_is_missing_is_a_clear_error(tmp_path: Path) -> None:
    saved_sd3(tmp_path, with_t5=False)
    with pytest.raises(ModelError, match="text_encoder_3 is missing"):
        SD3TextEncoder.from_pretrained(tmp_path, t5=True)
    (tmp_path / "text_encoder_2" / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"text_encoder_2 cannot be loaded"):
        SD3TextEncoder.from_pretrained(tmp_path)
