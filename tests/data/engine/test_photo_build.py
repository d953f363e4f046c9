"""A build of photographs: nothing is lost, the same bytes by any number of workers, and every tool by its name."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from photo_piles import asked, contents, pile, recipe

from omniedit.data.engine import build
from omniedit.data.engine.executors import Local
from omniedit.data.engine.ledger import Outcome, read_ledger, read_summary
from omniedit.data.engine.photo_recipe import PhotoRecipe
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.engine.recipe import BuildRecipe, read_recipe
from omniedit.data.engine.status import status
from omniedit.data.engine.times import read_times
from omniedit.data.importance import SoftWeight
from omniedit.data.pairs import read_pairs
from omniedit.data.photos import bundled_photos
from omniedit.data.sources import open_source
from omniedit.data.sources import photos as photos_of
from omniedit.data.sources.kinds import spec_of
from omniedit.errors import DataError, JudgeError, OmniEditError, RecipeError
from omniedit.testing import JudgeServer
from omniedit.testing.completions import question_of, reply_by_hash
from omniedit.testing.proposals import ProposalReplies
from omniedit.types import Task

TASKS = (Task.ENVIRONMENT, Task.STYLE)
COUNT = 5
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pile(tmp_path_factory.mktemp("pile") / "photos", COUNT, faulty=True)


@pytest.fixture(scope="module")
def built(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without a judge."""
    out = tmp_path_factory.mktemp("built")
    recipe(photos, *TASKS).run(out)
    return out


@pytest.fixture(scope="module")
def server() -> Iterator[JudgeServer]:
    """One that judges, and proposes."""
    proposals = ProposalReplies(seed=1, shares={"partial": 0.3, "malformed": 0.2, "refused": 0.1})

    def reply(request: dict[str, object]) -> object:
        return (proposals if "Kind of edit:" in question_of(request) else reply_by_hash)(request)

    with JudgeServer(reply) as listening:  # type: ignore[arg-type]
        yield listening


def rows(out: Path) -> list[Outcome]:
    return list(read_ledger(out))


# Nothing is lost ------------------------------------------------------------------------------------------------------


def test_every_photograph_of_the_source_has_its_rows(built: Path) -> None:
    outcomes, summary = rows(built), read_summary(built)
    dropped = {outcome.scene: outcome.reason for outcome in outcomes if outcome.status == "dropped"}
    assert {name: reason.partition(":")[0] for name, reason in dropped.items()} == {
        "zero_again.jpg": "duplicate",
        "small.png": "megapixels",
        "torn.png": "unreadable",
    }
    items = [outcome for outcome in outcomes if outcome.status != "dropped"]
    assert len({outcome.scene for outcome in items}) == summary.scenes == COUNT
    assert len(items) == summary.items == summary.proposals == summary.unscored
    assert (summary.dropped, summary.kept, summary.rejected, summary.failed) == (3, 0, 0, 0)
    assert COUNT * len(TASKS) < summary.items <= 2 * COUNT * len(TASKS)


def test_without_a_judge_pairs_wait_apart_and_unscored(built: Path) -> None:
    pairs = list(read_pairs(built / "unscored"))
    assert [pair.id for pair in pairs] == [outcome.pair for outcome in rows(built) if outcome.pair]
    assert all(pair.weight == 0 and not pair.verdict.scored for pair in pairs)
    assert {pair.candidate.details["proposer"] for pair in pairs} == {"templates"}
    assert not (built / "kept").exists()
    found = status(built)
    assert found.whole
    assert (found.dropped, found.counts) == (3, (0, 0, len(pairs), 0))


def test_the_page_shows_photographs_tasks_reasons_and_times(built: Path) -> None:
    page = (built / "report.html").read_text(encoding="utf-8")
    assert all(word in page for word in (">taken<", "grounded", "duplicate", "seconds of workers"))
    assert "<h2>Unscored</h2>" in page
    clock = read_times(built)
    assert clock.calls["specialist"] == read_summary(built).items
    assert clock.calls["intake"] == COUNT + 3
    assert clock.total > 0


