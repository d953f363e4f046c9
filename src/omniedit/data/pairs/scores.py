"""Verdicts that come after the pictures: a table beside the shards, joined by id, so that no picture is written again.

    write_scores("pairs/gpt-4o.scores.parquet", [("pair-1", verdict), ...])
    for pair in with_scores(read_pairs("pairs"), "pairs/gpt-4o.scores.parquet"):
        ...

The table has a pair's id and the columns of its verdict, named as in a shard. Each judge has a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from omniedit.data.pairs.schema import COLUMNS, VERDICT_COLUMNS, schema, verdict_of
from omniedit.data.pairs.shards import SCORES
from omniedit.errors import DataError, OutputError
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict
from omniedit.writing import beside

_ROWS = 1024
"""Rows that are in memory at a time."""


def write_scores(path: Path | str, scored: Iterable[tuple[str, Verdict]], *, overwrite: bool = False) -> int:
    """Write a table of verdicts by id; return its number of rows. It appears whole or not at all.

    Raises:
        OutputError: There is a table already, its name does not end in ``.scores.parquet``, or it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    if not path.name.endswith(SCORES):
        raise OutputError(f"{path}: a table of scores is named …{SCORES}, so that no one takes it for a shard")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} already exists; choose another name, or ask to overwrite it")
    layout = pa.schema([schema().field(name) for name in ("omni_edit_id", *VERDICT_COLUMNS)])
    rows, stream = 0, iter(scored)
    with beside(path) as temporary, pq.ParquetWriter(temporary, layout, compression="zstd") as writer:
        while group := [_row(*entry) for entry in islice(stream, _ROWS)]:
            writer.write_table(pa.Table.from_pylist(group, layout))
            rows += len(group)
    return rows


def _row(id: str, verdict: Verdict) -> dict[str, Any]:
    """The row of a verdict, whose columns ask a pair for nothing but that."""
    picture = np.zeros((1, 1, 3), np.uint8)
    pair = Pair(id, Candidate("", Proposal("", Task.STYLE, ""), picture, picture, ""), verdict)
    return {"omni_edit_id": id} | {name: COLUMNS[name].of(pair) for name in VERDICT_COLUMNS}


def read_scores(path: Path | str) -> Iterator[tuple[str, Verdict]]:
    """The ids and verdicts of a table, in its order.

    Raises:
        DataError: There is no such table, or it is broken or has no ids.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if "omni_edit_id" not in file.schema_arrow.names:
                raise DataError(f"{path} has no column omni_edit_id: it is no table of scores")
            for part in file.iter_batches(_ROWS):
                yield from ((row["omni_edit_id"], verdict_of(row)) for row in part.to_pylist())
    except FileNotFoundError as error:
        raise DataError(f"there is no table of scores {path}") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no parquet file, or is broken or cut off ({error})") from error


def with_scores(pairs: Iterable[Pair], path: Path | str) -> Iterator[Pair]:
    """``pairs`` with the verdicts of a table in place of their own; those that it lacks stay as they are.

    Weights and reasons stay too: they follow from the verdicts by `omniedit.data.importance`. The verdicts are held in
    memory, the pairs are not.

    Raises:
        DataError: The table cannot be read, or has two verdicts of one pair.
    """
    found: dict[str, Verdict] = {}
    for id, verdict in read_scores(path):
        if id in found:
            raise DataError(f"{path} has two verdicts of {id}: keep one judge's in one table")
        found[id] = verdict
    return (replace(pair, verdict=found.get(pair.id, pair.verdict)) for pair in pairs)
