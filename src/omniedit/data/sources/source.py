"""What every source gives: items, one by one, and photographs of them.

    units: what a source is divided by (files, row groups, tars, rows), in a fixed order
    shard i of n: the units i, i + n, i + 2 n …; together the shards are the source, once

An item's id comes from its place in the source (a path, a key, a row), so it is the same whatever the shard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from omniedit.errors import DataError, ImageError
from omniedit.images import Picture, decode, open_picture, read_file
from omniedit.types import Photo

Content = bytes | Path
"""A picture file: its bytes, or where it is."""
Shard = tuple[int, int]
"""``(i, n)``: shard i of n, from 0."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Item:
    """One picture of a source, not yet decoded; or, with a ``problem``, the reason why the source has none there."""

    id: str
    """Stable, unique in the source."""
    ref: str
    """Where it is, in the source's own words: what ``fetch`` takes."""
    content: Content | None = None
    """The picture file; None if there is a problem."""
    where: str = ""
    """Where it is, for people; the id if empty."""
    caption: str = ""
    """What it shows, in words, as far as known."""
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """What else is known, plain values only."""
    problem: str = ""
    """Why there is no picture; empty if there is one."""

    def open(self) -> Picture:
        """The decoded picture.

        Raises:
            ImageError: There is a problem, or the picture cannot be opened safely.
        """
        return decode(self.read(), self.called)

    @property
    def called(self) -> str:
        """What messages about the picture call it."""
        return str(self.content) if isinstance(self.content, Path) else self.where or self.id

    def read(self) -> bytes:
        """The picture file.

        Raises:
            ImageError: There is a problem, or it cannot be read.
        """
        if self.content is None:
            raise ImageError(self.problem or f"{self.called} has no picture")
        return read_file(self.content) if isinstance(self.content, Path) else self.content


def open_content(content: Content, name: str) -> Picture:
    """Decode a picture file, given or named; ``name`` is what messages call it.

    Raises:
        ImageError: It cannot be opened safely.
    """
    return open_picture(content) if isinstance(content, Path) else decode(content, name)


class Source(Protocol):
    """A pile of pictures. Sources are frozen dataclasses, whose fields are the settings of a recipe."""

    @property
    def path(self) -> str:
        """Where the pile is."""

    def units(self) -> Sequence[Any]:
        """What it is divided by, in an order that only its content determines.

        Raises:
            DataError: There is no such pile.
        """

    def read(self, unit: Any) -> Iterator[Item]:  # noqa: ANN401 (each source has its own)
        """The items of a unit in order; one at a time is in memory. What is broken becomes items with a problem."""

    def fetch(self, ref: str) -> Content:
        """The picture file of the item with this ``ref``.

        Raises:
            DataError: There is none any more, or this source can only be read in order.
        """


def numbered_items(source: Source, shard: Shard = (0, 1)) -> Iterator[tuple[int, Item]]:
    """The items of a shard, each with the number of its unit in the source.

    Raises:
        DataError: There is no such shard, or no such pile.
    """
    index, count = shard
    if not 0 <= index < count:
        raise DataError(f"there is no shard {index} of {count}: shards are numbered from 0 to {count - 1}")
    units = source.units()
    for number in range(index, len(units), count):
        for item in source.read(units[number]):
            yield number, item


def items(source: Source, shard: Shard = (0, 1)) -> Iterator[Item]:
    """The items of a shard: all, if none is given."""
    return (item for _, item in numbered_items(source, shard))


def photos(
    source: Source, shard: Shard = (0, 1), dropped: Callable[[Item, str], None] | None = None
) -> Iterator[Photo]:
    """The photographs of a shard that can be opened, one in memory at a time.

    Args:
        source: Where they are.
        shard: Which of them.
        dropped: Called with each item that cannot be opened, and the reason.
    """
    for item in items(source, shard):
        try:
            yield photo_of(item)
        except ImageError as error:
            if dropped is not None:
                dropped(item, str(error))


def photo_of(item: Item) -> Photo:
    """The photograph of an item, its pixels writable.

    Raises:
        ImageError: It cannot be opened.
    """
    return Photo(item.id, item.open().image.copy(), caption=item.caption, source=item.where or item.id)
