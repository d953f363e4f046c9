"""A data set that the ``datasets`` library saved to disk (``save_to_disk``): Arrow files, mapped into memory."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.errors import DataError, MissingExtraError
from omniedit.train.sources.files import reading
from omniedit.train.sources.rows import LIGHT, RowItems, demand_columns, index_of, wanted

GROUP = 64
"""Neighbouring rows that are a group: they can be read one by one, but disks like company."""


class SavedItems(RowItems):
    """Rows of a saved data set."""

    def __init__(self, path: str, split: str = "train") -> None:
        """Read the light columns.

        Args:
            path: Folder of ``save_to_disk``.
            split: Which split, where it has several.

        Raises:
            DataError: It cannot be read, lacks a column, or has a row without id, task or size.
            MissingExtraError: ``datasets`` is not installed.
        """
        self.path, self.split = path, split
        names = self._rows.column_names
        demand_columns(names, path)
        with reading(path):
            table = self._rows.select_columns(wanted(names, LIGHT))[:]
            self.index = index_of(table, np.arange(len(table), dtype=np.int64) // GROUP, self.where)

    def row(self, number: int) -> dict[str, Any]:
        """A row as it is stored: pictures stay bytes.

        Raises:
            DataError: The files cannot be read any more.
        """
        with reading(self.path):
            return self._rows[number].to_pylist()[0]  # type: ignore[no-any-return]

    def where(self, number: int) -> str:
        """Folder and row, from 0."""
        return f"{self.path}, row {number}"

    @cached_property
    def _rows(self) -> Any:  # noqa: ANN401 (of a library without types)
        """The data set, which gives Arrow tables of the columns that are ours."""
        try:
            import datasets
        except ImportError as error:
            raise MissingExtraError("datasets", "bench") from error
        with reading(self.path):
            rows = datasets.load_from_disk(self.path)
            if isinstance(rows, datasets.DatasetDict):
                if self.split not in rows:
                    raise DataError(f"{self.path} has no split {self.split!r}; it has {', '.join(rows)}")
                rows = rows[self.split]
            return rows.select_columns(wanted(rows.column_names)).with_format("arrow")

    def __getstate__(self) -> dict[str, Any]:
        """All but the open files."""
        return {name: value for name, value in vars(self).items() if name != "_rows"}


def is_saved(path: str) -> bool:
    """Whether a folder was written by ``save_to_disk``."""
    return any((Path(path) / name).is_file() for name in ("dataset_dict.json", "state.json"))
