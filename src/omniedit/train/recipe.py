"""A training recipe: a TOML file whose tables are these frozen dataclasses.

Unknown settings are refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from omniedit.errors import RecipeError
from omniedit.model.detail import DETAILS
from omniedit.model.flow import TO_SAMPLE, FlowConfig
from omniedit.model.networks import NETWORKS
from omniedit.settings import read_toml, settings
from omniedit.types import Task

STAGES = ("base", "edit")
PARTS = ("control", "lora", "all")
PRECISIONS = ("bf16", "fp32")
SCHEDULES = ("cosine", "constant")
OPTIMIZERS = ("adamw", "adamw8bit")
WEIGHTINGS = ("sd3", "min_snr")
TRACKERS = ("", "tensorboard", "trackio", "wandb")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The network: over a model of SD3's, or over a small one for pixels whose sizes stand here."""

    network: str = "editnet"
    """A key of :data:`omniedit.model.networks.NETWORKS`."""
    condition_attention: str = "joint"
    """EditNet: ``joint`` (the paper) or ``causal`` (cacheable)."""
    area: int = 16384
    """Picture area in pixels, at which the model is trained."""
    sd3: str = ""
    """Folder or Hub id of an SD3 or SD3.5 model in the diffusers layout; empty: a pixel model of the sizes below."""
    t5: bool = True
    """SD3: whether its T5 reads along; without it, CLIP alone does."""
    text_length: int = 256
    """SD3: tokens that T5 reads."""
    layers: int = 6
    heads: int = 5
    head_width: int = 32
    patch: int = 16
    """Pixel model: side of a token in pixels."""
    grid: int = 16
    """Pixel model: longest side that its positions cover, in tokens."""
    detail: int = 0
    """EditNet for pixels: features of the detail head (:mod:`omniedit.model.detail`); 0: none, as in the paper."""
    detail_sees: str = "source"
    """What that head sees beside its tokens: ``source``, or ``noisy``, the noisy picture too."""

    @property
    def width(self) -> int:
        """D, channels of a token of the pixel model."""
        return self.heads * self.head_width

    @property
    def multiple(self) -> int:
        """What the sides of a picture are multiples of, in pixels: a token's side (SD3: 2 cells of 8)."""
        return 16 if self.sd3 else self.patch


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which of the pairs are trained on, and how they are read."""

    cache: str = ""
    """Folder of latents and embedded texts (``omniedit cache``); empty: pictures are encoded as they come."""
    memory: bool = False
    """Hold all pictures in memory, at the size of their bucket: for small sets of small pictures."""
    threshold: float = 0.0
    """Pairs whose O is lower, or that have none, are left out; 0 takes all that have a weight (the paper: 9)."""
    window: int = 4
    """Groups of rows of a parquet file that are shuffled together, since a group is read as a whole; every reading
    process holds two windows (64 of our pairs at 1 MP, a group, are 250 MB). 0 shuffles everything, and reads a group
    for every picture."""
    workers: int = 0
    """Processes that read ahead; 0 reads between the steps."""
    quotas: Mapping[str, int] = field(default_factory=dict)
    """Task -> most pairs of it; none for a task that is not named."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The optimisation."""

    steps: int = 1000
    """Updates of the weights; counts where ``epochs`` is 0."""
    epochs: float = 0.0
    """Times that every pair is seen; 0: as often as ``steps`` says."""
    batch: int = 64
    """Samples per update, over all devices."""
    accumulate: int = 1
    """Parts in which a device computes its share of the batch, for want of memory."""
    learning_rate: float = 5e-4
    schedule: str = "cosine"
    """After the warm-up: ``cosine`` (to a twentieth of the rate) or ``constant``."""
    warmup: int = 200
    """Steps from zero to the full learning rate."""
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    optimizer: str = "adamw"
    """``adamw``, or ``adamw8bit`` (of bitsandbytes; not with FSDP)."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the averaged weights, which are the ones that are used; 0: none are kept."""
    ema_device: str = ""
    """Where they are kept: empty for beside the weights, or ``cpu``."""
    parts: str = "control"
    """What is trained: ``control`` (the paper: the base is frozen), ``lora`` (additions of low rank), ``all``."""
    lora_rank: int = 16
    precision: str = "bf16"
    """``bf16``: matrices are multiplied in bfloat16, and what is not trained is held in it. ``fp32``."""
    gradient_checkpointing: bool = False
    """Compute the blocks' insides again in the backward pass instead of keeping them."""
    compile: bool = False
    """Compile the network (torch.compile)."""
    text_dropout: float = 0.05
    """Share of samples whose instruction alone is emptied (for text guidance)."""
    image_dropout: float = 0.05
    """Share of samples whose source picture alone is emptied (for image guidance)."""
    both_dropout: float = 0.0
    """Share of samples that lose both (InstructPix2Pix: 0.05 of each kind)."""
    weighting: str = "sd3"
    """How times count: ``sd3`` (all alike: they are drawn as SD3 draws them) or ``min_snr`` (arXiv 2303.09556)."""
    reword: float = 0.0
    """Share of instructions that are worded anew (:mod:`omniedit.train.wording`); needs the embedded text encoder."""
    strange: float = 0.0
    """Share of those whose sentence has random words, so that what is asked has to be read from the rest."""
    balance: float = 0.0
    """0: every pixel counts alike; 1: every pair's error counts relative to how much the edit changes."""
    outline: float = 0.0
    """Weight of telling a network that predicts a blend which pixels change (:func:`.objective.outline_loss`)."""
    patience: int = 5
    """Steps in a row whose gradient is not a number: each is left out; so many of them stop the run."""


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
    keep: int = 2
    """Newest checkpoints that are kept."""
    validate_every: int = 1000
    """Steps between validations; 0: never."""
    validation: str = ""
    """Folder of held-out pairs to be edited; empty: scenes on photographs and places that no training sees."""
    validation_edits: int = 35
    judge: str = ""
    """Who scores them (:mod:`omniedit.judge.named`); empty: the oracle for scenes, the student for pairs."""
    log_every: int = 50
    tracker: str = ""
    """``tensorboard``, ``trackio`` or ``wandb``: where losses and scores go beside ``log.jsonl``."""
    threads: int = 0
    """CPU threads; 0 takes all."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All of a training run."""

    name: str
    """Name of the model."""
    stage: str
    """``base`` (text to picture) or ``edit``."""
    pairs: str
    """Pairs: a folder of shards, parquet in the released schema (``hf://…`` too), or WebDataset tars."""
    out: str
    """Folder of the run."""
    init: str = ""
    """Edit, pixel model: the folder whose weights it starts from: a base stage's, or an editing model's of the same
    network, beside which what this one has more is new; empty starts from random weights."""
    seed: int = 0
    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
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
        for name, value, known in self._choices():
            if value not in known:
                raise RecipeError(f"{path}: {name} is {value!r}, not one of {tuple(known)}")
        for problem, fine in self._bounds().items():
            if not fine:
                raise RecipeError(f"{path}: {problem}")

    def _choices(self) -> tuple[tuple[str, str, Collection[str]], ...]:
        """Settings that are one of a few words: name, value, the words."""
        train, run = self.train, self.run
        quotas = (("the task of a quota in [data]", task, tuple(map(str, Task))) for task in self.data.quotas)
        return (
            ("stage", self.stage, STAGES),
            ("network", self.model.network, NETWORKS),
            ("detail_sees", self.model.detail_sees, DETAILS),
            ("prediction", self.flow.prediction, TO_SAMPLE),
            ("schedule", train.schedule, SCHEDULES),
            ("optimizer", train.optimizer, OPTIMIZERS),
            ("parts", train.parts, PARTS),
            ("precision", train.precision, PRECISIONS),
            ("weighting", train.weighting, WEIGHTINGS),
            ("ema_device", train.ema_device, ("", "cpu")),
            ("tracker", run.tracker, TRACKERS),
            *quotas,
        )

    def _bounds(self) -> dict[str, bool]:
        """What is wrong -> whether it is fine."""
        train, model, data = self.train, self.model, self.data
        shares = (train.text_dropout, train.image_dropout, train.both_dropout)
        return {
            "outline needs prediction 'blend'": not train.outline or self.flow.prediction == "blend",
            "a latent model (sd3) predicts 'velocity' or 'sample'": not model.sd3 or self.flow.prediction != "blend",
            "the base of a latent model is there already: its stage is 'edit'": not model.sd3 or self.stage == "edit",
            "reword needs the embedded text encoder and no cache": not train.reword or not (model.sd3 or data.cache),
            f"{model.network} changes its base: parts is 'all' or 'lora', not 'control'": not (
                train.parts == "control" and NETWORKS[model.network].trains_base
            ),
            "inpaint needs masks, which a cache has not: leave cache empty": not (
                data.cache and model.network == "inpaint"
            ),
            "the base stage wants memory = true in [data]": self.stage == "edit" or data.memory,
            "take cache or memory, not both": not (data.cache and data.memory),
            "steps, batch, accumulate, clip, keep and patience must be positive": min(
                train.steps, train.batch, train.accumulate, train.clip, self.run.keep, train.patience
            )
            > 0,
            "epochs must not be negative": train.epochs >= 0,
            "a mix is whole numbers, none below 0": min(vars(self.mix).values()) >= 0,
            "text_dropout, image_dropout and both_dropout are shares, of 1 together at most": min(shares) >= 0
            and sum(shares) <= 1,
            "reword and strange must lie between 0 and 1": min(train.reword, train.strange) >= 0
            and max(train.reword, train.strange) <= 1,
        }


_TABLES: dict[str, type] = {
    "model": ModelConfig,
    "data": DataConfig,
    "flow": FlowConfig,
    "train": TrainConfig,
    "mix": MixConfig,
    "run": RunConfig,
}
"""Table in a recipe file -> the dataclass that it fills."""
