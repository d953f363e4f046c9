"""Only comparable answers are compared, order decides nothing, and a table leads to its pictures."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from omniedit.data.importance import pair_of
from omniedit.data.preferences import COLUMNS, PICTURES, preferences, write_preferences
from omniedit.errors import OutputError
from omniedit.images import load_rgb
from omniedit.types import Candidate, Image, Pair, Proposal, Task, Verdict


def picture(level: int) -> Image:
    return np.full((6, 8, 3), level, np.uint8)


def answer(score: float, seed: int, **other: Any) -> Pair:
    """An answer to an instruction with all scores the same; ``other`` changes what answers must share."""
    proposal = Proposal("p", Task.SWAP, other.get("instruction", "swap it"))
    source = other.get("source", picture(9))
    candidate = Candidate(other.get("photo", "photo"), proposal, source, picture(100 + seed), "maker", seed)
    it = Verdict((score, score), (score,), other.get("judge", "oracle"), "1", "rubric")
    return pair_of(candidate, it if score >= 0 else Verdict(judge="oracle", unscored="no reply"))


def ends(pairs: list[Pair], **settings: float) -> set[tuple[int, int]]:
    """Seeds of the better and the worse answers."""
    found = preferences(pairs, **settings)
    return {(it.chosen.candidate.seed, it.rejected.candidate.seed) for it in found}


def test_every_scored_reject_meets_the_best_kept_answer() -> None:
    assert ends([answer(9, 0), answer(9.5, 1), answer(3, 2), answer(8.9, 3), answer(-1, 4)]) == {(1, 2)}
    assert ends([answer(9.5, 1), answer(3, 2), answer(8.9, 3)], margin=0.5) == {(1, 2), (1, 3)}


def test_rejects_among_themselves_and_kept_answers_alone_say_nothing() -> None:
    assert ends([answer(1, 0), answer(7, 1)]) == set()
    assert ends([answer(9, 0), answer(10, 1)]) == set()
    assert ends([]) == set()


@pytest.mark.parametrize(
    "other", [{"instruction": "remove it"}, {"source": picture(8)}, {"photo": "another"}, {"judge": "student"}]
)
def test_what_is_not_comparable_is_not_compared(other: dict[str, Any]) -> None:
    assert ends([answer(9, 0), answer(1, 1, **other)]) == set()


def test_the_order_of_pairs_decides_nothing() -> None:
    pairs = [answer(9.5, seed) for seed in range(6)] + [answer(2, seed) for seed in range(6, 12)]
    orders = [Random(seed).sample(pairs, len(pairs)) for seed in range(5)]
    assert len({frozenset(ends(order)) for order in orders}) == 1
    ids = [it.id for it in preferences(pairs)]
    assert len(set(ids)) == len(ids) == 6


def test_the_margin_is_the_lead() -> None:
    assert preferences([answer(9.5, 0), answer(2, 1)])[0].margin == pytest.approx(7.5)


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("end", ["jsonl", "parquet"])
def test_a_table_leads_to_its_pictures(end: str, tmp_path: Path) -> None:
    found = preferences([answer(9.5, 0), answer(2, 1), answer(3, 2)])
    path = tmp_path / f"found.{end}"
    assert write_preferences(path, found) == 2
    rows = read(path)
    assert list(rows[0]) == [*COLUMNS, *PICTURES]
    for row, it in zip(rows, found, strict=True):
        assert (row["chosen_id"], row["rejected_id"]) == (it.chosen.id, it.rejected.id)
        assert (row["instruction"], row["margin"], row["rejected_sc"]) == (
            "swap it",
            it.margin,
            list(it.rejected.verdict.sc),
        )
        assert row["reason"] == it.rejected.reason != ""
        for name, image in zip(
            PICTURES, (picture(9), it.chosen.candidate.result, it.rejected.candidate.result), strict=True
        ):
            assert (load_rgb(tmp_path / row[name]) == image).all()
    assert len(list((tmp_path / "found-pictures").iterdir())) == 4  # source and chosen once, two rejects
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["found-pictures", path.name]


@pytest.mark.parametrize("end", ["jsonl", "parquet"])
def test_the_same_preferences_give_the_same_bytes_and_none_an_empty_table(end: str, tmp_path: Path) -> None:
    found = preferences([answer(9.5, 0), answer(2, 1)])
    for name in ("a", "b"):
        write_preferences(tmp_path / f"{name}.{end}", found)
    a, b = (read(tmp_path / f"{name}.{end}") for name in ("a", "b"))
    assert [{**row, **dict.fromkeys(PICTURES)} for row in a] == [{**row, **dict.fromkeys(PICTURES)} for row in b]
    before = (tmp_path / f"a.{end}").read_bytes()
    write_preferences(tmp_path / f"a.{end}", found, overwrite=True)
    assert (tmp_path / f"a.{end}").read_bytes() == before
    assert write_preferences(tmp_path / f"none.{end}", []) == 0
    assert read(tmp_path / f"none.{end}") == []


def test_nothing_is_overwritten_unasked_and_other_names_are_refused(tmp_path: Path) -> None:
    write_preferences(tmp_path / "a.jsonl", [])
    for path, complaint in (
        (tmp_path / "a.jsonl", "already exists"),
        (tmp_path / "a.csv", r"ends in \.jsonl or \.parquet"),
        (tmp_path / "none" / "a.jsonl", "cannot be written"),
    ):
        with pytest.raises(OutputError, match=complaint):
            write_preferences(path, [])


def test_a_stop_half_way_leaves_no_table(tmp_path: Path) -> None:
    def stopping() -> Any:
        yield from preferences([answer(9.5, 0), answer(2, 1)])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_preferences(tmp_path / "a.jsonl", stopping())
    assert not (tmp_path / "a.jsonl").exists()
