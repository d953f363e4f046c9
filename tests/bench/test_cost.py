"""Time and memory of an edit: that they are measured, not what they come to."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path

from omniedit.bench.cost import MEGABYTE, Meter, summed_up
from omniedit.bench.results import Cost


def test_time_and_resident_memory_are_measured() -> None:
    cost = Meter().cost("a")
    assert cost.id == "a"
    assert cost.seconds >= 0
    assert (cost.device, (cost.memory or 1) > 0) == ("cpu", True)


def test_a_peak_counts_though_it_is_freed_before_the_end_and_for_its_own_edit_where_the_system_can_tell() -> None:
    megabytes, forgetful = 300, Path("/proc/self/clear_refs").exists()

    def peak(size: int) -> float:
        meter = Meter()
        with mmap(-1, round(size * MEGABYTE)) as block:  # straight from the system: training tells malloc to keep all
            block.write(bytes(len(block)))
        return meter.cost("a").memory or 0.0

    small, large, after = peak(1), peak(megabytes), peak(1)
    assert large - small > megabytes / 2
    assert (large - after > megabytes / 2) == forgetful


def test_of_an_edit_that_is_made_elsewhere_only_the_time_is_known() -> None:
    cost = Meter().cost("a", here=False)
    assert (cost.memory, cost.device) == (None, "")


def test_the_summing_up_names_median_and_tail() -> None:
    costs = [Cost(str(n), seconds, 1000.0 + n, "cpu") for n, seconds in enumerate([1.0, 1.0, 1.0, 3.0])]
    assert summed_up(costs) == "time per edit: median 1 s, 95 % within 2.7 s; peak memory 1,003 MB (cpu)"
    assert summed_up([Cost("a", 2.0, None, "")]) == "time per edit: median 2 s, 95 % within 2 s"
    assert summed_up([]) == ""
