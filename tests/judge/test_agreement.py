"""Agreement is what scipy says, model by model; what has no score enters nothing and is counted."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omniedit.errors import DataError
from omniedit.judge.agreement import LIMIT, SIDES, Agreement, agree, compare, fisher_mean, pearson, spearman
from omniedit.judge.ratings import Key, Score

Judge = dict[Key, Score | None]
People = dict[Key, dict[str, Score | None]]


def study(seed: int, models: int = 3, items: int = 40, raters: int = 3) -> tuple[Judge, People]:
    """A judge with whole scores and people with halves, who agree somewhat: many ties."""
    rng = np.random.default_rng(seed)
    judge: Judge = {}
    people: People = {}
    for model in range(models):
        for item in range(items):
            key, (sc, pq) = (f"m{model}", str(item)), rng.random(2)
            judge[key] = Score(*np.clip(np.rint(10 * np.array([sc, pq]) + rng.normal(0, 3, 2)), 0, 10).tolist())
            ratings = np.clip(np.rint(2 * (np.array([sc, pq]) + rng.normal(0, 0.3, (raters, 2)))) / 2, 0, 1)
            people[key] = {f"r{rater}": Score(*row.tolist()) for rater, row in enumerate(ratings)}
    return judge, people


def side(score: Score, name: str) -> float:
    """One side of a score, computed here."""
    return {"sc": score.sc, "pq": score.pq, "o": math.sqrt(score.sc * score.pq)}[name]


def expected(judge: Judge, people: People, name: str, method: str) -> float:
    """The protocol once more, with scipy."""
    z = []
    for model in {key[0] for key in judge}:
        keys = [key for key in judge if key[0] == model and judge[key] and any(people.get(key, {}).values())]
        x = [side(score, name) for key in keys if (score := judge[key])]
        y = [np.mean(sorted(side(score, name) for score in people[key].values() if score)) for key in keys]
        if len(keys) > 2 and len(set(x)) > 1 and len(set(y)) > 1:
            z.append(math.atanh(getattr(stats, f"{method}r")(x, np.round(y, 12)).statistic))
    return math.tanh(sum(z) / len(z))


def check(found: Agreement, judge: Judge, people: People) -> None:
    for name in SIDES:
        assert found.spearman[name] == pytest.approx(expected(judge, people, name, "spearman"), abs=1e-9)
        assert found.pearson[name] == pytest.approx(expected(judge, people, name, "pearson"), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_scipy_says(seed: int) -> None:
    judge, people = study(seed)
    found = compare(judge, people, resamples=0)
    check(found, judge, people)
    assert (found.items, found.unscored, found.models, found.raters) == (120, 0, 3, 3)


@pytest.mark.parametrize("seed", range(5))
def test_missing_scores_enter_nothing_and_are_counted(seed: int) -> None:
    judge, people = study(seed)
    rng = np.random.default_rng(seed)
    silent = [key for key in judge if rng.random() < 0.1]
    judge.update(dict.fromkeys(silent))
    blank = [key for key in people if rng.random() < 0.1]
    people.update({key: dict.fromkeys(people[key]) for key in blank})
    torn = next(key for key in people if key not in blank)
    people[torn] = {**people[torn], "r0": None}
    del people[next(key for key in people if key not in blank and key != torn)]
    judge["m9", "only here"] = Score(1, 1)
    found = compare(judge, people, resamples=0)
    check(found, judge, people)
    shared = judge.keys() & people.keys()
    assert found.unscored == len({*silent, *blank} & shared)
    assert found.items + found.unscored == len(shared)
    assert found.unmatched == 2
    assert found.unread_ratings == 1 + 3 * len(set(blank) & shared)
    assert found.models == 3


def test_people_among_themselves_are_every_pair_of_raters() -> None:
    judge, people = study(7)
    found = compare(judge, people, resamples=0)
    for name in SIDES:
        pairs = []
        for a, b in combinations(("r0", "r1", "r2"), 2):
            z = []
            for model in ("m0", "m1", "m2"):
                rows = [people[key] for key in people if key[0] == model]
                x, y = ([side(s, name) for row in rows if (s := row[rater])] for rater in (a, b))
                z.append(math.atanh(stats.spearmanr(x, y).statistic))
            pairs.append(sum(z) / 3)
        assert found.human_human[name] == pytest.approx(math.tanh(sum(pairs) / 3), abs=1e-9)


def test_one_rater_has_nobody_to_agree_with() -> None:
    assert compare(*study(0, raters=1), resamples=0).human_human == {"sc": None, "pq": None, "o": None}


def test_models_without_a_correlation_are_left_out_and_counted() -> None:
    judge, people = study(1)
    judge.update({key: Score(5, score.pq) for key, score in judge.items() if score and key[0] == "m0"})
    for item in range(2):  # too few, and in perfect agreement
        judge["m3", str(item)], people["m3", str(item)] = Score(item, item), {"r0": Score(item, item)}
    found = compare(judge, people, resamples=0)
    check(found, judge, people)
    assert found.averaged["spearman"] == {"sc": 2, "pq": 3, "o": 3}
    assert found.models == 4
    assert found.per_model["m0"].spearman["sc"] is None
    assert found.per_model["m3"].items == 2


def test_perfect_agreement_is_one_and_its_opposite_minus_one() -> None:
    judge: Judge = {("m", str(n)): Score(n, 10 - n) for n in range(11)}
    people: People = {("m", str(n)): {"r": Score(n / 10, n / 10)} for n in range(11)}
    found = compare(judge, people, resamples=50)
    assert found.spearman["sc"] == 1
    assert found.spearman["pq"] == -1
    assert found.pearson["sc"] == 1
    assert found.intervals["spearman"]["sc"] == (1, 1)
    assert found.perfect == 4


def test_one_perfect_model_does_not_hide_the_others() -> None:
    assert LIMIT > fisher_mean(np.array([1.0, 0.0]))[()] == pytest.approx(math.tanh(math.atanh(LIMIT) / 2))
    assert fisher_mean(np.array([1.0, -1.0]))[()] == 0
    assert fisher_mean(np.array([np.nan, 0.5]))[()] == pytest.approx(0.5)
    assert np.isnan(fisher_mean(np.array([np.nan, np.nan])))


numbers = st.lists(st.integers(0, 4).map(float), min_size=3, max_size=30)


@given(st.data(), numbers)
@settings(deadline=None)
def test_correlations_are_scipys(data: st.DataObject, x: list[float]) -> None:
    y = data.draw(st.lists(st.integers(0, 4).map(float), min_size=len(x), max_size=len(x)))
    for ours, theirs in ((spearman, stats.spearmanr), (pearson, stats.pearsonr)):
        found = float(ours(np.array(x), np.array(y)))
        if len(set(x)) == 1 or len(set(y)) == 1:
            assert math.isnan(found)
        else:
            assert found == pytest.approx(theirs(x, y).statistic, abs=1e-12)


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=10)
def test_neither_the_order_of_rows_nor_of_raters_matters(random: Random) -> None:
    judge, people = study(3, models=2, items=10)
    shuffled = {key: dict(random.sample(list(row.items()), len(row))) for key, row in people.items()}
    a = compare(judge, people, resamples=20)
    b = compare(dict(random.sample(list(judge.items()), len(judge))), shuffled, resamples=20)
    assert a == b


def test_the_scale_does_not_matter_to_ranks() -> None:
    judge, people = study(4)
    halved: Judge = {key: Score(score.sc / 2, score.pq / 2) for key, score in judge.items() if score}
    assert compare(judge, people, resamples=0).spearman == compare(halved, people, resamples=0).spearman


def test_intervals_hold_the_estimate_narrow_with_items_and_follow_the_seed() -> None:
    few, many = compare(*study(5, items=20), resamples=200), compare(*study(5, items=200), resamples=200)
    for found in (few, many):
        for name in SIDES:
            interval, value = found.intervals["spearman"][name], found.spearman[name]
            assert interval is not None
            assert value is not None
            assert interval[0] < value < interval[1]
    wide, narrow = few.intervals["pearson"]["o"], many.intervals["pearson"]["o"]
    assert wide is not None
    assert narrow is not None
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
    assert compare(*study(5, items=20), resamples=200) == few
    assert compare(*study(5, items=20), resamples=200, seed=1).intervals != few.intervals
    assert compare(*study(5, items=20), resamples=0).intervals["pearson"]["o"] is None


def write(folder: Path, judge: Judge, people: People) -> tuple[Path, Path]:
    """Two CSV tables; the judge's SC is a list whose minimum counts."""
    scores = ["model,uid,sc,pq"]
    scores += [
        f'{m},{u},"[{s.sc}, {min(10, s.sc + 1)}]",{s.pq}' if s else f"{m},{u},refused," for (m, u), s in judge.items()
    ]
    ratings = ["model,uid,rater,sc,pq"]
    ratings += [
        f"{m},{u},{r},{s.sc if s else ''},{s.pq if s else ''}" for (m, u), row in people.items() for r, s in row.items()
    ]
    (folder / "scores.csv").write_text("\n".join(scores), encoding="utf-8")
    (folder / "ratings.csv").write_text("\n".join(ratings), encoding="utf-8")
    return folder / "scores.csv", folder / "ratings.csv"


