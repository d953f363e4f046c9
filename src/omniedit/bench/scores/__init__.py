"""Scores of stored pairs: bought, kept in a table, looked at.

table       one row for each pair: JSONL, CSV or parquet
score       pairs -> table, resumable
summary     a table in numbers, by task; unscored ones by reason
rejudge     table -> pairs with its verdicts
against     two tables of the same pairs
baselines   simple metrics beside the judge
report      all of it on one page
"""

from omniedit.bench.scores.rejudge import write_rejudged
from omniedit.bench.scores.score import score_pairs
from omniedit.bench.scores.table import ScoreRow, read_table, write_table

__all__ = ["ScoreRow", "read_table", "score_pairs", "write_rejudged", "write_table"]
