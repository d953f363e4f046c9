"""What a build would do and cost: counted from the recipe and the folder, timed on its first scenes on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from omniedit.data.engine.chain import Entry
from omniedit.data.engine.ledger import unit_path
from omniedit.data.engine.loaded import release
from omniedit.data.engine.mask_chain import MaskChain
from omniedit.data.engine.of_photos import OfPhotos
from omniedit.data.engine.photo_chain import PhotoChain
from omniedit.data.engine.photo_recipe import PhotoRecipe
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.engine.times import Clock, measured
from omniedit.errors import DataError
from omniedit.judge.remote.budget import Spent

SAMPLE = 3
"""Scenes or photographs that are done for an estimate, unless it is said otherwise; all but the first are timed."""


@dataclass(frozen=True)
class Outline:
    """What a build of photographs asks for at the most: known without any model."""

    photos: int
    """Photographs, before they are looked at."""
    proposals: int
    """Edits proposed, if each photograph offers all."""
    questions: int
    """Questions to a proposer; each may be asked once more, for repair."""
    verdicts: int
    """Verdicts of a judge, if a candidate comes of each proposal and shape of mask."""


@dataclass(frozen=True)
class Estimate:
    """What is still to be done, and what it takes."""

    scenes: int
    """Scenes or photographs of the build."""
    waiting: int
    """Of them, those in units that are not finished."""
    rows: int
    """Items that are waiting, if all scenes give as many as the sample."""
    judge_calls: int
    """Verdicts of the judge for them."""
    hours: float
    """Hours of one worker for them, judge included: with GPUs each worker holds one, so they are GPU hours too."""
    judge_share: float
    """Share of that time in which a worker waits for the judge."""
    sample: int
    """Scenes or photographs that were done for this."""
    proposer_share: float
    """Share of the time in which it waits for proposals."""
    bills: Mapping[str, Spent]
    """Stage -> what endpoints would be paid for what waits, as far as the sample was not answered from a cache."""
    errors: Counter[str]
    """Why rows of the sample failed: error -> how many."""


def outline(recipe: PhotoRecipe, out: Path | str) -> Outline:
    """What a build of photographs asks for at the most.

    Raises:
        DataError: There is no such pile.
    """
    chain, (_, _, photos) = recipe.chain(), recipe.sample(Path(out).resolve(), 0)
    each = photos * recipe.proposals.count
    questions = photos * len(set(chain.asking.values())) if recipe.proposals.remote else 0
    forms = len(recipe.grounding.recipe.masks) if recipe.grounding.several else 1
    tries = sum(forms if table.by == "inpaint" else 1 for table in recipe.specialists.values())
    return Outline(photos, each * len(chain.tasks), questions, each * tries if recipe.judge.name else 0)


def estimate(recipe: BuildRecipe | OfPhotos, out: Path | str, *, sample: int = SAMPLE) -> Estimate:
    """What building ``recipe`` into ``out`` takes. Nothing is written; judge and proposer are asked about the sample.

    Raises:
        DataError: There are no photographs.
        ModelError: There is no such model.
        JudgeError: A judge or proposer cannot be asked.
    """
    out = Path(out).resolve()
    chain, some, total = recipe.sample(out, sample)
    done, clocks = list[Entry](), list[Clock]()
    try:
        if isinstance(chain, PhotoChain | MaskChain):
            chain.load()
        for scene in some:
            with measured() as clock:
                for part in chain.parts:
                    done += chain.part(scene, part)
            clocks.append(clock)
    finally:
        release()
    if not clocks:
        raise DataError("no photograph of the source passes the filters, as far as was looked: nothing would be built")
    usual, whole = Clock(), Clock()
    for clock in clocks:
        whole.add(clock)
    for clock in clocks[1:] or clocks:  # the first loads what the others use
        usual.add(clock)
    waiting = _waiting(total, out, recipe.unit)
    share = waiting / len(clocks)
    return Estimate(
        scenes=total,
        waiting=waiting,
        rows=round(len(done) * share),
        judge_calls=round(whole.calls["judge"] * share),
        hours=usual.total / len(clocks[1:] or clocks) * waiting / 3600,
        judge_share=usual.seconds["judge"] / usual.total,
        sample=len(clocks),
        proposer_share=usual.seconds["proposal"] / usual.total,
        errors=Counter(outcome.reason for outcome, _ in done if outcome.status == "failed"),
        bills={name: _times(bill, share) for name, bill in whole.bills.items()},
    )


def _times(bill: Spent, share: float) -> Spent:
    return Spent(**{name: type(value)(round(value * share, 2)) for name, value in vars(bill).items()})


def _waiting(scenes: int, out: Path, unit: int) -> int:
    """Scenes in units that have no manifest yet."""
    runs = range(0, scenes, unit)
    return sum(min(unit, scenes - at) for n, at in enumerate(runs) if not unit_path(out, n).exists())