def test_tables_give_what_their_contents_give(tmp_path: Path) -> None:
    judge, people = study(6)
    judge["m0", "0"] = None
    people["m1", "1"] = {**people["m1", "1"], "r1": None}
    assert agree(*write(tmp_path, judge, people), seed=3, resamples=20) == compare(judge, people, seed=3, resamples=20)


def test_json_has_no_nan() -> None:
    found = compare({("m", "1"): Score(1, 1)}, {("m", "1"): {"r": Score(1, 1)}}, resamples=5)
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert said["spearman"] == said["pearson"] == said["human_human"] == {"sc": None, "pq": None, "o": None}
    assert (said["items"], said["unscored"], said["models"]) == (1, 0, 1)


def test_tables_of_other_things_are_refused(tmp_path: Path) -> None:
    judge, people = study(0, models=1, items=3)
    strangers = {("x", uid): row for (_, uid), row in people.items()}
    with pytest.raises(DataError, match=r"no item \(model, uid\) in common, for example m0, 0 and x, 0"):
        agree(*write(tmp_path, judge, strangers))
    with pytest.raises(DataError, match="no rows"):
        agree(*write(tmp_path, judge, {}))
    with pytest.raises(DataError, match=r"none of the 3 items .* has a readable score"):
        agree(*write(tmp_path, dict.fromkeys(judge), people))
