"""Pair <-> parquet shards in the columns of the released dataset, ``TIGER-Lab/OmniEdit-Filtered-1.2M``.

schema       the columns, and a pair as a row of them
shards       write a shard once and whole, read pairs one by one
scores       verdicts that come later, in a table beside the shards
"""

from omniedit.data.pairs.schema import EXTRA_COLUMNS, RELEASED_COLUMNS, schema
from omniedit.data.pairs.scores import read_scores, with_scores, write_scores
from omniedit.data.pairs.shards import PairTable, Shard, read_pairs, read_rows, write_pairs

__all__ = [
    "EXTRA_COLUMNS",
    "RELEASED_COLUMNS",
    "PairTable",
    "Shard",
    "read_pairs",
    "read_rows",
    "read_scores",
    "schema",
    "with_scores",
    "write_pairs",
    "write_scores",
]
