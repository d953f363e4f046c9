"""A training recipe: a TOML file whose tables are these frozen dataclasses.

Unknown settings are refused, not ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from omniedit.errors import RecipeError
from omniedit.model.flow import TO_SAMPLE, FlowConfig
from omniedit.settings import read_toml, settings

STAGES = ("base", "edit")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The network: sizes of the SD3 transformer, and how EditNet attends to the source picture."""

    layers: int = 6
    heads: int = 5
    head_width: int = 32
    patch: int = 16
    """Side of a token in pixels."""
    area: int = 16384
    """Picture area in pixels, at which the model is trained."""
    grid: int = 16
    """Longest side that its positions cover, in tokens."""
    condition_attention: str = "joint"
    """``joint`` (the paper) or ``causal`` (cacheable)."""
    detail: int = 0
    """Features of the detail head (:mod:`omniedit.model.detail`); 0: none, as in the paper."""

    @property
    def width(self) -> int:
        """D, channels of a token."""
        return self.heads * self.head_width


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The optimisation."""

    steps: int = 1000
    batch: int = 64
    learning_rate: float = 5e-4
    warmup: int = 200
    """Steps from zero to the full learning rate; after them it follows a cosine to a twentieth."""
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the averaged weights, which are the ones that are used."""
    train_base: bool = False
    """Whether EditNet's base trains too (the paper freezes it)."""
    text_dropout: float = 0.05
    """Share of samples whose instruction is emptied (for text guidance)."""
    image_dropout: float = 0.05
    """Share of samples whose source picture is emptied (for image guidance)."""
    reword: float = 0.0
    """Share of instructions that are worded anew (:mod:`omniedit.train.wording`)."""
    strange: float = 0.0
    """Share of those whose sentence has random words, so that what is asked has to be read from the rest."""
    balance: float = 0.5
    """0: every pixel counts alike; 1: every pair's error counts relative to how much the edit changes."""
    outline: float = 0.0
    """Weight of telling a network that predicts a blend which pixels change (:func:`.objective.outline_loss`)."""
    bfloat16: bool = True
    """Multiply matrices in bfloat16."""


@dataclass(frozen=True, kw_only=True)
class MixConfig:
    """How often a pair of each task comes in an epoch."""

    swap: int = 1
    removal: int = 1
    addition: int = 1
    attribute: int = 1
    background: int = 1
    environment: int = 1
    style: int = 1


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What is kept and shown while training."""

    checkpoint_every: int = 500
    validate_every: int = 1000
    validation_edits: int = 35
    log_every: int = 50
    threads: int = 0
    """CPU threads; 0 takes all."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All of a training run."""

    name: str
    """Name of the model."""
    stage: str
    """``base`` (text to picture) or ``edit`` (EditNet)."""
    pairs: str
    """Folder of judged pairs."""
    out: str
    """Folder of the run."""
    init: str = ""
    """Edit: the base stage's folder, whose weights EditNet starts from; empty starts from random weights."""
    seed: int = 0
    model: ModelConfig = field(default_factory=ModelConfig)
    flow: FlowConfig = field(default_factory=lambda: FlowConfig(prediction="blend", shift=1.0))
    train: TrainConfig = field(default_factory=TrainConfig)
    mix: MixConfig = field(default_factory=MixConfig)
    run: RunConfig = field(default_factory=RunConfig)

    @classmethod
    def read(cls, path: Path | str) -> Recipe:
        """Parse and check a recipe file.

        Raises:
            RecipeError: the file is missing, is not TOML, or has unknown or impossible settings.
        """
        values = read_toml(path)
        for name, table in _TABLES.items():
            if name in values:
                if not isinstance(values[name], dict):
                    raise RecipeError(f"{path}: {name} must be a table")
                values[name] = settings(table, values[name], f"{path}: [{name}]")
        recipe = settings(cls, values, str(path))
        recipe._check(path)
        return recipe

    def _check(self, path: Path | str) -> None:
        """Refuse what cannot work."""
        checks = {
            f"stage is {self.stage!r}, not one of {STAGES}": self.stage in STAGES,
            f"prediction is {self.flow.prediction!r}, not one of {tuple(TO_SAMPLE)}": self.flow.prediction in TO_SAMPLE,
            f"outline needs prediction 'blend', not {self.flow.prediction!r}": not self.train.outline
            or self.flow.prediction == "blend",
            "steps, batch and clip must be positive": min(self.train.steps, self.train.batch, self.train.clip) > 0,
            "a mix is whole numbers, none below 0": min(vars(self.mix).values()) >= 0,
            "text_dropout, image_dropout, reword and strange must lie between 0 and 1": all(
                0 <= getattr(self.train, name) <= 1 for name in ("text_dropout", "image_dropout", "reword", "strange")
            ),
        }
        for problem, fine in checks.items():
            if not fine:
                raise RecipeError(f"{path}: {problem}")


_TABLES: dict[str, type[ModelConfig | FlowConfig | TrainConfig | MixConfig | RunConfig]] = {
    "model": ModelConfig,
    "flow": FlowConfig,
    "train": TrainConfig,
    "mix": MixConfig,
    "run": RunConfig,
}
"""Table in a recipe file -> the dataclass that it fills."""
