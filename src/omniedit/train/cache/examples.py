"""The examples of a run whose latents and texts are in a cache (:class:`omniedit.train.examples.Examples`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from omniedit.train.buckets import Size
from omniedit.train.cache.reader import Cached, Words

if TYPE_CHECKING:
    from omniedit.train.draws import Draw
    from omniedit.train.examples import Encoded, Encoders


@dataclass(frozen=True, eq=False)
class Latents:
    """Samples as latents and embedded texts."""

    ids: tuple[str, ...]
    weight: Tensor
    """``float32 [B]``."""
    source: Tensor
    """``[B, C, h, w]``, like the following in the cache's number format: half the way through shared memory."""
    target: Tensor
    """``[B, C, h, w]``."""
    tokens: Tensor
    """``[B, L, E]``."""
    pooled: Tensor
    """``[B, P]``."""

    def encode(self, encoders: Encoders | None, device: torch.device) -> Encoded:
        """All of it on ``device`` in float32; no encoder is asked."""
        from omniedit.model.text import Text
        from omniedit.train.examples import Encoded

        parts = (self.target, self.source, self.tokens, self.pooled)
        target, source, tokens, pooled = (part.to(device).float() for part in parts)
        return Encoded(target, source, Text(tokens, pooled))


class CachedExamples:
    """Examples that lie encoded in a cache; each worker process opens the cache by itself."""

    def __init__(self, cached: Cached, rows: ArrayLike | None = None) -> None:
        """Take the ``rows`` of ``cached``, as selected; one may come more than once. None takes each once."""
        self.cached = cached
        self.rows: list[int] = list(range(len(cached))) if rows is None else np.asarray(rows).tolist()

    @property
    def buckets(self) -> list[Size]:
        """The size of every example."""
        return [(int(width), int(height)) for width, height in self.cached.buckets[self.rows]]

    def collect(self, indices: Sequence[int], draws: Sequence[Draw]) -> Latents:
        """The examples at ``indices``, all of one bucket, with the wordings that ``draws`` has."""
        rows = [self.rows[index] for index in indices]
        sources, targets = zip(*map(self.cached.latents, rows), strict=True)
        texts = [self._words(row, draw) for row, draw in zip(rows, draws, strict=True)]
        index = self.cached.index
        return Latents(
            ids=tuple(index.ids[row].as_py() for row in rows),
            weight=torch.tensor([index.weight[row] for row in rows], dtype=torch.float32),
            source=torch.stack(sources),
            target=torch.stack(targets),
            tokens=torch.stack([text.tokens for text in texts]),
            pooled=torch.stack([text.pooled for text in texts]),
        )

    def _words(self, row: int, draw: Draw) -> Words:
        """One of its wordings, drawn as :class:`omniedit.train.examples.Wording` draws, or none."""
        if draw.text_dropped:
            return self.cached.empty_text()
        return self.cached.text(row, int(draw.words.integers(self.cached.index.wordings[row])))
