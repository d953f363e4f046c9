"""The chat set of a distillation: what is taken, how it is divided, and that replies say the teacher's scores."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.pairs import PairTable, write_pairs
from omniedit.errors import DataError, RecipeError
from omniedit.images import load_rgb
from omniedit.judge.questions import Asking, ask
from omniedit.judge.reply import read_reply
from omniedit.judge.rubric import OMNIEDIT, VIESCORE
from omniedit.train.distill import DistillRecipe
from omniedit.train.distill.dataset import bin_of, chosen, held_out, make_dataset, target
from omniedit.train.distill.recipe import DataConfig
from omniedit.train.distill.rows import ChatRow, read_rows, write_rows
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

RECIPE = DistillRecipe(name="tiny", pairs="pairs", base="base", out="out")
DATA = DataConfig(held_out=0.4)


def pair(index: int, *, photo: str | None = None, task: Task = Task.SWAP, score: float | None = None) -> Pair:
    rng = np.random.default_rng(index)
    source, result = (rng.integers(0, 256, (24, 32, 3), dtype=np.uint8) for _ in range(2))
    score = float(index % 11) if score is None else score
    verdict = Verdict((score, 10.0), (score,), judge="teacher", sc_reasoning=f"seen {index}", pq_reasoning="clean")
    proposal = Proposal(f"p{index}", task, f"make it {index}")
    name = f"photo-{index // 2}" if photo is None else photo
    return Pair(f"pair-{index}", Candidate(name, proposal, source, result, "test"), verdict)


def recipe_for(folder: Path, pairs: list[Pair], data: DataConfig = DATA) -> DistillRecipe:
    (folder / "pairs").mkdir(parents=True)
    write_pairs(folder / "pairs" / "a.parquet", pairs)
    return replace(RECIPE, pairs=str(folder / "pairs"), out=str(folder / "out"), data=data)


def test_a_row_is_what_the_judge_is_asked_and_what_the_teacher_said(tmp_path: Path) -> None:
    recipe = recipe_for(tmp_path, [pair(1), pair(2)], DataConfig(held_out=0, max_side=16))
    folder = make_dataset(recipe, tmp_path / "data")
    sc, pq = (row for row in read_rows(folder / "train.jsonl") if row.id.startswith("pair-1/"))
    assert [sc.question, pq.question] == [question.text for question in ask(OMNIEDIT, "make it 1", Asking())]
    assert (sc.reply, pq.reply) == (
        '{"reasoning": "seen 1", "score": [1, 10]}',
        '{"reasoning": "clean", "score": [1]}',
    )
    assert (sc.task, sc.photo, sc.overall) == ("swap", "photo-0", 1.0)
    assert [load_rgb(folder / path).shape for path in sc.pictures] == [(12, 16, 3)] * 2
    assert pq.pictures == sc.pictures[1:]


def test_messages_are_chats_and_both_tables_are_the_same(tmp_path: Path) -> None:
    folder = make_dataset(recipe_for(tmp_path, [pair(index) for index in range(12)]), tmp_path / "data")
    for part in ("train", "held"):
        assert read_rows(folder / f"{part}.jsonl") == read_rows(folder / f"{part}.parquet") != []
    first = json.loads((folder / "train.jsonl").read_text(encoding="utf-8").split("\n")[0])
    user, assistant = first["messages"]
    assert (user["role"], assistant["role"]) == ("user", "assistant")
    assert [part["type"] for part in user["content"]] == ["image", "image", "text"]
    assert (folder / user["content"][0]["path"]).is_file()


def test_no_photo_is_on_both_sides_and_the_summary_counts(tmp_path: Path) -> None:
    folder = make_dataset(recipe_for(tmp_path, [pair(index) for index in range(40)]), tmp_path / "data")
    train, held = ({row.photo for row in read_rows(folder / f"{part}.parquet")} for part in ("train", "held"))
    assert train.isdisjoint(held)
    assert len(train) + len(held) == 20
    assert len(held) > 2
    summary = json.loads((folder / "data.json").read_text())
    assert summary["counts"] == {"pairs": 40, "taken": 40}
    assert summary["photos"] == {"train": len(train), "held": len(held)}
    assert sum(summary["pairs by task and bin of O"].values()) == 40


def test_pairs_without_a_photo_id_are_divided_by_their_source(tmp_path: Path) -> None:
    same = pair(0, photo="")
    twin = replace(pair(1, photo=""), candidate=replace(pair(1, photo="").candidate, source=same.candidate.source))
    folder = make_dataset(recipe_for(tmp_path, [same, twin, pair(3)], DataConfig(held_out=0)), tmp_path / "data")
    photos = {row.id: row.photo for row in read_rows(folder / "train.parquet")}
    assert photos["pair-0/sc"] == photos["pair-1/sc"] != ""


@settings(max_examples=50, deadline=None)
@given(photo=st.text(max_size=20), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_photo_that_is_held_out_stays_so_when_more_are(photo: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert not held_out(photo, low) or held_out(photo, high)
    assert not held_out(photo, 0.0)
    assert held_out(photo, 1.0)


def test_at_most_so_many_of_each_task_and_bin_whatever_their_order(tmp_path: Path) -> None:
    tasks = [Task.SWAP, Task.REMOVAL]
    pairs = [pair(index, task=tasks[index % 2], score=9.5 if index % 3 else index / 10) for index in range(60)]
    for name, listed in (("a", pairs), ("b", pairs[::-1])):
        write_pairs(tmp_path / f"{name}.parquet", listed)
    table, turned = PairTable([tmp_path / "a.parquet"]), PairTable([tmp_path / "b.parquet"])
    taken = [table[index] for index in chosen(table, 4, seed=0)]
    counts = Counter((it.candidate.proposal.task, bin_of(it.verdict.overall or 0.0)) for it in taken)
    assert max(counts.values()) == 4
    assert {key for key, count in counts.items() if count == 4} >= {(task, 9) for task in tasks}
    assert {it.id for it in taken} == {turned[index].id for index in chosen(turned, 4, seed=0)}
    assert {it.id for it in taken} != {table[index].id for index in chosen(table, 4, seed=1)}
    assert len(chosen(table, 0, seed=0)) == 60


@pytest.mark.parametrize(("overall", "place"), [(0.0, 0), (0.99, 0), (1.0, 1), (8.99, 8), (9.0, 9), (10.0, 9)])
def test_bins_are_one_wide_and_the_last_is_closed(overall: float, place: int) -> None:
    assert bin_of(overall) == place


@settings(max_examples=200, deadline=None)
@given(
    scores=st.lists(st.integers(0, 1000).map(lambda hundredths: hundredths / 100), min_size=2, max_size=2),
    reasoning=st.text(max_size=80),
    asking=st.builds(Asking, reasoning_first=st.booleans(), scale=st.sampled_from([5, 10, 25, 100])),
)
def test_the_reply_is_read_back_to_the_teachers_scores_or_there_is_none(
    scores: list[float], reasoning: str, asking: Asking
) -> None:
    recipe, question = replace(RECIPE, asking=asking), ask(OMNIEDIT, "make it bright", asking)[0]
    reply = target(question, scores, reasoning, recipe)
    if reply:
        read = read_reply(reply, names=question.names, scale=asking.scale)
        assert read.scores == pytest.approx(scores, abs=1e-8)
        assert read.reasoning == reasoning
        assert json.loads(reply)["reasoning"] == reasoning
    else:  # only a reasoning that looks like a verdict, or like thinking, is left out
        assert target(question, scores, "plain words", recipe)


@given(words=st.lists(st.sampled_from(["the", "car", "is", "red,", '"new"', "it's", "8", "half\n"]), max_size=12))
@settings(max_examples=100, deadline=None)
def test_ordinary_reasons_are_never_left_out(words: list[str]) -> None:
    question = ask(OMNIEDIT, "make it bright", Asking())[0]
    assert target(question, (8, 7.5), " ".join(words).strip(), RECIPE)


def test_whole_scores_are_the_nearest_on_the_asked_scale() -> None:
    recipe = replace(RECIPE, data=DataConfig(whole=True), asking=Asking(scale=25))
    question = ask(OMNIEDIT, "make it bright", recipe.asking)[0]
    assert target(question, (7.3, 10), "", recipe).endswith('"score": [18, 25]}')


def test_what_another_rubric_scored_and_what_has_no_score_is_left_out_and_counted(tmp_path: Path) -> None:
    other = replace(pair(1), verdict=Verdict((5,), (5, 5), sc_reasoning="a"))
    unscored = replace(pair(2), verdict=Verdict(unscored="refused"))
    recipe = recipe_for(tmp_path, [pair(0), other, unscored], DataConfig(held_out=0))
    folder = make_dataset(recipe, tmp_path / "data")
    counts = json.loads((folder / "data.json").read_text())["counts"]
    assert counts == {"pairs": 3, "taken": 1, "left out: no reply would be read back to the scores": 1, "unscored": 1}
    with pytest.raises(DataError, match="no pair for training that was scored by the rubric 'viescore'"):
        make_dataset(replace(recipe, rubric=VIESCORE.name), tmp_path / "other")


def test_a_set_is_made_once_and_not_mixed_with_another(tmp_path: Path) -> None:
    recipe = recipe_for(tmp_path, [pair(index) for index in range(6)])
    folder = make_dataset(recipe, tmp_path / "data")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    make_dataset(recipe, folder)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="made with other settings"):
        make_dataset(replace(recipe, data=DataConfig(per_bin=1)), folder)


def test_the_same_pairs_give_the_same_bytes(tmp_path: Path) -> None:
    recipe = recipe_for(tmp_path, [pair(index) for index in range(6)])
    one, two = (make_dataset(recipe, tmp_path / name) for name in ("one", "two"))
    for path in one.rglob("*"):
        assert path.is_dir() or path.read_bytes() == (two / path.relative_to(one)).read_bytes()


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=40))
def test_any_words_survive_both_tables(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("rows")
    rows = [ChatRow("a/sc", "sc", "swap", "photo", 5.0, ("p.png",), f"a\u2028{text}\r\n", text)]
    write_rows(folder, "train", rows)
    assert read_rows(folder / "train.jsonl") == read_rows(folder / "train.parquet") == rows


def test_a_broken_table_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(DataError, match="is no table of chats"):
        read_rows(tmp_path / "train.jsonl")
    with pytest.raises(DataError, match="is no table of chats"):
        read_rows(tmp_path / "nothing.parquet")


def test_the_recipe_that_is_shipped_reads() -> None:
    recipe = DistillRecipe.read(Path(__file__).parents[2] / "recipes" / "judge_distill.toml")
    assert (recipe.mode, recipe.asked, recipe.data.whole) == ("expected", OMNIEDIT, True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('mode = "guess"', "mode is 'guess', not one of text, expected"),
        ('mode = "expected"', "whole must be true"),
        ('rubric = "taste"', "rubric is 'taste'"),
        ("[train]\nsteps = 0", "must be positive"),
        ("[data]\nheld_out = 1.0", r"held_out must lie in \[0, 1\)"),
        ("[asking]\npasses = 2", "1 pass"),
        ("[lora]\nrang = 2", "unknown setting 'rang'"),
        ('[run]\ndtype = "int4"', "dtype is 'int4'"),
        ("data = 3", "data must be a table"),
    ],
)
def test_bad_recipes_say_what_is_wrong(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f'name = "x"\npairs = "p"\nbase = "b"\nout = "o"\n{line}\n')
    with pytest.raises(RecipeError, match=message) as caught:
        DistillRecipe.read(path)
    assert path.name in str(caught.value)
