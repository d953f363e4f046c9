"""The kinds of sources by name, and how a kind is told from a path.

source = open_source("photos/")
source = open_source({"kind": "parquet", "path": "laion/", "caption": "TEXT"})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, cast

from omniedit.data.sources.bundled import BundledSource
from omniedit.data.sources.dataset import DatasetSource, is_saved
from omniedit.data.sources.folder import FolderSource, walk
from omniedit.data.sources.img2dataset import Img2datasetSource
from omniedit.data.sources.parquet import ParquetSource
from omniedit.data.sources.source import Source
from omniedit.data.sources.webdataset import ENDINGS, WebdatasetSource
from omniedit.errors import DataError
from omniedit.images.formats import EXTENSIONS
from omniedit.settings import settings

SOURCES: dict[str, type[Source]] = {
    "folder": FolderSource,
    "parquet": ParquetSource,
    "dataset": DatasetSource,
    "webdataset": WebdatasetSource,
    "img2dataset": Img2datasetSource,
    "bundled": BundledSource,
}
"""Kind -> source; the fields of the class are the settings of a recipe's table."""

LOOKED_AT = 10_000
"""Files of a folder that are looked at to tell its kind."""


def open_source(spec: str | Path | Mapping[str, Any], place: str = "the source") -> Source:
    """The source that a path or a recipe's table names.

    Args:
        spec: A file or folder, whose kind is told by what is in it; or a table with ``path``, with ``kind`` if it is
            to be another one than its files look like, and the settings of that kind.
        place: Where it is written, for messages.

    Raises:
        DataError: There is nothing there, or its kind cannot be told.
        RecipeError: The table has an unknown setting or kind.
    """
    if not isinstance(spec, Mapping):
        spec = {"path": str(spec)}
    values = dict(spec)
    kind = values.pop("kind", "") or kind_of(str(values.get("path", "")))
    if kind not in SOURCES:
        raise DataError(f"{place}: there is no source of kind {kind!r}; there are {', '.join(SOURCES)}")
    return settings(SOURCES[kind], values, place)


def spec_of(source: Source) -> dict[str, Any]:
    """The recipe's table that opens ``source``, with an absolute path where it has one."""
    kind = next(name for name, kind in SOURCES.items() if type(source) is kind)
    path = Path(source.path)
    here = path.exists() and not isinstance(source, BundledSource)
    return {"kind": kind, **asdict(cast("Any", source)), "path": str(path.resolve()) if here else source.path}


def kind_of(path: str) -> str:
    """The kind of the source at ``path``, by its files.

    Raises:
        DataError: There is nothing, or nothing known, or files of several kinds.
    """
    place = Path(path)
    if not path or not place.exists():
        raise DataError(
            f"there is nothing at {path!r}: check the path; for a data set on the Hub write a table with "
            'kind = "dataset", path = "owner/name" and streaming = true'
        )
    if place.is_file():
        return _kind_of_file(place)
    if is_saved(place):
        return "dataset"
    return _kind_of_folder(place)


def _kind_of_file(path: Path) -> str:
    if kind := _kind_by_name(path.name):
        if kind != "folder":
            return kind
        raise DataError(f"{path} is one picture: give the folder that it is in")
    raise DataError(f"{path} is neither a parquet file (*.parquet) nor a tar (*{', *'.join(ENDINGS)})")


def _kind_of_folder(folder: Path) -> str:
    names = list(islice(walk(folder, (".parquet", "_stats.json", *ENDINGS, *EXTENSIONS)), LOOKED_AT))
    kinds = Counter(_kind_by_name(path.name) for path in names)
    tables = {path.with_suffix("") for path in names if path.suffix == ".parquet"}
    if any(path.name.endswith("_stats.json") and _shard_of(path) in tables for path in names):
        return "img2dataset"
    del kinds[""]
    if len(kinds) == 1:
        return next(iter(kinds))
    if not kinds:
        raise DataError(f"{folder} has no pictures, parquet files or tars in it: is this the right folder?")
    found = ", ".join(f"{count:,} for {kind}" for kind, count in sorted(kinds.items()))
    raise DataError(f'{folder} has files of several kinds ({found}): say which is meant with kind = "…" in a recipe')


def _shard_of(stats: Path) -> Path:
    return stats.with_name(stats.name.removesuffix("_stats.json"))


def _kind_by_name(name: str) -> str:
    """The kind that a file belongs to; empty if none."""
    lower = name.lower()
    if lower.endswith(".parquet"):
        return "parquet"
    if lower.endswith(ENDINGS):
        return "webdataset"
    return "folder" if lower.endswith(tuple(EXTENSIONS)) else ""
