"""Who judges a run: judges by name or as objects, and how often each is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.bench.item import Suite
from omniedit.errors import InputError, JudgeError
from omniedit.judge import named
from omniedit.judge.rubric import Judge

ASKS_ANYTHING = ("openai", "local")
"""Judges that can be asked by any rubric; the others know one."""


@dataclass(frozen=True)
class Panelist:
    """One judge of a run."""

    sittings: tuple[Judge, ...]
    """The judge once for each repeat: itself, or itself with other seeds."""

    @property
    def name(self) -> str:
        """Name and version, as scores carry it: that of the first sitting."""
        return f"{self.sittings[0].name} {self.sittings[0].version}"

    @property
    def stamp(self) -> str:
        """Stamp of what it is asked."""
        return named.stamp_of(self.sittings[0])

    @property
    def needs_ideal(self) -> bool:
        """Whether it can judge only where the perfect result is known."""
        from omniedit.judge.oracle import Oracle

        return isinstance(self.sittings[0], Oracle)


def panelist(judge: Judge, repeats: int = 1) -> Panelist:
    """``judge``, asked ``repeats`` times where its answers vary; one whose answers do not is asked once."""
    again: Any = getattr(judge, "again", None)
    if repeats == 1 or again is None:
        return Panelist((judge,))
    return Panelist(tuple(again(repeat) for repeat in range(repeats)))


def judges_of(suite: Suite, names: Sequence[str], **options: Any) -> list[Judge]:  # noqa: ANN401 (see `named.load`)
    """Load judges by name, those that can by the suite's own rubric; nobody named: the suite's own judge.

    Args:
        suite: What is judged.
        names: Names of `judge.named`.
        options: ``rubric``, for all; and what the loader of endpoints takes, for those.

    Raises:
        InputError: A judge is named twice.
        JudgeError: There is no such judge, it has no use for an option, or it cannot be loaded.
    """
    asked = list(names) or [suite.judge]
    if len(set(asked)) < len(asked):
        raise InputError(f"a judge is named twice: {', '.join(asked)}; to ask one several times, use --repeats")
    rubric = options.pop("rubric", None)
    given = {option: value for option, value in options.items() if value is not None}
    remote = [name for name in asked if _scheme(name) == "openai"]
    if given and not remote:
        raise JudgeError(f"{', '.join(asked)} has no use for {', '.join(sorted(given))}: only openai: judges have")
    return [
        named.load(name, rubric=rubric or _rubric(name, suite), **(given if name in remote else {})) for name in asked
    ]


def _scheme(name: str) -> str:
    return name.partition(":")[0]


def _rubric(name: str, suite: Suite) -> str | None:
    """The rubric to ask by; None for the judge's own: it knows one, or was distilled for one."""
    distilled = (Path(name.partition(":")[2]) / "judge.json").is_file()
    return suite.rubric if _scheme(name) in ASKS_ANYTHING and not distilled else None
