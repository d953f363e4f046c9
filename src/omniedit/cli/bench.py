"""``omniedit bench``: measure an editor."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli import human, leaderboard
from omniedit.cli import suite as suites
from omniedit.cli.ablate import ablate
from omniedit.cli.compare import compare
from omniedit.cli.console import err, out, progress
from omniedit.cli.spent import spent_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.progress import Progress, TaskID

    from omniedit.bench.panel import Panelist
    from omniedit.bench.results import Run
    from omniedit.bench.run import Step
    from omniedit.bench.summary import Summary

app = typer.Typer(no_args_is_help=True, help="Measure editors.")

Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="A preset, a folder or a Hub id, ours or of diffusers; endpoint:MODEL, behind /v1/images/edits; "
        "folder:DIR, pictures made elsewhere, each named ITEM.png; or 'unedited' or 'ideal', the two ends.",
    ),
]
Judges = Annotated[
    list[str] | None,
    typer.Option(
        help="Who scores, instead of the suite's own judge: student, student:FOLDER, openai:MODEL, "
        "local:MODEL_OR_FOLDER, oracle. Can be given several times, and later, for a finished run."
    ),
]


@app.command()
def run(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for rows, pictures and the report.")],
    model: Model = "nano",
    suite: Annotated[str, typer.Option(help="Which suite.")] = "scenes",
    photos: Annotated[
        Path | None,
        typer.Option(
            help="Folder of photographs instead of the bundled ones; or the local copy of a suite's download."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the items and of the editor.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Number of items instead of the suite's own.")] = None,
    judge: Judges = None,
    repeats: Annotated[
        int, typer.Option(min=1, help="How often a judge is asked whose answers vary; at temperature 0.7.")
    ] = 1,
    rubric: Annotated[
        str | None, typer.Option(help="What openai: and local: judges are asked, instead of the suite's own rubric.")
    ] = None,
    judge_url: Annotated[
        str | None, typer.Option(help="Endpoint of openai: judges, up to and with /v1. OPENAI_API_KEY holds its key.")
    ] = None,
    judge_calls: Annotated[int | None, typer.Option(min=0, help="openai: judges: most calls of each.")] = None,
    judge_cache: Annotated[
        Path | None, typer.Option(help="openai: judges: file of what was bought, instead of the user's own.")
    ] = None,
    base_url: Annotated[
        str, typer.Option(help="endpoint: its address, up to and with /v1. OPENAI_API_KEY holds its key.")
    ] = "",
    size: Annotated[str, typer.Option(help="endpoint: what size is asked for, such as 1024x1024.")] = "",
    request: Annotated[
        str | None,
        typer.Option(help='endpoint: further fields of each call, as JSON; null leaves out: \'{"quality": "high"}\'.'),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=0, help="endpoint: most calls at a time; 0 for 4.")] = 0,
    masked: Annotated[bool, typer.Option("--masked", help="Give the editor the masks that the suite has.")] = False,
    device: Annotated[str, typer.Option(help="Where a model runs, such as cuda:1.")] = "",
    dtype: Annotated[str, typer.Option(help="Number format of a model, such as bfloat16.")] = "",
    retry_crashed: Annotated[
        bool, typer.Option("--retry-crashed", help="Ask the editor again what it crashed on.")
    ] = False,
) -> None:
    """Ask an editor every item of a suite, let judges score the answers, and write a report.

    The same command continues a run that was stopped; with another --judge, it adds that judge to a finished run.
    """
    from omniedit.bench.contestants import ContestantOptions
    from omniedit.bench.item import SuiteOptions
    from omniedit.bench.measure import measure, suite_called
    from omniedit.bench.panel import judges_of, panelist
    from omniedit.bench.results import load_run
    from omniedit.bench.summary import summarise_by_judge
    from omniedit.cli.fields import json_fields

    options = SuiteOptions(photos, seed, limit)
    fields = json_fields("--request", request) or {}
    own = ContestantOptions(base_url, size, fields, concurrency, masked, device, dtype)
    asking = {"base_url": judge_url, "max_calls": judge_calls, "cache": judge_cache}
    with ExitStack() as ending, progress() as shown:
        judges = judges_of(suite_called(suite, options), judge or (), rubric=rubric, **asking)
        for one in judges:
            ending.callback(getattr(one, "close", lambda: None))
        panel = [panelist(one, repeats) for one in judges]
        _say_who_is_asked_once(panel, repeats)
        summary = measure(
            model,
            folder,
            suite=suite,
            options=options,
            judges=panel,
            seed=seed,
            contestant_options=own,
            retry_crashed=retry_crashed,
            tick=_shown(shown, f"{model} on {suite}"),
        )
    done = load_run(folder)
    out.print(_table(summary, summarise_by_judge(done.rows)))
    for line in (*(line for one in judges for line in spent_on(one)), *_the_rest(done)):
        err.print(line, markup=False)


app.command()(compare)
app.add_typer(leaderboard.app, name="leaderboard")
app.add_typer(suites.app, name="suite")
app.add_typer(human.app, name="human")
app.command()(ablate)


def _say_who_is_asked_once(panel: Sequence[Panelist], repeats: int) -> None:
    for one in panel:
        if len(one.sittings) < repeats:
            err.print(f"{one.name} says the same each time: it is asked once", markup=False)


def _shown(bar: Progress, what: str) -> Callable[[Step], None]:
    """What shows how far a run is, a bar for each stage, and says at once what crashed."""
    from omniedit.bench.run import ANSWERING

    stages: dict[str, TaskID] = {}

    def tick(step: Step) -> None:
        if step.stage not in stages:
            name = what if step.stage == ANSWERING else f"judged by {step.stage}"
            stages[step.stage] = bar.add_task(name, total=step.total)
        bar.advance(stages[step.stage])
        if step.answer is not None and step.answer.status == "crashed":
            err.print(f"crashed on {step.answer.id}: {step.answer.reason}", markup=False)

    return tick


_LOST = {
    "refused": "refused by the contestant",
    "crashed": "crashed the contestant, which --retry-crashed asks again",
    "unscored": "left unscored by the first judge, which the same command asks again",
}


def _the_rest(run: Run) -> Iterator[str]:
    """What the table of scores leaves out: what has no score, what an edit takes, and where the report is."""
    from omniedit.bench.cost import summed_up

    counts = Counter(str(row.status) for row in run.rows)
    for status, what in _LOST.items():
        if counts[status]:
            yield f"{counts[status]} of {len(run.rows)} items {what}; results.jsonl says why"
    if run.costs:
        yield summed_up(run.costs.values())
    yield f"report: {run.folder / 'report.html'}"


def _table(summary: Summary, judges: Mapping[str, Summary]) -> Table:
    """The first judge's numbers by task, and every judge's of all."""
    table = Table("", "items", "scored", "SC", "PQ", "O", "O ≥ 7", box=None)
    first, *others = judges or [""]
    whole = {f"all, by {first}" if others else "all": summary["all"]["all"]}
    whole |= {f"all, by {judge}": judges[judge]["all"]["all"] for judge in others}
    for key, stats in {**summary["task"], **whole}.items():
        numbers = (stats.sc, stats.pq, stats.overall)
        shown = ["–" if number is None else f"{number:.2f}" for number in numbers]
        good = "–" if stats.good is None else f"{stats.good:.0%}"
        table.add_row(key, str(stats.count), str(stats.scored), *shown, good)
    return table
