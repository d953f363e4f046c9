"""The plan: every arm that a study needs once, estimates that add up, and nothing heavy loaded to print it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from small_ablation import RECIPES, small_recipe

from omniedit.bench.ablate.plan import DONE, Job, duration, jobs, within
from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.studies import ARMS, CONTESTANTS, REFERENCE, STUDIES
from omniedit.errors import InputError, RecipeError
from omniedit.train.recipe import Recipe

REAL = AblateRecipe.read(RECIPES / "ablate_nano.toml")


def test_every_run_is_there_once_and_after_what_it_needs() -> None:
    found = jobs(REAL, list(STUDIES), 3)
    names = [job.name for job in found]
    assert len(set(names)) == len(names)
    assert {job.subject for job in found} == {"", *ARMS, *CONTESTANTS}
    assert sum(job.name.startswith("runs/") for job in found) == 3 * len(ARMS)
    for place, job in enumerate(found):
        assert set(job.needs) <= set(names[:place])


def test_all_arms_have_one_seed_before_the_next_begins() -> None:
    seeds = [int(job.name[-1]) for job in jobs(REAL, list(STUDIES), 3) if job.name.startswith("runs/")]
    assert seeds == sorted(seeds)


def test_an_arm_differs_from_the_reference_in_one_thing() -> None:
    plain = ARMS[REFERENCE]
    assert not plain.model
    for arm in ARMS.values():
        assert arm is plain or (arm.choice != plain.choice) != (arm.model != plain.model)
    assert all(REFERENCE in study.arms for study in STUDIES.values())


def test_jobs_side_by_side_end_when_the_longer_does(tmp_path: Path) -> None:
    every = [Job("pool", 10), Job("base", 20, ("pool",)), Job("a", 5), Job("b", 7, ("pool", "base"))]
    assert duration(every, 2) == 37
    assert duration(every, 1) == 42
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool" / DONE).touch()
    assert duration(every, 2, tmp_path) == 27


@pytest.mark.parametrize("hours", [3.0, 5.0, 12.0])
def test_hours_are_kept_about(hours: float) -> None:
    fitted = within(REAL, list(STUDIES), 3, 2, hours)
    assert duration(jobs(fitted, list(STUDIES), 3, 2), 2) / 3600 == pytest.approx(hours, rel=0.06)


def test_the_whole_takes_five_hours_at_most() -> None:
    assert duration(jobs(REAL, list(STUDIES), 3, 2), 2) < 5 * 3600


def test_too_few_hours_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        within(REAL, list(STUDIES), 3, 2, 0.1)


def test_an_unknown_study_is_refused() -> None:
    with pytest.raises(InputError, match="there is no study 'art'"):
        jobs(small_recipe(), ["art"], 1)


def test_the_recipes_that_it_names_are_recipes() -> None:
    assert Recipe.read(RECIPES / "ablate_edit.toml").train.steps == REAL.steps
    assert Recipe.read(RECIPES / "ablate_base.toml").stage == "base"


@pytest.mark.parametrize("text", ["", 'pool = "no.toml"\nbase = "b"\nedit = "c"', "pool = 3"])
def test_a_recipe_that_names_no_others_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(RecipeError):
        AblateRecipe.read(tmp_path / "a.toml")


def test_nothing_heavy_is_loaded_for_a_list() -> None:
    script = f"""
import sys
from pathlib import Path
from omniedit.cli.ablate import ablate
ablate(folder=Path("nowhere"), recipe=Path({str(RECIPES / "ablate_nano.toml")!r}), only=None, seeds=3, jobs=2,
       hours=None, photos=None, document=None, show=True)
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "runs/editnet-0" in done.stdout
    assert "hours to go" in done.stdout
    assert not Path("nowhere").exists()
