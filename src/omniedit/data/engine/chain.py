"""What a chain is: all that is done with one thing, a scene or a photograph, and how each of its items ended.

What is drawn for an item depends on the seed, its scene and its task only, so an item gives the same row whoever does
it and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from omniedit.data.engine.ledger import Outcome
from omniedit.types import Pair

WHOLE = ""
"""The part of a scene that is all of it, where its items depend on each other."""

Entry = tuple[Outcome, "Pair | None"]
"""How an item ended, and its pair where one was made."""


class Named(Protocol):
    """What goes through a chain: a scene, or a photograph that is opened when it is needed."""

    @property
    def id(self) -> str:
        """Its id, unlike all others'."""
        ...


class Chain(Protocol):
    """All that turns a scene or a photograph into pairs; it travels to other processes, and loads models there."""

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the scenes, as plain values.

        Raises:
            OmniEditError: Something that is named does not exist: better found out here than at every item.
        """
        ...

    @property
    def parts(self) -> tuple[str, ...]:
        """What of a scene can be done without the rest of it: each task; or ``WHOLE`` alone."""
        ...

    def part(self, scene: Any, part: str, /) -> Sequence[Entry]:  # noqa: ANN401 (each chain has its own)
        """The items of one part of ``scene``, at least one.

        Raises:
            OmniEditError: Nothing can be done at all, with this scene or any other.
        """
        ...

    def lost(self, scene: str, part: str, reason: str, /) -> list[Entry]:
        """What stands for a part whose work always ends its process: failed items."""
        ...

    def part_of(self, outcome: Outcome, /) -> str:
        """The part to which an item belongs."""
        ...


def facts(pair: Pair) -> dict[str, Any]:
    """What the ledger says of a pair."""
    return {"reason": pair.reason, "pair": pair.id, "overall": pair.verdict.overall}


def said(error: object) -> str:
    """An error in one line, as a row's reason."""
    return f"{type(error).__name__}: {error}"
