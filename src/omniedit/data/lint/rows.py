"""A row of a shard as the checks see it: raw values, and what they mean, read only when a check asks.

Nothing here trusts a value: a row may hold anything that its columns' types allow.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.data.pairs.schema import RELEASED_TASKS
from omniedit.data.sources.hashes import perceptual_hash
from omniedit.errors import ImageError
from omniedit.images import Picture, decode
from omniedit.seeding import derive
from omniedit.types import Image, Mask, Task

PICTURES = ("src_img", "edited_img")
"""Columns of the two pictures, before and after."""

TASK_NAMES = {str(task): task for task in Task}
RELEASED_NAMES = {name: task for task, name in RELEASED_TASKS.items() if task is not Task.BACKGROUND}


@dataclass(eq=False)
class Row:
    """One pair, unread."""

    shard: Path
    """Its shard."""
    number: int
    """Its place there, from 0."""
    values: Mapping[str, Any]
    """Column -> value."""
    cache: dict[str, Any] = field(default_factory=dict)
    """What costs time and several checks want."""

    @property
    def id(self) -> str:
        """Its id; empty if it has none."""
        return str(self.values.get("omni_edit_id") or "")

    @property
    def weight(self) -> float:
        """Its importance weight; 1 where the set does not say, as in the released dataset."""
        weight = self.values.get("x_weight")
        return 1.0 if weight is None else float(weight)

    @property
    def kept(self) -> bool:
        """Whether training would take it."""
        return self.weight > 0

    @property
    def task(self) -> Task | None:
        """Its task; None if it names none of ours nor of the released dataset's."""
        return TASK_NAMES.get(self.values.get("x_task") or "") or RELEASED_NAMES.get(self.values.get("task") or "")

    @property
    def wordings(self) -> list[str]:
        """Its instructions; a null among them is empty."""
        return [wording or "" for wording in self.values.get("edited_prompt_list") or []]

    @cached_property
    def proposal(self) -> Mapping[str, Any]:
        """The proposal's fields; none where it is missing or cannot be read."""
        try:
            found = json.loads(self.values.get("x_proposal") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def said(self, field: str) -> str:
        """A text field of the proposal; empty if it is missing or no text."""
        value = self.proposal.get(field)
        return value if isinstance(value, str) else ""

    @property
    def overall(self) -> float | None:
        """sqrt(min SC * min PQ) of the exact scores, or of the released ones; None where there are none."""
        sc, pq = self.scores("sc"), self.scores("pq")
        value = min(sc) * min(pq) if sc and pq else math.nan
        return math.sqrt(value) if value >= 0 else None

    def scores(self, side: str) -> list[float]:
        """The exact scores of ``sc`` or ``pq``, or the released ones; nulls are left out."""
        whole = {"sc": ("sc_score_1", "sc_score_2"), "pq": ("pq_score",)}[side]
        exact = self.values.get(f"x_{side}")
        found = exact or [self.values.get(name) for name in whole]
        return [float(score) for score in found if score is not None]

    # Pictures ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _opened(self) -> dict[str, Picture | str]:
        return {name: _open(self.values[name]) for name in (*PICTURES, "x_mask") if self.values.get(name)}

    def picture(self, name: str) -> Picture | None:
        """A decoded picture; None where there is none, or it cannot be decoded."""
        found = self._opened.get(name)
        return None if isinstance(found, str) else found

    def trouble(self, name: str) -> str:
        """Why a picture cannot be decoded; empty if it can, or if there is none."""
        found = self._opened.get(name, "")
        return found if isinstance(found, str) else ""

    @property
    def both(self) -> tuple[Image, Image] | None:
        """The pictures before and after, of any sizes; None unless both can be decoded."""
        source, result = (self.picture(name) for name in PICTURES)
        return None if source is None or result is None else (source.image, result.image)

    @property
    def matched(self) -> tuple[Image, Image] | None:
        """The pictures before and after if they are of one size."""
        both = self.both
        return both if both and both[0].shape == both[1].shape else None

    @property
    def mask(self) -> Mask | None:
        """Where the maker edited, ``[height, width]``, 0..1; None if it does not say, or not at the picture's size."""
        picture, both = self.picture("x_mask"), self.both
        if picture is None or both is None or picture.image.shape != both[0].shape:
            return None
        return np.asarray(picture.image[..., 0] / np.float32(255), np.float32)

    @cached_property
    def digests(self) -> tuple[int, int] | None:
        """64-bit digests of the pixels before and after; None unless both can be decoded."""
        both = self.both
        return None if both is None else (_pixels(both[0]), _pixels(both[1]))

    @cached_property
    def hashes(self) -> tuple[int, int] | None:
        """Perceptual hashes before and after; None unless both can be decoded and show something."""
        both = self.both
        if both is None or min(image.std(axis=(0, 1)).max() for image in both) < 1.0:
            return None
        return perceptual_hash(both[0]), perceptual_hash(both[1])


def digest(*keys: str | int) -> int:
    """64 bits of ``keys``: among a million, two share them by chance once in ten million sets."""
    return derive(0, *keys)


def _pixels(image: Image) -> int:
    """64 bits of a picture's size and pixels."""
    found = hashlib.blake2b(
        np.ascontiguousarray(image).tobytes(), digest_size=8, salt=str(image.shape[:2]).encode()[:16]
    )
    return int.from_bytes(found.digest(), "little")


def _open(stored: Mapping[str, Any]) -> Picture | str:
    """A stored picture, or why it cannot be decoded."""
    try:
        return decode(stored.get("bytes") or b"")
    except ImageError as error:
        return str(error)
