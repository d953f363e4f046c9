"""Metrics say what they should of pictures whose distance is known; CLIP is tried with a tiny model, never trained."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoImageProcessor, CLIPConfig, CLIPModel, CLIPTokenizer

from omniedit.errors import ImageError, MissingExtraError, ModelError
from omniedit.judge.metrics import METRICS, ClipScore, l1, lpips, measure, psnr, ssim
from omniedit.types import Candidate, Ideal, Image, Proposal, Task


def picture(seed: int, width: int = 24, height: int = 16) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def flat(level: int) -> Image:
    return np.full((16, 24, 3), level, np.uint8)


def candidate(source: Image, result: Image, before: str = "", after: str = "") -> Candidate:
    proposal = Proposal("p", Task.ATTRIBUTE, "make it red", source_caption=before, target_caption=after)
    return Candidate("photo", proposal, source, result, "maker")


def test_known_distances() -> None:
    assert l1(flat(0), flat(255)) == 1
    assert l1(flat(0), flat(51)) == pytest.approx(0.2)
    assert psnr(flat(0), flat(255)) == 0
    assert psnr(flat(7), flat(7)) == 100


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
@settings(deadline=None, max_examples=20)
def test_metrics_are_scikit_images(seed: int, noise: int) -> None:
    a = picture(seed)
    b = np.clip(a + np.random.default_rng(seed).integers(-noise, noise + 1, a.shape), 0, 255).astype(np.uint8)
    assert ssim(a, b) == pytest.approx(
        np.mean(
            [
                structural_similarity(
                    a[..., c], b[..., c], data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
                )
                for c in range(3)
            ]
        )
    )
    if (a != b).any():
        assert psnr(a, b) == pytest.approx(min(100, peak_signal_noise_ratio(a, b, data_range=255)))


@pytest.mark.parametrize("name", ["l1", "psnr", "ssim"])
def test_nearer_pictures_are_nearer(name: str) -> None:
    metric, source = METRICS[name], np.tile(np.arange(24, dtype=np.uint8) * 8, (16, 1))[..., None].repeat(3, axis=2)
    near, far = (np.clip(source + np.random.default_rng(0).normal(0, by, source.shape), 0, 255) for by in (5, 50))
    values = [metric.of(source, other.astype(np.uint8)) * metric.nearer for other in (source, near, far)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 3


@pytest.mark.parametrize("name", METRICS)
def test_other_sizes_are_refused(name: str) -> None:
    with pytest.raises(ImageError, match="at one size, not 24×16 and 16×24"):
        METRICS[name].of(picture(0), picture(0, 16, 24))


def test_ssim_wants_room_for_its_window() -> None:
    with pytest.raises(ImageError, match="sides of 11 pixels or more, not 24×10"):
        ssim(picture(0, 24, 10), picture(1, 24, 10))


def test_without_its_package_a_metric_is_left_out_or_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("lpips", "skimage", "skimage.metrics"):
        monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(ModelError, match="pip install lpips"):
        lpips(picture(0), picture(1))
    with pytest.raises(MissingExtraError, match=r"scikit-image .*omniedit\[photos\]"):
        ssim(picture(0), picture(1))
    assert list(measure(candidate(picture(0), picture(1)))) == ["l1_source", "psnr_source"]


def test_a_candidate_is_measured_against_its_source_and_the_ideal() -> None:
    source, ideal = flat(0), Ideal(flat(255), np.ones((16, 24), np.float32), flat(0))
    found = measure(candidate(source, flat(204)), ideal, names=["l1", "ssim"])
    assert set(found) == {f"{n}_{o}" for n in ("l1", "ssim") for o in ("source", "ideal")}
    assert found["l1_source"] == pytest.approx(0.8)
    assert found["l1_ideal"] == pytest.approx(0.2)
    assert list(measure(candidate(source, source), names=["l1"])) == ["l1_source"]


# CLIP -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of random weights, which reads text byte by byte."""
    folder = tmp_path_factory.mktemp("clip")
    letters = sorted(ByteLevel.alphabet())
    ends = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: index for index, token in enumerate([*letters, *(f"{c}</w>" for c in letters), *ends])}
    CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    start, end = (vocabulary[token] for token in ends)
    words = {"vocab_size": len(vocabulary), "bos_token_id": start, "eos_token_id": end, "max_position_embeddings": 32}
    sight = {"image_size": 32, "patch_size": 8}
    torch.manual_seed(0)
    CLIPModel(CLIPConfig(text_config=small | words, vision_config=small | sight, projection_dim=8)).save_pretrained(
        folder
    )
    size = '{"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}'
    settings = f'{{"image_processor_type": "CLIPImageProcessor", "size": {size}}}'
    (folder / "preprocessor_config.json").write_text(settings, encoding="utf-8")
    return folder


def test_clip_measures_are_cosines_of_the_models_embeddings(weights: Path) -> None:
    clip, a, b = ClipScore(weights), picture(0), picture(1)
    model, tokenizer = CLIPModel.from_pretrained(weights), CLIPTokenizer.from_pretrained(weights)
    pixels = AutoImageProcessor.from_pretrained(weights)([a, b], return_tensors="pt")
    with torch.inference_mode():
        found = model(**tokenizer(["a red car", "a blue car"], padding=True, return_tensors="pt"), **pixels)
    images, texts = (side.double().numpy() for side in (found.image_embeds, found.text_embeds))
    assert clip.words(a, "a red car") == pytest.approx(100 * max(0, images[0] @ texts[0]), abs=1e-4)
    assert clip.images(a, b) == pytest.approx(images[0] @ images[1], abs=1e-5)
    moves = images[1] - images[0], texts[1] - texts[0]
    expected = moves[0] @ moves[1] / np.linalg.norm(moves[0]) / np.linalg.norm(moves[1])
    assert clip.direction(a, b, "a red car", "a blue car") == pytest.approx(expected, abs=1e-3)


def test_clip_keeps_to_its_ranges_and_repeats_itself(weights: Path) -> None:
    clip = ClipScore(weights)
    texts = ["", "a", "a long story " * 40, "日本語 🙂"]
    values = [clip.words(picture(seed), text) for seed in range(3) for text in texts]
    assert all(0 <= value <= 100 for value in values)
    assert values == [ClipScore(weights).words(picture(seed), text) for seed in range(3) for text in texts]
    assert clip.images(picture(0), picture(0)) == pytest.approx(1)
    assert clip.images(picture(0, 3, 5), picture(0, 300, 3)) <= 1


def test_there_is_no_direction_without_a_change(weights: Path) -> None:
    clip = ClipScore(weights)
    assert clip.direction(picture(0), picture(0), "a", "b") is None
    assert clip.direction(picture(0), picture(1), "a", "a") is None


def test_a_candidate_is_measured_against_its_words(weights: Path) -> None:
    clip, a, b = ClipScore(weights), picture(0), picture(1)
    bare = measure(candidate(a, b), names=[], clip=clip)
    told = measure(candidate(a, b, "a car", "a red car"), names=[], clip=clip)
    assert list(bare) == ["clip", "clip_image", "clip_direction"]
    assert bare["clip"] == clip.words(b, "make it red")
    assert bare["clip_direction"] is None
    assert told["clip"] == clip.words(b, "a red car")
    assert told["clip_direction"] == clip.direction(a, b, "a car", "a red car")


def test_weights_that_are_none_are_refused_when_needed(tmp_path: Path) -> None:
    clip = ClipScore(tmp_path)
    with pytest.raises(ModelError, match="has no CLIP model that can be loaded"):
        clip.images(picture(0), picture(1))
