"""Pair <-> parquet shards in the columns of the released dataset, ``TIGER-Lab/OmniEdit-Filtered-1.2M``.

schema       the columns, and a pair as a row of them
shards       write a shard once and whole, read pairs one by one
"""

from omniedit.data.pairs.schema import EXTRA_COLUMNS, RELEASED_COLUMNS, schema
from omniedit.data.pairs.shards import PairTable, Shard, read_pairs, write_pairs

__all__ = ["EXTRA_COLUMNS", "RELEASED_COLUMNS", "PairTable", "Shard", "read_pairs", "schema", "write_pairs"]
