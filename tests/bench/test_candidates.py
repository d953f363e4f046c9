"""Judged candidates: every case is what it says, nothing is lost, and the same recipe gives the same bytes."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from omniedit.bench.candidates import SPECIALIST, CandidateRecipe
from omniedit.bench.hard_cases import CASES, Answered, asks
from omniedit.data.engine.ledger import read_ledger
from omniedit.data.ideals import ideal
from omniedit.data.pairs import read_pairs
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import propose
from omniedit.data.scenes import SceneMaker
from omniedit.data.specialists import SPECIALISTS
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.errors import ModelError, RecipeError
from omniedit.judge.oracle import Oracle
from omniedit.seeding import stream
from omniedit.types import Candidate, Proposal, Task

TASKS = ("attribute", "style", "removal")


def recipe(**changes: object) -> CandidateRecipe:
    """A small one; the specialists play the editor."""
    small = CandidateRecipe(scenes=2, tasks=TASKS, rounds=2, hard=4, editors=("specialists",), steps=(1,), seed=3)
    return replace(small, **changes)  # type: ignore[arg-type]


def contents(out: Path) -> dict[str, bytes]:
    """Every file but what was measured, which no two runs share."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.parent.name != "times")
    return {str(path.relative_to(out)): path.read_bytes() for path in files if path.name != "report.html"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("candidates") / "out"
    recipe().run(out)
    return out


@pytest.fixture(scope="module")
def answered() -> Answered:
    """A recoloured object, done well, with rivals: other colours, and a style."""
    scene = SceneMaker(tuple(bundled_photos("train")))(0, objects=1)

    def answer(task: Task, seed: int) -> tuple[Proposal, Candidate]:
        proposal = propose(scene.photo, task, stream(seed, "test"), known=world())
        assert proposal is not None
        return proposal, SPECIALISTS[task](scene.photo, proposal, grounding=LayerGrounding(), seed=0)

    def well_done(proposal: Proposal, candidate: Candidate) -> bool:
        return (Oracle().score(candidate, ideal(scene, proposal)).overall or 0.0) > 7

    recoloured = [answer(Task.ATTRIBUTE, seed) for seed in range(6)]
    proposal, candidate = next(item for item in recoloured if well_done(*item))
    others = [other for _, other in recoloured if other is not candidate] + [answer(Task.STYLE, 0)[1]]
    return Answered(candidate, ideal(scene, proposal), (candidate, *others))


# Hard cases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_a_picture_like_the_source_and_the_same_again(answered: Answered, name: str) -> None:
    first, second = (CASES[name](answered, np.random.default_rng(5)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.dtype == np.uint8
    assert first.shape == answered.source.shape
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["blurred", "noisy", "ghost", "shaded", "blocky", "half", "part"])
def test_damage_is_seen_by_the_oracle(answered: Answered, name: str) -> None:
    def overall(result: np.ndarray | None) -> float:  # type: ignore[type-arg]
        assert result is not None
        return Oracle().score(replace(answered.candidate, result=result), answered.ideal).overall or 0.0

    whole = overall(answered.result)
    spoilt = [overall(CASES[name](answered, np.random.default_rng(seed))) for seed in range(8)]
    assert min(spoilt) < whole - 0.5
    assert len(set(spoilt)) > 1


def test_the_ends_of_the_scale(answered: Answered) -> None:
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(CASES["unedited"](answered, rng), answered.source)
    np.testing.assert_array_equal(CASES["ideal"](answered, rng), answered.ideal.image)
    elsewhere = replace(answered.ideal, source=answered.ideal.source[::-1])
    assert CASES["ideal"](replace(answered, ideal=elsewhere), rng) is None


def test_another_instruction_is_another_one(answered: Answered) -> None:
    results = [CASES["other"](answered, np.random.default_rng(seed)) for seed in range(20)]
    rivals = [c for c in answered.others if asks(c.proposal) != asks(answered.candidate.proposal)]
    used = {index for result in results for index, c in enumerate(rivals) if np.array_equal(c.result, result)}
    assert len(used) > 1
    alone = replace(answered, others=(answered.candidate,))
    assert CASES["other"](alone, np.random.default_rng(0)) is None


# Candidates -----------------------------------------------------------------------------------------------------------


def test_every_answer_has_one_outcome_and_its_pair(made: Path) -> None:
    outcomes, pairs = list(read_ledger(made)), {pair.id: pair for pair in read_pairs(made)}
    judged = [outcome for outcome in outcomes if outcome.pair]
    assert sorted(outcome.pair for outcome in judged) == sorted(pairs)
    assert all(outcome.reason for outcome in outcomes if outcome.status != "kept")
    assert not [outcome.reason for outcome in outcomes if outcome.status == "failed"]
    assert all(outcome.overall == pairs[outcome.pair].verdict.overall for outcome in judged)
    assert all((pair.weight > 0) == ((pair.verdict.overall or 0) >= 9) for pair in pairs.values())
    assert {outcome.scene for outcome in outcomes} == {"train-3-0", "train-3-1"}


def test_specialists_cases_and_editors_answer(made: Path) -> None:
    makers = Counter(pair.candidate.maker for pair in read_pairs(made))
    assert makers["specialists"] > 3
    assert {"attribute", "style", "removal"} <= makers.keys()
    assert len(makers.keys() & CASES.keys()) > 5
    assert SPECIALIST not in makers


def test_the_cases_get_what_they_deserve(made: Path) -> None:
    by_maker: dict[str, list[float]] = {}
    for pair in read_pairs(made):
        by_maker.setdefault(pair.candidate.maker, []).append(pair.verdict.overall or 0.0)
    assert set(by_maker.get("unedited", [0.0])) == {0.0}
    assert set(by_maker.get("ideal", [10.0])) == {10.0}
    assert all(np.array_equal(p.candidate.result, p.candidate.source) for p in read_pairs(made) if "unedited" in p.id)


def test_a_stopped_run_goes_on_to_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(made, again)
    (again / "rejected" / "00000.parquet").unlink()
    for name in ("ledger.jsonl", "summary.json", "report.html"):
        (again / name).unlink()
    recipe().run(again)
    assert contents(again) == contents(made)


def test_nano_answers_with_the_steps_that_were_drawn(tmp_path: Path) -> None:
    recipe(scenes=1, tasks=("environment",), rounds=1, hard=0, editors=("nano",), steps=(1, 2)).run(tmp_path)
    (pair,) = [pair for pair in read_pairs(tmp_path) if pair.candidate.maker == "nano"]
    assert pair.candidate.details["steps"] in (1, 2)
    assert pair.verdict.scored


def test_editors_are_told_apart_by_their_weights(tmp_path: Path) -> None:
    found = recipe(editors=("nano", "specialists")).chain().settings["editors"]
    assert len(found["nano"]) == 64
    assert found["specialists"] == "specialists"


def test_an_unknown_editor_fails_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nobody"):
        recipe(editors=("nobody",)).run(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["student_candidates.toml", "student_held.toml"])
def test_the_shipped_recipes_can_be_read(name: str) -> None:
    assert CandidateRecipe.read(Path(__file__).parents[2] / "recipes" / name).editors == ("nano",)


@pytest.mark.parametrize("line", ["rounds = 0", "hard = 99", "steps = []", "steps = [0]", 'tasks = ["sing"]', "x = 1"])
def test_bad_recipes_are_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(line)
    with pytest.raises(RecipeError, match=r"bad\.toml"):
        CandidateRecipe.read(path)
