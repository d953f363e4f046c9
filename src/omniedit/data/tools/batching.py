"""Work in batches: which items may go through a model together, and where a model runs."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

DTYPES = ("float32", "bfloat16", "float16")
"""Number formats that a model can be computed in."""


def batches(keys: Sequence[Hashable], most: int) -> Iterator[list[int]]:
    """Share items out: those of one key go together, at most ``most`` of them, each in its turn.

    Args:
        keys: The key of each item, such as its picture's size.
        most: Items of a batch, 1 or more.

    Yields:
        The places of a batch's items among ``keys``.
    """
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    for group in places.values():
        yield from (group[start : start + most] for start in range(0, len(group), most))


def device_of(name: str) -> str:
    """Return the device called ``name``; for an empty name the GPU where there is one, and else the CPU."""
    import torch

    return name or ("cuda" if torch.cuda.is_available() else "cpu")


def computing(device: str, dtype: str) -> contextlib.AbstractContextManager[Any]:
    """Compute in another format than the weights are in, where ``dtype`` is not float32.

    Raises:
        ValueError: ``dtype`` is none of `DTYPES`.
    """
    import torch

    if dtype not in DTYPES:
        raise ValueError(f"there is no number format {dtype!r}; there are {', '.join(DTYPES)}")
    if dtype == "float32":
        return contextlib.nullcontext()
    return torch.autocast(torch.device(device).type, dtype=getattr(torch, dtype))


def first_line(error: Exception) -> str:
    """Return the first line of a library's message, which may run to pages."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
