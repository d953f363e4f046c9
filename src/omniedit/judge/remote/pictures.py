"""Pictures as they travel: no larger than needed, encoded once, and known by their pixels."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from omniedit.errors import JudgeError
from omniedit.images import encode, limited
from omniedit.types import Image

FORMATS = ("JPEG", "PNG")
"""Formats that every endpoint reads."""


@dataclass(frozen=True)
class PictureConfig:
    """How pictures are sent."""

    max_side: int = 1024
    """Longest side in pixels; a larger picture is resampled (mean over area), a smaller one stays as it is."""
    format: str = "JPEG"
    """``"JPEG"`` (quality 95, full colour resolution) or ``"PNG"`` (exact, several times the bytes)."""
    detail: str = ""
    """OpenAI's ``detail`` of a picture, ``"low"``, ``"high"`` or ``"auto"``; empty leaves it to the endpoint."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            JudgeError: The format is unknown, or the side is not positive.
        """
        if self.format not in FORMATS or self.max_side < 1:
            raise JudgeError(f"pictures are sent as {' or '.join(FORMATS)} with max_side of at least 1, not {self}")


@dataclass(frozen=True, eq=False)
class SentPicture:
    """A picture of a candidate, encoded when it is first sent and then kept."""

    image: Image
    """``uint8 [height, width, 3]``, sRGB."""
    config: PictureConfig
    """How to send it."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 over size and pixels, before they are resized: the same picture from any file."""
        height, width = self.image.shape[:2]
        return hashlib.sha256(f"{width}x{height}:".encode() + self.image.tobytes()).hexdigest()

    @cached_property
    def part(self) -> dict[str, object]:
        """The picture as a part of a chat message, with a data URL."""
        data = encode(limited(self.image, self.config.max_side), self.config.format)
        url = f"data:image/{self.config.format.lower()};base64,{base64.b64encode(data).decode()}"
        detail = {"detail": self.config.detail} if self.config.detail else {}
        return {"type": "image_url", "image_url": {"url": url, **detail}}
