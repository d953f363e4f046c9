"""The photographs that an ingest kept, opened from where they are in their source.

``KeptPhotos`` picks any of them; ``kept_photos`` reads a shard in order, which works for streamed sources too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.data.sources.ingest import read_plan
from omniedit.data.sources.kinds import open_source
from omniedit.data.sources.ledger import TABLE
from omniedit.data.sources.source import Shard, Source, items, open_content, photo_of
from omniedit.errors import DataError
from omniedit.types import Photo

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class KeptPhotos(Sequence[Photo]):
    """The kept photographs as a sequence; each is opened when it is asked for, and sent to workers as a folder's name.

    Raises:
        DataError: There is no concluded ingest, or a picture is no longer where it was.
        ImageError: A picture can no longer be opened.
        IndexError: There is no such photograph.
    """

    out: str
    """The folder of the ingest."""

    def __len__(self) -> int:
        """How many."""
        return int(self._table.num_rows)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A photograph, or for a slice several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row = self._row(index)
        image = open_content(self._source.fetch(row["ref"]), row["where"]).image.copy()
        return Photo(row["id"], image, caption=row["caption"], source=row["where"])

    def id(self, index: int) -> str:
        """The id of a photograph, which is not opened."""
        return self._row(index)["id"]

    def _row(self, index: int) -> dict[str, str]:
        place = range(len(self))[index]
        return dict(self._table.slice(place, 1).to_pylist()[0])

    @cached_property
    def _table(self) -> pa.Table:
        return read_table(Path(self.out))

    @cached_property
    def _source(self) -> Source:
        return source_of(Path(self.out))

    def __reduce__(self) -> tuple[type[KeptPhotos], tuple[str]]:
        """Only the name travels."""
        return KeptPhotos, (self.out,)


def kept_photos(out: Path | str, shard: Shard = (0, 1)) -> Iterator[Photo]:
    """The kept photographs of a shard in the order of their source.

    Raises:
        DataError: There is no concluded ingest, or no such shard.
        ImageError: A picture can no longer be opened.
    """
    source = source_of(Path(out))
    kept = {(row["id"], row["ref"]) for row in read_table(Path(out)).to_pylist()}
    for item in items(source, shard):
        if (item.id, item.ref) in kept:
            yield photo_of(item)


def source_of(out: Path) -> Source:
    """The source that was ingested.

    Raises:
        DataError: There is no ingest.
    """
    plan = read_plan(out)
    if plan is None:
        raise DataError(f"{out} holds no ingest: check the path")
    return open_source(plan["source"], str(out / "plan.json"))


def read_table(out: Path) -> pa.Table:
    """Id, ref, place and caption of the kept photographs.

    Raises:
        DataError: There is no concluded ingest.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(out / TABLE, columns=["id", "ref", "where", "caption"])
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{out} holds no finished ingest: run the ingest again to finish it ({error})") from error
