"""What a judge behind an endpoint cost, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omniedit.judge.rubric import Judge


def spent_on(judge: Judge) -> list[str]:
    """One line on what was paid, if anything could be."""
    spent = getattr(judge, "spent", None)
    if spent is None:
        return []
    tokens = f"{spent.input_tokens:,} tokens read and {spent.output_tokens:,} written"
    money = f", {spent.money:,.4f} in money" if spent.money else ""
    return [f"paid for {spent.calls:,} calls ({tokens}{money}); {spent.failed:,} got no answer"]
