"""ImgEdit-Bench: a list and pictures beside it, and three scores of which none is above the first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_copies import picture, scored, unscored

from omniedit.bench.item import SuiteOptions
from omniedit.bench.results import Row, Score
from omniedit.bench.suites.imgedit import PUBLISHED, TASKS, ImgEditSuite, capped
from omniedit.errors import DataError, ImageError
from omniedit.images import save_picture
from omniedit.judge.questions import Asking
from omniedit.judge.remote import RemoteConfig, RemoteJudge
from omniedit.judge.rubric import IMGEDIT, RUBRICS
from omniedit.testing import JudgeServer, pictures_of, question_of
from omniedit.types import Candidate, Proposal, Task

KINDS = ("add", "alter", "extract", "replace", "remove", "background", "style", "compose", "action")
COUNTS = {kind: 1 + index % 3 for index, kind in enumerate(KINDS)}


def items(counts: dict[str, int] = COUNTS) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, count in counts.items():
        for _ in range(count):
            number = len(found)
            name = f"compose/human/{number}.jpg" if kind == "compose" else f"daily object/{number:09}.jpg"
            found[str(1000 + number)] = {"id": name, "prompt": f"{kind} it, number {number}. ", "edit_type": kind}
    return found


def write(folder: Path, listed: Any, name: str = "basic_edit.json") -> Path:
    """A copy as its commands leave it: the list, and the pictures in Benchmark/singleturn."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(listed), encoding="utf-8")
    for number, cells in enumerate(listed.values() if isinstance(listed, dict) else ()):
        path = folder / "Benchmark" / "singleturn" / cells["id"]
        path.parent.mkdir(parents=True, exist_ok=True)
        save_picture(path.with_suffix(".png"), picture(number, (16, 24)))
        path.with_suffix(".png").rename(path)
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("imgedit"), items())


def suite(copy: Path, limit: int | None = None) -> ImgEditSuite:
    return ImgEditSuite(SuiteOptions(copy, 0, limit))


def test_items_are_those_of_the_list(copy: Path) -> None:
    assert suite(copy).ids == list(items())
    for number, name in enumerate(items()):
        item = suite(copy).item(name)
        assert item.group == items()[name]["edit_type"]
        assert item.instruction == items()[name]["prompt"]
        assert item.ratio == "2:3"
        assert np.array_equal(item.photo.image, picture(number, (16, 24)))
    assert suite(copy).item("1000").proposal.task is Task.ADDITION
    assert suite(copy).rubric in RUBRICS


def test_the_list_itself_can_be_given_and_named_as_in_older_versions(tmp_path: Path, copy: Path) -> None:
    older = write(tmp_path / "older", items(), "singleturn.json")
    assert suite(older).hash == suite(older / "singleturn.json").hash == suite(copy).hash


