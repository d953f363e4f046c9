"""Colour words and the colours that they name, the same for cutouts, recolouring, proposals and judges."""

from __future__ import annotations

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (205, 40, 40),
    "orange": (238, 130, 30),
    "yellow": (242, 205, 50),
    "green": (55, 150, 70),
    "turquoise": (50, 185, 180),
    "blue": (45, 95, 205),
    "purple": (125, 65, 175),
    "pink": (240, 130, 175),
    "brown": (125, 80, 50),
    "black": (45, 45, 50),
    "white": (238, 238, 235),
    "grey": (135, 138, 142),
}
"""Colour word -> sRGB, 0..255: the colour of a lit, matt surface; shading goes lighter and darker from it."""
