"""What one job does, in its folder. It is done when its ``result.json`` is there, which is written last.

plan.json            of the ablation: everything that results depend on
JOB/recipe.toml      of a training: give it to ``omniedit train``
JOB/pairs/           what an arm is trained on; deleted when it is done, since the pool and its seed say the same
JOB/model/           weights
JOB/trained.json     the training is done, and how fast it was
JOB/result.json      the answers, which depend on nothing but the plan and the name of the job
JOB/costs.json       what was measured along the way, which is never the same twice
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from omniedit.bench.ablate.answers import Editor, answer_all
from omniedit.bench.ablate.plan import CONTESTANTS, DONE, RUNS
from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.studies import ARMS, Choice
from omniedit.bench.ablate.studies import CONTESTANTS as KNOWN
from omniedit.errors import DataError, InputError
from omniedit.seeding import derive
from omniedit.settings import settings
from omniedit.types import Image, Task
from omniedit.writing import publish

if TYPE_CHECKING:
    from omniedit.bench.item import Item
    from omniedit.edit.pipeline import OmniEditPipeline

PLAN = "plan.json"
"""The file of an ablation's settings."""


def perform(out: Path, name: str, workers: int = 1) -> None:
    """Do the job ``name`` of the ablation in the folder ``out``, from where it was left; nothing if it is done.

    Args:
        out: Folder of the ablation, with its plan.
        name: Of a job (:mod:`omniedit.bench.ablate.plan`).
        workers: Processes that the pool may use.

    Raises:
        OmniEditError: It cannot be done.
    """
    if (out / name / DONE).is_file():
        return
    recipe, (kind, _, which) = read_plan(out), name.partition("/")
    subject, _, seed = which.rpartition("-")
    if kind == "pool":
        result = make_pool(recipe, out / name, workers)
    elif kind == "base":
        result = train_base(recipe, out)
    elif kind == RUNS and subject in ARMS:
        result = measure_arm(recipe, out, name, subject, int(seed))
    elif kind == CONTESTANTS and subject in KNOWN:
        result = measured(recipe, contestant(subject, recipe), int(seed), out / name, {})
    else:
        raise InputError(f"an ablation has no job {name!r}")
    publish(out / name / DONE, json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def read_plan(out: Path) -> AblateRecipe:
    """The settings of the ablation in ``out``.

    Raises:
        DataError: There is none.
    """
    try:
        return settings(AblateRecipe, json.loads((out / PLAN).read_text(encoding="utf-8"))["recipe"], str(out / PLAN))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{out} holds no ablation ({error}): begin one with omniedit bench ablate") from error


# Pool and base --------------------------------------------------------------------------------------------------------


def make_pool(recipe: AblateRecipe, folder: Path, workers: int) -> dict[str, Any]:
    """Make the candidates; returns how many there are of each task, and how good by the oracle."""
    from dataclasses import replace

    from omniedit.bench.ablate.draw import Pool
    from omniedit.bench.ablate.pool import PoolRecipe

    pool = replace(settings(PoolRecipe, recipe.pool, "the pool's recipe"), workers=workers)
    began = time.perf_counter()
    summary = pool.run(folder)
    publish(folder / "costs.json", json.dumps({"seconds": round(time.perf_counter() - began, 1)}) + "\n")
    tallies = {tally.name: {"scored": tally.judged, "kept": tally.kept} for tally in summary.tallies}
    return {"scenes": summary.scenes, "tasks": tallies, "failed": summary.failed, "usable": len(Pool(folder).entries)}


def train_base(recipe: AblateRecipe, out: Path) -> dict[str, Any]:
    """Train the base on the captions of all good pairs of the pool."""
    from omniedit.bench.ablate.draw import Pool

    pool, folder = Pool(out / "pool"), out / "base"
    good = pool.drawn(Choice(), len(Task) * len(pool.entries), 0)
    pool.write(good, folder / "pairs" / "drawn.parquet")
    train(folder, {**recipe.base, "pairs": str(folder / "pairs")})
    shutil.rmtree(folder / "pairs", ignore_errors=True)
    return {"steps": recipe.base["train"]["steps"], "pairs": len(good)}


# Arms -----------------------------------------------------------------------------------------------------------------


def measure_arm(recipe: AblateRecipe, out: Path, name: str, arm: str, seed: int) -> dict[str, Any]:
    """Train an arm and let it answer."""
    folder = out / name
    drawn = train_arm(recipe, out, folder, arm, seed)
    from omniedit.edit.pipeline import OmniEditPipeline

    model = OmniEditPipeline.from_pretrained(folder / "model")
    about = {**drawn, "parameters": sum(weights.numel() for weights in model.editor.net.parameters())}
    result = measured(recipe, lambda item, own: edited(model, item, own), 0, folder, about)
    shutil.rmtree(folder / "pairs", ignore_errors=True)
    for checkpoint in folder.glob("step-*"):
        shutil.rmtree(checkpoint, ignore_errors=True)
    return result


def edited(model: OmniEditPipeline, item: Item, seed: int) -> Image:
    """The answer of a model of ours."""
    return model(item.photo, item.instruction, seed=seed).images[0]


def train_arm(recipe: AblateRecipe, out: Path, folder: Path, arm: str, seed: int) -> dict[str, Any]:
    """Draw the pairs of an arm and train on them, unless that is done; returns what was drawn."""
    from omniedit.bench.ablate.draw import Pool

    done, pairs = folder / "trained.json", folder / "pairs"
    if not done.is_file():
        pool = Pool(out / "pool")
        weights = pool.drawn(ARMS[arm].choice, recipe.pairs, seed)
        pool.write(weights, pairs / "drawn.parquet")
        model = {**recipe.edit["model"], **ARMS[arm].model}
        values = {**recipe.edit, "model": model, "pairs": str(pairs), "init": str(out / "base" / "model")}
        train(folder, {**values, "seed": derive(seed, "training") % 2**31})
        overall = [entry.overall for entry in pool.entries if entry.id in weights]
        drawn = {"pairs": len(weights), "mean O": round(sum(overall) / len(overall), 4)}
        publish(done, json.dumps(drawn) + "\n")
    return dict(json.loads(done.read_text(encoding="utf-8")))


def train(folder: Path, values: Mapping[str, Any]) -> None:
    """Write a recipe whose run is in ``folder``, and train by it."""
    from omniedit.train.loop import train as run

    publish(folder / "recipe.toml", toml({**values, "out": str(folder)}))
    run(folder / "recipe.toml")


def toml(values: Mapping[str, Any], place: str = "") -> str:
    """A recipe's plain values and tables of these as TOML; ``place`` stands before the names of tables."""
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in plain.items()]
    return "".join(
        [*lines, *(f"\n[{place}{name}]\n{toml(table, f'{place}{name}.')}" for name, table in tables.items())]
    )


