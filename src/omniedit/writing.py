"""Files and folders that appear whole or not at all: made beside their place under another name, then renamed.

publish(path, text)                     a text file
with written(path, "wb") as file:       a file to write
with beside(path) as temporary:         a file whose writer wants its path
with new_folder(path) as temporary:     a folder
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from omniedit.errors import OutputError


def publish(path: Path, text: str | Iterable[str]) -> None:
    """Write a text file in UTF-8, given whole or in pieces, into a folder that is made if it is missing.

    Raises:
        OutputError: It cannot be written.
    """
    with written(path) as file:
        file.writelines([text] if isinstance(text, str) else text)


@contextmanager
def written(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file to write (``"w"`` for text in UTF-8, ``"wb"``), in a folder that is made if it is missing.

    Raises:
        OutputError: It cannot be written.
    """
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")  # the same bytes on every system
    with beside(path) as temporary, temporary.open(mode, encoding=encoding, newline=newline) as file:
        yield file


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Where to write a file that takes the name ``path``, brought to disk, when the block ends well.

    Raises:
        OutputError: It cannot be written.
    """
    temporary = _name_beside(path)
    try:
        with telling(path):
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """An empty folder that takes the name ``path``, where nothing may be yet, when the block ends well.

    Raises:
        OutputError: It cannot be written.
    """
    temporary = _name_beside(path)
    try:
        with telling(path):
            temporary.mkdir(parents=True)
            yield temporary
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system says of ``path`` into an ``OutputError``."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}; free space, or choose another"
        ) from error


def _name_beside(path: Path) -> Path:
    """Hidden, and short, so that it fits wherever the name itself does."""
    return path.parent / f".omniedit-{secrets.token_hex(8)}.tmp"
