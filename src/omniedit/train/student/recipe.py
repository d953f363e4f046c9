"""A recipe for training the student judge: a TOML file whose tables are these frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from omniedit.errors import RecipeError
from omniedit.judge.student.net import StudentConfig
from omniedit.settings import read_toml, settings
from omniedit.train.recipe import Recipe, RunConfig, TrainConfig


@dataclass(frozen=True, kw_only=True)
class ChoiceConfig:
    """Which judged pairs are learnt, and how often."""

    per_cell: int = 800
    """Most pairs of a task whose O lies in one cell (:func:`omniedit.train.student.examples.cell_of`); 0 takes all."""
    balance: float = 0.5
    """0: every pair is drawn as often; 1: every task and cell of O is, however few pairs it has."""
    mirrored: float = 0.5
    """Share of draws that are mirrored, where the instruction does not speak of left and right."""
    wrong: float = 0.3
    """Share of draws whose instruction is another one of the same scene or task: success is 0 whatever became of it."""
    jitter: float = 0.15
    """Standard deviation of the logarithm of a gamma that both pictures are drawn with; half of it for each channel's
    gain. There are few photographs: without it the network learns what each of them looks like at night."""


@dataclass(frozen=True, kw_only=True)
class LearningConfig:
    """The optimisation: AdamW, a warm-up, then a cosine to a twentieth of the rate."""

    steps: int = 3000
    batch: int = 64
    learning_rate: float = 1e-3
    warmup: int = 200
    """Steps from zero to the full rate."""
    weight_decay: float = 0.05
    clip: float = 1.0
    """Largest norm of the gradient."""
    maps: float = 2.0
    """Weight of the maps beside the scores."""
    ema: float = 0.998
    """Decay of the averaged weights, which are the ones that are used."""
    bfloat16: bool = True
    """Multiply matrices in bfloat16."""


@dataclass(frozen=True, kw_only=True)
class StudentRunConfig:
    """What is kept and shown while training."""

    checkpoint_every: int = 500
    """Steps between checkpoints; a run that is killed goes on from the last one."""
    validate_every: int = 500
    """Steps between looks at held-out pairs."""
    validation_pairs: int = 500
    """Held-out pairs of such a look, evenly from all."""
    log_every: int = 50
    """Steps between lines of the log."""
    threads: int = 0
    """CPU threads; 0 takes all."""


@dataclass(frozen=True, kw_only=True)
class StudentRecipe:
    """All of a training run."""

    pairs: tuple[str, ...]
    """Folders of pairs with the teacher's verdicts, kept and rejected."""
    held: str
    """Folder of such pairs on photographs that ``pairs`` do not have, for the report."""
    out: str
    """Folder of the run; the judge comes to lie in ``judge`` below it, the report in ``report.json``."""
    seed: int = 0
    model: StudentConfig = field(default_factory=StudentConfig)
    choice: ChoiceConfig = field(default_factory=ChoiceConfig)
    train: LearningConfig = field(default_factory=LearningConfig)
    run: StudentRunConfig = field(default_factory=StudentRunConfig)

    @classmethod
    def read(cls, path: Path | str) -> StudentRecipe:
        """Parse and check a recipe file.

        Raises:
            RecipeError: The file is missing, is not TOML, or has unknown or impossible settings.
        """
        values = read_toml(path)
        for name, table in _TABLES.items():
            if name in values:
                if not isinstance(values[name], dict):
                    raise RecipeError(f"{path}: {name} must be a table")
                values[name] = settings(table, values[name], f"{path}: [{name}]")
        if not isinstance(values.get("pairs", []), list):
            raise RecipeError(f"{path}: pairs is a list of folders, not {values['pairs']!r}")
        recipe = settings(cls, values, str(path))
        recipe._check(path)
        return recipe

    @property
    def loop(self) -> Recipe:
        """The same run in the words of :mod:`omniedit.train.loop`, whose optimiser, learning rate and log it uses."""
        learn = self.train
        return Recipe(
            name="student",
            stage="judge",
            pairs=", ".join(self.pairs),
            out=self.out,
            train=TrainConfig(
                steps=learn.steps,
                batch=learn.batch,
                learning_rate=learn.learning_rate,
                warmup=learn.warmup,
                weight_decay=learn.weight_decay,
                clip=learn.clip,
                ema=learn.ema,
            ),
            run=RunConfig(log_every=self.run.log_every),
        )

    def _check(self, path: Path | str) -> None:
        """Refuse what cannot work."""
        model, learn, run = self.model, self.train, self.run
        counts = learn.steps, learn.batch, learn.clip, run.checkpoint_every, run.validate_every, run.log_every
        checks = {
            "steps, batch, clip and the numbers of [run] must be positive": min(*counts, run.validation_pairs) > 0,
            "pairs names no folder": bool(self.pairs),
            "per_cell must not be negative; balance and mirrored must lie in [0, 1]": self.choice.per_cell >= 0
            and 0 <= self.choice.balance <= 1
            and 0 <= self.choice.mirrored <= 1,
            "blocks must be as many as channels": 0 < len(model.channels) == len(model.blocks),
            "width must be a multiple of 4 and of heads": model.width % 4 == 0 == model.width % max(1, model.heads),
            "bins must be 2 or more": model.bins >= 2,
        }
        for problem, fine in checks.items():
            if not fine:
                raise RecipeError(f"{path}: {problem}")


_TABLES: dict[str, type[StudentConfig | ChoiceConfig | LearningConfig | StudentRunConfig]] = {
    "model": StudentConfig,
    "choice": ChoiceConfig,
    "train": LearningConfig,
    "run": StudentRunConfig,
}
"""Table in a recipe file -> the dataclass that it fills."""
