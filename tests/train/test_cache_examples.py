"""A run's examples from a cache are those from pictures; and the command that makes one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import typer
from cache_sets import SIZES, Listed, pair, subject
from typer.testing import CliRunner

from omniedit.cli.cache import cache
from omniedit.errors import InputError, RecipeError
from omniedit.model.codec import PixelCodec
from omniedit.model.text import TextEncoder
from omniedit.train.buckets import nearest_bucket
from omniedit.train.cache.config import DEFAULTS
from omniedit.train.cache.examples import CachedExamples
from omniedit.train.cache.make import make_cache
from omniedit.train.cache.opening import open_subject
from omniedit.train.cache.reader import Cached
from omniedit.train.draws import Draw
from omniedit.train.examples import Encoders, Wording, edits, gather
from omniedit.train.recipe import Recipe, TrainConfig

PAIRS = [pair(number) for number in range(12)]
CONFIG = TrainConfig(text_dropout=0.4)


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Cached:
    out = tmp_path_factory.mktemp("cache")
    make_cache(lambda worker: subject(Listed(PAIRS)), out)
    return Cached(out)


def drawn(count: int) -> list[Draw]:
    return [Draw.of(CONFIG, 0, 3, place) for place in range(count)]


def test_a_batch_is_what_pictures_and_words_give(cached: Cached) -> None:
    rows = [0, 1, 2, 0, 1, 2]  # of one source, so of one bucket
    size = nearest_bucket(*PAIRS[0].candidate.source.shape[1::-1], SIZES.values())
    pictures = gather([edits(PAIRS[row], size)[0] for row in rows], drawn(6), Wording(), masks=False)
    expected = pictures.encode(Encoders(PixelCodec(), TextEncoder.from_pretrained()), torch.device("cpu"))
    examples = pickle.loads(pickle.dumps(CachedExamples(cached, rows)))  # noqa: S301 (our own)
    assert examples.buckets == [size] * 6
    collected = examples.collect(range(6), drawn(6))
    assert collected.ids == pictures.ids
    assert torch.equal(collected.weight, pictures.weight)
    found = collected.encode(None, torch.device("cpu"))
    assert torch.equal(found.target, expected.target)
    assert torch.equal(found.condition, expected.condition)
    assert torch.equal(found.text.tokens, expected.text.tokens)
    assert torch.equal(found.text.pooled, expected.text.pooled)
    dropped = [draw.text_dropped for draw in drawn(6)]
    assert any(dropped)
    assert not all(dropped)


def test_all_pairs_are_examples_where_nothing_is_chosen(cached: Cached) -> None:
    assert CachedExamples(cached).buckets == [tuple(size) for size in cached.buckets.tolist()]


# The command ----------------------------------------------------------------------------------------------------------


def run(*words: object) -> str:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(cache)
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_command_makes_a_cache_of_a_recipe(pairs: Path, recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe()
    said = run(path, "--dry-run")
    assert "12" in said
    assert "together" in said
    assert not (tmp_path / "run").exists()
    assert "12 pairs" in run(path, "--dtype", "float32", "--batch", 3)
    assert "12 pairs" in run(path, "--out", tmp_path / "other", "--wordings", 1, "--shard", "1/2", "--verify")
    one, other = Cached(tmp_path / "run" / "cache"), Cached(tmp_path / "other")
    assert one.about.dtype == "float32"
    assert other.about.dtype == "float16"
    assert one.index.ids.to_pylist() == other.index.ids.to_pylist() == [f"pair-{number}" for number in range(12)]
    assert set(one.index.wordings) == {2}
    assert set(other.index.wordings) == {1}


def test_captions_are_not_cached(recipe: Callable[..., Path]) -> None:
    with pytest.raises(RecipeError, match="a cache is of edits"):
        open_subject(Recipe.read(recipe(stage="base")), DEFAULTS)


def test_a_cache_is_not_made_among_the_pairs(recipe: Callable[..., Path], pairs: Path) -> None:
    with pytest.raises(InputError, match="choose another with --out"):
        run(recipe(), "--out", pairs / "cache")
