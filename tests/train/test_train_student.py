"""The student's training: it learns, goes on bit for bit, draws evenly, and never learns what it is tested on."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.pairs import PairTable, write_pairs
from omniedit.errors import DataError, RecipeError
from omniedit.judge.rubric import OMNIEDIT
from omniedit.judge.student import StudentJudge, StudentNet
from omniedit.model.text import TextEncoder
from omniedit.train.log import read_log
from omniedit.train.student import StudentRecipe, train_student
from omniedit.train.student.examples import (
    CELLS,
    Lessons,
    Sampler,
    cell_of,
    chosen,
    contrary,
    jittered,
    judged_pairs,
    spread,
)
from omniedit.train.student.loop import student_loss
from omniedit.train.student.maps import DUE, WRONG, best_answers, maps_of
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

RECIPE = """
pairs = ["{pairs}/kept", "{pairs}/rejected"]
held = "{pairs}/held"
out = "{out}"
[model]
area = 1024
channels = [4, 8, 8]
blocks = [0, 1, 0]
width = 16
layers = 1
heads = 2
[choice]
per_cell = 20
[train]
steps = {steps}
batch = 8
warmup = 2
learning_rate = {rate}
[run]
checkpoint_every = 3
validate_every = 6
validation_pairs = 5
log_every = 1
threads = 1
"""
TEXT = TextEncoder.from_pretrained()
MakeRecipe = Callable[..., Path]


def judged(index: int, where: str = "train") -> Pair:
    """A grey picture that became as much lighter as it is good."""
    rng = np.random.default_rng(index)
    shape = [(32, 32), (24, 40)][index % 2]
    source = rng.integers(60, 90, (*shape, 3), dtype=np.uint8)
    good = float(rng.choice([0.0, 5.0, 9.5, 10.0], p=[0.1, 0.1, 0.2, 0.6]))
    task = [Task.STYLE, Task.ENVIRONMENT][index % 2]
    proposal = Proposal(f"{where}{index}", task, "make it lighter", phrasings=("lighten the left", "a word " * 40))
    candidate = Candidate(f"{where}-photo-{index}", proposal, source, source + np.uint8(10 * good), "test")
    verdict = Verdict((good, 10.0), (good,), "oracle", "1", OMNIEDIT.hash)
    return Pair(f"{where}-{index}", candidate, verdict, weight=float(good >= 9), reason="" if good >= 9 else "low")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    taught, held = [judged(index) for index in range(48)], [judged(index, "eval") for index in range(100, 112)]
    groups = {"kept": [p for p in taught if p.weight], "rejected": [p for p in taught if not p.weight], "held": held}
    for name, group in groups.items():
        (folder / name).mkdir()
        write_pairs(folder / name / "00000.parquet", group)
    return folder


@pytest.fixture
def recipe(pairs: Path, tmp_path: Path) -> MakeRecipe:
    def write(*, steps: int = 6, out: str = "run", rate: float = 1e-3) -> Path:
        path = tmp_path / f"{out}.toml"
        path.write_text(RECIPE.format(pairs=pairs, out=tmp_path / out, steps=steps, rate=rate))
        return path

    return write


def lessons(path: Path) -> Lessons:
    made = StudentRecipe.read(path)
    found = Lessons(made, TEXT)
    table = judged_pairs(made.pairs)
    found.add(table, range(len(table)))
    return found


# Training -------------------------------------------------------------------------------------------------------------


def test_a_run_ends_in_a_judge_and_a_report(recipe: MakeRecipe, tmp_path: Path) -> None:
    folder = train_student(recipe())
    judge = StudentJudge.from_pretrained(folder)
    assert judge.teacher == "oracle 1"
    assert judge.score(judged(3).candidate).scored
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["judge"] == f"student {judge.version}"
    assert (report["overall"]["items"], report["unscored"]) == (12, 0)
    assert set(report["per_task"]) == {"style", "environment"}
    assert any("auroc" in entry for entry in read_log(tmp_path / "run"))


def test_it_learns(recipe: MakeRecipe, tmp_path: Path) -> None:
    train_student(recipe(steps=120, rate=5e-3))
    losses = [entry["loss"] for entry in read_log(tmp_path / "run") if "loss" in entry]
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])


def test_stopped_and_resumed_equals_uninterrupted(recipe: MakeRecipe, tmp_path: Path) -> None:
    whole = recipe(out="whole")
    train_student(whole)
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    for lost in ("step-00000006", "judge"):
        shutil.rmtree(tmp_path / "parts" / lost)
    (tmp_path / "parts" / "report.json").unlink()
    train_student(recipe(out="parts"))
    for path in ("step-00000006/net", "step-00000006/optimizer", "step-00000006/average", "judge/student"):
        first, second = (tmp_path / run / f"{path}.safetensors" for run in ("whole", "parts"))
        assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "whole/report.json").read_bytes() == (tmp_path / "parts/report.json").read_bytes()


def test_a_photo_on_both_sides_is_refused(recipe: MakeRecipe, pairs: Path) -> None:
    path = recipe()
    path.write_text(path.read_text().replace(f'held = "{pairs}/held"', f'held = "{pairs}/kept"'))
    with pytest.raises(DataError, match="both the pairs to learn and the held-out"):
        train_student(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps = 6", "stepz = 6", "unknown setting 'stepz'"),
        ("batch = 8", "batch = 0", "must be positive"),
        ("blocks = [0, 1, 0]", "blocks = [0, 1]", "as many as channels"),
        ("heads = 2", "heads = 3", "multiple of 4 and of heads"),
        ("per_cell = 20", "balance = 2.0", r"lie in \[0, 1\]"),
        ("held =", "hold =", "unknown setting 'hold'"),
        ("[choice]", "[[choice]]", "must be a table"),
    ],
)
def test_bad_recipes_say_what_is_wrong(recipe: MakeRecipe, old: str, new: str, message: str) -> None:
    path = recipe()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RecipeError, match=message):
        StudentRecipe.read(path)


def test_one_folder_is_not_a_list_of_folders(recipe: MakeRecipe) -> None:
    path = recipe()
    path.write_text('pairs = "kept"\n' + path.read_text().split("\n", 2)[2])
    with pytest.raises(RecipeError, match="list of folders"):
        StudentRecipe.read(path)


def test_the_shipped_recipe_can_be_read() -> None:
    path = Path(__file__).parents[2] / "recipes" / "student.toml"
    assert StudentRecipe.read(path).pairs


# What is drawn --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(0, 10), st.floats(0, 10))
def test_cells_are_in_the_order_of_scores(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= cell_of("swap", low)[1] <= cell_of("swap", high)[1] < CELLS


def test_a_cell_gives_no_more_than_its_share_and_other_rubrics_nothing(tmp_path: Path) -> None:
    made = [judged(index) for index in range(60)]
    made += [replace(pair, verdict=replace(pair.verdict, rubric="other")) for pair in map(judged, range(60, 64))]
    made += [replace(pair, verdict=Verdict(unscored="no")) for pair in map(judged, range(64, 68))]
    write_pairs(tmp_path / "a.parquet", made)
    write_pairs(tmp_path / "b.parquet", made[::-1])
    tables = [PairTable([tmp_path / name]) for name in ("a.parquet", "b.parquet")]
    everything, few = chosen(tables[0], 0, 0), [{table[i].id for i in chosen(table, 4, 0)} for table in tables]
    assert len(everything) == 60
    assert few[0] == few[1]
    by_id = {pair.id: pair for pair in made}
    cells = Counter(cell_of(str(by_id[i].candidate.proposal.task), by_id[i].verdict.overall or 0) for i in few[0])
    assert max(cells.values()) == 4
    assert len(cells) == len({cell_of(str(p.candidate.proposal.task), p.verdict.overall or 0) for p in made[:60]})


def test_a_batch_is_of_one_size_and_depends_on_its_step_only(recipe: MakeRecipe) -> None:
    found = lessons(recipe())
    for step in range(6):
        indices = found.sampler()(step)
        assert indices == found.sampler()(step)
        assert len(set(indices)) == len(indices) == 8
        assert len({found.lessons[i].source.shape for i in indices}) == 1
        first, second = found.batch(indices, step), found.batch(indices, step)
        assert all(torch.equal(a.nan_to_num(-1), b.nan_to_num(-1)) for a, b in zip(first, second, strict=True))
        shown = [list(found.lessons[i].scores) for i in indices]
        assert first.scores.tolist() == shown  # all ask for the same


def test_texts_that_are_too_long_are_left_out(recipe: MakeRecipe) -> None:
    assert {lesson.texts for lesson in lessons(recipe()).lessons} == {("make it lighter", "lighten the left")}


def test_only_texts_without_sides_are_mirrored(recipe: MakeRecipe) -> None:
    found = lessons(recipe())
    found.recipe = replace(found.recipe, choice=replace(found.recipe.choice, mirrored=1.0, jitter=0.0, wrong=0.0))
    for words, flipped in (("make it lighter", True), ("lighten the left", False), ("Rightmost cat", False)):
        lesson = replace(found.lessons[0], texts=(words,))
        found.lessons = [lesson]
        shown = found.batch([0], 0).source[0].permute(1, 2, 0).numpy()
        expected = lesson.source[:, ::-1] if flipped else lesson.source
        np.testing.assert_array_equal(np.rint((shown + 1) * 127.5), expected)


def test_another_instruction_of_the_scene_is_no_success_and_says_where_it_is_due(recipe: MakeRecipe) -> None:
    found = lessons(recipe())
    found.recipe = replace(found.recipe, choice=replace(found.recipe.choice, wrong=1.0))
    first = found.lessons[0]
    asked = [
        Proposal("a", Task.REMOVAL, "Remove the cat.", object="cat"),
        Proposal("b", Task.SWAP, "Swap the cat for a dog.", object="cat", target="dog"),
        Proposal("c", Task.STYLE, "As a sketch.", target="sketch"),
    ]  # the cat is gone after either of the first two
    found.lessons = [
        replace(first, asked=proposal, texts=(proposal.instruction,), maps=np.full_like(first.maps, amount))
        for proposal, amount in zip(asked, (0.125, 0.25, 0.5), strict=True)
    ]
    seen = 0
    for step in range(12):
        batch = found.batch([0, 1], step)
        for scores, maps, words in zip(batch.scores, batch.maps, batch.words, strict=True):
            if bool(scores.isnan().any()):
                seen += 1
                assert torch.equal(words, TEXT(["As a sketch."]).tokens[0])
                assert (float(scores[0]), scores[1:].isnan().tolist()) == (0, [True, True])
                assert bool((maps[:, DUE] == 0.5).all())
                assert bool(maps[:, WRONG].isnan().all())
    assert 4 < seen < 20  # half of the draws look in the task, where there is no other
    alone = replace(found, lessons=[found.lessons[0]])
    assert not any(bool(alone.batch([0], step).scores.isnan().any()) for step in range(6))
    apart = replace(found, lessons=[found.lessons[0], replace(found.lessons[2], source=first.source + np.uint8(1))])
    unknown = [bool(apart.batch([0], step).maps.isnan().all()) for step in range(12)]
    assert 2 < sum(unknown) < 12


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("swap", "cat", "dog"), ("removal", "cat", ""), False),
        (("swap", "cat", "dog"), ("addition", "", "dog"), False),
        (("swap", "cat", "dog"), ("removal", "hat", ""), True),
        (("removal", "cat", ""), ("style", "", "sketch"), True),
        (("environment", "", "night"), ("environment", "", "sunset"), False),
        (("environment", "", "night"), ("style", "", "sketch"), True),
        (("background", "", "beach"), ("background", "", "brick wall"), True),
        (("swap", "cat", "dog"), ("swap", "cat", "hat"), True),
        (("attribute", "cat", "red"), ("attribute", "cat", "pink"), False),
    ],
)
def test_what_is_no_success_at_all(one: tuple[str, str, str], other: tuple[str, str, str], expected: bool) -> None:
    first, second = (Proposal("p", Task(task), "…", object=what, target=new) for task, what, new in (one, other))
    assert contrary(first, second) is contrary(second, first) is expected


def test_both_pictures_of_a_sample_get_the_same_light() -> None:
    rng = np.random.default_rng(0)
    picture = torch.rand(5, 3, 8, 8) * 2 - 1
    one, other = jittered((picture, picture), 0.3, rng)
    assert torch.equal(one, other)
    assert bool((one.abs() <= 1).all())
    assert len({round(float(change), 5) for change in (one - picture).abs().mean((1, 2, 3))}) == 5
    assert all(torch.allclose(same, picture, atol=1e-6) for same in jittered((picture,), 0.0, rng))


# What is due and what is wrong ----------------------------------------------------------------------------------------


def test_maps_say_where_the_edit_is_due_and_where_the_result_is_wrong() -> None:
    source = np.zeros((32, 48, 3), np.uint8)
    ideal, result = source.copy(), source.copy()
    ideal[:16, :16] = 255  # due in the first token, where the result has half of it
    result[:16, :8] = 255
    result[16:, 32:] = 255  # and wrong in the last
    due, wrong = np.moveaxis(maps_of(source, result, ideal, 16), 2, 0)
    assert due.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert wrong.tolist() == [[0.5, 0, 0], [0, 0, 1]]
    assert np.isnan(maps_of(source, result, None, 16)).all()


def test_the_best_answer_to_a_proposal_stands_for_its_ideal(tmp_path: Path) -> None:
    made = [judged(index) for index in range(30)]
    asked = [replace(pair.candidate.proposal, id=f"p{index // 6}") for index, pair in enumerate(made)]
    made = [replace(p, candidate=replace(p.candidate, proposal=q)) for p, q in zip(made, asked, strict=True)]
    write_pairs(tmp_path / "a.parquet", made)
    table = PairTable([tmp_path / "a.parquet"])
    best = best_answers(table)
    assert best
    for name in {proposal.id for proposal in asked}:
        scores = [p.verdict.overall or 0.0 for p in made if p.candidate.proposal.id == name]
        if max(scores) < 9:
            assert name not in best
        else:
            assert table[best[name]].candidate.proposal.id == name
            assert table[best[name]].verdict.overall == max(scores)


def test_unknown_maps_teach_nothing(recipe: MakeRecipe) -> None:
    found = lessons(recipe())
    batch = found.batch(found.sampler()(0), 0)
    net = StudentNet(replace(found.recipe.model, text_width=TEXT.token_width))
    with torch.no_grad():
        judged_batch = net(batch.source, batch.result, batch.words)
    without = batch._replace(maps=torch.full_like(batch.maps, torch.nan))
    loss, alone, none = (
        float(student_loss(judged_batch, each, net.centres, weight))
        for each, weight in ((batch, 1.0), (without, 1.0), (batch, 0.0))
    )
    assert alone == none < loss


def test_rare_cells_are_drawn_more_often_than_they_occur() -> None:
    sizes, weights = [(8, 8)] * 100, [99**-1.0] * 99 + [1.0]
    draws = Counter(index for step in range(400) for index in Sampler(sizes, weights, 1, 0)(step))
    assert 120 < draws[99] < 280


def test_sizes_are_drawn_by_their_weight() -> None:
    sampler = Sampler([(8, 8)] * 30 + [(8, 16)] * 10, [1.0] * 40, 16, 0)
    small = sum(sampler(step)[0] >= 30 for step in range(400))
    assert 60 < small < 140
    assert all(len(sampler(step)) in (10, 16) for step in range(20))


def test_nothing_to_learn_from_is_an_error(recipe: MakeRecipe) -> None:
    with pytest.raises(DataError, match="no pair in"):
        Lessons(StudentRecipe.read(recipe()), TEXT).sampler()


def test_watched_pairs_are_spread_over_all(pairs: Path) -> None:
    table = judged_pairs([pairs / "held"])
    assert [pair.id for pair in spread(table, 3)] == ["eval-100", "eval-104", "eval-108"]
    assert len([*spread(table, 99)]) == len(table)
