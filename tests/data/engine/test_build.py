"""A build loses nothing, gives the same bytes however often it is stopped, and shows itself in one page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from omniedit.data.engine import build, write_report
from omniedit.data.engine.ledger import read_ledger, read_summary, shard_paths_of
from omniedit.data.pairs import PairTable, read_pairs
from omniedit.data.photos import bundled_photos
from omniedit.data.scenes import Scene, SceneMaker
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.errors import DataError
from omniedit.judge import OMNIEDIT, Oracle, unscored
from omniedit.types import Candidate, Ideal, Photo, Task, Verdict

TASKS = (Task.REMOVAL, Task.ATTRIBUTE, Task.BACKGROUND)
COUNT, UNIT = 8, 3


def scenes(count: int, start: int = 0) -> Iterator[Scene]:
    maker = SceneMaker(tuple(bundled_photos("train")))
    return (maker(index) for index in range(start, start + count))


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a build but what was measured, which no two builds share."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.parent.name != "times")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("build")
    build(scenes(COUNT), out=out, tasks=TASKS, grounding=LayerGrounding(error_rate=0.5), unit=UNIT)
    return out


# Nothing is lost ------------------------------------------------------------------------------------------------------


def test_every_item_has_one_outcome_and_the_counts_add_up(built: Path) -> None:
    outcomes, summary = list(read_ledger(built)), read_summary(built)
    assert {(outcome.scene, outcome.task) for outcome in outcomes} == {
        (scene.id, str(task)) for scene in scenes(COUNT) for task in TASKS
    }
    assert len(outcomes) == summary.items == COUNT * len(TASKS)
    assert summary.kept + summary.rejected + summary.failed == summary.items
    assert all((outcome.reason == "") == (outcome.status == "kept") for outcome in outcomes)
    assert summary.failed == 0
    assert min(summary.kept, summary.rejected) > 3
    counts = [number for _, number in summary.funnel]
    assert counts == sorted(counts, reverse=True)


def test_shards_hold_what_the_ledger_says(built: Path) -> None:
    outcomes = list(read_ledger(built))
    for status in ("kept", "rejected"):
        pairs = list(read_pairs(built / status))
        said = [outcome for outcome in outcomes if outcome.status == status and outcome.pair]
        assert [pair.id for pair in pairs] == [outcome.pair for outcome in said]
        assert [pair.verdict.overall for pair in pairs] == [outcome.overall for outcome in said]
        assert all((pair.weight > 0) == (status == "kept") for pair in pairs)
        assert all(pair.verdict.rubric == OMNIEDIT.hash for pair in pairs)
    assert all(pair.verdict.overall >= 9 for pair in read_pairs(built / "kept") if pair.verdict.overall is not None)


def test_erring_masks_are_what_the_judge_rejects(built: Path) -> None:
    def erring(status: str) -> float:
        return float(np.mean([bool(p.candidate.details["grounding"]) for p in read_pairs(built / status)]))

    assert erring("kept") < 0.2 < 0.5 < erring("rejected")


@dataclass(frozen=True)
class Moody:
    """A judge that fails at some items and cannot score others."""

    name = "moody"
    version = "1"
    rubric = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        if candidate.proposal.task is Task.SWAP:
            raise RuntimeError("out of order")
        if candidate.proposal.task is Task.REMOVAL:
            return unscored(self, "no mood for it")
        return Oracle().score(candidate, ideal)


def test_errors_and_unscored_items_are_counted_apart_and_end_nothing(tmp_path: Path) -> None:
    tasks = (Task.SWAP, Task.REMOVAL, Task.ADDITION)
    summary = build(scenes(4), out=tmp_path, tasks=tasks, judge=Moody(), grounding=LayerGrounding(0.0))
    by_task = {str(task): [o for o in read_ledger(tmp_path) if o.task == task] for task in tasks}
    asked = [outcome for outcome in by_task["swap"] if outcome.instruction]
    assert summary.failed == len(asked) > 0
    assert all(outcome.reason == "RuntimeError: out of order" for outcome in asked)
    assert any(outcome.reason == "unscored: no mood for it" for outcome in by_task["removal"])
    assert any(outcome.status == "kept" for outcome in by_task["addition"])
    assert {row.name: row.unscored for row in summary.tallies}["total"] == sum(bool(o.pair) for o in by_task["removal"])
    assert summary.scored == sum(bool(outcome.pair) for outcome in by_task["addition"])


def test_a_scene_without_objects_has_no_object_edits_and_says_so(tmp_path: Path) -> None:
    empty = [replace(scene, placements=()) for scene in scenes(2)]
    build(empty, out=tmp_path, tasks=(Task.REMOVAL, Task.STYLE))
    reasons = {outcome.task: outcome.reason for outcome in read_ledger(tmp_path)}
    assert "no such edit" in reasons["removal"]
    assert reasons["style"] == ""


# Same seed, same bytes ------------------------------------------------------------------------------------------------


def test_the_same_build_gives_the_same_bytes_and_another_seed_other_ones(built: Path, tmp_path: Path) -> None:
    for name, seed, count in (("again", 0, COUNT), ("other", 1, UNIT)):
        build(
            scenes(count),
            out=tmp_path / name,
            tasks=TASKS,
            grounding=LayerGrounding(error_rate=0.5),
            unit=UNIT,
            seed=seed,
        )
    assert contents(tmp_path / "again") == contents(built)
    assert contents(tmp_path / "other")["kept/00000.parquet"] != contents(built)["kept/00000.parquet"]


def test_workers_do_not_change_the_bytes(built: Path, tmp_path: Path) -> None:
    build(scenes(COUNT), out=tmp_path, tasks=TASKS, grounding=LayerGrounding(error_rate=0.5), unit=UNIT, workers=2)
    assert contents(tmp_path) == contents(built)


def test_an_outcome_does_not_depend_on_the_other_tasks(built: Path, tmp_path: Path) -> None:
    build(scenes(COUNT), out=tmp_path, tasks=(Task.ATTRIBUTE,), grounding=LayerGrounding(error_rate=0.5), unit=UNIT)
    alone = list(read_ledger(tmp_path))
    assert alone == [outcome for outcome in read_ledger(built) if outcome.task == "attribute"]


# Stop and go on -------------------------------------------------------------------------------------------------------


def untouched(path: Path) -> tuple[int, int]:
    """What changes when a file is written."""
    return path.stat().st_mtime_ns, path.stat().st_ino


class Stop(BaseException):
    """As a kill would."""


def test_a_stopped_build_continues_and_ends_as_if_it_had_not_been_stopped(built: Path, tmp_path: Path) -> None:
    settings = {"out": tmp_path, "tasks": TASKS, "grounding": LayerGrounding(error_rate=0.5), "unit": UNIT}

    def stops_at(number: int) -> Iterator[Scene]:
        for index, scene in enumerate(scenes(COUNT)):
            yield StoppingScene(**vars(scene)) if index == number else scene

    with pytest.raises(Stop):
        build(stops_at(4), **settings)
    assert not (tmp_path / "ledger.jsonl").exists()
    first = untouched(tmp_path / "kept" / "00000.parquet")
    (tmp_path / "kept" / "00001.parquet").write_bytes(b"half a shard")
    finished: list[int] = []
    build(scenes(COUNT), progress=lambda outcomes: finished.append(len(outcomes)), **settings)
    assert untouched(tmp_path / "kept" / "00000.parquet") == first
    assert finished == [3 * len(TASKS), 3 * len(TASKS), 2 * len(TASKS)]
    assert contents(tmp_path) == contents(built)


@dataclass(frozen=True, eq=False)
class StoppingScene(Scene):
    """A scene at which the process is killed."""

    @property
    def photo(self) -> Photo:
        raise Stop


def test_a_finished_build_is_not_done_again_unless_a_shard_is_damaged(built: Path, tmp_path: Path) -> None:
    settings = {"out": tmp_path, "tasks": (Task.ATTRIBUTE,)}
    build(scenes(3), **settings)
    before = contents(tmp_path)
    build([StoppingScene(**vars(scene)) for scene in scenes(3)], **settings)
    assert contents(tmp_path) == before
    (tmp_path / "kept" / "00000.parquet").write_bytes(b"")
    build(scenes(3), **settings)
    assert contents(tmp_path) == before


def test_a_build_grows_when_there_are_more_scenes(tmp_path: Path) -> None:
    for count in (3, 5):
        build(scenes(count), out=tmp_path / "grown", tasks=(Task.ATTRIBUTE,), unit=2)
    build(scenes(5), out=tmp_path / "whole", tasks=(Task.ATTRIBUTE,), unit=2)
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")


def test_a_folder_with_another_build_is_left_alone(tmp_path: Path) -> None:
    build(scenes(2), out=tmp_path, tasks=(Task.ATTRIBUTE,))
    before = contents(tmp_path)
    for other in ({"seed": 1}, {"threshold": 8.0}, {"grounding": LayerGrounding(0.9)}):
        with pytest.raises(DataError, match="other scenes or settings"):
            build(scenes(2), out=tmp_path, tasks=(Task.ATTRIBUTE,), **other)
    for count, start in ((2, 5), (3, 1), (1, 0)):
        with pytest.raises(DataError, match="other scenes or settings"):
            build(scenes(count, start), out=tmp_path, tasks=(Task.ATTRIBUTE,))
    with pytest.raises(DataError, match="a longer build"):
        build([], out=tmp_path, tasks=(Task.ATTRIBUTE,))
    assert contents(tmp_path) == before


def test_a_broken_manifest_and_an_unfinished_build_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished build"):
        list(read_ledger(tmp_path))
    with pytest.raises(DataError, match="no finished build"):
        write_report(tmp_path)
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "00000.json").write_text("{")
    with pytest.raises(DataError, match=r"00000\.json is no manifest"):
        build(scenes(1), out=tmp_path)


# Report ---------------------------------------------------------------------------------------------------------------


def test_the_report_is_one_page_with_all_counts_and_pictures_of_every_task(built: Path) -> None:
    page = write_report(built).read_text(encoding="utf-8")
    summary = read_summary(built)
    assert not re.findall(r"(?:src|href)=(?!'data:)", page)
    assert "<script" not in page
    for _, number in summary.funnel:
        assert f">{number:,}<" in page
    for row in summary.tallies:
        assert row.name in page
        assert f"{100 * (row.share or 0):.1f} %" in page
    shown = page.count("<article>")
    assert 2 * len(TASKS) <= shown <= 2 * len(TASKS) * 4
    assert page.count("data:image/jpeg") == 2 * shown


def test_the_report_escapes_what_it_shows(tmp_path: Path) -> None:
    build(scenes(1), out=tmp_path, tasks=(Task.STYLE,))
    ledger = tmp_path / "ledger.jsonl"
    lines = [{**json.loads(line), "status": "failed", "reason": "<script>"} for line in ledger.read_text().splitlines()]
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "<script>" not in write_report(tmp_path).read_text(encoding="utf-8")


def test_a_build_of_nothing_is_a_build(tmp_path: Path) -> None:
    summary = build([], out=tmp_path)
    assert (summary.items, summary.kept) == (0, 0)
    assert shard_paths_of(tmp_path, "kept") == []
    assert len(PairTable([])) == 0
    assert "None." in write_report(tmp_path).read_text(encoding="utf-8")
