"""Batches: functions of seed and step, fitted to buckets without padding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from omniedit.data.pairs import read_pairs
from omniedit.model.text import TextEncoder
from omniedit.train.buckets import bucket_sizes
from omniedit.train.loader import ExampleSet, captioned, edits, fit
from omniedit.train.objective import balance_weights
from omniedit.train.recipe import MixConfig, ModelConfig, Recipe, TrainConfig


@pytest.fixture(scope="module")
def text() -> TextEncoder:
    return TextEncoder.from_pretrained()


@pytest.fixture
def examples(pairs: Path, text: TextEncoder) -> ExampleSet:
    return load(pairs, text, TrainConfig(batch=4))


def load(pairs: Path, text: TextEncoder, train: TrainConfig) -> ExampleSet:
    recipe = Recipe(name="t", stage="edit", pairs="", out="", model=ModelConfig(area=1024, patch=8), train=train)
    examples = ExampleSet(recipe, text)
    examples.add(read_pairs(pairs), edits)
    return examples


def test_a_step_gives_the_same_batch_however_often(examples: ExampleSet) -> None:
    order = examples.order()
    for step in (0, 3):
        first, words = examples.batch(order(step), step)
        again, same_words = examples.batch(order(step), step)
        assert torch.equal(first.noise, again.noise)
        assert torch.equal(first.sigma, again.sigma)
        assert torch.equal(words.tokens, same_words.tokens)
    assert not torch.equal(examples.batch(order(0), 0)[0].noise, examples.batch(order(0), 1)[0].noise)


def test_source_and_target_stay_together(examples: ExampleSet) -> None:
    order = examples.order()
    for step in range(order.steps_per_epoch):
        batch, _ = examples.batch(order(step), step)
        assert batch.condition is not None
        assert batch.condition.shape == batch.target.shape


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_dropouts_empty_the_text_and_the_picture(pairs: Path, text: TextEncoder, share: float) -> None:
    examples = load(pairs, text, TrainConfig(batch=4, text_dropout=share, image_dropout=share))
    batch, words = examples.batch([0, 3], 0)
    assert batch.condition is not None
    assert (words.tokens.abs().max() == 0) == bool(share)
    assert (batch.condition.abs().max() == 0) == bool(share)


def test_rejects_are_not_trained_on(pairs: Path, text: TextEncoder) -> None:
    examples = load(pairs, text, TrainConfig())
    kept = len(examples.examples)
    examples.add((replace(pair, weight=0.0) for pair in read_pairs(pairs)), edits)
    assert len(examples.examples) == kept == 12


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_mix_says_how_often_the_pairs_of_a_task_come(pairs: Path, text: TextEncoder, times: int) -> None:
    recipe = Recipe(name="t", stage="edit", pairs="", out="", mix=MixConfig(style=times, swap=7))
    examples = ExampleSet(recipe, text)
    examples.add(read_pairs(pairs), edits)
    assert len(examples.examples) == 12 * times


def test_captions_give_both_pictures(pairs: Path, text: TextEncoder) -> None:
    examples = load(pairs, text, TrainConfig())
    examples.examples.clear()
    examples.add(read_pairs(pairs), captioned)
    assert len(examples.examples) == 24
    assert all(example.source is None for example in examples.examples)


@pytest.mark.parametrize("size", [(100, 100), (333, 97), (41, 600), (160, 112)])
def test_fitting_covers_the_bucket_with_the_middle_of_the_picture(size: tuple[int, int]) -> None:
    width, height = size
    ramp = np.linspace(0, 255, width).round().astype(np.uint8)
    picture = np.repeat(np.repeat(ramp[None, :, None], height, 0), 3, 2)
    fitted, bucket = fit(picture, list(bucket_sizes(16384).values()))
    assert (fitted.shape[1], fitted.shape[0]) == bucket
    assert abs(float(fitted.mean()) - float(picture.mean())) < 3


def test_balance_lifts_small_edits() -> None:
    source = torch.zeros(2, 3, 8, 8)
    target = source.clone()
    target[0, :, 0, 0], target[1] = 0.5, 0.5
    small, large = balance_weights(source, target, 0.5)
    assert small > large
    assert torch.equal(balance_weights(source, target, 0.0), torch.ones(2))
