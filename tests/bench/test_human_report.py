"""A panel with known ratings: SC, PQ, O, accuracy, alpha and agreement with judges, each computed here on its own."""

from __future__ import annotations

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from human_study import TASKS, Words, name, rate_all, write_run
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from omniedit.bench.human import Report, report
from omniedit.bench.human.numbers import Mean
from omniedit.bench.human.reliability import alpha
from omniedit.errors import DataError
from omniedit.judge.agreement import agree

ITEMS = 12
MODELS = ("bold", "shy", "wild")
RATERS = ("anna", "ben", "cleo", "dan")
LEVELS = (0.0, 0.5, 1.0)
DECLINED = {"shy": (1, 4, 6)}


class Panel:
    """Four raters who see a hidden truth with noise; dan left a third of the edits out."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        truth = rng.normal(size=(len(MODELS), ITEMS, 2))
        self.judged = {
            model: {i: tuple(np.clip(5 + 2 * truth[m, i] + rng.normal(size=2), 0, 10)) for i in range(ITEMS)}
            for m, model in enumerate(MODELS)
        }
        self.said: dict[tuple[str, str], dict[str, Words]] = {}
        for m, model in enumerate(MODELS):
            for i in range(ITEMS):
                if i in DECLINED.get(model, ()):
                    continue
                noisy = truth[m, i] + 0.5 * rng.normal(size=(len(RATERS), 2))
                words = {rater: _levels(noisy[r]) for r, rater in enumerate(RATERS)}
                if (m + i) % 3 == 0:
                    del words["dan"]
                self.said[model, name(i)] = words

    def of(self, *models: str, task: str = "") -> list[dict[str, Words]]:
        return [words for (model, item), words in self.said.items() if model in models and task in item]


def _levels(values: np.ndarray) -> Words:
    sc, pq = (LEVELS[int(np.digitize(value, (-0.5, 0.5)))] for value in values)
    return sc, pq


def naive_alpha(units: list[list[float]]) -> float:
    """Krippendorff's alpha, ordinal, by the definition: over all ordered pairs of ratings."""
    units = [unit for unit in units if len(unit) > 1]
    everything = [value for unit in units for value in unit]
    n = {level: everything.count(level) for level in LEVELS}

    def apart(c: float, k: float) -> float:
        low, high = sorted((c, k))
        between = sum(n[g] for g in LEVELS if low <= g <= high)
        return (between - (n[c] + n[k]) / 2) ** 2 if c != k else 0.0

    observed = sum(sum(apart(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(apart(a, b) for a, b in permutations(everything, 2)) / (len(everything) - 1)
    return 1 - observed / expected


@pytest.fixture(scope="module")
def panel() -> Panel:
    return Panel()


@pytest.fixture(scope="module")
def folder(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("human")
    runs = [
        write_run(root / m, m, ITEMS, declined=DECLINED.get(m, ()), unscored=(2,), scores=panel.judged[m])
        for m in MODELS
    ]
    for rater in RATERS:
        rate_all(runs, root / "study", rater, lambda model, item, who=rater: panel.said[model, item].get(who))
    return root / "study"


@pytest.fixture(scope="module")
def found(folder: Path) -> Report:
    return report(folder)


def value(mean: Mean | None) -> float:
    assert mean is not None
    assert mean.interval is not None
    assert mean.interval[0] <= mean.value <= mean.interval[1]
    return mean.value


def average(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("task", ["all", *TASKS])
def test_the_numbers_are_those_of_the_panel(found: Report, panel: Panel, model: str, task: str) -> None:
    group = found.contestants[model][task]
    said = [list(words.values()) for words in panel.of(model, task="" if task == "all" else task)]
    declined = sum(task in ("all", TASKS[i % 2]) for i in DECLINED.get(model, ()))
    assert value(group.sc) == pytest.approx(average([average([sc for sc, _ in words]) for words in said]))
    assert value(group.pq) == pytest.approx(average([average([pq for _, pq in words]) for words in said]))
    roots = [average([math.sqrt(sc * pq) for sc, pq in words]) for words in said]
    assert value(group.o) == pytest.approx(average(roots))
    right = [average([float(sc == 1) for sc, _ in words]) for words in said]
    assert value(group.accuracy) == pytest.approx(sum(right) / (len(said) + declined))
    assert group.alpha_sc.value == pytest.approx(naive_alpha([[sc for sc, _ in words] for words in said]))
    assert group.alpha_pq.value == pytest.approx(naive_alpha([[pq for _, pq in words] for words in said]))
    assert (group.edits, group.rated, group.declined, group.raters) == (len(said), len(said), declined, 4)
    assert (group.ratings, group.missing) == (sum(map(len, said)), sum(4 - len(words) for words in said))


def test_where_everyone_rated_everything_the_means_are_those_of_all_ratings(tmp_path: Path, panel: Panel) -> None:
    run = write_run(tmp_path / "run", "bold", ITEMS)
    for rater in RATERS[:3]:
        rate_all([run], tmp_path / "out", rater, lambda model, item, who=rater: panel.said[model, item][who])
    group = report(tmp_path / "out").contestants["bold"]["all"]
    ratings = [words[rater] for words in panel.of("bold") for rater in RATERS[:3]]
    assert value(group.sc) == pytest.approx(average([sc for sc, _ in ratings]))
    assert value(group.o) == pytest.approx(average([math.sqrt(sc * pq) for sc, pq in ratings]))
    assert value(group.accuracy) == pytest.approx(average([float(sc == 1) for sc, _ in ratings]))


def test_alpha_of_the_whole_study_has_an_interval(found: Report, panel: Panel) -> None:
    whole = found.panel.alpha_sc
    assert whole.value == pytest.approx(naive_alpha([[sc for sc, _ in words.values()] for words in panel.of(*MODELS)]))
    assert whole.interval is not None
    assert whole.interval[0] < whole.value < whole.interval[1]
    assert whole.edits == len(panel.said)


def test_the_judge_of_the_runs_is_held_against_people(found: Report, panel: Panel) -> None:
    rhos = []
    for model in MODELS:
        kept = [i for i in range(ITEMS) if i != 2 and i not in DECLINED.get(model, ())]  # 2 was left unscored
        people = [average([sc for sc, _ in panel.said[model, name(i)].values()]) for i in kept]
        rhos.append(spearmanr([panel.judged[model][i][0] for i in kept], people).statistic)
    oracle = found.judges["oracle 1"]
    assert oracle.spearman["sc"] == pytest.approx(np.tanh(np.mean(np.arctanh(rhos))))
    assert (oracle.unscored, oracle.items, oracle.raters) == (3, len(panel.said) - 3, 4)


def test_another_judge_comes_as_a_table(folder: Path, found: Report, panel: Panel, tmp_path: Path) -> None:
    lines = ["model,uid,sc,pq", *(f"{m},{name(i)},{s},{p}" for m in MODELS for i, (s, p) in panel.judged[m].items())]
    (tmp_path / "gpt.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = report(folder, [tmp_path / "gpt.csv"])
    assert list(again.judges) == ["oracle 1", "gpt"]
    assert again.judges["gpt"].items == len(panel.said)
    assert again.contestants == found.contestants
    (tmp_path / "other.csv").write_text("model,uid,sc,pq\nnobody,1,5,5\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"scores no edit of the study.*nobody, 1.*bold"):
        report(folder, [tmp_path / "other.csv"])


def test_the_export_is_what_judge_agree_reads(folder: Path, found: Report, panel: Panel, tmp_path: Path) -> None:
    exported = json.loads((folder / "ratings.json").read_text(encoding="utf-8"))
    said = {(row["model"], row["uid"], row["rater"]): (row["sc"], row["pq"]) for row in exported}
    assert said == {(*key, rater): words for key, all_ in panel.said.items() for rater, words in all_.items()}
    lines = ["model,uid,sc,pq", *(f"{m},{name(i)},{s},{p}" for m in MODELS for i, (s, p) in panel.judged[m].items())]
    (tmp_path / "scores.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert agree(tmp_path / "scores.csv", folder / "ratings.csv").items == len(panel.said)
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["study"] == found.study
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert all(word in text for word in (*MODELS, *RATERS, *TASKS, "oracle 1"))


def test_the_order_of_raters_and_ratings_changes_nothing(tmp_path: Path, found: Report, panel: Panel) -> None:
    runs = [
        write_run(tmp_path / m, m, ITEMS, declined=DECLINED.get(m, ()), unscored=(2,), scores=panel.judged[m])
        for m in MODELS
    ]
    for rater in reversed(RATERS):
        rate_all(runs, tmp_path / "study", rater, lambda *_: (0.5, 0.5))  # and then thinks again
        rate_all(runs, tmp_path / "study", rater, lambda model, item, who=rater: panel.said[model, item].get(who))
    again = report(tmp_path / "study")
    assert again.raters["anna"].changed == len(panel.said)
    complete = {m: [w for w in panel.of(m) if len(w) == 4] for m in MODELS}
    assert all(complete.values())
    assert again.contestants["bold"]["all"].ratings == 4 * len(panel.of("bold"))  # dan's first words stay
    assert again.raters["anna"].ratings == found.raters["anna"].ratings


def test_without_a_rating_there_is_no_report(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "bold")
    rate_all([run], tmp_path / "out", "anna", lambda *_: None)
    with pytest.raises(DataError, match="nobody has rated anything"):
        report(tmp_path / "out")


def test_what_one_person_rated_has_no_alpha_and_what_nobody_rated_no_mean(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", "bold", 4)
    rate_all([run], tmp_path / "out", "anna", lambda model, item: (1, 1) if "swap" in item else None)
    found = report(tmp_path / "out")
    tasks = found.contestants["bold"]
    assert tasks["all"].alpha_sc.value is None
    assert (tasks["style"].sc, tasks["style"].rated, tasks["style"].missing) == (None, 0, 2)
    assert found.judges["oracle 1"].spearman["sc"] is None


@given(st.lists(st.lists(st.sampled_from(LEVELS), max_size=5), max_size=30))
def test_alpha_by_the_library_is_alpha_by_the_definition(units: list[list[float]]) -> None:
    found = alpha(units)
    paired = [unit for unit in units if len(unit) > 1]
    if len({value for unit in paired for value in unit}) < 2:
        assert found.value is None
    else:
        assert found.value == pytest.approx(naive_alpha(units))
    assert found.edits == len(paired)
