"""Fixtures of the picture tests: a small photo-like picture, and colour profiles made from their definitions."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from omniedit.types import Image

_D50 = (0.9642, 1.0, 0.8249)
_P3 = {"r": (0.5151, 0.2412, -0.0011), "g": (0.2920, 0.6922, 0.0419), "b": (0.1571, 0.0666, 0.7841)}
_GAMMA = struct.pack(">4s4xHxx", b"para", 3) + struct.pack(
    ">5i", *(round(value * 65536) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)


@pytest.fixture
def photo() -> Image:
    """A 30 × 40 picture with smooth ramps in all channels and a noisy corner."""
    y, x = np.mgrid[0:30, 0:40]
    image = np.stack([x * 6, y * 8, 255 - (x + y) * 3], axis=-1).astype(np.uint8)
    image[:8, :8] = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return image


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """A context without the rights of root, whom no permission stops, where the tests run as root."""

    @contextmanager
    def drop() -> Iterator[None]:
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(user)

    return drop


@pytest.fixture
def p3_profile() -> bytes:
    """Display P3: the primaries of DCI-P3, adapted to D50, with sRGB's curve."""
    colorants = {f"{name}XYZ".encode(): _xyz(xyz) for name, xyz in _P3.items()}
    return _profile(b"RGB ", {**colorants, b"rTRC": _GAMMA, b"gTRC": _GAMMA, b"bTRC": _GAMMA})


@pytest.fixture
def grey_profile() -> bytes:
    """Linear grey."""
    return _profile(b"GRAY", {b"kTRC": struct.pack(">4s4xI", b"curv", 0)})


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC v4 display profile (ICC.1:2010, section 7)."""
    text = struct.pack(">4s4xII2s2sII2s", b"mluc", 1, 12, b"en", b"US", 2, 28, "x".encode("utf-16-be"))
    tags = {b"desc": text, b"cprt": text, b"wtpt": _xyz(_D50), **tags}
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">4x4sI4s4s4s", b"", 0x04200000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp" + bytes(28)
    header += _xyz(_D50)[8:] + bytes(48)
    size = len(header) + 4 + len(table) + len(body)
    return struct.pack(">I", size) + header[4:] + struct.pack(">I", len(tags)) + table + body
