"""A miniature ablation from end to end: killed and resumed to the same results, and every number told as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from small_ablation import RECIPES, run_here, small_recipe

from omniedit.bench.ablate.crew import Crew
from omniedit.bench.ablate.document import READING
from omniedit.bench.ablate.jobs import perform, toml
from omniedit.bench.ablate.plan import DONE, Job, jobs
from omniedit.bench.ablate.results import FILE, gather
from omniedit.bench.ablate.run import ablate, agree, only_one, write_results
from omniedit.bench.ablate.studies import ARMS, REFERENCE
from omniedit.data.pairs import read_pairs
from omniedit.errors import DataError, InputError
from omniedit.settings import read_toml
from omniedit.train.recipe import Recipe

STUDY = ["importance"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ablation of two arms and two seeds that nobody disturbed."""
    out = tmp_path_factory.mktemp("ablation") / "whole"
    run_here(small_recipe(), out, STUDY, 2)
    return out


def numbers(out: Path) -> dict[str, bytes]:
    """What must be the same however the runs came about."""
    return {str(path.relative_to(out)): path.read_bytes() for path in [out / FILE, *sorted(out.glob(f"**/{DONE}"))]}


def test_all_jobs_are_done_and_clear_away_what_is_no_longer_needed(whole: Path) -> None:
    found = jobs(small_recipe(), STUDY, 2)
    assert all(job.done(whole) for job in found)
    assert not list(whole.glob("runs/*/pairs"))
    assert not list(whole.glob("runs/*/step-*"))
    assert len(list(whole.glob("runs/*/model"))) == 4


def test_the_pool_says_what_everyone_thinks_of_a_pair(whole: Path) -> None:
    pairs = [*read_pairs(whole / "pool" / "kept"), *read_pairs(whole / "pool" / "rejected")]
    assert {pair.candidate.maker for pair in pairs}.isdisjoint({"ideal", "unedited"})
    for pair in pairs:
        assert pair.candidate.details["l1"] >= 0
        assert 0 <= pair.candidate.details["student"] <= 10
        assert (pair.candidate.source != pair.candidate.result).any()


def test_the_tables_say_what_the_results_say(whole: Path) -> None:
    runs = json.loads((whole / FILE).read_text())["runs"]
    means = {}
    for arm in (REFERENCE, "unfiltered"):
        scored = [
            [answer["scores"]["oracle"][2] for answer in runs[f"runs/{arm}-{seed}"]["answers"]] for seed in range(2)
        ]
        means[arm] = np.array(scored)
    text = (whole / "report.md").read_text()
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {ARMS['unfiltered'].label} | 2 |")]
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[4] == f"**{means['unfiltered'].mean():.2f}**"
    assert cells[5] == f"{means['unfiltered'].mean(axis=1).std(ddof=1):.2f}"
    delta = (means["unfiltered"] - means[REFERENCE]).mean()
    assert cells[7].startswith(f"{delta:+.2f} [".replace("-", "−"))
    assert cells[9] == "4 of 4"


def test_only_the_papers_own_tables_have_its_numbers(whole: Path) -> None:
    ours, theirs = (whole / "report.md").read_text().split("**Not ours: the paper's Table 6**")
    assert "w/o importance sampling | 6.20" in theirs
    assert "6.20" not in ours


