"""Drawn cutouts: one SVG template each, whose paints have names, so that its parts can take any colour.

* The file's stem is the object's name, with hyphens for spaces. Its root has ``viewBox="0 0 100 100"`` and says the
  rest::

      data-category="vehicle"             what kind of thing it is
      data-synonyms="automobile, auto"    other names, separated by commas; may be empty
      data-rests="floor"                  floor or air: where it may be placed
      data-parts="body:red wheels:black"  one to three recolourable parts with their usual colour, the main part first
      data-fixed="glass:#a9cfe4"          further paints, which never change (optional)

* Every colour in the drawing is a paint by name, a part or a fixed one: ``{body}`` is its colour, ``{body:+30}`` is 30
  per cent on the way to light and ``{body:-30}`` to shadow. ``url(#body-round)`` fills a shape with a ready-made
  gradient of that paint (``SHADINGS``), all lit from the upper left. So a part's highlights, shadow sides and rim
  follow its colour.
* No other colour is written anywhere. That makes masks exact: a second rendering paints the parts in pure red, green
  and blue and everything else black, and its channels, times alpha, are the masks of the parts.
* The drawing is one whole object that about fills the viewBox (rims may stick out), without a shadow on the ground.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from omniedit.data.colours import COLOURS
from omniedit.data.cutouts.cutout import Cutout, Sprite, bounds, fit
from omniedit.errors import DataError
from omniedit.types import Mask

Rgb = tuple[int, int, int]
Palette = Callable[[str, int], Rgb]

LIGHT: Rgb = (255, 252, 240)
"""Colour of the light, sRGB: what ``{body:+100}`` would be."""

SHADINGS: dict[str, tuple[str, tuple[tuple[float, int], ...]]] = {
    "round": ('radialGradient cx=".5" cy=".5" r=".7" fx=".33" fy=".28"', ((0, 42), (0.4, 6), (0.7, -12), (1, -46))),
    "tube": ('linearGradient x1="0" y1="0" x2="1" y2="0"', ((0, -10), (0.25, 30), (0.55, 0), (1, -40))),
    "bar": ('linearGradient x1="0" y1="0" x2="0" y2="1"', ((0, 28), (0.35, 4), (1, -36))),
    "flat": ('linearGradient x1="0" y1="0" x2="1" y2="1"', ((0, 30), (0.45, 2), (1, -34))),
}
"""Kind of surface -> SVG gradient and its stops (offset, shift): a ball, an upright and a lying cylinder, a plane."""

_CHANNELS: tuple[Rgb, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
_TOKEN = re.compile(r"\{(\w+)(?::([+-]\d+))?\}")
_GRADIENT = re.compile(r"url\(#((\w+)-(" + "|".join(SHADINGS) + r"))\)")
_LITERAL = re.compile(r'(?:fill|stroke|color)="(?!none"|\{|url\()([^"]*)"')
_VIEWBOX = 'viewBox="0 0 100 100"'


@dataclass(frozen=True, eq=False)
class DrawnCutout(Cutout):
    """A cutout drawn by an SVG template (see the module's docstring)."""

    fixed: Mapping[str, Rgb]
    """Paints that never change."""
    template: str
    """The SVG text, with paints by name."""

    def draw(self, side: int, colours: Mapping[str, str]) -> Sprite:
        """Render the template in its colours; the masks are the same in all colours."""
        paints = {part: COLOURS[colours.get(part, word)] for part, word in self.parts.items()} | dict(self.fixed)
        pixels = self.rasterise(side, lambda paint, shift: shade(paints[paint], shift))
        return Sprite(_straight(_inflate(pixels)), _masks(self, side))

    def rasterise(self, side: int, colour: Palette) -> NDArray[np.float32]:
        """Premultiplied ``float32 [h, w, 4]`` in 0..1; small ones are averaged down from twice their size."""
        left, top, width, height = self.frame
        w, h = fit(width, height, side)
        finer = 2 if side <= 128 else 1
        view = f'viewBox="{left} {top} {width} {height}" preserveAspectRatio="none"'
        pixels = _pixels(_paint(self.template, colour), w * finer, h * finer, view)
        return np.asarray(pixels.reshape(h, finer, w, finer, 4).mean(axis=(1, 3)), dtype=np.float32)

    @cached_property
    def frame(self) -> tuple[float, float, float, float]:
        """The drawing's bounding box in its own units: left, top, width, height."""
        view = 'viewBox="-10 -10 120 120"'  # what sticks out counts as well
        alpha = _pixels(_paint(self.template, lambda paint, shift: LIGHT), 480, 480, view)[..., 3]
        left, top, right, bottom = bounds(alpha > 0.5)
        return left / 4 - 10, top / 4 - 10, (right - left) / 4, (bottom - top) / 4


@lru_cache(maxsize=512)
def _masks(drawing: DrawnCutout, side: int) -> Mapping[str, Mask]:
    """Part -> mask: render the template with each part in a channel of its own."""
    channels = dict(zip(drawing.parts, _CHANNELS, strict=False))
    pixels = drawing.rasterise(side, lambda paint, shift: channels.get(paint, (0, 0, 0)))
    return {part: pixels[..., index].copy() for index, part in enumerate(drawing.parts)}


def shade(colour: Rgb, shift: int) -> Rgb:
    """``colour`` moved ``shift`` per cent towards light (positive) or shadow (negative), sRGB in and out.

    Light mixes in; shadow darkens and, as in painting, deepens the colour instead of greying it.
    """
    amount = abs(shift) / 100
    if shift > 0:
        red, green, blue = (round(c + (e - c) * amount) for c, e in zip(colour, LIGHT, strict=True))
    else:
        red, green, blue = (round(255 * (1 - 0.8 * amount) * (c / 255) ** (1 + 0.6 * amount)) for c in colour)
    return red, green, blue


def read_template(file: Path, name: str) -> DrawnCutout:
    """Read one SVG template as a cutout called ``name``.

    Raises:
        DataError: The file is not a template as the module's docstring describes it.
    """
    try:
        text = file.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        parts = _pairs(root.attrib["data-parts"])
        fixed = {paint: _hex(value) for paint, value in _pairs(root.get("data-fixed", "")).items()}
        category, rests = root.attrib["data-category"], root.attrib["data-rests"]
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise DataError(f"{file} cannot be read as an SVG template: {error}") from error
    except KeyError as error:
        raise DataError(
            f"{file} is not an SVG template: its root has no attribute {error}; export a plain drawing as PNG"
        ) from error
    template = _with_gradients(text)
    _check_template(file, template, parts, fixed, rests)
    synonyms = tuple(word.strip() for word in root.get("data-synonyms", "").split(",") if word.strip())
    return DrawnCutout(name, category, synonyms, "air" if rests == "air" else "floor", parts, fixed, template)


def _check_template(file: Path, template: str, parts: Mapping[str, str], fixed: Mapping[str, Rgb], rests: str) -> None:
    """Raise a ``DataError`` for the first thing in a template that breaks the convention."""
    used = {paint for paint, _ in _TOKEN.findall(template)}
    checks = {
        f"its viewBox must be written {_VIEWBOX}": _VIEWBOX in template,
        f"data-rests must be floor or air, not {rests!r}": rests in ("floor", "air"),
        f"it must have 1 to {len(_CHANNELS)} parts, not {len(parts)}": 1 <= len(parts) <= len(_CHANNELS),
        f"a part's colour must be one of {', '.join(COLOURS)}": set(parts.values()) <= set(COLOURS),
        f"parts that nothing is painted with: {', '.join(set(parts) - used)}": set(parts) <= used,
        f"unknown paints: {', '.join(used - set(parts) - set(fixed))}": used <= {*parts, *fixed},
        f"colours that are not paints: {', '.join(_LITERAL.findall(template))}": not _LITERAL.search(template),
    }
    for problem, fine in checks.items():
        if not fine:
            raise DataError(f"{file} is not a usable SVG template: {problem}")


def _pairs(text: str) -> dict[str, str]:
    """``"body:red wheels:black"`` -> ``{"body": "red", "wheels": "black"}``."""
    pairs = (pair.partition(":") for pair in text.split())
    return {key: value for key, _, value in pairs}


def _hex(text: str) -> Rgb:
    """``"#a9cfe4"`` -> its red, green and blue."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _with_gradients(text: str) -> str:
    """Append a definition, in tokens, of each ready-made gradient that the template refers to."""
    gradients = ""
    for name, paint, kind in sorted(set(_GRADIENT.findall(text))):
        element, stops = SHADINGS[kind]
        inside = "".join(f'<stop offset="{at}" stop-color="{{{paint}:{shift:+}}}"/>' for at, shift in stops)
        gradients += f'<{element} id="{name}">{inside}</{element.split()[0]}>'
    return text.replace("</svg>", f"<defs>{gradients}</defs></svg>")


def _paint(template: str, colour: Palette) -> str:
    """Put colours for tokens: ``colour(paint, shift)`` for each ``{paint:shift}``."""
    return _TOKEN.sub(lambda token: "#" + bytes(colour(token[1], int(token[2] or 0))).hex(), template)


def _pixels(svg: str, width: int, height: int, view: str) -> NDArray[np.float32]:
    """Render an SVG text to premultiplied ``float32 [height, width, 4]`` in 0..1, seen through ``view``."""
    import resvg_py

    sized = svg.replace(_VIEWBOX, f'width="{width}" height="{height}" {view}', 1)
    png = resvg_py.svg_to_bytes(svg_string=sized, skip_system_fonts=True)
    with PIL.Image.open(io.BytesIO(png)) as opened:
        pixels = (np.array(opened.convert("RGBA")) / 255).astype(np.float32)
    pixels[..., :3] *= pixels[..., 3:]
    return pixels


def _inflate(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make a flat drawing look solid: light its rounded edges from the upper left. Premultiplied in and out.

    The blurred alpha is taken for a height; where it rises along the light the drawing gets lighter, where it falls
    darker. Only the outline counts, not the colours; and on thin things, whose sides blur together, it changes little.
    """
    import cv2

    unit = max(pixels.shape) / 100
    height = cv2.GaussianBlur(pixels[..., 3], (0, 0), 5 * unit, borderType=cv2.BORDER_CONSTANT)
    down, right = np.gradient(np.pad(height, 1, mode="edge"))
    slope = (11 * unit * (0.77 * down + 0.64 * right))[1:-1, 1:-1, None]
    rgb, alpha = pixels[..., :3], pixels[..., 3:]
    lit = rgb + 0.3 * slope * (np.array(LIGHT) / 255 * alpha - rgb)
    return np.concatenate([np.where(slope > 0, lit, rgb * (1 + 0.75 * slope)), alpha], axis=2).astype(np.float32)


def _straight(premultiplied: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Premultiplied floats in 0..1 -> straight ``uint8``; what is fully transparent is black."""
    alpha = premultiplied[..., 3:]
    rgb = premultiplied[..., :3] / np.maximum(alpha, np.float32(1e-6))
    straight = np.concatenate([rgb, alpha], axis=2).clip(0, 1) * 255
    return straight.round().astype(np.uint8)
