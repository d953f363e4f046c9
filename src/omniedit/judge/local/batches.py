"""As many items at a time as memory allows: a batch that does not fit is halved, and so are those behind it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from omniedit.errors import JudgeError

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_batches(items: Iterable[Item], size: int, run: Callable[[Sequence[Item]], Sequence[Result]]) -> Iterator[Result]:
    """What ``run`` makes of ``items``, in their order; items are taken one batch at a time.

    Args:
        items: Any number, also a stream.
        size: Items of a batch, at least 1. When memory runs out it is halved, for good.
        run: Gives one result for each item.

    Raises:
        JudgeError: One item alone does not fit into memory.
    """
    stream = iter(items)
    waiting: list[Item] = []
    while True:
        waiting += islice(stream, max(0, size - len(waiting)))
        if not waiting:
            return
        results = _tried(waiting[:size], run)
        if results is not None:
            yield from results
            waiting = waiting[size:]
        elif size == 1:
            raise JudgeError("out of memory with a batch of 1: lower max_side, or take a smaller model")
        else:
            size = max(1, min(size, len(waiting)) // 2)


def _tried(batch: Sequence[Item], run: Callable[[Sequence[Item]], Sequence[Result]]) -> Sequence[Result] | None:
    """The results, or None where memory ran out; by the time it returns, what was taken is free again."""
    import torch

    try:
        return run(batch)
    except RuntimeError as error:
        if not _out_of_memory(error):
            raise
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return None


def _out_of_memory(error: RuntimeError) -> bool:
    """Whether an allocator gave up; the one for the CPU has no error class of its own."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
