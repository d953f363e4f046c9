"""The scene suite: composed photographs whose ideal edit is known exactly. Runs offline, needs no human and no model.

Photographs, placements and half of the wordings are those of evaluation, which training never sees. Items cycle over
the seven tasks, the seven aspect ratios and the two kinds of wording: 98 items in a row hold every combination once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from omniedit import __version__
from omniedit.bench.item import Item, Phrasing, SuiteOptions
from omniedit.data.ideals import ideal
from omniedit.data.photos import bundled_photos, folder_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import wish
from omniedit.data.scenes import Scene, SceneConfig, SceneMaker
from omniedit.errors import DataError
from omniedit.images import RATIOS, resize
from omniedit.seeding import stream
from omniedit.types import Photo, Proposal, Task

if TYPE_CHECKING:
    from omniedit.bench.results import Row

LIMIT = 434
"""Items by default: as many as Omni-Edit-Bench has (62 photos, seven tasks)."""
CELL = 32
"""Side of a scene's cell in pixels: pictures of about 256 x 256."""
LONGEST = 1536
"""Photographs are kept in memory with sides of at most this many pixels."""
TRIES = 100
"""Scenes that are tried for one item: not every scene can have every edit."""

_PHRASINGS: tuple[Phrasing, ...] = ("seen", "unseen")


@dataclass(frozen=True)
class SceneSuite:
    """Edits of composed photographs."""

    photos: Path | None = None
    """Folder of photographs; None for the bundled ones. Only those of the evaluation split, unless there are none."""
    seed: int = 0
    """Seed of scenes, edits and wordings."""
    limit: int | None = None
    """How many items; None for `LIMIT`."""
    name: ClassVar[str] = "scenes"
    judge: ClassVar[str] = "oracle"
    rubric: ClassVar[str] = "omniedit"

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits over photographs, seed, number of items, and version.

        Cutouts, words and the way in which scenes are made go with the package's version.

        Raises:
            DataError: The photographs cannot be used.
        """
        digest = hashlib.sha256(repr((self.name, __version__, self.seed, len(self.ids), CELL, LONGEST)).encode())
        for photo in self._maker.photos:
            digest.update(repr(photo.image.shape).encode())
            digest.update(np.ascontiguousarray(photo.image).tobytes())
        return digest.hexdigest()[:12]

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids such as ``0003-attribute-2x3``."""
        return [f"{index:04d}-{_task(index)}-{_ratio(index).replace(':', 'x')}" for index in range(self.limit or LIMIT)]

    def item(self, name: str) -> Item:
        """Make an item: the first scene of its own series that can have such an edit.

        Raises:
            DataError: No scene can, in `TRIES` tries.
        """
        index = self.ids.index(name)
        task, ratio, phrasing = _task(index), _ratio(index), _PHRASINGS[index // len(Task) % 2]
        for attempt in range(TRIES):
            scene = self._maker(TRIES * index + attempt, ratio=ratio)
            rng = stream(self.seed, "scene suite", index, attempt)
            proposal = wish(scene.photo, task, rng, held_out=phrasing == "unseen", known=world())
            if proposal and (made := _item(name, scene, proposal, ratio, phrasing)):
                return made
        raise DataError(f"no scene in {TRIES} can have a {task} edit at {ratio}: give more photographs with --photos")

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """None: these are our own scenes, and their numbers are published as they are."""
        return {}

    @cached_property
    def _maker(self) -> SceneMaker:
        return SceneMaker(tuple(self._evaluation_photos()), "eval", self.seed, SceneConfig(cell=CELL))

    def _evaluation_photos(self) -> Iterator[Photo]:
        if self.photos is None:
            yield from bundled_photos("eval")
        else:
            held_out = [_shrunk(photo) for photo in folder_photos(self.photos, "eval")]
            yield from held_out or map(_shrunk, folder_photos(self.photos))


def scenes(options: SuiteOptions) -> SceneSuite:
    """The suite that ``options`` ask for."""
    return SceneSuite(options.photos, options.seed, options.limit)


def _task(index: int) -> Task:
    return list(Task)[index % len(Task)]


def _ratio(index: int) -> str:
    return list(RATIOS)[(index + index // len(Task)) % len(RATIOS)]


def _item(name: str, scene: Scene, proposal: Proposal, ratio: str, phrasing: Phrasing) -> Item | None:
    try:
        best = ideal(scene, proposal)
    except DataError:  # no free place for the new object
        return None
    return Item(name, scene.photo, proposal, proposal.instruction, ratio, phrasing, best)


def _shrunk(photo: Photo) -> Photo:
    width, height = photo.size
    scale = LONGEST / max(width, height)
    if scale >= 1:
        return photo
    return Photo(photo.id, resize(photo.image, (round(width * scale), round(height * scale))), source=photo.source)
