"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from omniedit.errors import OutputError


@contextmanager
def written(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file to write (``"w"`` for text in UTF-8, ``"wb"``), which takes the name ``path`` when the block ends well.

    Raises:
        OutputError: It cannot be written.
    """
    temporary = path.parent / f".{path.name}-{secrets.token_hex(8)}.tmp"
    try:
        with telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open(mode, encoding=None if "b" in mode else "utf-8") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system says of ``path`` into an ``OutputError``."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}; free space, or choose another"
        ) from error