# Answers --------------------------------------------------------------------------------------------------------------


def measured(recipe: AblateRecipe, editor: Editor, seed: int, folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of ``editor`` with what else is known of the job; what they took goes to ``costs.json``."""
    import torch

    from omniedit.bench.item import SuiteOptions
    from omniedit.bench.suites import SUITES
    from omniedit.judge import named

    torch.set_num_threads(1)
    suite = SUITES["scenes"](SuiteOptions(seed=recipe.suite_seed, limit=recipe.items))
    judges = {name: named.load(name) for name in recipe.judges}
    began = time.perf_counter()
    answers = answer_all(suite, editor, judges, seed=seed)
    costs = {"seconds an item": round((time.perf_counter() - began) / len(answers), 4), **training_costs(folder)}
    publish(folder / "costs.json", json.dumps(costs) + "\n")
    return {
        **about,
        "judges": {name: f"{judge.name} {judge.version}" for name, judge in judges.items()},
        "answers": [answer.plain() for answer in answers],
    }


def contestant(name: str, recipe: AblateRecipe) -> Editor:
    """Who is not trained here."""
    from omniedit.bench.contestants import PSEUDO
    from omniedit.edit.specialists import SpecialistsEditor

    if name in PSEUDO:
        return PSEUDO[name]
    rates = {"error_rate": recipe.pool["error_rate"]} if name == "specialists-of-the-pool" else {}
    specialists = SpecialistsEditor(**rates)
    return lambda item, seed: specialists(item.photo, item.instruction, seed=seed).images[0]


def training_costs(folder: Path) -> dict[str, Any]:
    """Median speed and most memory of a training, by its log; nothing where there was none."""
    from omniedit.train.log import read_log

    if not (folder / "log.jsonl").is_file():
        return {}
    lines = [line for line in read_log(folder) if "samples_per_second" in line]
    speed = median(line["samples_per_second"] for line in lines)
    return {"samples a second": speed, "memory in GB": lines[-1]["memory_gb"], "cores": os.cpu_count()}
