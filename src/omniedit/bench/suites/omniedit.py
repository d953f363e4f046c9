"""The suite ``omniedit``: Omni-Edit-Bench (arXiv 2411.07199, section 5), rebuilt of any folder of photographs.

    source   any photographs: the paper's 62, from Pexels and LAION-5B, were never published. A suite is made by
             ``omniedit bench suite make PHOTOS --out FOLDER`` and frozen
    licence  that of the photographs, which the suite's files name where it is known
    size     62 photographs, spread over the seven aspect ratios, with seven tasks each: 434 items
    item     {"photo": "0007", "task": "swap", "instruction": "Replace the brown dog with a cat."}
    judge    the paper's were GPT-4o and Gemini, by its own rubric; ours is "student" unless another is named

Two people whose suites have the same hash compared the same.

The paper's figures are the means of SC, PQ and O, which the summary of every run has; this suite has none of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from omniedit.bench.item import Item, SuiteOptions
from omniedit.bench.suites.local import nearest_ratio, spread
from omniedit.bench.suites.making.check import opened
from omniedit.bench.suites.making.folder import Edit, Seal, photo_file
from omniedit.errors import DataError
from omniedit.hashing import hash_pixels
from omniedit.images import load_rgb
from omniedit.types import Photo

if TYPE_CHECKING:
    from omniedit.bench.results import Row


@dataclass(frozen=True)
class OmniEditSuite:
    """The edits of a suite's folder. It is read, and compared with its seal, when its ids are first asked for."""

    options: SuiteOptions
    """``photos`` is the suite's folder."""

    name: ClassVar[str] = "omniedit"
    judge: ClassVar[str] = "student"
    rubric: ClassVar[str] = "omniedit"

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids such as ``0007-swap``, by photograph, then task; with a limit, spread evenly over the tasks.

        Raises:
            DataError: There is no such suite, it was never frozen, or something has changed since.
        """
        groups = {name: self._edits[name].task for name in self._seal.ids}
        return spread(groups, self.options.limit, self.options.seed)

    @cached_property
    def hash(self) -> str:
        """The hash of the suite's seal; with a limit, of that and the ids. Errors as `ids`."""
        whole = self._seal.hash
        if len(self.ids) == len(self._seal.ids):
            return whole
        return hashlib.sha256("\n".join((whole, *self.ids)).encode()).hexdigest()[:12]

    def item(self, name: str) -> Item:
        """Open the photograph of the item ``name``.

        Raises:
            DataError: It is no longer as it was frozen.
            ImageError: It cannot be opened.
        """
        edit = self._edits[name]
        told = self._seal.photos[edit.photo]
        path = self._folder / photo_file(edit.photo)
        image = load_rgb(path)
        if hash_pixels(image) != told["pixels"]:
            raise DataError(f"{path} is not the picture that was frozen: restore it")
        photo = Photo(edit.photo, image, caption=told["caption"], source=told.get("source", ""))
        return Item(name, photo, edit.proposal(), edit.instruction, nearest_ratio(photo.size))

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """None: the paper's are the means that every summary has."""
        return {}

    @cached_property
    def _opened(self) -> tuple[Seal, Mapping[str, Edit]]:
        return opened(self._folder)

    @property
    def _seal(self) -> Seal:
        return self._opened[0]

    @property
    def _edits(self) -> Mapping[str, Edit]:
        return self._opened[1]

    @property
    def _folder(self) -> Path:
        if self.options.photos is None:
            raise DataError(
                "the photographs of Omni-Edit-Bench were never published. Make a suite of yours with:\n"
                "  omniedit bench suite make PHOTOS --out SUITE\nand give SUITE with --photos"
            )
        return self.options.photos
