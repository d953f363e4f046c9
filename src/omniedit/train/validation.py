"""Scores in the loop: the averaged weights make held-out edits, a judge scores them, and a picture shows them.

The loss of a flow says little about edits; these scores say whether instructions are followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from omniedit.data.ideals import ideal
from omniedit.data.pairs import read_pairs
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import wish
from omniedit.data.scenes import SceneMaker
from omniedit.errors import DataError
from omniedit.images import save_picture
from omniedit.judge import named
from omniedit.judge.rubric import Judge
from omniedit.model.editor import Editor
from omniedit.model.sampling import euler
from omniedit.seeding import derive, stream
from omniedit.train.buckets import bucket_sizes, fit, fit_mask, nearest_bucket
from omniedit.train.recipe import Recipe
from omniedit.types import Candidate, Ideal, Image, Mask, Proposal, Task, Verdict

SEED = 1
"""Seed of the validation scenes: not the bench's, whose scenes stay unseen."""
STEPS = 6
"""Sampling steps."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One edit to be made."""

    id: str
    source: Image
    proposal: Proposal
    wanted: Image
    """The ideal result, or the pair's own."""
    ideal: Ideal | None
    """For the oracle; None for pairs."""
    mask: Mask | None
    """Where a local edit belongs; None where nobody said."""


@dataclass(eq=False)
class Validator:
    """Scores an editor on held-out edits, the same for every validation."""

    recipe: Recipe

    @cached_property
    def trials(self) -> list[Trial]:
        """The edits: of the recipe's pairs, or of scenes on evaluation photographs and placements; tasks in turn."""
        run = self.recipe.run
        found = _of_pairs(self.recipe) if run.validation else _of_scenes()
        return list(islice(found, run.validation_edits))

    @cached_property
    def judge(self) -> Judge:
        """Who scores."""
        return named.load(self.recipe.run.judge or ("student" if self.recipe.run.validation else "oracle"))

    def __call__(self, editor: Editor, step: int) -> tuple[dict[str, float], list[list[Image]]]:
        """Make and score all edits.

        Returns:
            Means of O (``mean`` over tasks, and of each task), ``SC``, ``PQ``, the mean difference outside of local
            edits (``outside``, 0..255) and how many edits went ``unscored``; and source, result and wanted result of
            each.
        """
        verdicts, outside, rows = defaultdict[Task, list[Verdict]](list), list[float](), list[list[Image]]()
        for trial in self.trials:
            result = edit(editor, trial)
            candidate = Candidate(trial.id, trial.proposal, trial.source, result, self.recipe.name)
            verdicts[trial.proposal.task].append(self.judge.score(candidate, trial.ideal))
            rows.append([trial.source, result, trial.wanted])
            if trial.proposal.task.local and trial.mask is not None and (trial.mask == 0).any():
                outside.append(float(np.abs(trial.source.astype(float) - result)[trial.mask == 0].mean()))
        return _means(verdicts) | ({"outside": float(np.mean(outside))} if outside else {}), rows


def _means(verdicts: dict[Task, list[Verdict]]) -> dict[str, float]:
    """Mean scores; what went unscored is in no mean."""
    every = [verdict for given in verdicts.values() for verdict in given]
    scored = [verdict for verdict in every if verdict.overall is not None]
    overall = {str(task): [v.overall for v in given if v.overall is not None] for task, given in verdicts.items()}
    tasks = {task: float(np.mean(values)) for task, values in overall.items() if values}
    if not tasks:
        return {"unscored": float(len(every))}
    sides = {"SC": [min(v.sc) for v in scored], "PQ": [min(v.pq) for v in scored]}
    return {
        "mean": float(np.mean(list(tasks.values()))),
        **tasks,
        **{side: float(np.mean(values)) for side, values in sides.items()},
        "unscored": float(len(every) - len(scored)),
    }


def edit(editor: Editor, trial: Trial) -> Image:
    """The editor's result at the trial's own size, without guidance."""
    condition, text = editor.encode([trial.source]), editor.embed([trial.proposal.instruction])
    noise = torch.Generator().manual_seed(derive(SEED, "noise", trial.id) % 2**63)
    start = torch.randn(condition.shape, generator=noise).to(condition)
    with torch.inference_mode():
        cache = editor.cache(condition)
        return editor.decode(
            euler(lambda x, sigma: editor.velocity(x, sigma, condition, text, cache), start, editor.sigmas(STEPS))
        )[0]


def save_sheet(rows: list[list[Image]], path: Path, columns: int = 5) -> None:
    """Source, result and ideal side by side, ``columns`` edits in a row, on white."""
    side = max(max(image.shape[:2]) for row in rows for image in row)
    strips = [np.hstack([_framed(image, side) for image in row]) for row in rows]
    strips += [np.full_like(strips[0], 255)] * (-len(strips) % columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet = np.vstack([np.hstack(strips[i : i + columns]) for i in range(0, len(strips), columns)])
    save_picture(path, sheet, overwrite=True)


def _framed(image: Image, side: int) -> Image:
    """``image`` in the upper left of a white square."""
    frame = np.full((side + 4, side + 4, 3), 255, np.uint8)
    frame[: image.shape[0], : image.shape[1]] = image
    return frame


def _of_scenes() -> Iterator[Trial]:
    """Edits of scenes, without end."""
    maker, index, made = SceneMaker(tuple(bundled_photos("eval")), "eval", SEED), 0, 0
    while True:
        trial = _of_scene(maker, index, list(Task)[made % len(Task)])
        index += 1
        if trial:
            made += 1
            yield trial


def _of_scene(maker: SceneMaker, index: int, task: Task) -> Trial | None:
    """An edit of that task on the scene of ``index``; None where the scene cannot have one."""
    scene = maker(index, objects=1 + index % 2)
    photo = scene.photo
    proposal = wish(photo, task, stream(SEED, "trial", index), known=world())
    if proposal is None:
        return None
    try:
        best = ideal(scene, proposal)
    except DataError:
        return None
    return Trial(photo.id, photo.image, proposal, best.image, best, best.mask)


def _of_pairs(recipe: Recipe) -> Iterator[Trial]:
    """Edits of held-out pairs, fitted to their buckets: tasks in turn, in the order of the files."""
    sizes = bucket_sizes(recipe.model.area, recipe.model.multiple).values()
    by_task, share = defaultdict[Task, list[Trial]](list), -(-recipe.run.validation_edits // len(Task))
    for pair in read_pairs(recipe.run.validation):
        made = pair.candidate
        if len(by_task[made.proposal.task]) < share:
            size = nearest_bucket(made.source.shape[1], made.source.shape[0], sizes)
            mask = None if made.mask is None else fit_mask(made.mask, size)
            pictures = fit(made.source, size), fit(made.result, size)
            by_task[made.proposal.task].append(Trial(pair.id, pictures[0], made.proposal, pictures[1], None, mask))
    for place in range(share):
        yield from (trials[place] for trials in by_task.values() if place < len(trials))
