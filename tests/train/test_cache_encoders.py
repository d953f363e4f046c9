"""Caches through SD3's kind of encoders, tiny, and the names of encoders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cache_sets import CONFIG, SIZES, Listed, pair, subject
from diffusers import AutoencoderKL

from omniedit.model.codec import PixelCodec, VaeCodec
from omniedit.model.text import SD3TextEncoder, TextEncoder
from omniedit.train.cache.identity import identity, picture_key, text_key
from omniedit.train.cache.make import make_cache
from omniedit.train.cache.reader import Cached
from omniedit.train.cache.rows import Subject
from tiny_sd3 import CLIP_LENGTH, CLIP_WIDTHS, TOKEN_WIDTH, saved_sd3

PAIRS = Listed([pair(number) for number in range(8)])


def tiny_codec(seed: int = 0, **changed: float) -> VaeCodec:
    torch.manual_seed(seed)
    vae = AutoencoderKL(
        **{
            "block_out_channels": (8, 8),
            "down_block_types": ("DownEncoderBlock2D",) * 2,
            "up_block_types": ("UpDecoderBlock2D",) * 2,
            "latent_channels": 4,
            "norm_num_groups": 4,
            "sample_size": 32,
            "scaling_factor": 1.5,
            "shift_factor": 0.06,
            **changed,
        }
    )
    return VaeCodec(vae)


def test_latents_of_a_vae_do_not_depend_on_batches(tmp_path: Path) -> None:
    found = []
    for batch in (1, 3):
        out = tmp_path / str(batch)
        make_cache(lambda worker, batch=batch: subject(PAIRS, replace(CONFIG, batch=batch), tiny_codec()), out)  # type: ignore[misc]
        found.append(Cached(out))
    assert found[0].about.channels == 4
    assert found[0].about.factor == 2
    for number in range(len(PAIRS)):
        one, three = (torch.stack(cached.latents(number)) for cached in found)
        assert one.shape == (2, 4, *np.array(found[0].buckets[number][::-1]) // 2)
        assert (one - three).abs().max() < 1e-5


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd3"))


@pytest.mark.parametrize("t5", [True, False])
def test_texts_of_sd3_are_kept_without_their_padding(t5: bool, checkpoint: Path, tmp_path: Path) -> None:
    text = SD3TextEncoder.from_pretrained(checkpoint, length=30, t5=t5)
    made = Subject.of(PAIRS, PixelCodec(), text, SIZES, replace(CONFIG, batch=5))
    make_cache(lambda worker: made, tmp_path)
    cached = Cached(tmp_path)
    for number, row in enumerate(PAIRS.pairs):
        expected = text(row.candidate.proposal.instructions)
        for wording in range(2):
            found = cached.text(number, wording)
            assert torch.allclose(found.tokens, expected.tokens[wording], atol=1e-5)
            assert torch.allclose(found.pooled, expected.pooled[wording], atol=1e-5)
    assert torch.allclose(cached.empty_text().tokens, text([""]).tokens[0], atol=1e-5)
    clip = CLIP_LENGTH * sum(CLIP_WIDTHS) + sum(CLIP_WIDTHS)
    numbers = cached.about.texts * (clip + t5 * 30 * TOKEN_WIDTH)
    size = sum(path.stat().st_size for path in (tmp_path / "texts").rglob("*.safetensors"))
    assert 4 * numbers < size < 4.5 * numbers


def test_reading_does_not_rename_sd3s_text_encoders(checkpoint: Path) -> None:
    text = SD3TextEncoder.from_pretrained(checkpoint, length=30)
    name = identity(text, "float16")
    text(["make it snow"])
    text(["make it snow"])
    assert identity(text, "float16") == name
    assert identity(SD3TextEncoder.from_pretrained(checkpoint, length=30), "float16") == name
    others = (
        SD3TextEncoder.from_pretrained(checkpoint, length=30, t5=False),
        SD3TextEncoder.from_pretrained(checkpoint),
    )
    assert len({name, *(identity(other, "float16") for other in others)}) == 3


# Names ----------------------------------------------------------------------------------------------------------------


def test_an_encoder_is_named_by_what_it_computes() -> None:
    name = identity(tiny_codec(), "float16")
    assert identity(tiny_codec(), "float16") == name
    others = [
        identity(tiny_codec(), "float32"),
        identity(tiny_codec(seed=1), "float16"),
        identity(tiny_codec(scaling_factor=1.6), "float16"),
        identity(tiny_codec().to(dtype=torch.bfloat16), "float16"),
        identity(PixelCodec(), "float16"),
        identity(TextEncoder.from_pretrained(), "float16"),
    ]
    assert len({name, *others}) == 1 + len(others)


def test_a_folder_that_is_moved_keeps_its_name(tmp_path: Path) -> None:
    tiny_codec().save_pretrained(tmp_path / "a")
    loaded = VaeCodec.from_pretrained(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    moved = VaeCodec.from_pretrained(tmp_path / "b")
    assert identity(loaded, "float16") == identity(moved, "float16") == identity(tiny_codec(), "float16")


def test_reading_does_not_rename_a_text_encoder() -> None:
    text = TextEncoder.from_pretrained()
    before = identity(text, "float16")
    text(["make it red"])
    text.tokenizer.enable_padding(length=9)
    assert identity(text, "float16") == before


def test_an_encoder_with_secrets_is_refused() -> None:
    @dataclass
    class Odd:
        function: object = np.sum

    with pytest.raises(TypeError, match="cannot be told"):
        identity(Odd(), "float16")


def test_names_of_pictures_and_texts_tell_all_apart() -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    other = image.copy()
    other[1, 2, 2] += 1
    keys = [
        picture_key(image, (8, 8), "a"),
        picture_key(other, (8, 8), "a"),
        picture_key(image, (8, 16), "a"),
        picture_key(image, (8, 8), "b"),
        picture_key(image.reshape(3, 2, 3), (8, 8), "a"),
        *(text_key(text, encoder) for text in ("", "red", "Red") for encoder in "ab"),
    ]
    assert len(set(keys)) == len(keys)
    assert picture_key(image[:, ::-1], (8, 8), "a") == picture_key(image[:, ::-1].copy(), (8, 8), "a")
