"""Source: a data set of the ``datasets`` library: saved to disk, in files that it knows, or streamed from the Hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from omniedit.data.sources.columns import caption_column, image_column, item_of
from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError, MissingExtraError

STREAMS = 8
"""Shards that a saved data set has when it is streamed."""


@dataclass(frozen=True)
class DatasetSource:
    """A data set with a column of pictures. A unit is a row, or, streamed, one of its own shards."""

    path: str
    """Folder of ``save_to_disk``, or a folder or a name on the Hub as ``load_dataset`` takes it."""
    split: str = "train"
    """Which split; the only one, if a saved data set has none."""
    name: str = ""
    """Which configuration, for data sets that have several."""
    streaming: bool = False
    """Whether to read it in order, without a copy on this machine; a streamed picture cannot be fetched later."""
    image: str = ""
    """Column of pictures; the first of that type or of a known name if empty."""
    caption: str = ""
    """Column of captions; a known name if empty, or none."""
    id: str = ""
    """Column of ids, which must differ; the row if empty."""

    def units(self) -> Sequence[int]:
        """Numbers of the rows, or of the shards if streamed.

        Raises:
            DataError: There is no such data set.
            MissingExtraError: ``datasets`` is not installed.
        """
        rows = self._rows()
        return range(rows.num_shards if self.streaming else len(rows))

    def read(self, unit: int) -> Iterator[Item]:
        """The item of a row, or those of a shard."""
        rows, row = self._rows(), 0
        try:
            if not self.streaming:
                yield self._item(rows[unit], f"{self.split}/{unit:08}", str(unit))
                return
            for row, cells in enumerate(rows.shard(num_shards=rows.num_shards, index=unit)):
                yield self._item(cells, f"{self.split}/{unit:05}/{row:08}", f"{unit}:{row}")
        except DataError:
            raise
        except Exception as error:  # whatever its readers raise: a broken file, a lost connection
            name = f"{self.split}/{unit:05}/after-{row:08}" if self.streaming else f"{self.split}/{unit:08}"
            yield Item(name, name, problem=f"{self.path} cannot be read on from {name}: {error}")

    def fetch(self, ref: str) -> Content:
        """The picture in a row.

        Raises:
            DataError: The data set is streamed, or has no such row.
        """
        if self.streaming:
            raise DataError(
                f"{self.path} is streamed, which is in order only: save it to disk to pick pictures from it"
            )
        item = next(self.read(int(ref)))
        if item.content is None:
            raise DataError(item.problem)
        return item.content

    def _rows(self) -> Any:  # noqa: ANN401 (one of many kinds)
        return _load(self.path, self.name, self.split, self.streaming, self.image)

    def _item(self, row: dict[str, Any], name: str, ref: str) -> Item:
        return item_of(
            row,
            image=image_column(self.image or _typed_image(self._rows()), row, self.path),
            caption=caption_column(self.caption, row, self.path),
            id=self.id,
            name=name,
            ref=ref,
            where=f"{self.path}, {name}",
            base=Path(self.path),
        )


@lru_cache(maxsize=4)
def _load(path: str, name: str, split: str, streaming: bool, image: str) -> Any:  # noqa: ANN401 (one of many kinds)
    """The data set, its pictures left as files."""
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("datasets", "bench") from error
    try:
        if is_saved(Path(path)):
            rows = datasets.load_from_disk(path)
            rows = rows[split] if isinstance(rows, datasets.DatasetDict) else rows
            rows = rows.to_iterable_dataset(num_shards=max(1, min(STREAMS, len(rows)))) if streaming else rows
        else:
            rows = datasets.load_dataset(path, name or None, split=split, streaming=streaming)
    except Exception as error:  # it raises anything: of the network, of the Hub, of parsers
        raise DataError(f"the data set {path} ({split}) cannot be opened: {error}") from error
    column = image or _typed_image(rows)
    # Decoded here, by the one home of pixel rules, and not by the library.
    return rows.cast_column(column, datasets.Image(decode=False)) if column == _typed_image(rows) and column else rows


def _typed_image(rows: Any) -> str:  # noqa: ANN401 (one of many kinds)
    """The first column of type ``Image``; empty where there is none, or types are not known before reading."""
    return next((name for name, kind in (rows.features or {}).items() if type(kind).__name__ == "Image"), "")


def is_saved(folder: Path) -> bool:
    """Whether a folder was written by ``save_to_disk``."""
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()
