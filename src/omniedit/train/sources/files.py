"""Files of a training set, on disk or in any file system of fsspec (``hf://``, ``s3://``, ``memory://`` …).

An address is a path on disk, or a URL of such a file system.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from omniedit.data.pairs.shards import SCORES
from omniedit.data.sources.ledger import TABLE
from omniedit.errors import DataError, OmniEditError

READERS = 16
"""Files that are looked at side by side when a set is opened."""

T = TypeVar("T")
S = TypeVar("S")

_SPLIT = re.compile(r"(?P<split>\w+)-\d+-of-\d+\.\w+$")
"""How ``datasets`` and the Hub name the files of a split: ``train-00014-of-00571.parquet``."""
_HUB = re.compile(r"[\w.-]+/[\w.-]+$")


def find_files(path: str, split: str = "train") -> list[str]:
    """Addresses of the parquet files or tars at ``path``, sorted; files that are named after another split are not.

    Args:
        path: An address of a file or a folder, or a pattern of addresses (``*``).
        split: Which split, where files are named after one.

    Raises:
        DataError: There is none, there are both kinds, or the file system cannot be reached.
    """
    system, place = _system(path)
    with reading(path):
        found = system.glob(place) if "*" in place else system.find(place)
    names = sorted(str(name) for name in found)
    kept = [name for name in names if not _passed_over(name, place, split)]
    kinds = {ending: [name for name in kept if name.endswith(ending)] for ending in (".parquet", ".tar")}
    if all(kinds.values()):
        raise DataError(f"{path} holds both parquet files and tars: name one kind, as in {path}/*.parquet")
    files = kinds[".parquet"] or kinds[".tar"]
    if not files:
        raise DataError(f"{path} {_lack(path, split, names)}")
    return files if is_local(path) else [system.unstrip_protocol(name) for name in files]


def _passed_over(name: str, root: str, split: str) -> bool:
    """Whether a file is hidden, no shard, or of another split."""
    base = name.rsplit("/", 1)[-1]
    inner = name.removeprefix(root.split("*")[0]).split("/")
    of = _SPLIT.search(base)
    return (
        any(part.startswith(".") for part in (*inner, base))
        or base.endswith(SCORES)
        or base == TABLE
        or (of is not None and of["split"] != split)
    )


def _lack(path: str, split: str, names: list[str]) -> str:
    """What is missing, and what to do."""
    splits = sorted({found["split"] for name in names if (found := _SPLIT.search(name))})
    if splits and split not in splits:
        return f"has no split {split!r}; it has {', '.join(splits)}"
    if is_local(path) and not Path(path).exists() and _HUB.match(path):
        return f"does not exist; for a data set of the Hub write hf://datasets/{path}"
    return "is neither a parquet file or tar nor a folder with any: check the path"


def is_local(address: str) -> bool:
    """Whether an address is a path on disk."""
    return "://" not in address


def _system(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]

    with reading(address):
        system, place = url_to_fs(address if not is_local(address) else str(Path(address).absolute()))
    return system, place


@contextlib.contextmanager
def opened(address: str, cache: str = "none") -> Iterator[Any]:
    """A file to read from any place; from afar, what is read is fetched, and with the ``cache`` of fsspec what follows.

    Raises:
        DataError: It cannot be opened; or, inside the block, read.
    """
    system, place = _system(address)
    with reading(address), system.open(place, "rb", cache_type=cache) as file:
        yield file


@contextlib.contextmanager
def reading(address: str) -> Iterator[None]:
    """Turn what goes wrong with a file into a ``DataError``."""
    try:
        yield
    except OmniEditError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{address} does not exist: check the path") from error
    except Exception as error:  # every file system has errors of its own; Arrow and tarfile have theirs
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        advice = "check it, or copy it again" if is_local(address) else "check the address and the network; start again"
        raise DataError(f"{address} cannot be read, or is broken or cut off ({what}): {advice}") from error


def over(files: Iterable[S], read: Callable[[S], T]) -> list[T]:
    """``read`` of every file, some side by side, in the order of the files."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(read, files))
