"""What an edit takes: wall-clock time, and peak memory.

Where CUDA is in use, the memory is what torch had allocated on all GPUs at most during the edit. Elsewhere it is the
most that the process had resident: on Linux during the edit (its high-water mark is set back before), on other systems
since the process began. Either includes the loaded model.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.bench.results import Cost

MEGABYTE = 1e6


class Meter:
    """Measures one answer from its making on."""

    def __init__(self) -> None:
        """Begin."""
        self._cuda = _cuda()
        self._reset()
        self._began = time.perf_counter()

    def cost(self, item: str, *, here: bool = True) -> Cost:
        """What it took until now.

        Args:
            item: The item's id.
            here: Whether the edit was made by this process; otherwise nothing is known of its memory.
        """
        seconds = round(time.perf_counter() - self._began, 4)
        if not here:
            return Cost(item, seconds, None, "")
        if self._cuda is not None:
            peak = sum(self._cuda.max_memory_allocated(place) for place in range(self._cuda.device_count()))
            return Cost(item, seconds, round(peak / MEGABYTE, 1), "cuda")
        resident = _resident_peak()
        return Cost(item, seconds, resident and round(resident / MEGABYTE, 1), "cpu")

    def _reset(self) -> None:
        """Forget the peaks so far, where the system can."""
        if self._cuda is not None:
            for place in range(self._cuda.device_count()):
                self._cuda.reset_peak_memory_stats(place)
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def summed_up(costs: Iterable[Cost]) -> str:
    """Median and 95th percentile of the times, and the highest peak, in words; empty for no costs."""
    listed = list(costs)
    if not listed:
        return ""
    median, slow = np.quantile([cost.seconds for cost in listed], (0.5, 0.95))
    peaks = [(cost.memory, cost.device) for cost in listed if cost.memory is not None]
    memory = f"; peak memory {max(peaks)[0]:,.0f} MB ({max(peaks)[1]})" if peaks else ""
    return f"time per edit: median {median:.3g} s, 95 % within {slow:.3g} s{memory}"


def _cuda() -> Any:  # noqa: ANN401 (torch is not imported for this alone)
    """``torch.cuda``, if this process uses it already."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized() else None


def _resident_peak() -> float | None:
    """High-water mark of the process's resident memory in bytes; None where the system does not tell."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return 1024.0 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    with suppress(ImportError):
        import resource

        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else 1024)
    return None
