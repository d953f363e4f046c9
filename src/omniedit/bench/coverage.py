"""What a mean is silent about, in words: how many items have no score, why, and what they could change."""

from __future__ import annotations

from omniedit.bench.summary import Stats

WHY = {
    "refused": "declined by the contestant",
    "crashed": "on which the contestant crashed",
    "unscored": "that the judge could not score",
}
"""Why an item has no score: the field of `Stats` that counts it, and the words."""


def missing(stats: Stats) -> str:
    """A sentence on the items without a score; empty where every item has one."""
    lost = [f"{getattr(stats, field)} {words}" for field, words in WHY.items() if getattr(stats, field)]
    if not lost:
        return ""
    has = "has" if stats.count - stats.scored == 1 else "have"
    said = f"{stats.count - stats.scored} of {stats.count} items {has} no score: {', '.join(lost)}"
    if stats.bounds is None:
        return f"{said}."
    low, high = stats.bounds
    return f"{said}. They are in no mean; had they scored 0, O would be {low:.2f}, and had they scored 10, {high:.2f}."
