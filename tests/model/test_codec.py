"""Latents are those of diffusers' own autoencoder, and a function of their picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image as Pillow

from omniedit.errors import ModelError
from omniedit.model.codec import VaeCodec
from tiny_sd3 import autoencoder


@pytest.fixture(scope="module")
def codec() -> VaeCodec:
    torch.manual_seed(0)
    return VaeCodec(autoencoder())


def pictures(count: int = 2) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (count, 32, 48, 3), dtype=np.uint8))


def test_latents_are_scaled_and_shifted_as_the_base_was_trained(codec: VaeCodec) -> None:
    latents = codec.encode(pictures())
    pixels = VaeImageProcessor(vae_scale_factor=8).preprocess([Pillow.fromarray(picture) for picture in pictures()])
    with torch.no_grad():
        expected = (codec.vae.encode(pixels).latent_dist.mean - 0.0609) * 1.5305
    torch.testing.assert_close(latents, expected, atol=1e-5, rtol=1e-5)
    assert (codec.channels, codec.factor) == (4, 8)
    assert (latents.shape, latents.dtype) == ((2, 4, 4, 6), torch.float32)


def test_a_latent_is_a_function_of_its_picture(codec: VaeCodec) -> None:
    together = codec.encode(pictures())
    assert torch.equal(together, codec.encode(pictures()))
    torch.testing.assert_close(together[1:], codec.encode(pictures()[1:]), atol=1e-5, rtol=1e-5)


def test_decoding_is_the_pipelines_own(codec: VaeCodec) -> None:
    latents = torch.randn(2, 4, 4, 6, generator=torch.Generator().manual_seed(0))
    processor = VaeImageProcessor(vae_scale_factor=8)
    with torch.no_grad():
        decoded = codec.vae.decode(latents / 1.5305 + 0.0609).sample
    expected = processor.postprocess(decoded, output_type="pil")
    for ours, theirs in zip(codec.decode(latents), expected, strict=True):
        assert ours.shape == (32, 48, 3)
        assert np.abs(ours.astype(int) - np.asarray(theirs).astype(int)).max() <= 1


def test_save_and_load(codec: VaeCodec, tmp_path: Path) -> None:
    codec.save_pretrained(tmp_path)
    assert torch.equal(VaeCodec.from_pretrained(tmp_path).encode(pictures()), codec.encode(pictures()))


def test_half_precision_gives_single_precision_latents(tmp_path: Path, codec: VaeCodec) -> None:
    codec.save_pretrained(tmp_path)
    half = VaeCodec.from_pretrained(tmp_path).to(dtype=torch.bfloat16)
    assert half.encode(pictures()).dtype == torch.float32
    assert half.decode(half.encode(pictures()))[0].dtype == np.uint8


def test_faults_are_clear(codec: VaeCodec, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"33×30 cannot be cut into cells of 8"):
        codec.encode([np.zeros((30, 33, 3), np.uint8)])
    with pytest.raises(ModelError, match="the folder vae is missing"):
        VaeCodec.from_pretrained(tmp_path)
    (tmp_path / "vae").mkdir()
    with pytest.raises(ModelError, match=r"vae cannot be loaded"):
        VaeCodec.from_pretrained(tmp_path)
