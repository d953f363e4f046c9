"""Training sets on disk or afar, each read by the row.

parquet      shards in the released schema: ours, the released data set's own, any file system of fsspec
saved        a folder that the ``datasets`` library saved
tars         WebDataset tars, as ``omniedit export`` writes them
rows         what all of them do
"""

from omniedit.train.sources.opening import open_items
from omniedit.train.sources.parquet import ParquetItems
from omniedit.train.sources.saved import SavedItems
from omniedit.train.sources.tars import TarItems

__all__ = ["ParquetItems", "SavedItems", "TarItems", "open_items"]
