"""Who judges the pairs of photographs: any judge by its name that needs no ideal edit, or none for now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omniedit.data.engine.loaded import once
from omniedit.errors import RecipeError
from omniedit.judge import named
from omniedit.judge.rubric import Judge
from omniedit.types import Verdict

UNJUDGED = Verdict(unscored="no judge was asked")
"""The verdict where there is no judge."""
HOW = ("concurrency", "max_calls", "max_money", "input_price", "output_price", "cache", "batch")
"""Options that change no score."""
HEAVY = ("local",)
"""Schemes whose judges are loaded by workers only: they may fill a GPU."""


@dataclass(frozen=True)
class JudgeTable:
    """The ``[judge]`` of a recipe; in the file, the options stand beside the name."""

    name: str = ""
    """As :data:`omniedit.judge.named.NAMES`; empty: nobody, and pairs wait unscored."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the judge's loader takes."""

    @classmethod
    def read(cls, values: Mapping[str, Any], place: str) -> JudgeTable:
        """A recipe's table.

        Raises:
            RecipeError: The judge would need ideal edits, or has options but no name.
        """
        options = {name: value for name, value in values.items() if name != "name"}
        table = cls(str(values.get("name", "")), options)
        if table.scheme == "oracle":
            raise RecipeError(f"{place}: the oracle needs the ideal edit, which no photograph has; name another judge")
        if options and not table.name:
            raise RecipeError(f"{place}: {next(iter(options))} is of no use without the name of a judge")
        return table

    @property
    def scheme(self) -> str:
        """What stands before the colon."""
        return self.name.partition(":")[0]

    def described(self) -> dict[str, Any]:
        """What scores depend on, as plain values.

        Raises:
            JudgeError: There is no such judge.
            MissingExtraError: It needs a package that is not installed.
        """
        if not self.name:
            return {"judge": "none"}
        options = {name: value for name, value in self.options.items() if name not in HOW}
        if self.scheme in HEAVY:
            return {"judge": self.name, "judge_options": options}
        judge = self.load()
        assert judge is not None
        stamp = named.stamp_of(judge)
        return {"judge": f"{judge.name} {judge.version}", "rubric": stamp, "judge_options": options}

    def load(self) -> Judge | None:
        """The judge, loaded once in a process; None for nobody. Errors as :meth:`described`."""
        return once(("judge", self), lambda: named.load(self.name, **self.options)) if self.name else None
