"""A recipe for distilling a judge: a TOML file whose tables are these frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from omniedit.errors import RecipeError
from omniedit.judge.local.judge import MODES
from omniedit.judge.local.loading import DTYPES
from omniedit.judge.questions import Asking
from omniedit.judge.rubric import RUBRICS, Rubric
from omniedit.settings import read_toml, settings
from omniedit.train.recipe import Recipe, RunConfig, TrainConfig


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which of the teacher's verdicts are learnt, and how they are shown."""

    per_bin: int = 5000
    """Most pairs of a task whose O lies in one bin; bins are 1 wide, from [0, 1) to [9, 10]. 0 takes all."""
    held_out: float = 0.05
    """Share of the photos whose pairs are kept for validation."""
    whole: bool = False
    """Round the teacher's scores to whole numbers of the asked scale, as the question wants them."""
    max_side: int = 1024
    """Longest side of a picture in pixels, in training and in the finished judge."""


@dataclass(frozen=True, kw_only=True)
class LoraConfig:
    """The adapter (LoRA, arXiv 2106.09685): W + (alpha / rank) B A, where only A and B are trained."""

    rank: int = 16
    """Rows of A."""
    alpha: int = 32
    """Weight of the adapter, over its rank."""
    dropout: float = 0.05
    """Share of the adapter's inputs that is dropped while it trains."""
    targets: str = r".*(language_model|text_model).*\.(q|k|v|o|gate|up|down)_proj"
    """Regular expression for the whole names of the layers that get one; ``all-linear`` takes every linear layer, the
    vision tower's too."""


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """The optimisation: AdamW, a warm-up, then a cosine to a twentieth of the rate."""

    steps: int = 1000
    batch: int = 32
    """Rows of a step; a row is one question with its reply."""
    micro_batch: int = 4
    """Rows in memory at a time; it changes memory and speed, not what is learnt."""
    learning_rate: float = 1e-4
    warmup: int = 50
    """Steps from zero to the full rate."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of the gradient."""


@dataclass(frozen=True, kw_only=True)
class StudyRunConfig:
    """Where it runs, what is kept and shown."""

    checkpoint_every: int = 200
    """Steps between checkpoints; a run that is killed goes on from the last one."""
    validate_every: int = 500
    """Steps between looks at the loss on held-out rows."""
    validation_rows: int = 256
    """Held-out rows of such a look, at most."""
    log_every: int = 10
    """Steps between lines of the log."""
    device: str = ""
    """``"cuda"``, ``"cpu"`` …; empty takes the GPU where there is one."""
    dtype: str = ""
    """Number format of the base model; empty takes bfloat16 on a GPU, float32 on a CPU. The adapter is float32."""
    recompute: bool = True
    """Compute activations again in the backward pass: less memory, a third more time (gradient checkpointing)."""


@dataclass(frozen=True, kw_only=True)
class DistillRecipe:
    """All of a distillation."""

    name: str
    """Name of the judge."""
    pairs: str
    """Folder of pairs with the teacher's verdicts."""
    base: str
    """The open model: a folder or a Hub id."""
    out: str
    """Folder of the run; the judge comes to lie in ``judge`` below it, the chat set in ``data``."""
    seed: int = 0
    rubric: str = "omniedit"
    """Rubric that the teacher scored by; its criteria must be as many as the verdicts' scores."""
    mode: str = "text"
    """How the finished judge reads its scores, ``text`` or ``expected``."""
    max_new_tokens: int = 512
    """Most tokens of the finished judge's replies."""
    asking: Asking = field(default_factory=Asking)
    data: DataConfig = field(default_factory=DataConfig)
    lora: LoraConfig = field(default_factory=LoraConfig)
    train: StudyConfig = field(default_factory=StudyConfig)
    run: StudyRunConfig = field(default_factory=StudyRunConfig)

    @classmethod
    def read(cls, path: Path | str) -> DistillRecipe:
        """Parse and check a recipe file.

        Raises:
            RecipeError: The file is missing, is not TOML, or has unknown or impossible settings.
            JudgeError: The judge is to be asked in an impossible way.
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

    @property
    def asked(self) -> Rubric:
        """The rubric."""
        return RUBRICS[self.rubric]

    @property
    def loop(self) -> Recipe:
        """The same run in the words of :mod:`omniedit.train.loop`, whose optimiser, learning rate and log it uses."""
        study = self.train
        return Recipe(
            name=self.name,
            stage="judge",
            pairs=self.pairs,
            out=self.out,
            train=TrainConfig(
                steps=study.steps,
                batch=study.batch,
                learning_rate=study.learning_rate,
                warmup=study.warmup,
                weight_decay=study.weight_decay,
                clip=study.clip,
            ),
            run=RunConfig(log_every=self.run.log_every),
        )

    def _check(self, path: Path | str) -> None:
        """Refuse what cannot work."""
        study, run = self.train, self.run
        counts = study.steps, study.batch, study.micro_batch, study.clip, run.checkpoint_every, run.validate_every
        checks = {
            f"rubric is {self.rubric!r}, not one of {', '.join(RUBRICS)}": self.rubric in RUBRICS,
            f"mode is {self.mode!r}, not one of {', '.join(MODES)}": self.mode in MODES,
            f"dtype is {run.dtype!r}, not one of {', '.join(DTYPES)}": run.dtype in ("", *DTYPES),
            "a distilled judge is asked in 1 pass": self.asking.passes == 1,
            "mode 'expected' is over whole scores, so [data] whole must be true": self.mode != "expected"
            or self.data.whole,
            "per_bin must not be negative, held_out must lie in [0, 1)": self.data.per_bin >= 0
            and 0 <= self.data.held_out < 1,
            "steps, batches, clip and the numbers of [run] must be positive": min(*counts, run.log_every) > 0,
            "rank, alpha and max_side must be positive, dropout must lie in [0, 1)": min(
                self.lora.rank, self.lora.alpha, self.data.max_side
            )
            > 0
            and 0 <= self.lora.dropout < 1,
        }
        for problem, fine in checks.items():
            if not fine:
                raise RecipeError(f"{path}: {problem}")


_TABLES: dict[str, type[Asking | DataConfig | LoraConfig | StudyConfig | StudyRunConfig]] = {
    "asking": Asking,
    "data": DataConfig,
    "lora": LoraConfig,
    "train": StudyConfig,
    "run": StudyRunConfig,
}
"""Table in a recipe file -> the dataclass that it fills."""