def test_a_photograph_that_has_gone_is_a_failed_row_until_it_is_back(tmp_path: Path) -> None:
    photos = pile(tmp_path / "photos", 2)
    plan = recipe(photos, Task.STYLE)
    plan.prepare(tmp_path / "out", Local(1))
    away = (photos / "001.png").rename(tmp_path / "away.png")
    assert plan.run(tmp_path / "out").failed == 1
    assert "001.png" in next(row.reason for row in rows(tmp_path / "out") if row.status == "failed")
    away.rename(photos / "001.png")
    assert plan.run(tmp_path / "out", retry_failed=True).failed == 0
    plan.run(tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


# Same seed, same bytes ------------------------------------------------------------------------------------------------


def test_workers_judges_and_stops_do_not_change_the_bytes(photos: Path, server: JudgeServer, tmp_path: Path) -> None:
    plan = recipe(photos, *TASKS, judge=asked(server.url, tmp_path / "replies.sqlite"), threshold=6.0)
    first = plan.run(tmp_path / "one")
    plan.given(limit=2).run(tmp_path / "two", executor=Local(2))
    plan.run(tmp_path / "two", executor=Local(2))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert 0 < first.kept < first.scored == first.items
    assert {pair.verdict.judge for pair in read_pairs(tmp_path / "one")} == {"openai:tester"}
    assert all((pair.weight > 0) == ((pair.verdict.overall or 0) >= 6) for pair in read_pairs(tmp_path / "one"))
    bill = read_times(tmp_path / "one").bills["judge"]
    assert bill.calls == 2 * first.items
    replace(plan, soft=SoftWeight(6.0, floor=3.0)).run(tmp_path / "soft")
    weights = {pair.id: (pair.verdict.overall or 0, pair.weight) for pair in read_pairs(tmp_path / "soft" / "kept")}
    assert len(weights) > first.kept
    assert all(overall >= 3 and weight == min(1, math.exp(overall - 6)) for overall, weight in weights.values())


def test_another_recipe_is_refused_before_photographs_are_looked_at(built: Path, photos: Path, tmp_path: Path) -> None:
    before = contents(built)
    for other in (recipe(photos, Task.STYLE), replace(recipe(photos, *TASKS), seed=1), recipe(built.parent, *TASKS)):
        with pytest.raises(DataError):
            other.run(built)
    assert contents(built) == before
    build([], out=tmp_path)
    with pytest.raises(DataError, match="other scenes or settings"):
        recipe(photos, *TASKS).run(tmp_path)
    assert not (tmp_path / "photos").exists()


def test_a_pile_without_a_good_photograph_is_a_build_of_reasons(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "torn.png").write_bytes(b"torn")
    summary = recipe(tmp_path / "photos", *TASKS).run(tmp_path / "out")
    assert (summary.scenes, summary.items, summary.dropped) == (0, 0, 1)
    assert "unreadable" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_bundled_photographs_are_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train").mkdir()  # a folder of that name is another thing
    monkeypatch.chdir(tmp_path)
    source = open_source(spec_of(open_source({"kind": "bundled"})))
    found = {photo.id: photo for photo in photos_of(source)}
    for photo in bundled_photos("train"):
        np.testing.assert_array_equal(found[photo.id].image, photo.image)
        assert found[photo.id].caption == photo.caption
    with pytest.raises(DataError, match="no split 'test'"):
        open_source({"kind": "bundled", "path": "test"}).units()


# Proposals by a model -------------------------------------------------------------------------------------------------


def test_a_model_proposes_and_its_words_and_faults_are_kept(photos: Path, server: JudgeServer, tmp_path: Path) -> None:
    proposals = ProposalsTable("openai:tester", 3, base_url=server.url, cache=str(tmp_path / "said.sqlite"))
    tasks = (Task.BACKGROUND, *TASKS)
    plan = recipe(photos, *tasks, proposals=proposals)
    plan.run(tmp_path / "out")
    outcomes = [row for row in rows(tmp_path / "out") if row.status != "dropped"]
    assert {(row.scene, row.task) for row in outcomes} == {
        (f"{number:03}.png", str(task)) for number in range(COUNT) for task in tasks
    }
    bill = read_times(tmp_path / "out").bills["proposal"]
    assert bill.calls >= COUNT * len(tasks)
    plan.run(tmp_path / "again")
    assert read_times(tmp_path / "again").bills["proposal"].calls == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "again")
    assert all(row.reason for row in outcomes)
    assert any(row.stage == "proposal" and row.reason.startswith("round ") for row in outcomes)


def test_what_nobody_answered_is_failed_and_asked_again(photos: Path, server: JudgeServer, tmp_path: Path) -> None:
    table = ProposalsTable("openai:tester", base_url=server.url, cache=str(tmp_path / "said.sqlite"), max_calls=3)
    plan = recipe(photos, Task.STYLE, proposals=table)
    first = plan.run(tmp_path)
    assert first.failed
    assert {row.reason for row in rows(tmp_path) if row.status == "failed"} == {"no answer: budget"}
    rich = replace(plan, proposals=replace(table, max_calls=None))
    assert rich.run(tmp_path).failed == first.failed
    assert rich.run(tmp_path, retry_failed=True).failed == 0


# Recipes --------------------------------------------------------------------------------------------------------------

