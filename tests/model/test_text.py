"""The embedded text encoder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cosine_similarity

from omniedit.errors import InstructionError, ModelError
from omniedit.model.text import TextEncoder


@pytest.fixture(scope="module")
def text() -> TextEncoder:
    return TextEncoder.from_pretrained()


def likeness(text: TextEncoder, a: str, b: str) -> float:
    pooled = text([a, b]).pooled
    return float(cosine_similarity(pooled[0], pooled[1], dim=0))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("crimson", "red", "dog"),
        ("automobile", "car", "night"),
        ("puppy", "dog", "beach"),
        ("midnight", "night", "car"),
        ("kitten", "cat", "yellow"),
    ],
)
def test_words_that_no_template_uses_land_near_words_that_some_do(
    text: TextEncoder, word: str, near: str, far: str
) -> None:
    assert likeness(text, word, near) > likeness(text, word, far) + 0.2


def test_a_batch_changes_nothing(text: TextEncoder) -> None:
    instructions = ["make it night", "replace the small red car with a large blue bus on the left", ""]
    together = text(instructions)
    for i, instruction in enumerate(instructions):
        alone = text([instruction])
        assert torch.equal(alone.tokens[0], together.tokens[i])
        assert torch.equal(alone.pooled[0], together.pooled[i])


def test_word_order_matters(text: TextEncoder) -> None:
    a, b = text(["swap the dog for a cat"]).tokens, text(["swap the cat for a dog"]).tokens
    assert not torch.equal(a, b)


def test_the_empty_text_is_zero(text: TextEncoder) -> None:
    assert text([""]).tokens.abs().max() == 0
    assert text([""]).pooled.abs().max() == 0


def test_widths(text: TextEncoder) -> None:
    embedded = text(["make it night"])
    assert embedded.tokens.shape == (1, text.config.length, text.token_width)
    assert embedded.pooled.shape == (1, text.pooled_width)


def test_too_long_is_refused_with_both_numbers(text: TextEncoder) -> None:
    with pytest.raises(InstructionError, match=r"30 word pieces .* reads 24"):
        text(["red " * 30])


def test_save_and_load(text: TextEncoder, tmp_path: Path) -> None:
    text.save_pretrained(tmp_path)
    loaded = TextEncoder.from_pretrained(tmp_path)
    assert torch.equal(loaded(["make it night"]).tokens, text(["make it night"]).tokens)


def test_an_incomplete_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="incomplete"):
        TextEncoder.from_pretrained(tmp_path)


def test_loading_does_not_import_transformers() -> None:
    code = (
        "import sys; from omniedit.model.text import TextEncoder; TextEncoder.from_pretrained()(['hi']);"
        "sys.exit(any(m.startswith('transformers') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
