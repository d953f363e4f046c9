"""The embedded world: real photographs with cutouts composed on them as known layers.

A scene is a crop of a photograph, divided into square cells, with one to three cutouts standing on cells. Since every
layer is known, so are the exact masks and the ideal result of any edit. What is drawn where depends on (seed, index,
split) and the collection of cutouts only. Photographs and placements of the evaluation split are never in training: a
placement is a cutout, its size and its cell, and a hash decides whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from omniedit.data.colours import COLOURS
from omniedit.data.cutouts import BUNDLED, Collection, Cutout, Sprite
from omniedit.data.proposals.captions import describe
from omniedit.data.tools.compositing import paste
from omniedit.images import RATIOS, grid_size, resize
from omniedit.seeding import derive, stream
from omniedit.types import Image, Layer, Mask, Photo

NANO_AREA = 128 * 128
"""Picture area, in pixels, of a scene whose cells are 16 pixels wide."""

_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class SceneConfig:
    """How scenes are composed."""

    cell: int = 16
    """Side of a cell in pixels: 16 at nano's working size, 32 and more for display."""
    sizes: tuple[int, ...] = (3, 4)
    """Sides of an object's box, in cells."""
    most_objects: int = 3
    """Objects per scene, at the most."""
    recoloured: float = 0.6
    """Chance that an object's main part has another colour than its usual one."""
    held_out: int = 10
    """One placement in so many belongs to evaluation."""


@dataclass(frozen=True)
class Placement:
    """A cutout on a scene's cells."""

    name: str
    """Name of the cutout."""
    colours: tuple[tuple[str, str], ...]
    """Colour word of every recolourable part, main part first; empty for a picture, which has none."""
    size: int
    """Side of its square box, in cells."""
    column: int
    """Left edge of the box, in cells."""
    row: int
    """Top edge of the box, in cells."""

    @property
    def colour(self) -> str:
        """Colour word of the main part; empty where there is none."""
        return self.colours[0][1] if self.colours else ""

    def split(self, held_out: int) -> str:
        """Whose it is: ``"eval"`` for one placement in ``held_out``, else ``"train"``."""
        place = derive(0, "placement", self.name, self.size, self.column, self.row)
        return "eval" if place % held_out == 0 else "train"

    def overlaps(self, other: Placement) -> bool:
        """Whether the two boxes share a cell."""
        return (
            abs(self.column + self.size / 2 - other.column - other.size / 2) < (self.size + other.size) / 2
            and abs(self.row + self.size / 2 - other.row - other.size / 2) < (self.size + other.size) / 2
        )


