"""The whole of an ablation: plan, jobs, results, document. The same call again goes on, after whatever ended it.

plan.json       what all results depend on; another ablation in the same folder is refused
pool/ base/ runs/ contestants/    the jobs (:mod:`omniedit.bench.ablate.jobs`)
log.txt         what began, ended and failed, and when
results.json    every run's answers
report.md       every table and plot, of what is finished so far; plots in plots/
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from omniedit import __version__
from omniedit.bench.ablate.crew import Crew, Running
from omniedit.bench.ablate.document import write_document
from omniedit.bench.ablate.jobs import PLAN
from omniedit.bench.ablate.plan import Job, jobs
from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.results import gather, publish_results
from omniedit.errors import DataError, OmniEditError
from omniedit.writing import publish

REPORT = "report.md"


def ablate(
    recipe: AblateRecipe,
    out: Path,
    *,
    studies: Sequence[str],
    seeds: int,
    workers: int,
    document: Path | None = None,
    command: str = "omniedit bench ablate",
    tell: Callable[[str], None] = lambda line: None,
    look: Callable[[Sequence[Running]], None] = lambda running: None,
) -> None:
    """Do what is not done yet, and write the results, the report, and the ``document`` if one is named.

    Args:
        recipe: What is held equal.
        out: Folder of the ablation.
        studies: Names of `STUDIES`.
        seeds: How many times every arm is trained.
        workers: Jobs at a time.
        document: A Markdown file; its plots go to a folder of its name beside it.
        command: What the document says it was made by.
        tell: Called with what has just begun, ended or failed.
        look: Called again and again with what is being done.

    Raises:
        DataError: ``out`` holds another ablation, or another process is at it.
        OmniEditError: Jobs failed, twice each; all else is done, and the results are of what is.
    """
    every = jobs(recipe, studies, seeds, workers)
    with only_one(out):
        agree(out, recipe)
        crew = Crew(out, workers, lambda line: _log(out, line, tell), look)
        left = crew.work(every)
        if any(job.subject and job.done(out) for job in every):
            write_results(out, every, studies, document, command)
    if left:
        names = ", ".join(job.name for job in left[:4])
        raise OmniEditError(
            f"{len(left)} of {len(every)} jobs are not done: {names} …; output.txt in the folder of each says why. The "
            "same command tries them again"
        )


def write_results(out: Path, every: Sequence[Job], studies: Sequence[str], document: Path | None, command: str) -> None:
    """Write ``results.json`` of all that is finished, and of these studies the report and the document.

    Raises:
        DataError: Nothing is.
    """
    results = gather(out)
    publish_results(out, results)
    write_document(out / REPORT, out / "plots", out, every, studies, results, command)
    if document is not None:
        write_document(document, document.with_suffix(""), out, every, studies, results, command)


def agree(out: Path, recipe: AblateRecipe) -> None:
    """Write the plan, unless the same is there.

    Raises:
        DataError: There is another.
    """
    content = {"recipe": asdict(recipe), "version": __version__}
    wanted = json.loads(json.dumps(content))
    path = out / PLAN
    if not path.exists():
        publish(path, json.dumps(content, indent=1) + "\n")
        return
    found = _plain(path)
    if found != wanted:
        raise DataError(
            f"{out} holds another ablation ({_first_difference(found, wanted)}): choose another folder, or give the "
            "same recipe"
        )


def _plain(path: Path) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}): choose another folder") from error


def _first_difference(found: Any, wanted: Any, place: str = "") -> str:  # noqa: ANN401 (any JSON)
    """Where two plans part, and how."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name in [*found, *wanted]:
            if found.get(name) != wanted.get(name):
                return _first_difference(found.get(name), wanted.get(name), f"{place}.{name}".strip("."))
    return f"{place} was {found}, and is to be {wanted}"


def _log(out: Path, line: str, tell: Callable[[str], None]) -> None:
    with (out / "log.txt").open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now().isoformat(' ', 'seconds')}  {line}\n")
    tell(line)


@contextlib.contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Make sure, where the system can, that no other process is at the same ablation.

    Raises:
        DataError: One is.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("a") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows
            pass
        except BlockingIOError as error:
            raise DataError(f"another process is at the ablation in {out}: wait for it, or end it") from error
        yield
