"""Scoring stored pairs: nothing judged twice, nothing lost, never another judge's scores in one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scored_pairs import build_in, oracles, pair

from omniedit.bench.scores import read_table, score_pairs
from omniedit.bench.scores.score import drawn
from omniedit.data.pairs import RELEASED_COLUMNS
from omniedit.errors import DataError, JudgeError, OutputError
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import OMNIEDIT, Rubric, unscored
from omniedit.types import Candidate, Ideal, Verdict

KILLED = "killed"


@dataclass
class Brightness:
    """A judge by how much lighter the result is; it counts what it sees, and stops when told."""

    version: str = "1"
    stop_at: int = 10**9
    mute: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    name: str = "brightness"
    rubric: Rubric = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        if len(self.seen) == self.stop_at:
            raise KeyboardInterrupt(KILLED)
        self.seen.append(candidate.proposal.id)
        if candidate.proposal.id in self.mute:
            return unscored(self, "mute", "I would rather not.")
        step = float(np.clip((candidate.result.astype(int) - candidate.source).mean() / 5, 0, 10))
        return Verdict((step, 10.0), (9.0,), self.name, self.version, self.rubric.hash)


class Many(Brightness):
    """As `Brightness`, and looks ahead."""

    def score_many(self, candidates: Iterable[Candidate]) -> Iterator[Verdict]:
        yield from map(self.score, list(candidates))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_in(tmp_path_factory.mktemp("scores") / "pairs", [pair(index) for index in range(20)])


@pytest.mark.parametrize("judge", [Brightness(), Many()])
def test_each_pair_has_its_row_in_the_order_of_the_files(judge: Brightness, pairs: Path, tmp_path: Path) -> None:
    ticks: list[int] = []
    rows = score_pairs(pairs, judge, tmp_path / "t.jsonl", tick=lambda total, row: ticks.append(total))
    assert [row.id for row in rows] == [f"pair-{index}" for index in (*range(0, 20, 2), *range(1, 20, 2))]
    assert [row.sc[0] for row in rows] == [float(int(row.uid[1:]) % 10) for row in rows]
    assert {row.stamp for row in rows} == {("brightness", "1", OMNIEDIT.hash)}
    assert rows[1].instruction == "Replace the cat with dog <2>."
    assert ticks == [20] * 20
    assert read_table(tmp_path / "t.jsonl") == rows


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(ending: str, pairs: Path, tmp_path: Path) -> None:
    score_pairs(pairs, Brightness(), tmp_path / f"whole{ending}")
    table = tmp_path / f"t{ending}"
    with pytest.raises(KeyboardInterrupt, match=KILLED):
        score_pairs(pairs, Brightness(stop_at=7), table)
    assert not table.exists()
    journal = tmp_path / f".t{ending}.part"
    journal.write_bytes(journal.read_bytes() + b'{"id": "pair-1", "mod')  # killed in the middle of a line
    rest = Brightness()
    score_pairs(pairs, rest, table)
    assert len(rest.seen) == 13
    assert table.read_bytes() == (tmp_path / f"whole{ending}").read_bytes()
    assert not journal.exists()
    again = Brightness()
    score_pairs(pairs, again, table)
    assert again.seen == []
    assert table.read_bytes() == (tmp_path / f"whole{ending}").read_bytes()


def test_a_limit_is_drawn_evenly_and_a_larger_one_adds_to_it(pairs: Path, tmp_path: Path) -> None:
    few = score_pairs(pairs, Brightness(), tmp_path / "t.csv", limit=5)
    judge = Brightness()
    more = score_pairs(pairs, judge, tmp_path / "t.csv", limit=9)
    assert (len(few), len(more), len(judge.seen)) == (5, 9, 4)
    assert {row.id for row in few} < {row.id for row in more}
    assert score_pairs(pairs, Brightness(), tmp_path / "t.csv", limit=3) == more  # what was scored is not thrown away
    assert drawn(["a", "b", "c"], None) == [0, 1, 2]
    shares = [sum(place < 500 for place in drawn([f"{seed}-{n}" for n in range(1000)], 100)) for seed in range(5)]
    assert all(30 < share < 70 for share in shares)


def test_what_has_no_score_says_why_and_is_tried_again(pairs: Path, tmp_path: Path) -> None:
    rows = score_pairs(pairs, Brightness(mute={"p3", "p4"}), tmp_path / "t.parquet")
    silent = [row for row in rows if row.status == "unscored"]
    assert [(row.id, row.reason, row.transcript) for row in silent] == [
        ("pair-4", "mute", "I would rather not."),
        ("pair-3", "mute", "I would rather not."),
    ]
    judge = Brightness()
    assert all(row.status == "scored" for row in score_pairs(pairs, judge, tmp_path / "t.parquet"))
    assert judge.seen == ["p4", "p3"]


def test_a_changed_pair_is_judged_anew(tmp_path: Path) -> None:
    old, table = [pair(index) for index in range(4)], tmp_path / "t.jsonl"
    score_pairs(build_in(tmp_path / "old", old), Brightness(), table)
    lighter = replace(old[1].candidate, result=old[1].candidate.source + np.uint8(50))
    judge = Brightness()
    rows = score_pairs(build_in(tmp_path / "new", [old[0], replace(old[1], candidate=lighter), *old[2:]]), judge, table)
    assert judge.seen == ["p1"]
    assert {row.id: row.sc[0] for row in rows}["pair-1"] == 10.0


def test_scores_of_others_are_not_mixed_in(pairs: Path, tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    score_pairs(pairs, Brightness(), table)
    before = table.read_bytes()
    with pytest.raises(DataError, match=r"holds scores of brightness 1 \w+, and these would be of brightness 2"):
        score_pairs(pairs, Brightness(version="2"), table)
    other = build_in(tmp_path / "other", [pair(index) for index in range(30, 32)])
    with pytest.raises(DataError, match="holds scores of other pairs, such as pair-0"):
        score_pairs(other, Brightness(), table)
    assert table.read_bytes() == before


def test_the_oracle_repeats_the_verdicts_that_it_gave(tmp_path: Path) -> None:
    foreign = replace(oracles(2), judge="openai:gpt-4o", version="1-0")
    pairs = build_in(tmp_path / "pairs", [pair(0), pair(9), pair(2, foreign), pair(3, Verdict((1.0,), (2.0,)))])
    rows = {row.id: row for row in score_pairs(pairs, Oracle(), tmp_path / "t.jsonl")}
    assert rows["pair-0"].overall == oracles(0).overall
    assert rows["pair-9"].reason == "the ideal edit changes nothing that one could see"
    assert rows["pair-2"].reason.endswith(f"is that of openai:gpt-4o 1-0 {OMNIEDIT.hash}")
    assert rows["pair-3"].reason.endswith("is that of nobody who signed it")
    assert {row.stamp for row in rows.values()} == {("oracle", Oracle.version, OMNIEDIT.hash)}


def test_the_oracle_has_nothing_to_say_of_pairs_that_it_never_judged(tmp_path: Path) -> None:
    pairs = build_in(tmp_path / "pairs", [pair(0, Verdict((1.0,), (2.0,), "student")), pair(1, Verdict())])
    with pytest.raises(JudgeError, match=r"no pair in .* carries a verdict of the oracle"):
        score_pairs(pairs, Oracle(), tmp_path / "t.jsonl")


def test_a_pair_that_cannot_be_read_costs_the_others_nothing(pairs: Path, tmp_path: Path) -> None:
    table = pq.read_table(pairs / "kept" / "00000.parquet").select(list(RELEASED_COLUMNS))
    rows = table.to_pylist()
    rows[1]["edited_img"] = {"bytes": b"no picture", "path": None}
    rows[1]["task"] = "env"
    pq.write_table(table.from_pylist(rows, table.schema), tmp_path / "released.parquet")
    scored = score_pairs(tmp_path / "released.parquet", Brightness(), tmp_path / "t.csv")
    assert [row.status for row in scored] == ["scored", "unscored", *["scored"] * 8]
    assert "edited_img" in scored[1].reason
    assert scored[1].task == "environment"
    assert read_table(tmp_path / "t.csv") == scored


def test_pairs_with_one_id_and_tables_without_a_known_ending_are_refused(pairs: Path, tmp_path: Path) -> None:
    twins = build_in(tmp_path / "twins", [pair(0), pair(0)])
    with pytest.raises(DataError, match="two pairs with the id pair-0"):
        score_pairs(twins, Brightness(), tmp_path / "t.csv")
    with pytest.raises(OutputError, match="must end in"):
        score_pairs(pairs, Brightness(), tmp_path / "t.txt")
    with pytest.raises(DataError, match="neither a shard nor a folder"):
        score_pairs(tmp_path / "nowhere", Brightness(), tmp_path / "t.csv")
