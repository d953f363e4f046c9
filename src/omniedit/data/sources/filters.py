"""Which photographs are taken: filters that each refuse with what they measured and the limit.

A filter is a function of a :class:`Look` that returns why a photograph is refused, empty if it is not. The first that
refuses gives the reason, which begins with the filter's name. Near-duplicates are another matter, since they depend on
the other photographs: see :mod:`omniedit.data.sources.ledger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from omniedit.data.sources.hashes import NearHashes, hash_of_grey, read_hashes
from omniedit.errors import RecipeError
from omniedit.images import Picture
from omniedit.types import Image

WORKING_SIDE = 512
"""Longest side, in pixels, at which sharpness is measured: a limit means the same for photographs of any size."""


@dataclass(frozen=True)
class FilterConfig:
    """The thresholds of all filters."""

    min_megapixels: float = 1.0
    """Fewest pixels, in millions (OmniEdit, arXiv 2411.07199, section 5: at least 1)."""
    max_megapixels: float = 100.0
    """Most pixels, in millions."""
    min_ratio: float = 0.5
    """Smallest width / height; the paper's narrowest is 9:16."""
    max_ratio: float = 2.0
    """Largest width / height; the paper's widest is 16:9."""
    min_sharpness: float = 20.0
    """Smallest variance of the Laplacian of grey values 0..255, longest side 512; 0 for any."""
    duplicate_bits: int = 4
    """Photographs whose perceptual hashes differ in so many of 64 bits, or fewer, are the same; -1: never."""
    known: tuple[str, ...] = ()
    """Hash files of earlier ingests (their ``hashes.txt``), whose photographs come before those of this one."""
    leakage: tuple[str, ...] = ()
    """Hash files of pictures that must not be taken: those of benchmarks."""
    leakage_bits: int = 8
    """As ``duplicate_bits``, for those lists: wider, since a leak is worse than a photograph lost."""
    nsfw_model: str = ""
    """Folder of an image-classification model (``transformers``) that knows indecent pictures; empty: not asked."""
    nsfw_label: str = "nsfw"
    """What that model calls them."""
    max_nsfw: float = 0.5
    """Largest probability of that label, 0..1."""

    def __post_init__(self) -> None:
        """Refuse limits that nothing could meet.

        Raises:
            RecipeError: A lowest is above its highest, or a number of bits is out of range.
        """
        for name in ("megapixels", "ratio"):
            if getattr(self, f"min_{name}") > getattr(self, f"max_{name}"):
                raise RecipeError(f"min_{name} is above max_{name}: no photograph could be kept")
        if not (-1 <= self.duplicate_bits < 32 and 0 <= self.leakage_bits < 32):
            raise RecipeError("duplicate_bits is to be -1..31, and leakage_bits 0..31, of the 64 bits of a hash")


DEFAULTS = FilterConfig()
"""What holds where nothing is asked for."""


@dataclass(frozen=True, eq=False)
class Look:
    """A photograph as filters see it; what several of them need is computed once."""

    picture: Picture

    @property
    def image(self) -> Image:
        """The pixels, ``uint8 [height, width, 3]``."""
        return self.picture.image

    @property
    def size(self) -> tuple[int, int]:
        """``(width, height)``."""
        return self.picture.size

    @cached_property
    def hash(self) -> int:
        """Its perceptual hash."""
        return hash_of_grey(self._grey)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Grey values ``uint8 [h, w]``, 0..255, the longest side ``WORKING_SIDE`` or its own if shorter."""
        if max(self.size) <= WORKING_SIDE:
            return np.asarray(self._grey)
        grey = self._grey.copy()
        grey.thumbnail((WORKING_SIDE, WORKING_SIDE), PIL.Image.Resampling.BOX)
        return np.asarray(grey)

    @cached_property
    def _grey(self) -> PIL.Image.Image:
        return PIL.Image.fromarray(self.image).convert("L")


Filter = Callable[[Look], str]
"""Returns why a photograph is refused, as ``"name: measured; limit"``; empty if it is not."""


@dataclass(frozen=True)
class Between:
    """Refuses what measures less or more."""

    name: str
    low: float
    high: float
    measure: Callable[[Look], float]

    def __call__(self, look: Look) -> str:
        """The reason, or empty."""
        value = self.measure(look)
        if self.low <= value <= self.high:
            return ""
        word, limit = ("at least", self.low) if value < self.low else ("at most", self.high)
        return f"{self.name}: {value:.4g}; the limit is {word} {limit:g}"


def megapixels(look: Look) -> float:
    """Millions of pixels."""
    return look.size[0] * look.size[1] / 1e6


def ratio(look: Look) -> float:
    """Width / height."""
    return look.size[0] / look.size[1]


def sharpness(look: Look) -> float:
    """Variance of the Laplacian: low where nothing is in focus.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study", 2000.
    """
    import cv2

    _, deviation = cv2.meanStdDev(cv2.Laplacian(look.grey, cv2.CV_16S))  # -1020..1020: 16 bits hold them all
    return float(deviation[0, 0]) ** 2


class Listed:
    """Refuses pictures that are in hash files."""

    def __init__(self, name: str, files: Iterable[str], bits: int) -> None:
        """Read the files; hashes are the same if at most ``bits`` differ.

        Raises:
            DataError: One cannot be read.
        """
        self.name = name
        self._known = NearHashes(bits, (entry for file in files for entry in read_hashes(file)))

    def __call__(self, look: Look) -> str:
        """The reason, or empty."""
        found = self._known.near(look.hash)
        if found is None:
            return ""
        return f"{self.name}: {found[1]} bits from the listed {found[0]}; the limit is more than {self._known.limit}"


def filters(config: FilterConfig) -> Sequence[Filter]:
    """The filters that ``config`` asks for, cheap ones first.

    Raises:
        DataError: A list of hashes cannot be read.
        ModelError, MissingExtraError: The model for indecent pictures cannot be loaded.
    """
    chosen: list[Filter] = [
        Between("megapixels", config.min_megapixels, config.max_megapixels, megapixels),
        Between("ratio", config.min_ratio, config.max_ratio, ratio),
        Between("sharpness", config.min_sharpness, float("inf"), sharpness),
    ]
    if config.leakage:
        chosen.append(Listed("leakage", config.leakage, config.leakage_bits))
    if config.known and config.duplicate_bits >= 0:
        chosen.append(Listed("duplicate", config.known, config.duplicate_bits))
    if config.nsfw_model:
        from omniedit.data.sources.nsfw import Nsfw

        chosen.append(Nsfw(config.nsfw_model, config.nsfw_label, config.max_nsfw))
    return chosen


def refusal(look: Look, chosen: Iterable[Filter]) -> str:
    """The reason of the first filter that refuses; empty if none does."""
    return next((reason for check in chosen if (reason := check(look))), "")
