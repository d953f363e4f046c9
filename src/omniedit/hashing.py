"""What something is, by its content: hashes of files and of pictures."""

from __future__ import annotations

import hashlib
from pathlib import Path

from omniedit.types import Image


def hash_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def hash_pixels(image: Image) -> str:
    """Hexadecimal SHA-256 of a picture's size and pixels, however it was stored."""
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()
