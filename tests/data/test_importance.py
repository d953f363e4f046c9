"""Weights are the paper's threshold or soft, quotas take the best, rejects say why, and counts add up."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.data.importance import (
    Quota,
    SoftWeight,
    best_first,
    limit,
    pair_of,
    reject_reason,
    select,
    soften,
    table,
    tally,
    weigh,
)
from omniedit.judge import OMNIEDIT
from omniedit.types import Candidate, Proposal, Task, Verdict

PICTURE = np.zeros((4, 4, 3), np.uint8)


def candidate(task: Task = Task.SWAP, seed: int = 0) -> Candidate:
    return Candidate("photo", Proposal(f"photo-{task}", task, "an edit"), PICTURE, PICTURE, "maker", seed)


def verdict(success: float, restraint: float, artefacts: float, rubric: str = OMNIEDIT.hash) -> Verdict:
    return Verdict((success, restraint), (artefacts,), "judge", "1", rubric)


UNSCORED = Verdict(judge="judge", unscored="the reply holds no numbers")
scores = st.floats(0, 10)
verdicts = st.one_of(st.builds(verdict, scores, scores, scores), st.just(UNSCORED))


@pytest.mark.parametrize(("sub", "weight"), [((9, 9, 9), 1), ((10, 9, 9), 1), ((8, 10, 10), 0), ((10, 10, 8), 0)])
def test_whole_scores_pass_only_from_nine_on(sub: tuple[int, int, int], weight: int) -> None:
    assert weigh([verdict(*sub)]) == [weight]


def test_the_threshold_itself_passes() -> None:
    assert weigh([verdict(9, 9, 9)], threshold=9.0) == [1.0]
    assert weigh([verdict(9, 9, 9)], threshold=9.01) == [0.0]


def test_a_reject_names_its_worst_criterion_and_the_threshold() -> None:
    assert reject_reason(verdict(4.16, 10, 10)) == "success 4.1, overall 6.4 < 9"
    assert reject_reason(verdict(10, 10, 8)) == "artefacts 8.0, overall 8.9 < 9"
    assert reject_reason(verdict(10, 2, 8), threshold=5.5) == "over-editing 2.0, overall 4.0 < 5.5"
    assert reject_reason(verdict(1, 2, 3, rubric="another")) == "SC 1 1.0, overall 1.7 < 9"
    assert reject_reason(UNSCORED) == "unscored: the reply holds no numbers"
    assert reject_reason(Verdict()).startswith("unscored: ")
    assert reject_reason(verdict(10, 10, 10)) == ""


@given(scores, scores, scores, st.floats(0, 10))
def test_a_reason_is_given_exactly_to_what_falls_short(a: float, b: float, c: float, threshold: float) -> None:
    it = verdict(a, b, c)
    assert bool(reject_reason(it, threshold)) == (math.sqrt(min(a, b) * c) < threshold)


@given(st.lists(st.tuples(st.sampled_from(list(Task)), verdicts)))
def test_nothing_is_lost_and_counts_add_up(items: list[tuple[Task, Verdict]]) -> None:
    judged = [(candidate(task, seed), it) for seed, (task, it) in enumerate(items)]
    kept, rejected = select(judged)
    assert sorted(pair.candidate.seed for pair in kept + rejected) == list(range(len(items)))
    assert all(pair.weight == 1 and not pair.reason for pair in kept)
    assert all(pair.weight == 0 and pair.reason for pair in rejected)
    *rows, total = tally(kept + rejected)
    assert total.judged + total.unscored == len(items)
    assert total.kept == len(kept)
    assert sum(row.judged + row.unscored for row in rows) == len(items)
    assert all(after <= before for row in rows for before, after in zip(row.before, row.after, strict=True))


def test_every_pair_has_another_id() -> None:
    pairs = [pair_of(candidate(task, seed), verdict(9, 9, 9)) for task in Task for seed in range(3)]
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_the_histogram_puts_a_score_in_its_whole_number() -> None:
    pairs = [pair_of(candidate(), verdict(o, o, o)) for o in (0, 0.9, 7.0, 7.99, 9.5, 10)]
    row = tally(pairs)[0]
    assert row.before == (2, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1)
    assert row.after == (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)


def test_the_table_follows_the_paper_and_ends_with_the_total() -> None:
    pairs = [pair_of(candidate(task), it) for task in Task for it in (verdict(9, 9, 9), verdict(1, 9, 9), UNSCORED)]
    lines = table(tally(pairs)).splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [
        "task",
        "swap",
        "removal",
        "addition",
        "background",
        "environment",
        "style",
        "attribute",
        "total",
    ]
    assert lines[-1].split() == ["total", "14", "7", "50.0", "%", "7"]


def test_the_table_of_nothing_has_no_share() -> None:
    assert table(tally([])).splitlines()[-1].split() == ["total", "0", "0", "–", "0"]


# Soft weights and quotas ----------------------------------------------------------------------------------------------

SOFT = SoftWeight(threshold=9, temperature=2, floor=5)


def test_soft_weights_are_full_from_the_threshold_and_nothing_below_the_floor() -> None:
    assert [SOFT(o) for o in (10, 9, None, 4.99, 0)] == [1, 1, 0, 0, 0]
    assert SOFT(7) == pytest.approx(math.exp(-1))
    assert SOFT(5) == pytest.approx(math.exp(-2))


@given(scores, scores, st.floats(0.01, 10))
def test_a_better_score_never_weighs_less(a: float, b: float, temperature: float) -> None:
    weight = SoftWeight(temperature=temperature)
    low, high = sorted((a, b))
    assert 0 <= weight(low) <= weight(high) <= 1


@given(scores, scores, scores)
def test_a_cold_soft_weight_is_the_papers(a: float, b: float, c: float) -> None:
    it = verdict(a, b, c)
    assert SoftWeight(temperature=1e-320)(it.overall) == weigh([it])[0]


@given(st.lists(verdicts), st.floats(1e-300, 5))
def test_a_softened_pair_has_a_weight_or_a_reason(items: list[Verdict], temperature: float) -> None:
    pairs = [pair_of(candidate(seed=seed), it) for seed, it in enumerate(items)]
    for before, after in zip(pairs, soften(pairs, SoftWeight(temperature=temperature)), strict=True):
        assert bool(after.weight) != bool(after.reason)
        assert (after.id, after.candidate, after.verdict) == (before.id, before.candidate, before.verdict)


def test_a_soft_reject_names_the_floor() -> None:
    assert soften([pair_of(candidate(), verdict(4, 10, 4))], SOFT)[0].reason == "artefacts 4.0, overall 4.0 < 5"


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_is_above_zero(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature above 0"):
        SoftWeight(temperature=temperature)


judged_pairs = st.lists(
    st.builds(
        lambda task, o: (task, verdict(o, 10, 10)), st.sampled_from(list(Task)), st.sampled_from([1.0, 8.1, 9.0, 10.0])
    ),
    max_size=30,
)
quotas = st.builds(
    Quota, st.none() | st.integers(0, 10), st.dictionaries(st.sampled_from(list(Task)), st.integers(0, 4))
)


@given(judged_pairs, quotas, st.randoms(use_true_random=False))
def test_quotas_keep_the_best_whatever_the_order(
    items: list[tuple[Task, Verdict]], quota: Quota, random: Random
) -> None:
    pairs = [pair_of(candidate(task, seed), it) for seed, (task, it) in enumerate(items)]
    kept, rejected = limit(pairs, quota)
    shuffled = random.sample(pairs, len(pairs))
    assert {pair.id for pair in limit(shuffled, quota)[0]} == {pair.id for pair in kept}
    assert sorted(pair.id for pair in kept + rejected) == sorted(pair.id for pair in pairs)
    assert len(kept) <= (len(pairs) if quota.target is None else quota.target)
    assert all(pair.reason for pair in rejected)
    tasks = [pair.candidate.proposal.task for pair in kept]
    assert all(tasks.count(task) <= most for task, most in quota.per_task.items())
    for pair in rejected:
        if pair.reason.startswith("beyond"):  # no worse pair of its task took its place
            rivals = [other for other in kept if other.candidate.proposal.task == pair.candidate.proposal.task]
            assert all(best_first(rival) < best_first(pair) for rival in rivals)


def test_what_finds_no_place_says_why_and_rejects_stay_as_they_are() -> None:
    pairs = [pair_of(candidate(task, seed), verdict(9 + seed / 10, 10, 10)) for task in Task for seed in range(3)]
    pairs.append(pair_of(candidate(seed=9), verdict(1, 1, 1)))
    kept, rejected = limit(pairs, Quota(target=4, per_task={Task.SWAP: 1}))
    assert sorted({pair.reason for pair in rejected}) == [
        "artefacts 1.0, overall 1.0 < 9",
        "beyond the quota of 1 for swap",
        "beyond the target of 4 pairs",
    ]
    assert {pair.candidate.seed for pair in kept} == {2}
    assert limit(pairs, Quota()) == (pairs[:-1], pairs[-1:])


@pytest.mark.parametrize("wrong", [{"target": -1}, {"per_task": {Task.SWAP: -1}}])
def test_a_quota_is_not_negative(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="below 0"):
        Quota(**wrong)  # type: ignore[arg-type]
