"""The second half of a run: each judge scores what was answered, as often as it is asked to.

What has a score is never asked for again. What has none is, when the same command is given again: an endpoint that was
out of reach may be back, and a reply that could not be read is in the judge's own cache and costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from omniedit.bench.answers import Answer, seed_of
from omniedit.bench.item import Item, Suite
from omniedit.bench.panel import Panelist
from omniedit.bench.results import Score
from omniedit.bench.run_folder import RunFolder
from omniedit.errors import DataError, ImageError
from omniedit.images import load_rgb
from omniedit.judge.rubric import Judge
from omniedit.types import Candidate, Ideal, Verdict

Scores = dict[str, list[Score]]
"""Item -> what a judge said of it, a score for each repeat."""


def judge_answers(
    suite: Suite,
    panelist: Panelist,
    folder: RunFolder,
    answers: Sequence[Answer],
    *,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Ask a judge for the scores of ``answers`` that are missing, and keep them.

    Args:
        suite: Makes the items anew, whose ideals a judge may need.
        panelist: The judge.
        folder: Where the pictures are, and the verdicts go.
        answers: Answers of the run; only those with a picture are judged.
        seed: The run's seed.
        tick: Called for every answer and repeat, whether its score was known or not.

    Raises:
        JudgeError: The judge cannot go on; what it said until then is kept.
        DataError: A picture of the run is missing.
    """
    journal, known = folder.verdicts(panelist.name), scores_of(folder, panelist.name)
    for repeat, judge in enumerate(panelist.sittings):
        done = {item for item, scores in known.items() for score in scores if score.repeat == repeat and score.sc}
        pending = []
        for answer in answers:
            if answer.status == "answered" and answer.id not in done:
                pending.append(answer.id)
            else:
                tick()
        cases = (_case(suite.item(name), folder, seed) for name in pending)
        for name, verdict in zip(pending, _verdicts(judge, cases), strict=True):
            journal.append({"id": name, "repeat": repeat, **_entry(verdict, panelist)})
            tick()


def scores_of(folder: RunFolder, judge: str) -> Scores:
    """What the judge of that name and version said so far, the newest for each item and repeat."""
    newest: dict[str, dict[int, Score]] = defaultdict(dict)
    for entry in folder.verdicts(judge).entries():
        newest[entry["id"]][entry["repeat"]] = Score(
            judge,
            entry["rubric"],
            entry["repeat"],
            tuple(entry["sc"]),
            tuple(entry["pq"]),
            entry["overall"],
            entry["reason"],
            entry["unscored"],
        )
    return {item: [repeats[number] for number in sorted(repeats)] for item, repeats in newest.items()}


def _entry(verdict: Verdict, panelist: Panelist) -> dict[str, Any]:
    """What is kept of a verdict: with the transcript, for whoever wants to know why it could not be read."""
    return {
        "rubric": panelist.stamp,
        "sc": list(verdict.sc) if verdict.scored else [],
        "pq": list(verdict.pq) if verdict.scored else [],
        "overall": verdict.overall,
        "reason": " · ".join(filter(None, (verdict.sc_reasoning, verdict.pq_reasoning))),
        "unscored": "" if verdict.scored else verdict.unscored or "the judge gave no scores",
        "transcript": verdict.transcript,
    }


def _case(item: Item, folder: RunFolder, seed: int) -> tuple[Candidate, Ideal | None]:
    """What a judge sees of an answer.

    Raises:
        DataError: The picture is missing.
    """
    try:
        result = load_rgb(folder.picture(item.id, "result"))
    except ImageError as error:
        raise DataError(f"{error}: the run is not whole; make it anew in another folder") from error
    own = seed_of(seed, item.id)
    candidate = Candidate(item.photo.id, item.proposal, item.photo.image, result, maker="contestant", seed=own)
    return candidate, item.ideal


def _verdicts(judge: Judge, cases: Iterable[tuple[Candidate, Ideal | None]]) -> Iterator[Verdict]:
    """The verdicts in order; a judge that takes many asks for several at once."""
    many: Any = getattr(judge, "score_many", None)
    if many is None:
        return (judge.score(candidate, ideal) for candidate, ideal in cases)
    return iter(many(candidate for candidate, _ in cases))
