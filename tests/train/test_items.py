"""What is known of a set before it is read: columns, records, the check of what is read."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from known_sets import Known

from omniedit.errors import DataError
from omniedit.train.items import TASKS, Index, Item, Subset, verified
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict


def index(count: int) -> Index:
    """An index of so many rows, with ids as long as the released set's."""
    rng = np.random.default_rng(0)
    return Index(
        ids=pa.array([f"task_obj_swap_{number:010}x" for number in range(count)]),
        task=rng.integers(0, len(TASKS), count).astype(np.uint8),
        width=rng.integers(900, 1400, count).astype(np.int32),
        height=rng.integers(900, 1400, count).astype(np.int32),
        score=np.where(rng.random(count) < 0.1, np.nan, rng.random(count) * 10),
        weight=np.ones(count),
        wordings=np.full(count, 2, np.uint16),
        group=np.arange(count) // 100,
    )


def pair(width: int = 20, height: int = 10, id: str = "a") -> Pair:
    picture = np.zeros((height, width, 3), np.uint8)
    return Pair(id, Candidate("", Proposal("", Task.SWAP, "do"), picture, picture, ""), Verdict())


def test_a_row_is_a_few_dozen_bytes() -> None:
    columns = index(100_000)
    assert columns.nbytes <= 100_000 * (35 + 4 + 25) + 64
    assert len(pickle.dumps(columns)) <= columns.nbytes + 4096


def test_records_say_what_the_columns_say() -> None:
    columns = index(50)
    for number in range(50):
        item = columns.item(number)
        assert item.id == f"task_obj_swap_{number:010}x"
        assert item.task is TASKS[columns.task[number]]
        assert (item.width, item.height) == (columns.width[number], columns.height[number])
        assert (item.score is None) == np.isnan(columns.score[number])
        assert item.weight == 1


def test_rows_are_taken_and_joined() -> None:
    columns = index(20)
    parts = [columns.take(np.arange(start, start + 10)) for start in (0, 10)]
    joined = Index.join(parts)
    assert [joined.item(number) for number in range(20)] == [columns.item(number) for number in range(20)]
    assert [columns.take(np.array([7, 3, 7])).item(place).id[-4:] for place in range(3)] == ["007x", "003x", "007x"]


def test_a_subset_reads_the_rows_it_names() -> None:
    known = Known(index(20), lambda item: pair(id=item.id))
    items = Subset(known, np.array([7, 3, 7]))
    assert len(items) == 3
    assert [items.read(place).id for place in range(3)] == [items[place].id for place in range(3)]
    again = Subset(items, np.array([1]))
    assert again.read(0).id.endswith("003x")


ITEM = Item("a", Task.SWAP, 20, 10, None, 1.0)


def test_a_pair_that_is_what_was_said_passes() -> None:
    given = pair()
    assert verified(given, ITEM, "here") is given


def test_width_and_height_are_never_exchanged() -> None:
    with pytest.raises(DataError, match=r"s\.parquet, row 3 \(a\).* 20 × 10.* 10 × 20: .*exchanged; see omniedit lint"):
        verified(pair(10, 20), ITEM, "s.parquet, row 3")


def test_other_sizes_and_ids_are_refused() -> None:
    with pytest.raises(DataError, match="columns say 20 × 10, its pictures are 20 × 12; see omniedit lint"):
        verified(pair(20, 12), ITEM, "here")
    with pytest.raises(DataError, match="is b, but was a when the set was opened"):
        verified(pair(id="b"), ITEM, "here")
    candidate = replace(pair().candidate, result=np.zeros((20, 10, 3), np.uint8))
    with pytest.raises(DataError, match="20 × 10 before and 10 × 20 after"):
        verified(replace(pair(), candidate=candidate), ITEM, "here")
