"""Examples: what a step's samples are, and what chance decides of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from omniedit.data.pairs import read_pairs, write_pairs
from omniedit.errors import DataError
from omniedit.model.flow import FlowConfig
from omniedit.train.batches import Batches, Part, Parts, finish
from omniedit.train.draws import Draw
from omniedit.train.examples import captioned, edits
from omniedit.train.holdings import Holding
from omniedit.train.objective import balance_weights
from omniedit.train.open import Opened, open_run
from omniedit.train.recipe import Recipe, TrainConfig
from omniedit.types import Pair

MakeRecipe = Callable[..., Path]
CPU = torch.device("cpu")


def opened(path: Path, *changes: tuple[str, str]) -> Opened:
    """The run of a recipe, with some of its lines changed."""
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return open_run(Recipe.read(path))


def parts(run: Opened, steps: int = 6, *, rank: int = 0, world: int = 1, start: int = 0) -> list[Part]:
    holding: Holding = run.holding
    return list(Batches(Parts(holding.examples, holding.order, run.recipe, rank, world), start, steps))


def same(one: Part, other: Part, run: Opened) -> bool:
    (a, words), (b, same_words) = (finish(part, run.encoders, run.recipe, CPU) for part in (one, other))
    pictures = zip((a.target, a.condition, a.noise, a.sigma), (b.target, b.condition, b.noise, b.sigma), strict=True)
    return all(torch.equal(x, y) for x, y in pictures) and torch.equal(words.tokens, same_words.tokens)


@pytest.mark.filterwarnings("ignore:This DataLoader will create 2 worker processes")  # on one core
@pytest.mark.parametrize("changes", [(), (("workers = 0", "workers = 2"),)], ids=["own process", "2 workers"])
def test_samples_read_on_demand_are_those_in_memory(recipe: MakeRecipe, changes: tuple[tuple[str, str], ...]) -> None:
    memory = opened(recipe(), ("memory = true", "memory = true\nworkers = 0\nwindow = 0"))
    demand = opened(recipe(memory=False), ("memory = false", "memory = false\nworkers = 0\nwindow = 0"), *changes)
    for one, other in zip(parts(memory), parts(demand), strict=True):
        assert one.collected.ids == other.collected.ids
        assert same(one, other, memory)


def test_devices_share_a_batch_and_resume_in_its_middle(recipe: MakeRecipe) -> None:
    run = opened(recipe())
    whole, ranks = parts(run), [parts(run, rank=rank, world=2) for rank in (0, 1)]
    for batch, *shares in zip(whole, *ranks, strict=True):
        noises = [finish(share, run.encoders, run.recipe, CPU)[0].noise for share in shares]
        noise = finish(batch, run.encoders, run.recipe, CPU)[0].noise
        assert torch.equal(noise[0::2], noises[0])
        assert torch.equal(noise[1::2], noises[1])
    late = parts(run, start=4, rank=1, world=2)
    assert [part.collected.ids for part in late] == [part.collected.ids for part in ranks[1][4:]]


def test_a_broken_pair_is_named_by_whoever_reads_it(recipe: MakeRecipe, pairs: Path) -> None:
    run = opened(recipe(memory=False), ("memory = false", "memory = false\nworkers = 1"))
    (pairs_file,) = pairs.glob("*.parquet")
    content = pairs_file.read_bytes()
    try:
        pairs_file.write_bytes(content[: len(content) // 2])
        with pytest.raises(DataError, match=pairs_file.name):
            parts(run)
    finally:
        pairs_file.write_bytes(content)


@pytest.mark.parametrize(
    ("settings", "text", "image"),
    [
        ({"text_dropout": 1.0, "image_dropout": 0.0}, 1.0, 0.0),
        ({"text_dropout": 0.0, "image_dropout": 1.0}, 0.0, 1.0),
        ({"text_dropout": 0.0, "image_dropout": 0.0, "both_dropout": 1.0}, 1.0, 1.0),
        ({"text_dropout": 0.2, "image_dropout": 0.3, "both_dropout": 0.1}, 0.3, 0.4),
    ],
)
def test_each_kind_of_dropout_has_its_share(settings: dict[str, float], text: float, image: float) -> None:
    draws = [Draw.of(TrainConfig(**settings), 0, step, place) for step in range(50) for place in range(40)]
    assert np.mean([draw.text_dropped for draw in draws]) == pytest.approx(text, abs=0.03)
    assert np.mean([draw.image_dropped for draw in draws]) == pytest.approx(image, abs=0.03)
    both = np.mean([draw.text_dropped and draw.image_dropped for draw in draws])
    assert both == pytest.approx(settings.get("both_dropout", 0.0), abs=0.03)


def test_samples_differ_in_noise_and_a_sample_is_always_the_same() -> None:
    config, flow, shape = TrainConfig(), FlowConfig(), torch.Size((3, 4, 4))
    first, again, other = (Draw.of(config, 0, 5, place).noise(flow, shape) for place in (1, 1, 2))
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], other[1])


def test_dropped_text_and_pictures_are_zeros(recipe: MakeRecipe) -> None:
    run = opened(recipe(), ("warmup = 2", "warmup = 2\ntext_dropout = 0.0\nimage_dropout = 0.0\nboth_dropout = 1.0"))
    batch, words = finish(parts(run)[0], run.encoders, run.recipe, CPU)
    assert batch.condition is not None
    assert batch.condition.abs().max() == 0
    assert words.tokens.abs().max() == 0


def test_rejects_are_not_trained_on(recipe: MakeRecipe, pairs: Path, tmp_path: Path) -> None:
    halves = [replace(pair, weight=float(number % 2)) for number, pair in enumerate(read_pairs(pairs))]
    (tmp_path / "halves").mkdir()
    write_pairs(tmp_path / "halves" / "a.parquet", halves)
    run = opened(recipe(), (f'pairs = "{pairs}"', f'pairs = "{tmp_path / "halves"}"'))
    assert len(run.holding.order) == 6
    assert "6 of style left out: rejected (weight 0)" in run.holding.about


@pytest.mark.parametrize("times", [1, 3])
def test_a_mix_says_how_often_the_pairs_of_a_task_come(recipe: MakeRecipe, times: int) -> None:
    run = opened(recipe(), ("[run]", f"[mix]\nstyle = {times}\nswap = 7\n[run]"))
    assert len(run.holding.order) == 12 * times


def test_captions_give_both_pictures(recipe: MakeRecipe) -> None:
    run = opened(recipe(stage="base"))
    assert len(run.holding.order) == 24
    batch, _ = finish(parts(run)[0], run.encoders, run.recipe, CPU)
    assert batch.condition is None


@pytest.fixture
def pair(pairs: Path) -> Pair:
    return next(iter(read_pairs(pairs)))


def test_source_target_and_mask_stay_together(pair: Pair) -> None:
    mask = np.zeros(pair.candidate.source.shape[:2], np.float32)
    mask[: mask.shape[0] // 2] = 1
    masked = replace(pair, candidate=replace(pair.candidate, mask=mask))
    (example,) = edits(masked, (40, 24))
    assert example.source is not None
    assert example.mask is not None
    assert example.source.shape == example.target.shape == (24, 40, 3)
    assert example.mask.shape == (24, 40)
    assert example.mask[0].mean() > 0.99
    assert example.mask[-1].mean() < 0.01
    assert len(captioned(pair, (40, 24))) == 2


def test_inpainting_without_masks_says_so(recipe: MakeRecipe) -> None:
    run = opened(recipe(), ("layers = 2", 'layers = 2\nnetwork = "inpaint"'), ('parts = "control"', 'parts = "all"'))
    with pytest.raises(DataError, match="x_mask"):
        parts(run)


def test_balance_lifts_small_edits() -> None:
    source = torch.zeros(2, 3, 8, 8)
    target = source.clone()
    target[0, :, 0, 0], target[1] = 0.5, 0.5
    small, large = balance_weights(source, target, 0.5)
    assert small > large
    assert torch.equal(balance_weights(source, target, 0.0), torch.ones(2))
