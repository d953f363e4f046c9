"""A file of JSON lines that only grows, safe against being killed: what was appended is there, whole, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omniedit.errors import DataError


class Journal:
    """Entries, one line each, in the order in which they were appended."""

    def __init__(self, path: Path, *, synced: bool = True) -> None:
        """Open the file at ``path``, which need not be there. A last line without its end is cut off.

        Args:
            path: The file; its folder must exist.
            synced: Whether an entry is brought to disk before `append` returns. Without, it outlives the process,
                though not a loss of power.
        """
        self.path, self._synced = path, synced
        self._drop_torn_line()

    def entries(self) -> list[dict[str, Any]]:
        """All entries.

        Raises:
            DataError: Someone else has written into the file.
        """
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        return [self._entry(number, line) for number, line in enumerate(lines, 1) if line]

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add an entry of plain values."""
        with self.path.open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            if self._synced:
                os.fsync(file.fileno())

    def remove(self) -> None:
        """Delete the file, if it is there."""
        self.path.unlink(missing_ok=True)

    def _entry(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            return dict(json.loads(line))
        except (ValueError, TypeError) as error:
            raise DataError(f"{self.path}, line {number} cannot be read ({error}): remove the line") from error

    def _drop_torn_line(self) -> None:
        """Its writer was killed, and writes it again."""
        if self.path.exists():
            whole = self.path.read_bytes()
            kept = whole[: whole.rfind(b"\n") + 1]
            if kept != whole:
                os.truncate(self.path, len(kept))
