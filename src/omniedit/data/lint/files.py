"""Shards as the checks read them: their footers first, then their rows one by one, whatever state they are in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.data.lint.check import Check, ShardCheck, ShardFacts, dropped
from omniedit.data.lint.rows import Row
from omniedit.data.pairs.schema import COLUMNS, RELEASED_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 16
"""Rows that are in memory at a time, beside what Arrow holds of their row group."""


def facts(path: Path) -> ShardFacts:
    """What can be said of a shard without its rows; never an exception."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            types = {field.name: field.type for field in file.schema_arrow}
            return ShardFacts(path, types=types, rows=file.metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        return ShardFacts(path, trouble=" ".join(str(error).split())[:200] or type(error).__name__)


def sound_columns(shard: ShardFacts) -> list[str]:
    """Columns of the schema that the shard has with their types."""
    return [name for name, column in COLUMNS.items() if name in shard.types and fits(column.kind, shard.types[name])]


def rows(shard: ShardFacts, limit: int | None = None) -> Iterator[Row]:
    """The first ``limit`` rows of a shard, with the values of its sound columns.

    Raises:
        ArrowException, OSError: The shard is broken further in.
    """
    import pyarrow.parquet as pq

    columns, number = sound_columns(shard), 0
    batch = BATCH if limit is None else min(BATCH, limit)
    with pq.ParquetFile(shard.path) as file:
        for part in file.iter_batches(batch, columns=columns):
            for values in part.to_pylist():
                if limit is not None and number >= limit:
                    return
                yield Row(shard.path, number, values)
                number += 1


def fits(kind: str, found: pa.DataType) -> bool:
    """Whether an Arrow type holds what a column of this kind is to hold; a column of nulls alone holds anything."""
    import pyarrow.types as types

    if types.is_null(found):
        return True
    if types.is_dictionary(found):
        return fits(kind, found.value_type)
    if kind.startswith("["):
        return (types.is_list(found) or types.is_large_list(found)) and fits(kind[1:-1], found.value_type)
    if kind == "image":
        return types.is_struct(found) and any(
            found.field(index).name == "bytes" and _is_binary(found.field(index).type)
            for index in range(found.num_fields)
        )
    if kind == "string":
        return bool(types.is_string(found) or types.is_large_string(found))
    if kind == "float64":
        return bool(types.is_floating(found) or types.is_integer(found))
    return bool(types.is_integer(found))


def _is_binary(found: Any) -> bool:  # noqa: ANN401 (pyarrow has no types)
    import pyarrow.types as types

    return bool(types.is_binary(found) or types.is_large_binary(found))


# Checks of a shard as a file ------------------------------------------------------------------------------------------


def find_not_parquet(shard: ShardFacts) -> Iterator[str]:
    """A file that cannot be opened."""
    if shard.trouble:
        yield f"it is no parquet file, or is broken or cut off ({shard.trouble})"


def find_missing_columns(shard: ShardFacts) -> Iterator[str]:
    """Released columns that are not there."""
    missing = [name for name in RELEASED_COLUMNS if name not in shard.types]
    if missing and not shard.trouble:
        yield f"it lacks {', '.join(missing)}"


def find_wrong_types(shard: ShardFacts) -> Iterator[str]:
    """Columns that hold something else."""
    for name, column in COLUMNS.items():
        if name in shard.types and not fits(column.kind, shard.types[name]):
            yield f"{name} is {shard.types[name]}, not {column.kind}"


def find_no_rows(shard: ShardFacts) -> Iterator[str]:
    """A shard of no pairs."""
    if not shard.trouble and not shard.rows:
        yield "it holds no pairs"


CHECKS: dict[str, Check] = {
    "not-parquet": ShardCheck(
        severity="error",
        about="a shard cannot be opened",
        advice="Make or copy it again; --fix leaves it out.",
        find=find_not_parquet,
        repair=dropped,
    ),
    "missing-column": ShardCheck(
        severity="error",
        about="a released column is missing",
        advice="Write the shard with omniedit.data.pairs.write_pairs, or add the column.",
        find=find_missing_columns,
    ),
    "wrong-type": ShardCheck(
        severity="error",
        about="a column has another type than in the schema",
        advice="Cast the column to the type that is named.",
        find=find_wrong_types,
    ),
    "empty-shard": ShardCheck(
        severity="warning",
        about="a shard holds no pairs",
        advice="Leave it out, as --fix does.",
        find=find_no_rows,
        repair=dropped,
    ),
}
"""Checks of a shard as a file, by name."""
