"""How a cache is made."""

from __future__ import annotations

from dataclasses import dataclass

from omniedit.errors import RecipeError

DTYPES = {"float16": 2, "bfloat16": 2, "float32": 4}
"""Number formats of a cache -> bytes of a number."""


@dataclass(frozen=True, kw_only=True)
class CacheConfig:
    """Settings of a cache."""

    dtype: str = "float16"
    """Number format on disk: ``float16``, ``bfloat16`` or ``float32``."""
    batch: int = 8
    """Pictures or texts that are encoded at once: changes the speed, and nothing else beyond rounding."""
    unit: int = 512
    """Pairs whose latents and texts are held in memory and published together."""
    wordings: int = 0
    """Wordings of a pair that are embedded, the first ones; 0: all."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            RecipeError: A setting is impossible.
        """
        if self.dtype not in DTYPES:
            raise RecipeError(f"a cache's dtype is {self.dtype!r}, not one of {', '.join(DTYPES)}")
        if min(self.batch, self.unit) < 1 or self.wordings < 0:
            raise RecipeError("a cache's batch and unit are at least 1, and its wordings at least 0")


DEFAULTS = CacheConfig()
"""The settings where nothing is said."""
