"""Cutouts: objects with an exact outline, to be composed on photographs; drawn by us, or from any folder of yours.

cutout       what one is: rendered at any size, its parts in any colours
drawing      one that an SVG template draws; adding an object to the package is adding a file to ``assets/cutouts``
picture      one from a picture with transparency
folder       reading a folder of either
collection   cutouts by name: the bundled ones, or a folder's
"""

from __future__ import annotations

from omniedit.data.cutouts.collection import BUNDLED, WORLD, Collection, get, names
from omniedit.data.cutouts.cutout import Cutout, Sprite
from omniedit.data.cutouts.drawing import LIGHT, DrawnCutout, shade
from omniedit.data.cutouts.folder import load_folder
from omniedit.data.cutouts.picture import PictureCutout

__all__ = [
    "BUNDLED",
    "LIGHT",
    "WORLD",
    "Collection",
    "Cutout",
    "DrawnCutout",
    "PictureCutout",
    "Sprite",
    "get",
    "load_folder",
    "names",
    "shade",
]
