"""The answers of an editor to the items of the scene suite, scored by every judge: a record for each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from omniedit.bench.answers import seed_of
from omniedit.errors import InputError, OmniEditError
from omniedit.types import Candidate, Image, Verdict

if TYPE_CHECKING:
    from omniedit.bench.item import Item, Suite
    from omniedit.judge.rubric import Judge

Editor = Callable[["Item", int], Image]
"""``(item, seed)`` -> the edited picture. Declining is an `OmniEditError`."""
Score = tuple[float, float, float]
"""SC, PQ and O, 0..10."""


@dataclass(frozen=True)
class Answer:
    """What came of one item."""

    id: str
    task: str
    phrasing: str
    """Whether training words such edits so: ``seen`` or ``unseen``."""
    scores: Mapping[str, Score | None] = field(default_factory=dict)
    """Judge -> its scores; None where it could not tell. Empty where there is no answer."""
    reason: str = ""
    """Why there is no answer."""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Answer:
        """An answer as `plain` gives it."""
        scores = {judge: None if score is None else tuple(score) for judge, score in entry["scores"].items()}
        return cls(**{**entry, "scores": scores})

    def plain(self) -> dict[str, Any]:
        """In plain values."""
        return asdict(self)


def answer_all(
    suite: Suite,
    editor: Editor,
    judges: Mapping[str, Judge],
    *,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> list[Answer]:
    """The answers to all items of ``suite``, in its order; each has a seed of its own."""
    found = []
    for name in suite.ids:
        found.append(answer(suite.item(name), editor, judges, seed))
        tick()
    return found


def answer(item: Item, editor: Editor, judges: Mapping[str, Judge], seed: int) -> Answer:
    """The answer to one item; an editor that declines, or gives a picture of another size, has none."""
    own_seed = seed_of(seed, item.id)
    none = Answer(item.id, item.task, item.phrasing)
    try:
        result = editor(item, own_seed)
        if result.shape != item.photo.image.shape:
            raise InputError(f"the result has the shape {result.shape}, the photo {item.photo.image.shape}")
    except OmniEditError as error:
        return replace(none, reason=str(error))
    candidate = Candidate(item.photo.id, item.proposal, item.photo.image, result, "contestant", own_seed)
    scores = {name: _score(judge.score(candidate, item.ideal)) for name, judge in judges.items()}
    return replace(none, scores=scores)


def _score(verdict: Verdict) -> Score | None:
    if not verdict.scored or verdict.overall is None:
        return None
    return round(min(verdict.sc), 4), round(min(verdict.pq), 4), round(verdict.overall, 4)
