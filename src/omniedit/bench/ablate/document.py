"""The document of an ablation, in Markdown: what was held equal, every table, the plots; and what people read in it.

Whatever stands between the two marks of `READING` is kept as it is: that part is written by hand.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from omniedit.bench.ablate.jobs import read_plan
from omniedit.bench.ablate.paper import PAPER
from omniedit.bench.ablate.plan import DONE, Job
from omniedit.bench.ablate.plots import plot_study
from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.results import Results
from omniedit.bench.ablate.studies import STUDIES
from omniedit.bench.ablate.tables import cost_table, main_table, paper_table, seed_table, task_table
from omniedit.bench.markdown import table
from omniedit.writing import publish

READING = ("<!-- reading: written by hand, kept -->", "<!-- end of the reading -->")
"""The marks of the part that is written by hand."""
UNREAD = "*Nobody has written down yet what these numbers say.*"

HELD = """\
Every arm starts from the same text-to-image base and sees the same number of pairs, of samples and of each task;
arms of one seed whose choices overlap share as many pairs as they can. A seed decides the draw of the pairs, the
new weights, the order and the noise; the base and the pool are the same for all seeds, so their chance is in no
interval. The items are of evaluation photographs, placements and scenes that no training sees; half of their
wordings are of a kind that training leaves out.

* *The pool is bad on purpose.* Nano's usual build keeps six candidates in seven, which leaves importance sampling
  nothing to do. Here the grounding errs more often, and beside each specialist's answer stand damaged ones
  (`bench/ablate/pool.py`). How bad a pool is decides how much a filter can gain: the gain measured here is of this
  pool.
* *The oracle chooses and scores.* Pairs that the oracle chose are trained to please the oracle. So the student's
  scores stand beside the oracle's; but the student learnt from the oracle too, on candidates of the same kinds and
  photographs.
* *Everything is trained,* the base along with the rest: a base of this size cannot be frozen. The paper freezes
  SD3, which is what its argument about ControlNet is about, so that question is not quite the paper's.
* *One learning rate for all arms,* tuned for none of them. A rival might do better with its own, and arms of one
  depth and width differ in parameters, which are told beside.
* *The networks see pictures of few pixels,* are trained for minutes and are poor editors. That one of them is
  better says how they learn in so short a time.
* Intervals are 95 %, from a bootstrap over seeds and items at once. Of three seeds it sees too little of the spread
  between seeds, so the tables also say how many seeds agree on the sign. Nothing is corrected for the number of
  comparisons.
"""


def write_document(
    path: Path, plots: Path, out: Path, jobs: Sequence[Job], studies: Sequence[str], results: Results, command: str
) -> None:
    """Write the document and its plots.

    Args:
        path: The document; what was written into it by hand stays.
        plots: Folder of the plots.
        out: Folder of the ablation.
        jobs: All jobs.
        studies: Names of the studies to show.
        results: What is measured.
        command: The command that made it.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: Something cannot be written.
    """
    recipe = read_plan(out)
    parts = [_head(command, out, jobs, results), _reading(path), _equal(recipe, results)]
    for name in studies:
        drawn = plot_study(name, STUDIES[name], results, plots)
        parts.append(_study(name, results, [os.path.relpath(plot, path.parent) for plot in drawn]))
    publish(path, _paragraphs(parts) + "\n")


def _paragraphs(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part)


def _head(command: str, out: Path, jobs: Sequence[Job], results: Results) -> str:
    done = [job for job in jobs if job.done(out)]
    times = [(out / job.name / DONE).stat().st_mtime for job in done]
    day = datetime.fromtimestamp(max(times), timezone.utc).date().isoformat() if times else "never"
    missing = [job.name for job in jobs if not job.done(out)]
    left = f" **Not finished:** {len(missing)} of {len(jobs)} jobs, {missing[0]} the first." if missing else ""
    judges = ", ".join(results.every()[0].about["judges"].values())
    return f"""# Ablations: the paper's questions at nano scale

Made by `{command}`, finished on {day}, on {machine()}. Judges: {judges}.{left}
Everything below but the reading is generated; `results.json` in its folder has every answer to every item.
"""


def machine() -> str:
    """What this runs on, in words."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}"


def _reading(path: Path) -> str:
    """The part that is written by hand, as it is in ``path``."""
    begin, end = READING
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    inside = text.split(begin, 1)[1].split(end, 1)[0].strip("\n") if begin in text and end in text else UNREAD
    return f"## Reading\n\n{begin}\n{inside}\n{end}\n"


def _equal(recipe: AblateRecipe, results: Results) -> str:
    pool, model = recipe.pool, recipe.edit["model"]
    samples = recipe.steps * recipe.batch
    sizes = (
        f"{recipe.pairs:,} pairs at most, {recipe.steps:,} steps of {recipe.batch} ({samples:,} samples); "
        f"{model['layers']} layers, {model['heads']} heads, patches of {model['patch']} pixels, pictures of "
        f"{model['area']:,} pixels; base: {recipe.base['train']['steps']:,} steps of {recipe.base['train']['batch']}; "
        f"{recipe.items} items of the scene suite (seed {recipe.suite_seed})"
    )
    made = (
        f"{pool['scenes']:,} scenes, {pool['rounds']} edits of each task, {pool['hard']} hard cases of each; grounding "
        f"errs in {pool['error_rate']:.0%}"
    )
    return f"## What is held equal\n\nSizes: {sizes}.\n\nPool: {made}.\n\n{_pool_table(results.pool)}\n\n{HELD}"


def _pool_table(pool: Mapping[str, object]) -> str:
    tasks = pool.get("tasks")
    if not isinstance(tasks, Mapping):
        return ""
    rows = [
        (name, f"{found['scored']:,}", f"{found['kept']:,}", f"{found['kept'] / max(1, found['scored']):.1%}")
        for name, found in tasks.items()
    ]
    return table(("pool", "candidates", "O ≥ 9 by the oracle", "share"), rows)


def _study(name: str, results: Results, plots: Sequence[str]) -> str:
    study, (first, *others) = STUDIES[name], results.judges
    parts = [f"## {study.title}\n\n{study.question}\n", *(f"![{name}]({plot})\n" for plot in plots)]
    parts += [f"By the {first}:\n\n{main_table(study, results, first)}", task_table(study, results, first)]
    parts += [f"By the {judge}, who is another judge:\n\n{main_table(study, results, judge)}" for judge in others]
    parts += [seed_table(study, results, first), cost_table(study, results)]
    if name in PAPER:
        about = f"**Not ours: the paper's {PAPER[name][0]}**, of SD3 and LMM judges, for reading only"
        parts.append(f"{about}:\n\n{paper_table(name)}")
    return _paragraphs(parts)
