"""Run a suite: the contestant answers, then every judge scores the answers, then the rows are written.

    suite -> Item -> contestant -> answers.jsonl, pictures -> judges -> verdicts/ -> results.jsonl

Answering and judging are separate: a judge can be added to a finished run, and nothing is edited again. To continue a
run, give the same command again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from omniedit.bench.answers import Answer, answers
from omniedit.bench.contestants import Contestant
from omniedit.bench.item import Suite
from omniedit.bench.judged import headed
from omniedit.bench.panel import Panelist, panelist
from omniedit.bench.results import Row, Score, write_rows
from omniedit.bench.run_folder import RunFolder, Sitting
from omniedit.bench.verdicts import judge_answers, scores_of
from omniedit.errors import InputError
from omniedit.judge.rubric import Judge

ANSWERING = "answers"
"""Name of the stage in which the contestant answers; the others have the names of their judges."""


@dataclass(frozen=True)
class Step:
    """One step of a run, for whoever shows how far it is."""

    stage: str
    """`ANSWERING`, or the judge's name and version."""
    total: int
    """Steps of the stage."""
    answer: Answer | None = None
    """The answer, where the contestant answers."""


Tick = Callable[[Step], None]


def run(
    suite: Suite,
    contestant: Contestant,
    folder: RunFolder,
    judges: Sequence[Judge | Panelist],
    *,
    seed: int = 0,
    retry_crashed: bool = False,
    tick: Tick = lambda step: None,
) -> list[Row]:
    """Answer what is not answered yet, let ``judges`` score what they have not scored, and write ``results.jsonl``.

    Args:
        suite: The items.
        contestant: The editor under test.
        folder: Where all goes, and where what is known already is.
        judges: They score one after the other. The first that ever scored a run gives its rows their own scores.
        seed: Seed of the contestant's random streams.
        retry_crashed: Whether items that the contestant crashed on are asked again.
        tick: Called with every step, known or new.

    Returns:
        All rows of the suite, in its order, with the scores of all judges that ever scored this run.

    Raises:
        InputError: A judge needs the ideal results, and the suite has none.
        DataError: A judge has scored this run by another rubric.
        OmniEditError: The contestant or a judge cannot be asked at all; what is done is kept.
    """
    panel = [judge if isinstance(judge, Panelist) else panelist(judge) for judge in judges]
    _check(suite, panel, folder)
    total = len(suite.ids)
    answered = answers(
        suite,
        contestant,
        folder,
        seed=seed,
        retry_crashed=retry_crashed,
        tick=lambda answer: tick(Step(ANSWERING, total, answer)),
    )
    for one in panel:
        step = Step(one.name, total * len(one.sittings))
        judge_answers(suite, one, folder, answered, seed=seed, tick=lambda step=step: tick(step))  # type: ignore[misc]
        folder.add_judge(one.name, Sitting(one.stamp, len(one.sittings)))
    rows = rows_of(folder, answered)
    write_rows(folder.folder, rows)
    return rows


def _check(suite: Suite, panel: Sequence[Panelist], folder: RunFolder) -> None:
    """Refuse what cannot be judged, before any work."""
    for one in panel:
        folder.check_judge(one.name, one.stamp)
        if one.needs_ideal:
            refuse_without_ideals(suite, f"the judge {one.name}")


def refuse_without_ideals(suite: Suite, who: str) -> None:
    """Check that the suite knows perfect results.

    Raises:
        InputError: It does not.
    """
    if suite.item(suite.ids[0]).ideal is None:
        other = "contestant" if "contestant" in who else f"judge, such as {suite.judge}"
        raise InputError(
            f"{who} needs the ideal results, and the suite {suite.name} has none: only composed scenes have them. "
            f"Take --suite scenes, or another {other}"
        )


def rows_of(folder: RunFolder, answered: Sequence[Answer]) -> list[Row]:
    """The rows of a run, from its journals."""
    judges = folder.judges
    known = {judge: scores_of(folder, judge) for judge in judges}
    return [
        _row(answer, [_said(known[judge].get(answer.id, []), judge, sitting) for judge, sitting in judges.items()])
        for answer in answered
    ]


def _said(known: Sequence[Score], judge: str, sitting: Sitting) -> list[Score]:
    """What a judge said of an answer; if nothing, then that."""
    whole = [score for score in known if score.repeat < sitting.repeats]
    name = judge.split()[0]
    return whole or [Score(judge, sitting.rubric, unscored=f"not asked of this yet: name {name} with --judge again")]


def _row(answer: Answer, said: Sequence[Sequence[Score]]) -> Row:
    row = Row(
        id=answer.id,
        task=answer.task,
        ratio=answer.ratio,
        phrasing=answer.phrasing,
        instruction=answer.instruction,
        status="unscored" if answer.status == "answered" else answer.status,
        outside=answer.outside,
        shift=answer.shift,
        reason=answer.reason,
        photo=answer.photo,
    )
    if answer.status != "answered":
        return row
    row = replace(row, scores=tuple(score for scores in said for score in scores))
    return headed(row, said[0]) if said else row
