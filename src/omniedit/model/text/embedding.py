"""What a text encoder gives, and what a model calls to get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor


class Text(NamedTuple):
    """Embedded instructions."""

    tokens: Tensor
    """``[B, L, E]``: one vector a token."""
    pooled: Tensor
    """``[B, P]``: one vector a text."""


class Reads(Protocol):
    """A text encoder, of either scale."""

    kind: str
    """``"embedded"`` or ``"sd3"``."""

    @property
    def token_width(self) -> int:
        """E, the ``joint_attention_dim`` of a model that reads this text."""
        ...

    @property
    def pooled_width(self) -> int:
        """P, the ``pooled_projection_dim`` of a model that reads this text."""
        ...

    def __call__(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; ``""`` is the unconditional text. Raises InstructionError when one is too long."""
        ...

    def fits(self, instruction: str) -> bool:
        """Whether the instruction is short enough to be read."""
        ...