TABLES = {
    "source": 'path = "photos"\nlargest = 0.5\n[source.filters]\nmin_megapixels = 0.1\nleakage = ["a.txt"]',
    "proposals": 'by = "openai:gpt-4o"\ncount = 5',
    "grounding": 'by = "open"\nbox_threshold = 0.4\nmasks = ["tight", "box"]',
    "specialists": 'style = "cpu"\n[specialists.swap]\nby = "inpaint"\nmodel = "mine"\nsteps = 20',
    "judge": 'name = "openai:gpt-4o"\npasses = 2',
}


def written(folder: Path, head: str = "", **tables: str) -> Path:
    """A recipe file."""
    path = folder / "recipe.toml"
    parts = [f"[{name}]\n{text}" for name, text in {**TABLES, **tables}.items() if text]
    path.write_text("\n".join([head, *parts]) + "\n", encoding="utf-8")
    return path


def test_a_recipe_says_everything(tmp_path: Path) -> None:
    plan = read_recipe(written(tmp_path, "seed = 4\nthreshold = 8.5"))
    assert isinstance(plan, PhotoRecipe)
    assert (plan.seed, plan.threshold, plan.source.largest) == (4, 8.5, 0.5)
    assert plan.source.filters.leakage == ("a.txt",)
    assert list(plan.specialists) == [Task.SWAP, Task.STYLE]
    assert plan.specialists[Task.SWAP].described()["steps"] == 20
    assert plan.grounding.several
    assert plan.judge.options == {"passes": 2}
    assert plan.given(photos=Path("other"), limit=7).source.spec == {"path": "other"}


@pytest.mark.parametrize(
    ("table", "text", "complaint"),
    [
        ("source", 'path = "p"\nlargest = -1', "megapixels"),
        ("source", 'path = "p"\n[source.filters]\nblur = 1', "unknown setting 'blur'"),
        ("proposals", 'by = "gpt-4o"', "there is no proposer 'gpt-4o'"),
        ("grounding", 'by = "open"\ncolour = 1', "unknown setting 'colour'"),
        ("grounding", "box_threshold = 0.4", 'is a setting of by = "open"'),
        ("specialists", "", "no task is named"),
        ("specialists", 'colouring = "cpu"', "no task 'colouring'"),
        ("specialists", 'style = "inpaint"', "inpaint does swap, removal, addition, background, and no style"),
        ("specialists", 'style = "magic"', "no specialist 'magic'"),
        ("specialists", '[specialists.style]\nby = "cpu"\nsteps = 4', "no setting 'steps'"),
        ("judge", 'name = "oracle"', "needs the ideal edit"),
        ("judge", "passes = 2", "without the name of a judge"),
        ("soft", "temperature = 0.0", "a temperature above 0"),
        ("soft", "threshold = 8.0", "the threshold is the recipe's"),
    ],
)
def test_what_cannot_be_is_refused(table: str, text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=complaint.replace("(", r"\(")):
        read_recipe(written(tmp_path, **{table: text}))


def test_the_guides_recipe_is_one(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "recipe.toml").write_text(blocks[0], encoding="utf-8")
    plan = read_recipe(tmp_path / "recipe.toml")
    assert isinstance(plan, PhotoRecipe)
    assert list(plan.specialists) == [Task.REMOVAL, Task.STYLE]


def test_shipped_recipes_are_of_their_kind() -> None:
    folder = ROOT / "recipes"
    assert isinstance(read_recipe(folder / "nano_build.toml"), BuildRecipe)
    full = read_recipe(folder / "build_full.toml")
    assert isinstance(full, PhotoRecipe)
    assert set(full.specialists) == set(Task)
    assert (full.proposals.count, full.grounding.several, full.threshold) == (5, True, 9.0)
    assert isinstance(read_recipe(folder / "build_cpu.toml"), PhotoRecipe)


def test_a_judge_or_model_that_is_missing_ends_the_build_and_fails_no_row(photos: Path, tmp_path: Path) -> None:
    lost = recipe(photos, *TASKS, judge=replace(asked("", tmp_path), name="student:nowhere", options={}))
    with pytest.raises(JudgeError, match="no student judge"):
        lost.run(tmp_path / "judge")
    (tmp_path / "empty").mkdir()
    style = f'[specialists.style]\nby = "instruct"\nmodel = "{tmp_path / "empty"}"'
    text = {"specialists": style, "judge": "", "grounding": ""}
    plan = read_recipe(written(tmp_path, source=f'path = "{photos}"', proposals="", **text))
    assert isinstance(plan, PhotoRecipe)
    with pytest.raises(OmniEditError, match="empty cannot be loaded"):
        replace(plan, source=recipe(photos, Task.STYLE).source).run(tmp_path / "model")
    assert not list((tmp_path / "model" / "units").glob("[0-9]*.json"))
    assert json.loads((tmp_path / "model" / "plan.json").read_text())["scenes"] == COUNT
