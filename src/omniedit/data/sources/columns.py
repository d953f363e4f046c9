"""Which column of a table holds what, and the picture in a cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError, ImageError

IMAGES = (
    *("image", "img", "jpg", "jpeg", "png", "webp", "picture", "photo", "image_bytes", "bytes"),
    *("image_path", "file_name", "file", "path"),
)
"""Names under which tables hold pictures, or the paths of pictures; the first that is there counts."""
CAPTIONS = ("caption", "text", "txt", "TEXT", "prompt", "description", "title")
"""Names under which tables hold captions."""
PLAIN = (str, int, float, bool)
"""Types of values that are kept as metadata."""


def image_column(wanted: str, names: Collection[str], where: str) -> str:
    """The column of pictures: the one that is wanted, or the first known one.

    Raises:
        DataError: There is none.
    """
    if found := _first((wanted,) if wanted else IMAGES, names):
        return found
    what = f"no column {wanted!r}" if wanted else "no column of pictures under a known name"
    raise DataError(f'{where} has {what}; it has {", ".join(names)}: name the column with image = "…"')


def caption_column(wanted: str, names: Collection[str], where: str) -> str:
    """The column of captions: the one that is wanted, or the first known one; empty where there is none.

    Raises:
        DataError: The wanted one is missing.
    """
    found = _first((wanted,) if wanted else CAPTIONS, names)
    if wanted and not found:
        raise DataError(f"{where} has no column {wanted!r}; it has {', '.join(names)}")
    return found


def _first(wanted: Collection[str], names: Collection[str]) -> str:
    return next((name for name in wanted if name in names), "")


def content_of(cell: Any, base: Path, where: str) -> Content:  # noqa: ANN401 (a cell of any table)
    """The picture in a cell: bytes, a path relative to ``base``, or a mapping of both as ``datasets`` writes it.

    Raises:
        ImageError: There is none.
    """
    if isinstance(cell, Mapping):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes):
        return cell
    if not isinstance(cell, str) or not cell:
        raise ImageError(f"{where} has no picture in its row")
    if "://" in cell:
        raise ImageError(f"{where} is a web address, {cell[:100]}: download the pictures first, with img2dataset")
    return base / cell


def text_of(cell: Any) -> str:  # noqa: ANN401 (a cell of any table)
    """A caption; of several the first; empty where there is none."""
    if isinstance(cell, list | tuple):
        cell = next(iter(cell), None)
    return cell.strip() if isinstance(cell, str) else ""


def item_of(
    row: Mapping[str, Any], *, image: str, caption: str, id: str, name: str, ref: str, where: str, base: Path
) -> Item:
    """The item of a row.

    Args:
        row: Column -> value.
        image: Column of pictures.
        caption: Column of captions; empty for none.
        id: Column of ids; empty for none.
        name: Its id, where the row gives none.
        ref: Where it is, in the source's words.
        where: Where it is, for people.
        base: What paths of pictures are relative to.
    """
    name = str(row.get(id) or name) if id else name
    about: dict[str, Any] = {"caption": text_of(row.get(caption)), "metadata": plain(row, (image, caption, id))}
    try:
        return Item(name, ref, content_of(row[image], base, where), where, **about)
    except ImageError as error:
        return Item(name, ref, None, where, **about, problem=str(error))


def plain(row: Mapping[str, Any], without: Collection[str]) -> dict[str, Any]:
    """The plain values of a row but those of some columns."""
    return {name: value for name, value in row.items() if name not in without and isinstance(value, PLAIN)}
