"""Which pairs an arm gets: as many as all others of each task, of the quality that was asked for, and written once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from omniedit.bench.ablate.draw import Entry, Pool, chosen
from omniedit.bench.ablate.studies import ARMS, SOFT, Choice
from omniedit.data.pairs import read_pairs, write_pairs
from omniedit.errors import DataError
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

TASKS = (Task.SWAP, Task.STYLE)


def candidate(index: int) -> Pair:
    """Its O is 0 to 10 in turn; the student thinks the reverse, and L1 likes the oldest."""
    rng, overall = np.random.default_rng(index), index % 11
    picture = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    proposal = Proposal(f"p{index}", TASKS[index // 11 % 2], "paint it red")
    details = {"l1": float(index), "student": None if index == 3 else 10.0 - overall, "content": f"{min(index, 218)}"}
    made = Candidate("photo", proposal, picture, picture[::-1].copy(), "test", details=details)
    verdict = Verdict((overall, overall), (overall,))
    return Pair(f"pair-{index}", made, verdict, weight=float(overall >= 9), reason="" if overall >= 9 else "bad")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    folder = tmp_path_factory.mktemp("pool")
    pairs = [candidate(index) for index in range(220)]
    for name, wanted in (("kept", True), ("rejected", False)):
        (folder / name).mkdir()
        write_pairs(folder / name / "00000.parquet", [pair for pair in pairs if bool(pair.weight) == wanted])
    return Pool(folder)


def test_of_the_same_pair_twice_there_is_one(pool: Pool) -> None:
    assert [each.id for each in pool.entries if each.id in ("pair-218", "pair-219")] == ["pair-218"]


def test_every_arm_gets_as_many_of_each_task(pool: Pool) -> None:
    known = {each.id: each for each in pool.entries}
    counts = set()
    for arm in ARMS.values():
        drawn = pool.drawn(arm.choice, 7 * 15, 0)
        counts.add(tuple(sorted(Counter(known[name].task for name in drawn).items())))
    assert counts == {(("style", 15), ("swap", 15))}


def test_no_arm_gets_more_than_there_are_good_ones(pool: Pool) -> None:
    assert all(len(pool.drawn(arm.choice, 7000, 0)) == 39 for arm in ARMS.values())  # 2 in 11 of 220, less a twin


@pytest.mark.parametrize("threshold", [-1.0, 5.0, 7.0, 9.0])
def test_a_threshold_is_kept(pool: Pool, threshold: float) -> None:
    drawn = pool.drawn(Choice(threshold=threshold), 7 * 18, 1)
    known = {each.id: each.overall for each in pool.entries}
    assert min(known[name] for name in drawn) >= threshold
    assert set(drawn.values()) == {1.0}


def test_soft_weights_are_of_the_same_pairs(pool: Pool) -> None:
    soft, hard = ARMS["soft"].choice, ARMS["above-5"].choice
    known = {each.id: each.overall for each in pool.entries}
    drawn = pool.drawn(soft, 7 * 18, 1)
    assert drawn.keys() == pool.drawn(hard, 7 * 18, 1).keys()
    assert drawn == {name: SOFT(known[name]) for name in drawn}


def test_another_judge_takes_its_best_and_as_many(pool: Pool) -> None:
    mine = [each for each in pool.entries if each.task == "swap"]
    best = list(chosen(mine, Choice(judge="student"), 20))
    assert len(best) == 20
    assert all(each.overall <= 1 for each in best)
    oldest = list(chosen(mine, Choice(judge="l1"), 5))
    assert [each.l1 for each in oldest] == [0, 1, 2, 3, 4]


def test_seeds_draw_differently_and_the_same_again(pool: Pool) -> None:
    first, again, other = (pool.drawn(Choice(threshold=-1), 7 * 15, seed) for seed in (0, 0, 1))
    assert first == again
    assert first.keys() != other.keys()


def test_what_is_drawn_is_written_with_its_weights(pool: Pool, tmp_path: Path) -> None:
    drawn = pool.drawn(ARMS["soft"].choice, 7 * 10, 0)
    pool.write(drawn, tmp_path / "pairs" / "drawn.parquet")
    written = {pair.id: pair for pair in read_pairs(tmp_path / "pairs")}
    assert {name: pair.weight for name, pair in written.items()} == drawn
    assert all(not pair.reason for pair in written.values())
    name = next(iter(drawn))
    np.testing.assert_array_equal(
        written[name].candidate.result, candidate(int(name.removeprefix("pair-"))).candidate.result
    )


def test_what_the_student_cannot_read_it_likes_least() -> None:
    rows = [Entry(str(o), "swap", 5.0, o, 1.0) for o in (None, 0.0, 3.5)]
    assert [each.id for each in chosen(rows, Choice(judge="student"), 3)] == ["3.5", "0.0", "None"]


def test_an_empty_pool_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no candidates"):
        _ = Pool(tmp_path).entries
