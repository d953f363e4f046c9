"""What a cache will take: pairs, different pictures and texts, bytes of each bucket, what sharing saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from omniedit.train.buckets import Size, nearest_buckets
from omniedit.train.cache.config import DTYPES
from omniedit.train.cache.rows import Subject, look_at
from omniedit.train.cache.shards import pack

SAMPLE = 256
"""Pairs that are looked at for what they share."""
TEXTS = 16
"""Texts that are embedded for their size."""


def latent_bytes(size: Size, channels: int, factor: int, dtype: str) -> int:
    """Bytes of a latent; SD3 at 1024 × 1024 in halves: 16 · 128 · 128 · 2."""
    width, height = size
    return channels * (width // factor) * (height // factor) * DTYPES[dtype]


@dataclass(frozen=True)
class Outlook:
    """What a cache will take. Pairs are counted; what they share is measured on some of them, and scaled."""

    pairs: int
    """Pairs of the set."""
    looked_at: int
    """Pairs that were read for this, the first of the set."""
    left_out: int
    """Of these, how many cannot be used."""
    buckets: Mapping[str, tuple[Size, int, int]]
    """Name of a ratio -> size, pairs, and bytes of their latents if no two pictures were the same."""
    pictures: float
    """Different pictures for every picture of a pair, 0..1."""
    texts: float
    """Different texts for every pair."""
    text_bytes: float
    """Bytes of an embedded text."""

    @property
    def latents(self) -> int:
        """Bytes of all latents, each stored once."""
        return round(self.unshared * self.pictures)

    @property
    def unshared(self) -> int:
        """Bytes of all latents if no two pictures were the same."""
        return sum(size for _, _, size in self.buckets.values())

    @property
    def embedded(self) -> int:
        """Bytes of all texts, each stored once."""
        return round(self.pairs * self.texts * self.text_bytes)


def outlook(subject: Subject, sample: int = SAMPLE) -> Outlook:
    """Look at the first pairs of a set, and say what the cache of all of it will take. Nothing is written."""
    look = range(min(sample, len(subject.items)))
    rows = [look_at(subject, row, bucket) for row, bucket in zip(look, subject.buckets(look), strict=True)]
    kept = [row for row in rows if not row.problem]
    pictures = {key for row in kept for key in (row.source, row.target)}
    texts = {text for row in kept for text in row.texts}
    return Outlook(
        pairs=len(subject.items),
        looked_at=len(rows),
        left_out=len(rows) - len(kept),
        buckets=_buckets(subject),
        pictures=len(pictures) / max(1, 2 * len(kept)),
        texts=len(texts) / max(1, len(kept)),
        text_bytes=_text_bytes(subject, sorted(texts)[:TEXTS]),
    )


def _buckets(subject: Subject) -> dict[str, tuple[Size, int, int]]:
    index, codec = subject.index, subject.codec
    counts = Counter(nearest_buckets(index.width, index.height, subject.sizes.values()).tolist())
    found = {}
    for number, (name, size) in enumerate(subject.sizes.items()):
        if pairs := counts[number]:
            each = latent_bytes(size, codec.channels, codec.factor, subject.config.dtype)
            found[name] = size, pairs, 2 * pairs * each
    return found


def _text_bytes(subject: Subject, texts: list[str]) -> float:
    """Bytes of one of these texts, on average."""
    import torch

    text = subject.text(texts or [""])
    stored = [part.detach().cpu().to(getattr(torch, subject.config.dtype)) for part in text]
    tensors = pack(*map(list, stored)).values()
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors) / max(1, len(texts))
