"""A path or an address -> the training set there, whatever its form."""

from __future__ import annotations

from omniedit.train.items import Items
from omniedit.train.sources.files import find_files, is_local
from omniedit.train.sources.parquet import HELD, ParquetItems
from omniedit.train.sources.saved import SavedItems, is_saved
from omniedit.train.sources.tars import TarItems


def open_items(path: str, *, split: str = "train", held: int = HELD) -> Items:
    """The training set at ``path``.

    Args:
        path: Parquet files in the released schema, WebDataset tars, a folder of either, or a folder that ``datasets``
            saved. Files and folders may lie in any file system of fsspec: the released set is streamed from
            ``hf://datasets/TIGER-Lab/OmniEdit-Filtered-1.2M``.
        split: Which split, where files are named after splits. The released set's ``dev`` is what others test on.
        held: Row groups of parquet that each reading process holds in memory: twice the window of the order, or a group
            is read again for almost every picture. 64 of our pairs at 1 MP, a group, are 250 MB.

    Raises:
        DataError: There is no set, it cannot be read, lacks a column, or has a row without id, task or size.
        MissingExtraError: A saved set wants ``datasets``, which is not installed.
    """
    if is_local(path) and is_saved(path):
        return SavedItems(path, split)
    files = find_files(path, split)
    return ParquetItems(files, held=held) if files[0].endswith(".parquet") else TarItems(files)
