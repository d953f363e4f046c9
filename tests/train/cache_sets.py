"""Pairs in memory as a training set, and a cache made of them: at module level, so that other processes can too."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from omniedit.errors import DataError
from omniedit.model.codec import Codec, PixelCodec
from omniedit.model.text import TextEncoder
from omniedit.train.buckets import bucket_sizes
from omniedit.train.cache.config import CacheConfig
from omniedit.train.cache.make import make_cache
from omniedit.train.cache.plan import Share
from omniedit.train.cache.rows import Subject
from omniedit.train.items import TASKS, Index, Item
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

SIZES = bucket_sizes(32 * 32, 8)
SHAPES = ((32, 32), (24, 48), (48, 24), (40, 30))  # heights and widths
SHARED = 3
"""Pairs of one source."""


def pair(number: int) -> Pair:
    """Noise that becomes one colour. Three in a row have one source; all have one of their two wordings in common."""
    photo = number // SHARED
    height, width = SHAPES[photo % len(SHAPES)]
    source = np.random.default_rng(photo).integers(0, 256, (height, width, 3), dtype=np.uint8)
    result = np.full_like(source, number % 251)
    proposal = Proposal(f"p{number}", Task.STYLE, f"make it {number}", phrasings=("change the colour",))
    return Pair(f"pair-{number}", Candidate(f"photo-{photo}", proposal, source, result, "test"), Verdict((9, 9), (9,)))


@dataclass(eq=False)
class Listed:
    """Pairs in memory as a training set."""

    pairs: Sequence[Pair]
    seconds: float = 0.0
    """What reading one takes, as from a slow disk."""
    unreadable: frozenset[str] = frozenset()

    @property
    def index(self) -> Index:
        shapes = np.array([pair.candidate.source.shape for pair in self.pairs]).reshape(-1, 3)
        return Index(
            ids=pa.array([pair.id for pair in self.pairs], pa.string()),
            task=np.array([TASKS.index(pair.candidate.proposal.task) for pair in self.pairs], np.uint8),
            width=shapes[:, 1].astype(np.int32),
            height=shapes[:, 0].astype(np.int32),
            score=np.array([pair.verdict.overall for pair in self.pairs], np.float64),
            weight=np.array([pair.weight for pair in self.pairs], np.float64),
            wordings=np.array([len(pair.candidate.proposal.instructions) for pair in self.pairs], np.uint16),
            group=np.zeros(len(self.pairs), np.int64),
        )

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, number: int) -> Item:
        return self.index.item(number)

    def read(self, number: int) -> Pair:
        time.sleep(self.seconds)
        found = self.pairs[number]
        if found.id in self.unreadable:
            raise DataError(f"{found.id} is broken")
        return found


CONFIG = CacheConfig(dtype="float32", batch=3, unit=7)


def subject(items: Listed, config: CacheConfig = CONFIG, codec: Codec | None = None) -> Subject:
    return Subject.of(items, codec or PixelCodec(), TextEncoder.from_pretrained(), SIZES, config)


def slow_subject(worker: int) -> Subject:
    """Forty pairs from a slow disk."""
    return subject(Listed([pair(number) for number in range(40)], seconds=0.01))


def make_slowly(out: Path, share: Share = (0, 1), workers: int = 1) -> None:
    """What a process does that is killed."""
    make_cache(slow_subject, out, share=share, workers=workers)


def files(out: Path) -> dict[str, bytes]:
    """All files of a cache, but for notes of when they were seen."""
    paths = (path for path in sorted(out.rglob("*")) if path.is_file() and path.suffix != ".seen")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}
