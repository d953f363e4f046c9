"""The measuring itself: that it finds what it looks for. Nothing here depends on how fast a machine is."""

from __future__ import annotations

from omniedit.bench.speed import help_cost, peak_memory


def test_help_is_seen_not_to_load_torch() -> None:
    assert dict(help_cost(runs=1))["omniedit --help loads torch"] == "no"


def test_peak_memory_grows_with_what_is_held() -> None:
    before = peak_memory()
    held = bytearray(before // 2)
    held[:: 1 << 12] = b"\1" * len(held[:: 1 << 12])
    assert peak_memory() > before