@dataclass(frozen=True, eq=False)
class Scene:
    """A composed photograph with all that is known of it."""

    id: str
    background: Image
    """The photograph without any object."""
    placements: tuple[Placement, ...]
    """Objects, back to front; none overlaps another."""
    split: str = "train"
    """Whose placements may be used."""
    config: SceneConfig = SceneConfig()
    background_caption: str = ""
    cutouts: Collection = BUNDLED
    """What its objects are made of, and may be swapped for."""

    @property
    def cell(self) -> int:
        """Side of a cell in pixels."""
        return self.config.cell

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.background.shape[1] // self.cell, self.background.shape[0] // self.cell

    @property
    def image(self) -> Image:
        """The composed picture."""
        return self.render(self.placements)

    @property
    def photo(self) -> Photo:
        """What enters the flow: the picture and its layers."""
        layers = tuple(self.layer(placement) for placement in self.placements)
        place = f"a photo of {self.background_caption}" if self.background_caption else "a photo"
        photo = Photo(self.id, self.image, layers, caption=place, source="scene")
        return replace(photo, caption=describe(photo))

    def render(self, placements: Sequence[Placement], background: Image | None = None) -> Image:
        """The background (or another one of its size) with ``placements`` on it."""
        image = self.background if background is None else background
        for placement in placements:
            left, top, sprite = self.sprite(placement)
            image = paste(image, sprite.rgba, left, top)
        return image

    def sprite(self, placement: Placement) -> tuple[int, int, Sprite]:
        """The cutout in its box, standing on the box's bottom, centred: left and top pixel, and the sprite."""
        side = placement.size * self.cell
        sprite = self.cutouts.get(placement.name).render(side, dict(placement.colours))
        height, width = sprite.rgba.shape[:2]
        return placement.column * self.cell + (side - width) // 2, placement.row * self.cell + side - height, sprite

    def layer(self, placement: Placement) -> Layer:
        """Exact masks of an object and its parts."""
        left, top, sprite = self.sprite(placement)
        alpha = sprite.rgba[..., 3].astype(np.float32) / np.float32(255)
        parts = {name: self._spread(mask, left, top) for name, mask in sprite.parts.items()}
        return Layer(
            placement.name, self._spread(alpha, left, top), placement.colour, parts, where=self.where(placement)
        )

    def where(self, placement: Placement) -> str:
        """``left``, ``middle`` or ``right``: the third of the picture in which the box's centre lies."""
        columns, _ = self.cells
        return ("left", "middle", "right")[min(2, int(3 * (placement.column + placement.size / 2) / columns))]

    def find(self, name: str, colour: str = "", where: str = "") -> Placement | None:
        """The placement called ``name`` that agrees best with the colour and place given; None if there is none."""
        named = [p for p in self.placements if p.name == name]
        return max(named, key=lambda p: 2 * (p.colour == colour) + (self.where(p) == where), default=None)

    def without(self, placement: Placement) -> Image:
        """The picture with one object gone."""
        return self.render([p for p in self.placements if p is not placement])

    def replaced(self, placement: Placement, other: Placement) -> Image:
        """The picture with ``other`` in the place of ``placement``."""
        return self.render([other if p is placement else p for p in self.placements])

    def _spread(self, mask: Mask, left: int, top: int) -> Mask:
        """A sprite's mask on the whole picture."""
        whole = np.zeros(self.background.shape[:2], np.float32)
        whole[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        return whole


@dataclass(frozen=True, eq=False)
class SceneMaker:
    """Composes scenes; the scene of an index is the same on every machine and in every order."""

    photos: Sequence[Photo]
    """Photographs of one split only."""
    split: str = "train"
    """``"train"`` or ``"eval"``: whose placements are used."""
    seed: int = 0
    config: SceneConfig = SceneConfig()
    names: tuple[str, ...] = ()
    """Cutouts to use; none named means all that the collection has for scenes."""
    cutouts: Collection = BUNDLED
    """Where they come from. A folder's hash is in the ids of its scenes."""

    def __call__(self, index: int, *, ratio: str | None = None, objects: int | None = None) -> Scene:
        """The scene of ``index``; ``ratio`` (a key of RATIOS) and the number of objects are drawn unless given."""
        rng = stream(self.seed, "scene", self.split, index)
        ratio = ratio or list(RATIOS)[rng.integers(len(RATIOS))]
        width, height = scene_size(ratio, self.config.cell)
        photo = self.photos[int(rng.integers(len(self.photos)))]
        background = crop(photo.image, (width, height), rng, smallest=4 * self.config.cell)
        name = "-".join(filter(None, (self.split, str(self.seed), str(index), self.cutouts.digest[:_DIGITS])))
        scene = Scene(name, background, (), self.split, self.config, photo.caption, self.cutouts)
        count = objects if objects is not None else int(rng.integers(1, self.config.most_objects + 1))
        for _ in range(count):
            placement = place(scene, rng, names=self.names)
            if placement is not None:
                scene = replace(scene, placements=(*scene.placements, placement))
        return scene


def place(
    scene: Scene, rng: np.random.Generator, *, where: str = "", name: str = "", names: Sequence[str] = ()
) -> Placement | None:
    """A free place of the scene's split for a cutout that it does not have yet; None after fifty vain tries.

    The cutout is ``name``, or drawn from ``names``, or if there are none from all that its collection has for scenes;
    None as well if it has them all. ``where`` asks for a third of the picture.
    """
    taken = {p.name for p in scene.placements}
    choices = [name] if name else [n for n in names or scene.cutouts.world if n not in taken]
    for _ in range(50 if choices else 0):
        placement = _draw(scene, name or choices[rng.integers(len(choices))], rng)
        if placement is None or any(placement.overlaps(p) for p in scene.placements):
            continue
        if placement.split(scene.config.held_out) == scene.split and where in ("", scene.where(placement)):
            return placement
    return None


def _draw(scene: Scene, name: str, rng: np.random.Generator) -> Placement | None:
    """Any placement of a cutout: things on the floor in the lower part, things in the air in the upper."""
    columns, rows = scene.cells
    size = int(scene.config.sizes[rng.integers(len(scene.config.sizes))])
    if size > min(columns, rows):
        return None
    lowest = rows - size
    cutout = scene.cutouts.get(name)
    floor = cutout.rests == "floor"
    row = int(rng.integers((lowest + 1) // 2, lowest + 1) if floor else rng.integers(0, lowest // 2 + 1))
    colours = draw_colours(cutout, rng, scene.config.recoloured)
    return Placement(name, colours, size, int(rng.integers(0, columns - size + 1)), row)


def draw_colours(cutout: Cutout, rng: np.random.Generator, recoloured: float) -> tuple[tuple[str, str], ...]:
    """Colour words of a cutout's parts: the usual ones, or now and then another for the main part, if it has any."""
    if not cutout.parts or rng.random() >= recoloured:
        return cutout.colours()
    return cutout.colours(list(COLOURS)[rng.integers(len(COLOURS))])


def scene_size(ratio: str, cell: int) -> tuple[int, int]:
    """Width and height of a scene in pixels: whole cells, as many as nano's working grid has patches."""
    width, height = grid_size(round(1000 * RATIOS[ratio]), 1000, area=NANO_AREA, multiple=16)
    return width // 16 * cell, height // 16 * cell


def crop(image: Image, size: tuple[int, int], rng: np.random.Generator, *, smallest: int) -> Image:
    """A random crop of ``image`` with the ratio of ``size`` (width, height), resized to it.

    The crop is between the whole picture and a third of it, never under ``smallest`` pixels in its shorter side; half
    are mirrored.
    """
    height, width = image.shape[:2]
    whole = min(width / size[0], height / size[1])
    least = min(whole, max(whole / 3, smallest / min(size)))
    factor = rng.uniform(least, whole)
    w, h = max(1, min(width, round(size[0] * factor))), max(1, min(height, round(size[1] * factor)))
    left, top = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    cropped = image[top : top + h, left : left + w]
    return resize(cropped[:, ::-1] if rng.random() < 0.5 else cropped, size)
