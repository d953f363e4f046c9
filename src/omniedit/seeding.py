"""Random streams per item: derived from a seed and the item's id, never from its place in a batch (promise 5)."""

from __future__ import annotations

import hashlib

import numpy as np


def derive(seed: int, *keys: str | int) -> int:
    """A 64-bit seed from ``seed`` and any ``keys``, the same on every machine and in every process."""
    text = "\x1f".join([str(seed), *(f"{type(key).__name__}:{key}" for key in keys)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def stream(seed: int, *keys: str | int) -> np.random.Generator:
    """A numpy generator of the item named by ``keys``."""
    return np.random.default_rng(derive(seed, *keys))
