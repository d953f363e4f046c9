"""Making, checking and freezing a suite: what stands in its files, what is said of faults, what its hash depends on."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from suite_folders import SMALL, folder_of, frozen, photograph

from omniedit.bench.suites.making import check, freeze, make
from omniedit.bench.suites.making.check import opened
from omniedit.bench.suites.making.folder import read_seal
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.errors import DataError, RecipeError
from omniedit.images import load_rgb, save_picture
from omniedit.testing import JudgeServer, question_of
from omniedit.testing.proposals import ProposalReplies, right_proposals
from omniedit.types import Task


def lines(suite: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (suite / "edits.jsonl").read_text(encoding="utf-8").splitlines()]


def write_lines(suite: Path, edits: list[dict[str, str]]) -> None:
    (suite / "edits.jsonl").write_text("".join(f"{json.dumps(edit)}\n" for edit in edits), encoding="utf-8")


def change(suite: Path, place: int, **entries: str) -> None:
    edits = lines(suite)
    edits[place] |= entries
    write_lines(suite, edits)


def right(request: dict[str, Any]) -> str:
    """A model's reply that breaks no rule."""
    task = re.search(r"Kind of edit: (\w+)", question_of(request))
    assert task
    return json.dumps({"proposals": right_proposals(Task(task[1]), (48, 48))})


def told(suite: Path) -> list[str]:
    return list(map(str, check(suite)))


# Made -----------------------------------------------------------------------------------------------------------------


