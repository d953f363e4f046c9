"""Scores in the loop: the averaged weights edit held-out scenes, the oracle judges them, and a picture shows them.

The loss of a flow says little about edits; these scores say whether instructions are followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from omniedit.data.ideals import ideal
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import wish
from omniedit.data.scenes import SceneMaker
from omniedit.errors import DataError
from omniedit.images import save_picture
from omniedit.judge.oracle import Oracle
from omniedit.model.editor import Editor
from omniedit.model.sampling import euler
from omniedit.seeding import derive, stream
from omniedit.train.recipe import Recipe
from omniedit.train.stages import EditStage, Stage
from omniedit.types import Candidate, Ideal, Image, Photo, Proposal, Task

SEED = 1
"""Seed of the validation scenes: not the bench's, whose scenes stay unseen."""
STEPS = 6
"""Sampling steps."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One edit to be made, and its ideal."""

    photo: Photo
    proposal: Proposal
    ideal: Ideal


@dataclass(eq=False)
class Validator:
    """Scores a network on held-out scenes."""

    recipe: Recipe
    stage: Stage

    @cached_property
    def trials(self) -> list[Trial]:
        """The edits, the same for every validation: tasks in turn, on evaluation photographs and placements."""
        maker, trials, index = SceneMaker(tuple(bundled_photos("eval")), "eval", SEED), list[Trial](), 0
        while len(trials) < self.recipe.run.validation_edits:
            task = list(Task)[len(trials) % len(Task)]
            trial = _trial(maker, index, task)
            trials += [trial] if trial else []
            index += 1
        return trials

    def __call__(self, net: nn.Module, weights: Mapping[str, Tensor], step: int) -> dict[str, float]:
        """Mean O per task and over all.

        Writes ``validation/step-N.png``. The base stage has no edits to score: ``{}``.
        """
        if not isinstance(self.stage, EditStage):
            return {}
        editor = self.stage.editor(net, weights, self.recipe, {})
        oracle, scores, rows = Oracle(), dict[Task, list[float]](), list[list[Image]]()
        for trial in self.trials:
            result = edit(editor, trial)
            candidate = Candidate(trial.photo.id, trial.proposal, trial.photo.image, result, self.recipe.name)
            scores.setdefault(trial.proposal.task, []).append(oracle.score(candidate, trial.ideal).overall or 0.0)
            rows.append([trial.photo.image, result, trial.ideal.image])
        save_sheet(rows, Path(self.recipe.out) / "validation" / f"step-{step:08d}.png")
        means = {str(task): float(np.mean(values)) for task, values in scores.items()}
        return {"mean": float(np.mean(list(means.values()))), **means}


def edit(editor: Editor, trial: Trial) -> Image:
    """The editor's result at its working size, without guidance."""
    condition, text = editor.encode([trial.photo.image]), editor.embed([trial.proposal.instruction])
    noise = torch.Generator().manual_seed(derive(SEED, "noise", trial.photo.id) % 2**63)
    start = torch.randn(condition.shape, generator=noise)
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


def _trial(maker: SceneMaker, index: int, task: Task) -> Trial | None:
    """An edit of that task on the scene of ``index``; None where the scene cannot have one."""
    scene = maker(index, objects=1 + index % 2)
    photo = scene.photo
    proposal = wish(photo, task, stream(SEED, "trial", index), known=world())
    try:
        return Trial(photo, proposal, ideal(scene, proposal)) if proposal else None
    except DataError:
        return None
