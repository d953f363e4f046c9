"""Selection: by weight, score, quota and mix, each row accounted for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_sets import Known

from omniedit.data.importance import Quota, limit
from omniedit.errors import RecipeError
from omniedit.train.items import TASKS, Index
from omniedit.train.selection import SelectionConfig, select
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict


def known(
    tasks: list[Task], scores: list[float | None], weights: list[float] | None = None, wordings: int = 1
) -> Known:
    count = len(tasks)
    return Known(
        Index(
            pa.array([f"id-{number}" for number in range(count)], pa.string()),
            np.array([TASKS.index(task) for task in tasks], np.uint8),
            np.full(count, 64, np.int32),
            np.full(count, 64, np.int32),
            np.array([np.nan if score is None else score for score in scores], float),
            np.ones(count) if weights is None else np.array(weights, float),
            np.full(count, wordings, np.uint16),
            np.zeros(count, np.int64),
        )
    )


def counts(chosen: object) -> dict[tuple[str, str], int]:
    return {(entry.reason, entry.task): entry.count for entry in chosen.left_out}  # type: ignore[attr-defined]


def test_all_that_has_a_weight_is_taken() -> None:
    chosen = select(known([Task.SWAP] * 3, [None, 2, 9.5], [1, 0, 0.5]))
    assert chosen.rows.tolist() == [0, 2]
    assert counts(chosen) == {("rejected (weight 0)", "swap"): 1}


def test_the_threshold_is_the_papers() -> None:
    items = known([Task.SWAP, Task.STYLE] * 3, [9.0, 8.99, 10, None, 8.94, 9])
    chosen = select(items, SelectionConfig(threshold=9))
    assert chosen.rows.tolist() == [0, 2, 5]
    assert counts(chosen) == {
        ("unscored", "style"): 1,
        ("score below 9", "swap"): 1,
        ("score below 9", "style"): 1,
    }


def test_rows_without_instruction_are_left_out() -> None:
    chosen = select(known([Task.ADDITION], [9], wordings=0))
    assert len(chosen) == 0
    assert counts(chosen) == {("no instruction", "addition"): 1}


def test_a_quota_takes_what_a_builds_quota_takes() -> None:
    rng = np.random.default_rng(0)
    tasks = [TASKS[number] for number in rng.integers(0, 7, 80)]
    scores: list[float | None] = [None if s == 8 else float(s) for s in rng.integers(6, 11, 80)]
    items = known(tasks, scores)
    picture = np.zeros((1, 1, 3), np.uint8)
    pairs = [
        Pair(
            f"id-{number}",
            Candidate("", Proposal("", task, ""), picture, picture, ""),
            Verdict() if score is None else Verdict((score,), (score,)),
        )
        for number, (task, score) in enumerate(zip(tasks, scores, strict=True))
    ]
    kept, _ = limit(pairs, Quota(per_task={Task.STYLE: 4, Task.SWAP: 0}))
    chosen = select(items, SelectionConfig(quotas={"style": 4, "swap": 0}))
    assert [chosen[place].id for place in range(len(chosen))] == [pair.id for pair in kept]
    assert counts(chosen)["beyond the quota of 4", "style"] == tasks.count(Task.STYLE) - 4


def test_a_mix_repeats_whole_and_in_part() -> None:
    items = known([Task.SWAP] * 10 + [Task.STYLE] * 10, [9] * 20)
    chosen = select(items, SelectionConfig(mix={"swap": 2.5, "style": 0.3}))
    often = Counter(chosen.rows.tolist())
    assert sorted(often[row] for row in range(10)) == [2] * 5 + [3] * 5
    assert sorted(often[row] for row in range(10, 20)) == [0] * 7 + [1] * 3
    assert counts(chosen) == {("the mix takes 0.3 of it", "style"): 7}
    assert select(items, SelectionConfig(mix={"swap": 2.5}), seed=1).rows.tolist() != chosen.rows.tolist()


@given(
    st.lists(st.tuples(st.sampled_from(TASKS), st.none() | st.floats(0, 10), st.sampled_from([0.0, 1.0])), max_size=40),
    st.sampled_from([0.0, 5.0, 9.0]),
    st.integers(0, 10),
    st.sampled_from([0.0, 0.5, 1.0, 2.0]),
)
@settings(deadline=None, max_examples=60)
def test_every_row_is_taken_or_counted(
    rows: list[tuple[Task, float | None, float]], threshold: float, quota: int, mix: float
) -> None:
    tasks, scores, weights = map(list, zip(*rows, strict=True)) if rows else ([], [], [])
    items = known(tasks, scores, weights)  # type: ignore[arg-type]
    chosen = select(items, SelectionConfig(threshold=threshold, quotas={"swap": quota}, mix={"style": mix}))
    taken = set(chosen.rows.tolist())
    assert len(taken) + sum(entry.count for entry in chosen.left_out) == len(rows)
    assert all(weights[row] > 0 for row in taken)
    assert chosen.rows.tolist() == sorted(chosen.rows.tolist())


def test_the_report_names_every_reason() -> None:
    items = known([Task.SWAP, Task.SWAP, Task.STYLE], [9, 3, 9], [1, 1, 0])
    report = select(items, SelectionConfig(threshold=9, mix={"swap": 2})).report()
    assert report.splitlines() == [
        "1 of 3 pairs, 2 samples an epoch: swap 2",
        "1 of style left out: rejected (weight 0)",
        "1 of swap left out: score below 9",
    ]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(RecipeError, match="no task 'swop'"):
        SelectionConfig(quotas={"swop": 1})
    with pytest.raises(RecipeError, match="0 or more"):
        SelectionConfig(mix={"swap": -1})


def test_a_large_set_is_selected_without_copies_of_records() -> None:
    rng = np.random.default_rng(0)
    count = 100_000
    items = known([TASKS[number] for number in rng.integers(0, 7, count)], list(rng.integers(0, 11, count)))
    chosen = select(items, SelectionConfig(threshold=5, quotas={"style": 1000}))
    assert chosen.index.nbytes < 60 * len(chosen)
