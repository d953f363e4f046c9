"""Whether data keeps ahead of the GPU: ``python -m omniedit.bench.data_wait [STEPS [SECONDS [WORKERS]]]``.

A cache of pairs in seven ratios is made as ``omniedit cache`` makes it, with latents and texts of the size that SD3 has
at one megapixel, and read as in training. Between two steps nothing is computed, for as long as an H100 would: what is
measured is the time that a step then has to wait for its samples.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from omniedit.errors import OmniEditError

if TYPE_CHECKING:
    from torch import Tensor

    from omniedit.model.text import Text
    from omniedit.train.cache.rows import Subject
    from omniedit.types import Image, Pair

AREA = 1024 * 1024
"""Of the buckets, in pixels."""
BATCH = 4
"""Samples of a step on one GPU."""
STEP = 1.2
"""Seconds of a step of ``BATCH`` samples on an H100 at 40 % of its best, computed by :mod:`omniedit.train.estimate`."""
PAIRS = 56
"""Pairs of the cache."""


@dataclass
class Blocks:
    """A codec without weights, with latents of SD3's shape: means of 8 × 8 pixels, in 16 channels."""

    kind: str = "vae"
    channels: int = 16
    factor: int = 8

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Latents ``[B, 16, H / 8, W / 8]``."""
        import torch

        stacked = torch.from_numpy(np.stack(images)).float().mean(-1)[:, None]
        return torch.nn.functional.avg_pool2d(stacked / 127.5 - 1, self.factor).repeat(1, self.channels, 1, 1)

    def decode(self, latents: Tensor) -> list[Image]:
        """There is no way back."""
        raise NotImplementedError


@dataclass
class Noise:
    """A text encoder without weights, with texts of the shape of SD3's."""

    kind: str = "noise"
    length: int = 333
    token_width: int = 4096
    pooled_width: int = 2048

    def __call__(self, instructions: Sequence[str]) -> Text:
        """The same noise for the same words."""
        import torch

        from omniedit.model.text import Text
        from omniedit.seeding import derive

        def noise(words: str, *shape: int) -> Tensor:
            return torch.randn(shape, generator=torch.Generator().manual_seed(derive(0, words) % 2**63))

        tokens = [noise(words, self.length, self.token_width) for words in instructions]
        return Text(torch.stack(tokens), torch.stack([noise(words, self.pooled_width) for words in instructions]))

    def fits(self, instruction: str) -> bool:
        """Any text does."""
        return True


def measurements(steps: int = 20, seconds: float = STEP, workers: int = 2) -> Iterator[tuple[str, str]]:
    """What was measured, and the result.

    Args:
        steps: that are timed, after the first, which waits for the processes to start.
        seconds: that a step computes.
        workers: processes that read.
    """
    with tempfile.TemporaryDirectory() as folder:
        waits = waiting(Path(folder), steps, seconds, workers)
    share = sum(waits) / (sum(waits) + seconds * len(waits))
    yield (
        "waiting for data",
        f"{share:.1%} of the time, with {workers} workers and steps of {seconds} s for {BATCH} samples of 1 megapixel; "
        f"to be under 5%; {median(waits) * 1000:.1f} ms in the middle, {max(waits) * 1000:.1f} ms at most",
    )


def waiting(
    folder: Path, steps: int, seconds: float, workers: int, *, area: int = AREA, text: int = 333
) -> list[float]:
    """Seconds that each step waits for its samples, from a cache that is made in ``folder``."""
    from omniedit.train.batches import Batches, Parts
    from omniedit.train.buckets import BatchOrder
    from omniedit.train.cache.examples import CachedExamples
    from omniedit.train.cache.make import make_cache
    from omniedit.train.cache.reader import Cached
    from omniedit.train.recipe import DataConfig, ModelConfig, Recipe, TrainConfig

    make_cache(lambda _: _subject(folder, area, text), folder / "cache")
    examples = CachedExamples(Cached(folder / "cache"))
    recipe = Recipe(
        name="wait",
        stage="edit",
        pairs=str(folder),
        out=str(folder / "run"),
        model=ModelConfig(area=area),
        data=DataConfig(cache=str(folder / "cache"), workers=workers),
        train=TrainConfig(batch=BATCH),
    )
    parts = Parts(examples, BatchOrder(examples.buckets, BATCH, 0), recipe, 0, 1)
    waits = []
    stream = iter(Batches(parts, 0, steps + 1))
    for _ in range(steps + 1):
        began = time.perf_counter()
        next(stream)
        waits.append(time.perf_counter() - began)
        time.sleep(seconds)
    return waits[1:]


def _subject(folder: Path, area: int, text: int) -> Subject:
    """Small pairs in seven ratios, whose latents are large."""
    from omniedit.data.pairs import write_pairs
    from omniedit.train.buckets import bucket_sizes
    from omniedit.train.cache.config import CacheConfig
    from omniedit.train.cache.rows import Subject
    from omniedit.train.sources import open_items

    if not (folder / "pairs.parquet").exists():
        write_pairs(folder / "pairs.parquet", map(_pair, range(PAIRS)))
    items = open_items(str(folder / "pairs.parquet"))
    return Subject.of(items, Blocks(), Noise(length=text), bucket_sizes(area), CacheConfig(unit=16))


def _pair(number: int) -> Pair:
    from omniedit.images import RATIOS, grid_size
    from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

    ratio = list(RATIOS.values())[number % len(RATIOS)]
    width, height = grid_size(round(1000 * ratio), 1000, area=64 * 64, multiple=4)
    source = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
    proposal = Proposal(f"p{number}", Task.STYLE, f"Make it {number}.")
    verdict = Verdict((10, 10), (10,))
    return Pair(f"pair-{number}", Candidate(f"photo-{number}", proposal, source, 255 - source, "bench"), verdict)


if __name__ == "__main__":
    try:
        given = sys.argv[1:]
        for name, result in measurements(*map(int, given[:1]), *map(float, given[1:2]), *map(int, given[2:3])):
            print(f"{name:20} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