def test_a_run_that_is_killed_goes_on_to_the_same_results(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    for part in ("pool", "base"):
        shutil.copytree(whole / part, out / part)
    agree(out, small_recipe())
    name, log = f"runs/{REFERENCE}-0", out / f"runs/{REFERENCE}-0" / "log.jsonl"
    work = [sys.executable, "-m", "omniedit.bench.ablate.work", str(out), name, "1"]
    process = subprocess.Popen(work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while not log.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert log.exists()
    assert not (out / name / DONE).exists()
    run_here(small_recipe(), out, STUDY, 2)
    assert numbers(out) == dict(numbers(whole).items())


def test_a_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    agree(tmp_path, small_recipe())
    work = [sys.executable, "-m", "omniedit.bench.ablate.work", str(tmp_path), "pool", "1"]
    script = f"import subprocess, sys; p = subprocess.Popen({work!r}, stdin=subprocess.PIPE); print(p.pid)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    until = time.monotonic() + 60
    while psutil.pid_exists(int(done.stdout)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(done.stdout))
    assert not (tmp_path / "pool" / DONE).exists()


def test_a_job_that_fails_is_tried_twice_and_the_others_are_done(whole: Path, tmp_path: Path) -> None:
    agree(tmp_path, small_recipe())
    (tmp_path / "contestants").mkdir()
    every = [Job("base", 1.0), Job("runs/x-0", 1.0, ("base",)), Job("contestants/unedited-0", 1.0)]
    lines: list[str] = []
    left = Crew(tmp_path, 2, lines.append).work(every)
    assert [job.name for job in left] == ["base", "runs/x-0"]
    assert any(line.startswith("contestants/unedited-0: done") for line in lines)
    assert sum("base: FAILED with 2" in line for line in lines) == 2
    assert "error:" in (tmp_path / "base" / "output.txt").read_text()


def test_what_is_finished_is_not_done_again(whole: Path) -> None:
    before, lines = numbers(whole), list[str]()
    ablate(small_recipe(), whole, studies=STUDY, seeds=2, workers=2, tell=lines.append)
    assert not lines
    assert numbers(whole) == before


def test_another_ablation_is_refused(whole: Path) -> None:
    agree(whole, small_recipe())
    with pytest.raises(DataError, match=r"holds another ablation \(recipe.pairs was 14, and is to be 21\)"):
        agree(whole, small_recipe(pairs=21))


def test_two_at_the_same_folder_are_one_too_many(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(DataError, match="another process"), only_one(tmp_path):
        pass


def test_an_unknown_job_is_refused(whole: Path) -> None:
    with pytest.raises(InputError, match="no job"):
        perform(whole, "runs/art-0")
    assert not (whole / "runs" / "art-0").exists()


def test_the_reading_is_kept(whole: Path, tmp_path: Path) -> None:
    every, document = jobs(small_recipe(), STUDY, 2), tmp_path / "docs" / "ablations.md"
    write_results(whole, every, STUDY, document, "a command")
    first = document.read_text()
    begin, _end = READING
    document.write_text(first.replace(f"{begin}\n", f"{begin}\nIt helps.\n\nOr so.\n"))
    write_results(whole, every, STUDY, document, "another command")
    second = document.read_text()
    assert "It helps.\n\nOr so." in second
    assert "`another command`" in second
    for plot in ("importance.svg", "importance-tasks.svg"):
        assert f"(ablations/{plot})" in second
        assert (tmp_path / "docs" / "ablations" / plot).read_bytes().startswith(b"<?xml")


def test_an_unfinished_ablation_says_so(whole: Path, tmp_path: Path) -> None:
    every, out = jobs(small_recipe(), STUDY, 2), tmp_path / "half"
    shutil.copytree(whole, out)
    shutil.rmtree(out / "runs" / "unfiltered-1")
    write_results(out, every, STUDY, None, "a command")
    text = (out / "report.md").read_text()
    assert "**Not finished:** 1 of 6 jobs, runs/unfiltered-1 the first." in text
    assert len(gather(out).runs["unfiltered"]) == 1


def test_a_recipe_survives_being_written(tmp_path: Path) -> None:
    values = read_toml(RECIPES / "ablate_base.toml")
    (tmp_path / "again.toml").write_text(toml(values), encoding="utf-8")
    assert read_toml(tmp_path / "again.toml") == values
    assert Recipe.read(tmp_path / "again.toml") == Recipe.read(RECIPES / "ablate_base.toml")
