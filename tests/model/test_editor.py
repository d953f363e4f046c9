"""The bundle: lossless codec, round trip on disk, clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import SD3Transformer2DModel

from omniedit.errors import ModelError
from omniedit.model.editnet import EditNet
from omniedit.model.editor import Editor, EditorConfig
from omniedit.model.flow import FlowConfig
from omniedit.model.text import TextEncoder


def tiny_editor(attention: str = "joint") -> Editor:
    text = TextEncoder.from_pretrained()
    torch.manual_seed(0)
    base = SD3Transformer2DModel(
        sample_size=32,
        patch_size=8,
        in_channels=3,
        out_channels=6,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=text.token_width,
        caption_projection_dim=16,
        pooled_projection_dim=text.pooled_width,
        pos_embed_max_size=16,
    )
    net = EditNet.from_transformer(base, condition_attention=attention)
    config = EditorConfig(name="tiny", area=1024, multiple=8, known={"objects": ("dog", "cat")})
    return Editor(net, FlowConfig(prediction="blend", shift=1.0), config, text)


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 40, 3), dtype=np.uint8)


def test_the_codec_is_lossless() -> None:
    editor, images = tiny_editor(), [picture(0), picture(1)]
    latents = editor.encode(images)
    assert latents.shape == (2, 3, 32, 40)
    assert all(np.array_equal(a, b) for a, b in zip(editor.decode(latents), images, strict=True))


def test_decoding_clips() -> None:
    (image,) = tiny_editor().decode(torch.tensor([-5.0, 0.0, 5.0]).view(1, 3, 1, 1))
    assert image.reshape(-1).tolist() == [0, 128, 255]


@pytest.mark.parametrize("attention", ["joint", "causal"])
def test_velocity_points_from_the_sample_to_the_noise(attention: str) -> None:
    editor = tiny_editor(attention)
    condition, text = editor.encode([picture(0)]), editor.embed(["make it night"])
    x, sigma = torch.randn(condition.shape, generator=torch.Generator().manual_seed(0)), torch.tensor([0.7])
    with torch.inference_mode():
        cache = editor.cache(condition)
        sample = editor.sample(x, sigma, condition, text, cache)
        velocity = editor.velocity(x, sigma, condition, text, cache)
    torch.testing.assert_close(x - 0.7 * velocity, sample, atol=1e-5, rtol=1e-5)
    assert (cache is None) == (attention == "joint")


@pytest.mark.parametrize("attention", ["joint", "causal"])
def test_save_and_load(attention: str, tmp_path: Path) -> None:
    editor = tiny_editor(attention)
    editor.save_pretrained(tmp_path)
    loaded = Editor.from_pretrained(tmp_path)
    assert loaded.sha256 == editor.sha256
    assert loaded.config == editor.config
    assert loaded.flow == editor.flow


def test_half_precision_is_loaded_as_single(tmp_path: Path) -> None:
    editor = tiny_editor()
    editor.save_pretrained(tmp_path, half=True)
    loaded = Editor.from_pretrained(tmp_path)
    for a, b in zip(editor.net.parameters(), loaded.net.parameters(), strict=True):
        assert b.dtype == torch.float32
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)


def test_what_is_not_an_editor_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model_index\.json is missing"):
        Editor.from_pretrained(tmp_path)
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Editor.from_pretrained(tmp_path)
