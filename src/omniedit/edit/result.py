"""What an editor hands back, and the interface that all editors share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import PIL.Image

from omniedit.edit.fidelity import Report
from omniedit.edit.inputs import Given
from omniedit.images import Picture, save_picture
from omniedit.types import Image


@dataclass(frozen=True, eq=False)
class EditResult:
    """The edited pictures of one call."""

    images: tuple[Image, ...]
    """The results, ``uint8 [height, width, 3]`` each, of exactly the photo's size."""
    reports: tuple[Report, ...]
    """What each edit did and where it came from."""
    source: Picture
    """The photo as it was opened, with the opacity and colour profile that :meth:`save` puts back."""
    notes: tuple[str, ...] = ()
    """What a user should know, each a sentence without its full stop."""

    def save(self, path: str | os.PathLike[str], index: int = 0, *, overwrite: bool = False) -> None:
        """Save a result, with the photo's opacity and colour profile. See :func:`omniedit.images.save_picture`.

        Raises:
            OutputError: It cannot be written, or there is something at ``path`` and ``overwrite`` is not given.
        """
        save_picture(path, self.images[index], like=self.source, overwrite=overwrite)

    def pillow(self, index: int = 0) -> PIL.Image.Image:
        """A result as a Pillow image, RGB, or RGBA where the photo has opacity."""
        image = self.images[index]
        if self.source.alpha is None:
            return PIL.Image.fromarray(image)
        return PIL.Image.fromarray(np.dstack([image, self.source.alpha]))

    def compare(self, index: int = 0) -> Image:
        """Before and after, side by side."""
        return before_after(self.source.image, self.images[index])


class Editing(Protocol):
    """What can edit: a model's pipeline, or the specialists."""

    @property
    def name(self) -> str:
        """Its name in reports."""
        ...

    def check(self, instruction: str, *, mask_given: bool = False) -> object:
        """Raise ``InstructionError`` for what it cannot do, before any work."""
        ...

    def __call__(self, image: Given, instruction: str, *args: Any, **settings: Any) -> EditResult:  # noqa: ANN401
        """Edit ``image`` as ``instruction`` says.

        All take ``mask``, ``seed``, ``num_images`` and ``force``, by name; what settings there are besides is each
        editor's own, and those of a sampler are let pass by one that has none.
        """
        ...


def before_after(source: Image, result: Image) -> Image:
    """Source and result side by side, or one above the other where they are wide: ``uint8 [H, W, 3]``.

    Args:
        source: ``uint8 [h, w, 3]``.
        result: Of the same shape.
    """
    height, width = source.shape[:2]
    gap = max(2, min(height, width) // 50)
    if width > 2 * height:
        return np.vstack([source, np.full((gap, width, 3), 255, np.uint8), result])
    return np.hstack([source, np.full((height, gap, 3), 255, np.uint8), result])