def published(marks: dict[str, tuple[int, int, int]], kinds: dict[str, str]) -> dict[str, float]:
    """Scores 1..5 -> the second and third at most the first -> mean; mean of each task; mean of the nine."""
    names = {"alter": "adjust", "compose": "hybrid"}
    tasks: dict[str, list[float]] = {}
    for key, (first, *others) in marks.items():
        scores = [first, *(first if other > first else other for other in others)]
        tasks.setdefault(names.get(kinds[key], kinds[key]), []).append(sum(scores) / 3)
    found = {task: sum(values) / len(values) for task, values in tasks.items()}
    assert len(found) == 9
    return found | {"overall": sum(found.values()) / 9}


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_the_published_protocol(copy: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    marks = {name: tuple(int(mark) for mark in rng.integers(1, 6, 3)) for name in items()}
    rows = [scored(name, [(a - 1) * 2.5], [(b - 1) * 2.5, (c - 1) * 2.5]) for name, (a, b, c) in marks.items()]
    figures = dict(suite(copy).figures(rows))
    assert figures.pop("coverage") == 1
    kinds = {name: cells["edit_type"] for name, cells in items().items()}
    assert figures == pytest.approx(published(marks, kinds))  # type: ignore[arg-type]


def test_overall_is_the_mean_of_tasks_as_in_published_tables() -> None:
    """Step1X-Edit's row of the paper's table, with the number of items that each task has."""
    row = {"add": 3.88, "adjust": 3.14, "extract": 1.76, "replace": 3.40, "remove": 2.41}
    row |= {"background": 3.16, "style": 4.63, "hybrid": 2.64, "action": 2.52}
    counts = {"add": 95, "adjust": 94, "extract": 117, "replace": 92, "remove": 86}
    counts |= {"background": 94, "style": 100, "hybrid": 23, "action": 36}
    assert set(row) == set(PUBLISHED)
    assert sum(counts.values()) == 737
    assert round(sum(row.values()) / 9, 2) == 3.06
    assert round(sum(row[task] * counts[task] for task in row) / 737, 2) == 3.12


def test_missing_items_are_missed(copy: Path) -> None:
    rows = [unscored(name) if name == "1000" else scored(name, [10], [10, 5]) for name in items()]
    figures = suite(copy).figures(rows)
    assert figures["add"] is figures["overall"] is None
    assert figures["style"] == pytest.approx((5 + 5 + 3) / 3)
    assert figures["coverage"] == pytest.approx(1 - 1 / len(items()))


def test_scores_of_another_rubric_give_no_figures(copy: Path) -> None:
    for sc, pq in (((8, 8), (8,)), ((8, 8), (8, 8)), ((8,), (8,))):
        figures = suite(copy).figures([scored(name, sc, pq) for name in items()])
        assert set(figures.values()) == {None, 0}


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_an_item_lies_between_one_and_its_first_score(a: float, b: float, c: float) -> None:
    value = capped(scored("x", [a], [b, c]))
    assert value is not None
    assert 1 <= value <= 1 + 0.4 * a + 1e-9
    assert value == pytest.approx(capped(scored("x", [a], [c, b])))
    assert value <= capped(scored("x", [10], [b, c])) + 1e-9  # type: ignore[operator]


def test_repeats_are_capped_one_by_one() -> None:
    def said(judge: str, repeat: int, *scores: float) -> Score:
        return Score(judge, "stamp", repeat, scores[:1], scores[1:], 0.0)

    scores = (said("a 1", 0, 0, 10, 10), said("a 1", 1, 10, 0, 0), said("b 1", 0, 10, 10, 10))
    lost = Score("a 1", "stamp", 2, unscored="no numbers")
    row = Row("x", "add", "1:1", "", "…", "scored", (5,), (5, 5), 5, scores=(*scores, lost))
    assert capped(row) == pytest.approx((1 + (5 + 1 + 1) / 3) / 2)


def test_a_judge_asked_in_five_steps_gives_the_five_published_marks(tmp_path: Path) -> None:
    marks = {"adherence": 3, "quality": 5, "preservation": 2}

    def reply(request: dict[str, Any]) -> str:
        names = [name for name in marks if f"<{name}>" in question_of(request)]
        assert len(pictures_of(request)) == 2
        return json.dumps({"score": [marks[name] - 1 for name in names], "reasoning": "seen"})

    proposal = Proposal("p", Task.STYLE, "make it a sketch")
    with JudgeServer(reply) as server:
        config = RemoteConfig(model="any", base_url=server.url, asking=Asking(scale=4))
        with RemoteJudge(config, api_key="any", cache=tmp_path / "replies", rubric=IMGEDIT) as judge:
            verdict = judge.score(Candidate("p", proposal, picture(1), picture(2), maker="m"))
    assert verdict.scored
    assert capped(scored("x", verdict.sc, verdict.pq)) == pytest.approx((3 + 3 + 2) / 3)


def test_a_limit_takes_as_many_from_each_task(copy: Path) -> None:
    few = suite(copy, limit=9)
    assert sorted(few.item(name).group for name in few.ids) == sorted(KINDS)
    assert few.hash != suite(copy).hash
    assert suite(copy, limit=len(items())).hash == suite(copy).hash


def test_the_hash_changes_with_words_and_pictures(tmp_path: Path) -> None:
    hashes = [suite(write(tmp_path / "a", items())).hash]
    other = items()
    other["1000"]["prompt"] = "another"
    hashes.append(suite(write(tmp_path / "b", other)).hash)
    changed = write(tmp_path / "c", items()) / "Benchmark" / "singleturn" / items()["1000"]["id"]
    changed.write_bytes(changed.read_bytes() + b"x")
    hashes.append(suite(tmp_path / "c").hash)
    assert len(set(hashes)) == 3


def test_without_a_copy_it_says_what_to_fetch() -> None:
    with pytest.raises(DataError, match=r"hf download sysuyy/ImgEdit Benchmark\.tar"):
        ImgEditSuite(SuiteOptions()).ids  # noqa: B018


def test_a_folder_without_the_list_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{tmp_path} holds no basic_edit\.json"):
        suite(tmp_path).ids  # noqa: B018


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"1": 3}', '{"1": {"prompt": "x", "edit_type": "add"}}'])
def test_a_broken_list_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "basic_edit.json").write_text(content)
    with pytest.raises(DataError, match=str(tmp_path / "basic_edit.json")):
        suite(tmp_path).ids  # noqa: B018


def test_an_item_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    other = items()
    other["1001"]["edit_type"] = "weather"
    with pytest.raises(DataError, match=f"item 1001 of {tmp_path}.* has the edit_type 'weather'"):
        suite(write(tmp_path, other)).ids  # noqa: B018


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    write(tmp_path, items())
    one = tmp_path / "Benchmark" / "singleturn" / items()["1002"]["id"]
    one.unlink()
    with pytest.raises(DataError, match=f"{one}, a picture of item 1002 of"):
        suite(tmp_path).ids  # noqa: B018
    (tmp_path / "Benchmark").rename(tmp_path.parent / "elsewhere")
    with pytest.raises(DataError, match=rf"is nowhere below {tmp_path}: unpack Benchmark\.tar"):
        suite(tmp_path).ids  # noqa: B018


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    write(tmp_path, items())
    one = tmp_path / "Benchmark" / "singleturn" / items()["1002"]["id"]
    one.write_bytes(b"no picture")
    with pytest.raises(ImageError, match=str(one)):
        suite(tmp_path).item("1002")


def test_every_kind_has_one_of_the_nine_names() -> None:
    assert len(PUBLISHED) == 9
    assert {TASKS[kind][0] for kind in KINDS} == set(PUBLISHED)
