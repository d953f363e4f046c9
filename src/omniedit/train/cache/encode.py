"""A unit, from pictures and words to its files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from omniedit.errors import DataError
from omniedit.train.buckets import Size, fit
from omniedit.train.cache.plan import Unit
from omniedit.train.cache.rows import SIDES, Entry, Subject
from omniedit.train.cache.shards import Shard, pack, shard_name, write_manifest, write_shard
from omniedit.types import Image

S = TypeVar("S")
T = TypeVar("T")

AHEAD = 4
"""Pairs that are read while the codec is at work."""
TEXTS = 256
"""Texts of a file: with SD3's T5 at 256 tokens, 600 MB."""


def encode_unit(out: Path, subject: Subject, unit: Unit) -> None:
    """Encode a unit, and publish its files and then its manifest.

    Raises:
        DataError: A pair cannot be read any more, or a latent or text is no number in the cache's format.
        OutputError: A file cannot be written.
    """
    wanted = unit.entries(out, subject)
    texts = [entry for entry in wanted if entry.bucket is None]
    shards = [
        *encode_pictures(out, subject, [entry for entry in wanted if entry.bucket is not None]),
        *(encode_texts(out, subject, texts[start : start + TEXTS]) for start in range(0, len(texts), TEXTS)),
    ]
    write_manifest(out, unit.name, shards)


# Pictures -------------------------------------------------------------------------------------------------------------


def encode_pictures(out: Path, subject: Subject, wanted: Sequence[Entry]) -> list[Shard]:
    """Write the latents of pictures, one file for each bucket."""
    waiting: dict[Size, list[tuple[Entry, Image]]] = {}
    done: dict[Size, list[Tensor]] = {}

    def flush(bucket: Size) -> None:
        batch = waiting.pop(bucket)
        latents = subject.codec.encode([image for _, image in batch])
        done.setdefault(bucket, []).extend(_kept(latents, [entry for entry, _ in batch], subject))

    for entry, image in _pictures(subject, wanted):
        assert entry.bucket is not None
        batch = waiting.setdefault(entry.bucket, [])
        batch.append((entry, image))
        if len(batch) == subject.config.batch:
            flush(entry.bucket)
    for bucket in list(waiting):
        flush(bucket)
    return [_write_latents(out, subject, bucket, wanted, done[bucket]) for bucket in sorted(done)]


def _write_latents(
    out: Path, subject: Subject, bucket: Size, wanted: Sequence[Entry], latents: Sequence[Tensor]
) -> Shard:
    keys = [entry.key for entry in wanted if entry.bucket == bucket]
    path = f"latents/{subject.codec_id[:16]}/{bucket[0]}x{bucket[1]}/{shard_name(keys)}"
    return write_shard(out, path, keys, {"latents": torch.stack(list(latents))})


def _pictures(subject: Subject, wanted: Sequence[Entry]) -> Iterator[tuple[Entry, Image]]:
    """The pictures at their buckets' sizes, read one pair after the other, some ahead."""
    by_row = [list(group) for _, group in groupby(wanted, lambda entry: entry.row)]

    def read(group: list[Entry]) -> list[tuple[Entry, Image]]:
        pair = subject.items.read(group[0].row)
        return [(entry, fit(SIDES[entry.what](pair), entry.bucket)) for entry in group if entry.bucket]

    for pictures in ahead(read, by_row, AHEAD):
        yield from pictures


def ahead(function: Callable[[S], T], arguments: Iterable[S], count: int) -> Iterator[T]:
    """``map(function, arguments)`` in one other thread, up to ``count`` results ahead."""
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Callable[[], T]] = deque()
        for argument in arguments:
            waiting.append(pool.submit(function, argument).result)
            if len(waiting) > count:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()


# Texts ----------------------------------------------------------------------------------------------------------------


def encode_texts(out: Path, subject: Subject, wanted: Sequence[Entry]) -> Shard:
    """Write a file of embedded texts."""
    tokens, pooled, size = list[Tensor](), list[Tensor](), subject.config.batch
    for start in range(0, len(wanted), size):
        batch = wanted[start : start + size]
        text = subject.text([entry.what for entry in batch])
        tokens += _kept(text.tokens, batch, subject)
        pooled += _kept(text.pooled, batch, subject)
    keys = [entry.key for entry in wanted]
    return write_shard(out, f"texts/{subject.text_id[:16]}/{shard_name(keys)}", keys, pack(tokens, pooled))


def _kept(batch: Tensor, wanted: Sequence[Entry], subject: Subject) -> list[Tensor]:
    """The results of a batch as they are kept.

    Raises:
        DataError: One is not finite in the cache's number format.
    """
    kept = batch.detach().to("cpu", getattr(torch, subject.config.dtype))
    for entry, result in zip(wanted, kept, strict=True):
        if not torch.isfinite(result).all():
            raise DataError(
                f"pair {subject.index.ids[entry.row]}, {entry.what!r}: what the encoder gives is not finite in "
                f"{subject.config.dtype}; run omniedit cache with --dtype bfloat16 or float32"
            )
    return list(kept)