def test_what_is_known_of_photographs_makes_a_whole_suite(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    assert (made.photos, made.ratios["3:2"], made.ratios["1:1"], made.problems) == (2, 1, 1, [])
    edits = lines(suite)
    assert [(edit["photo"], edit["task"]) for edit in edits] == [
        (name, str(task)) for name in ("0000", "0001") for task in Task
    ]
    assert {edit["by"] for edit in edits} == {"templates"}
    assert {edit.get("object") for edit in edits if edit["task"] in ("swap", "removal", "attribute")} == {"dog"}
    seal = read_seal(suite)
    assert seal is not None
    assert (seal.hash, made.hash) == (made.hash, freeze(suite).hash)
    told = seal.photos["0000"]
    assert (told["licence"], told["source"][:6]) == ("CC0", "photo-")
    assert told["ratio"] in ("3:2", "1:1")


def test_without_known_objects_three_tasks_are_left_to_a_person(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "photographs", [(72, 48)], known=False)
    made = make(folder, tmp_path / "suite", limits=SMALL)
    assert made.hash == ""
    empty = [edit for edit in lines(tmp_path / "suite") if not edit["instruction"]]
    assert [edit["task"] for edit in empty] == ["swap", "removal", "attribute"]
    assert [problem.place for problem in made.problems] == [f"edits.jsonl, line {number}" for number in (1, 2, 4)]
    assert "no object is named" in made.problems[0].text
    with pytest.raises(DataError, match="not finished"):
        freeze(tmp_path / "suite")


def test_naming_an_object_later_and_the_same_command_fill_the_rest(tmp_path: Path) -> None:
    folder, suite = folder_of(tmp_path / "photographs", [(72, 48)], known=False), tmp_path / "suite"
    make(folder, suite, limits=SMALL)
    change(suite, 0, instruction="Turn the grey patch into a cat")
    facts = suite / "photos" / "0000.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"objects": [{"name": "dog"}]}), encoding="utf-8")
    made = make(folder, suite, limits=SMALL)
    assert made.hash
    edits = lines(suite)
    assert edits[0]["instruction"] == "Turn the grey patch into a cat"
    assert [edit["task"] for edit in edits] == list(map(str, Task))
    assert "dog" in edits[1]["instruction"]


def test_making_again_changes_nothing(tmp_path: Path) -> None:
    suite, first = frozen(tmp_path)
    before = {path: path.read_bytes() for path in suite.rglob("*") if path.is_file()}
    _, second = frozen(tmp_path)
    assert second.hash == first.hash
    assert before == {path: path.read_bytes() for path in suite.rglob("*") if path.is_file()}


def test_a_folder_with_another_suite_is_left_alone(tmp_path: Path) -> None:
    suite, _ = frozen(tmp_path)
    other = tmp_path / "others"
    other.mkdir()
    save_picture(other / "a.png", photograph(77))
    with pytest.raises(DataError, match="suite of other photographs"):
        make(other, suite, limits=SMALL)


def test_where_no_photograph_can_be_used_the_reasons_are_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of the 2 photographs(.|\n)*megapixels: "):
        make(folder_of(tmp_path / "photographs", [(72, 48), (48, 48)]), tmp_path / "suite")


def test_a_suite_that_was_shared_without_photographs_is_put_together_again(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    change(suite, 0, instruction="Put a hen in the place of the dog")
    shared = freeze(suite).hash
    shutil.rmtree(suite / "photos")
    others = folder_of(tmp_path / "others", [(72, 48), (48, 48), (48, 72), (90, 60)], known=False)
    (others / "photo-1.png").rename(others / "a.png")
    again = make(others, suite, limits=SMALL)
    assert (again.hash, again.photos, shared != made.hash) == (shared, 2, True)
    assert json.loads((suite / "photos" / "0000.json").read_text())["licence"] == "CC0"
    shutil.rmtree(suite / "photos")
    (others / "a.png").unlink()
    with pytest.raises(DataError, match=r"of which 1 are not there.*photo-1\.png"):
        make(others, suite, limits=SMALL)


def test_large_photographs_are_reduced_and_none_is_cropped(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "photographs", [(1800, 1200)])
    make(folder, tmp_path / "suite", limits=SMALL)
    height, width = load_rgb(tmp_path / "suite" / "photos" / "0000.png").shape[:2]
    assert 1.0e6 < width * height < 1.06e6
    assert width / height == pytest.approx(1.5, rel=0.01)


def test_by_hand_nothing_is_proposed(tmp_path: Path) -> None:
    made = make(folder_of(tmp_path / "photographs", [(72, 48)]), tmp_path / "suite", by="hand", limits=SMALL)
    assert len(made.problems) == 7
    assert all("by hand" in problem.text for problem in made.problems)


def test_an_unknown_proposer_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no proposer"):
        make(folder_of(tmp_path / "photographs", [(72, 48)]), tmp_path / "suite", by="gpt", limits=SMALL)
    assert not (tmp_path / "suite").exists()


def test_a_model_that_sees_the_photographs_proposes_and_is_paid_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "photographs", [(72, 48), (48, 48)], known=False)
    with JudgeServer(right) as server:
        asking = ProposalsTable(base_url=server.url, cache=str(tmp_path / "replies.sqlite"))
        made = make(folder, tmp_path / "suite", by="openai:any", asking=asking, limits=SMALL)
        assert made.hash
        assert {edit["by"] for edit in lines(tmp_path / "suite")} == {"openai:any"}
        asked = server.paid.calls
        assert asked == 14
        again = make(folder, tmp_path / "another", by="openai:any", asking=asking, limits=SMALL)
        assert (again.hash, server.paid.calls) == (made.hash, asked)


def test_what_a_model_does_not_propose_is_left_to_a_person(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "photographs", [(72, 48)], known=False)
    with JudgeServer(ProposalReplies(shares={"refused": 1.0})) as server:
        asking = ProposalsTable(base_url=server.url, cache=str(tmp_path / "replies.sqlite"))
        made = make(folder, tmp_path / "suite", by="openai:any", asking=asking, limits=SMALL)
    assert len(made.problems) == 7
    assert all(edit["why"] for edit in lines(tmp_path / "suite"))


def test_the_page_shows_all_instructions(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    page = (suite / "suite.html").read_text(encoding="utf-8")
    assert made.hash in page
    assert page.count("data:image/webp") == 2
    assert all(edit["instruction"].replace("'", "&#x27;") in page for edit in lines(suite))


# What is wrong --------------------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda suite: change(suite, 3, instruction=" "), "line 4: photo 0000 has no instruction for attribute"),
    "missing": (lambda suite: write_lines(suite, lines(suite)[1:]), "photo 0000 has no line for swap"),
    "task": (lambda suite: change(suite, 0, task="swop"), "line 1: there is no task 'swop'"),
    "photo": (lambda suite: change(suite, 0, photo="0009"), "line 1: there is no photo '0009'"),
    "twice": (lambda suite: write_lines(suite, [*lines(suite), lines(suite)[2]]), "line 15: photo 0000 has a line for"),
    "the same": (
        lambda suite: change(suite, 4, instruction=lines(suite)[2]["instruction"].upper()),
        "line 5: addition of the same photo has this instruction too, line 3",
    ),
    "line break": (lambda suite: change(suite, 0, instruction="Remove\nthe dog"), "line 1: the instruction has a line"),
    "entry": (lambda suite: change(suite, 0, instrution="x"), "line 1: the line: unknown setting 'instrution'"),
    "type": (lambda suite: change(suite, 0, instruction=5), "line 1: the line: instruction is to be of type str"),  # type: ignore[arg-type]
    "no JSON": (lambda suite: (suite / "edits.jsonl").write_text("{photo: 1}\n"), "line 1: it is no JSON"),
    "list": (lambda suite: (suite / "edits.jsonl").write_text("[]\n"), "line 1: it is no JSON object"),
    "half": (lambda suite: change(suite, 0, instruction="a \ud83d b"), "line 1: it is no JSON"),
    "picture": (lambda suite: (suite / "photos" / "0001.png").write_bytes(b"no"), "photos/0001.png: "),
    "a stranger": (lambda suite: (suite / "photos" / "a.jpg").write_bytes(b""), "photos/a.jpg: is no photograph of"),
    "facts": (lambda suite: (suite / "photos" / "0001.json").write_text("5"), "photos/0001.png: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_check_says_what_is_wrong_and_where(tmp_path: Path, fault: str) -> None:
    suite, _ = frozen(tmp_path)
    spoil, message = FAULTS[fault]
    spoil(suite)
    (suite / "suite.json").unlink()
    assert any(message in line for line in told(suite)), told(suite)
    with pytest.raises(DataError, match="not finished"):
        freeze(suite)


def test_making_again_keeps_lines_that_cannot_be_read(tmp_path: Path) -> None:
    suite, _ = frozen(tmp_path)
    whole = (suite / "edits.jsonl").read_text(encoding="utf-8")
    (suite / "edits.jsonl").write_text("{a slip of the pen\n" + whole.split("\n", 1)[1], encoding="utf-8")
    _, made = frozen(tmp_path)
    assert (suite / "edits.jsonl").read_text(encoding="utf-8").startswith("{a slip of the pen\n")
    assert made.problems[0].place == "edits.jsonl, line 1"


def test_a_folder_without_suite_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="suite make"):
        check(tmp_path)


# Frozen ---------------------------------------------------------------------------------------------------------------


def repaint(suite: Path) -> None:
    image = load_rgb(suite / "photos" / "0001.png")
    image[0, 0, 0] ^= 1
    save_picture(suite / "photos" / "0001.png", image, overwrite=True)


def rename(suite: Path) -> None:
    facts = suite / "photos" / "0000.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"caption": "a yard"}), encoding="utf-8")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "one value of one pixel": (repaint, "photos/0001.png: is not the picture that was frozen"),
    "one letter": (
        lambda suite: change(suite, 8, instruction=lines(suite)[8]["instruction"] + "!"),
        "edits.jsonl, line 9: is not the edit 0001-removal that was frozen",
    ),
    "an argument": (lambda suite: change(suite, 1, object="cat"), "line 2: is not the edit 0000-removal"),
    "a caption": (rename, "photos/0000.json: has not the caption"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_any_change_is_found_named_and_gives_another_hash(tmp_path: Path, what: str) -> None:
    suite, made = frozen(tmp_path)
    spoil, message = CHANGES[what]
    spoil(suite)
    assert len(told(suite)) == 1
    assert message in told(suite)[0]
    with pytest.raises(DataError, match="not as it was frozen"):
        opened(suite)
    assert freeze(suite).hash != made.hash
    assert told(suite) == []


def test_a_photograph_that_is_gone_or_new_is_named(tmp_path: Path) -> None:
    suite, _ = frozen(tmp_path)
    shutil.copy(suite / "photos" / "0000.png", suite / "photos" / "0007.png")
    (suite / "photos" / "0001.png").unlink()
    assert any("photos/0001.png: is missing" in line for line in told(suite))
    assert any("photos/0007.png: was not there" in line for line in told(suite))


@pytest.mark.parametrize(
    "seal", ["{}", "5", '{"format": 2}', "[", '{"format": 1, "hash": "", "photos": [], "edits": []}']
)
def test_a_broken_seal_is_a_problem(tmp_path: Path, seal: str) -> None:
    suite, _ = frozen(tmp_path)
    (suite / "suite.json").write_text(seal, encoding="utf-8")
    assert "suite.json" in told(suite)[0]
    with pytest.raises(DataError, match=r"suite\.json"):
        opened(suite)


def test_a_seal_that_was_changed_is_a_problem(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    text = (suite / "suite.json").read_text(encoding="utf-8")
    (suite / "suite.json").write_text(text.replace(made.hash, "0" * 12), encoding="utf-8")
    assert "was changed" in told(suite)[0]


def test_names_order_and_times_of_files_change_no_hash(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    other = tmp_path / "others"
    shutil.copytree(tmp_path / "photographs", other)
    for ending in (".png", ".json"):
        (other / f"photo-0{ending}").rename(other / f"zebra{ending}")
    os.utime(other / "zebra.png", (0, 0))
    assert make(other, tmp_path / "second", limits=SMALL).hash == made.hash
    write_lines(suite, lines(suite)[::-1])
    os.utime(suite / "edits.jsonl", (0, 0))
    assert told(suite) == []
    assert freeze(suite).hash == made.hash


def test_where_photographs_are_from_and_who_proposed_change_no_hash(tmp_path: Path) -> None:
    suite, made = frozen(tmp_path)
    facts = suite / "photos" / "0000.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"source": "https://example.org"}), encoding="utf-8")
    change(suite, 0, by="me")
    assert freeze(suite).hash == made.hash
