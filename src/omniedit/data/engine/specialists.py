"""Who makes the edits of each task, by name.

cpu        the tools that need no download; on a plain photograph: background, environment, style
inpaint    a diffusers inpainting pipeline (swap, removal, addition, background); settings of ``InpaintRecipe``
prompt     Prompt-to-Prompt (attribute, environment): the source is generated as well; settings of ``PromptRecipe``
instruct   CosXL-Edit, or any instruction editor of diffusers (all tasks); settings of ``InstructRecipe``
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from omniedit.data.diffusion import pipelines
from omniedit.data.diffusion.inpaint import PAINTINGS, InpaintSpecialist
from omniedit.data.diffusion.inpainter import DiffusionInpainter, InpaintRecipe
from omniedit.data.diffusion.instruct import InstructEditor, InstructRecipe, InstructSpecialist
from omniedit.data.diffusion.p2p import ATTRIBUTE, ENVIRONMENT, AttributeByPrompt, EnvironmentByPrompt, written_photo
from omniedit.data.diffusion.p2p.specialists import EditByPrompt
from omniedit.data.engine.groundings import apart
from omniedit.data.engine.loaded import once
from omniedit.data.proposals.lexicon import embedded
from omniedit.data.specialists import SPECIALISTS, CannotEdit, Specialist
from omniedit.data.tools.grounding import Grounding
from omniedit.errors import RecipeError
from omniedit.settings import settings
from omniedit.types import Candidate, Photo, Proposal, Task

Asked = tuple[Photo, Proposal]
Made = tuple[Candidate, ...] | CannotEdit


@dataclass(frozen=True)
class PromptRecipe:
    """Settings of Prompt-to-Prompt; what is None is OmniEdit's for the task, or P2P's."""

    model: str = "stabilityai/stable-diffusion-xl-base-1.0"
    """Folder or Hub id of a Stable Diffusion or SDXL."""
    steps: int | None = None
    """Sampling steps."""
    guidance: float | None = None
    """Scale of classifier-free guidance."""
    negative: str = ""
    """The negative prompt."""
    cross: float | None = None
    """Share of the steps through which cross-attention maps of the source are injected."""
    self_attention: float | None = None
    """Likewise, self-attention maps."""
    lock: float | None = None
    """Share of the steps through which the source is held outside the mask: τ."""
    area: int = 0
    """Pixels of the generated pictures; 0 for those that the model was trained at."""


Recipe = InpaintRecipe | InstructRecipe | PromptRecipe


@dataclass(frozen=True)
class SpecialistTable:
    """One of the ``[specialists]`` of a recipe; in the file, settings of ``recipe`` stand among the others."""

    by: str = "cpu"
    """A key of :data:`KINDS`."""
    device: str = ""
    """``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one."""
    dtype: str = ""
    """Number format: float32, bfloat16 or float16; empty takes bfloat16 on a GPU and float32 on a CPU."""
    batch: int = 1
    """Pictures that go through a pipeline together; more are faster, but may round a value otherwise."""
    recipe: Recipe | None = None
    """Settings of the kind; None for ``cpu``."""

    @classmethod
    def read(cls, values: Mapping[str, Any] | str, task: Task, place: str) -> SpecialistTable:
        """A recipe's table, or only the name of a kind.

        Raises:
            RecipeError: There is no such kind, it does not do the task, or a setting is unknown or impossible.
        """
        mine, others = apart({"by": values} if isinstance(values, str) else values, cls)
        table = settings(cls, mine, place)
        if table.by not in KINDS:
            raise RecipeError(f"{place}: there is no specialist {table.by!r}; there are {', '.join(KINDS)}")
        kind = KINDS[table.by]
        if task not in kind.tasks:
            raise RecipeError(f"{place}: {table.by} does {', '.join(map(str, kind.tasks))}, and no {task}")
        if kind.recipe is None and others:
            raise RecipeError(f"{place}: {table.by} has no setting {next(iter(others))!r}")
        return replace(table, recipe=None if kind.recipe is None else settings(kind.recipe, others, place))

    def described(self) -> dict[str, Any]:
        """What its edits depend on, as plain values."""
        return {"by": self.by} | ({"dtype": self.dtype, **asdict(self.recipe)} if self.recipe else {})

    def load(self, task: Task) -> Specialist:
        """The specialist, its models loaded once in a process.

        Raises:
            MissingExtraError, ModelError: A model cannot be loaded.
        """
        return KINDS[self.by].load(self, task)


# Kinds ----------------------------------------------------------------------------------------------------------------


def _inpaint(table: SpecialistTable, task: Task) -> Specialist:
    recipe = table.recipe
    assert isinstance(recipe, InpaintRecipe)
    how = {"device": table.device, "dtype": table.dtype}
    pipe = once(("pipeline", recipe.model, "masked", how), lambda: pipelines.load(recipe.model, masked=True, **how))
    return InpaintSpecialist(task, DiffusionInpainter(pipe, recipe, table.batch))


def _instruct(table: SpecialistTable, task: Task) -> Specialist:
    recipe = table.recipe
    assert isinstance(recipe, InstructRecipe)
    how: dict[str, Any] = {"device": table.device, "dtype": table.dtype, "batch": table.batch}
    return InstructSpecialist(once(("editor", table), lambda: InstructEditor.from_pretrained(recipe, **how)))


def _prompt(table: SpecialistTable, task: Task) -> Specialist:
    recipe = table.recipe
    assert isinstance(recipe, PromptRecipe)
    how = {"device": table.device, "dtype": table.dtype}
    pipe = once(("pipeline", recipe.model, "words", how), lambda: pipelines.load_generator(recipe.model, **how))
    kind, usual = (AttributeByPrompt, ATTRIBUTE) if task is Task.ATTRIBUTE else (EnvironmentByPrompt, ENVIRONMENT)
    schedule = {name: getattr(recipe, name) for name in ("cross", "self_attention", "lock")}
    sampling = {name: getattr(recipe, name) for name in ("steps", "guidance", "negative")}
    held = replace(usual.schedule, **{name: value for name, value in schedule.items() if value is not None})
    chosen = {name: value for name, value in sampling.items() if value is not None}
    return FromWords(kind(pipe, replace(usual, schedule=held, **chosen)), recipe.area, table.batch)


@dataclass(frozen=True, eq=False)
class FromWords:
    """Prompt-to-Prompt where photographs come in: of each only its words and its ratio are used."""

    edit: EditByPrompt
    """The specialist."""
    area: int
    """Pixels of the generated pictures; 0 for those of the model."""
    batch: int
    """Pictures that are generated together."""

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """As the specialist."""
        return self.edit(*self._written(photo, proposal), grounding=grounding, seed=seed)

    def many(self, items: Sequence[Asked], *, grounding: Grounding, seed: int) -> list[Candidate | CannotEdit]:
        """As the specialist."""
        asked = [self._written(*item) for item in items]
        return self.edit.many(asked, grounding=grounding, seed=seed, batch=self.batch)

    def _written(self, photo: Photo, proposal: Proposal) -> Asked:
        size = pipelines.working_size(self.edit.pipeline, photo.size, self.area)
        return written_photo(photo.id, proposal.source_caption, size), proposal


@dataclass(frozen=True)
class Kind:
    """A kind of specialist."""

    tasks: tuple[Task, ...]
    """What it does."""
    recipe: type[Recipe] | None
    """Its settings."""
    load: Callable[[SpecialistTable, Task], Specialist]
    """Makes the specialist of a task."""


KINDS: Mapping[str, Kind] = {
    "cpu": Kind(tuple(Task), None, lambda table, task: SPECIALISTS[task]),
    "inpaint": Kind(tuple(PAINTINGS), InpaintRecipe, _inpaint),
    "prompt": Kind((Task.ATTRIBUTE, Task.ENVIRONMENT), PromptRecipe, _prompt),
    "instruct": Kind(tuple(Task), InstructRecipe, _instruct),
}
"""Name -> kind of specialist."""


def targets(tables: Mapping[Task, SpecialistTable]) -> dict[Task, tuple[str, ...]]:
    """What the tools that know certain words only can make: task -> those words."""
    known = embedded()
    words = {
        Task.SWAP: known.objects,
        Task.ADDITION: known.objects,
        Task.ATTRIBUTE: known.colours,
        Task.BACKGROUND: known.backdrops,
        Task.ENVIRONMENT: known.environments,
        Task.STYLE: known.styles,
    }
    return {task: tuple(words[task]) for task, table in tables.items() if table.by == "cpu" and task in words}


def answers(
    specialist: Specialist, asked: Sequence[Asked], *, grounding: Grounding, seed: int, several: bool
) -> list[Made]:
    """What a specialist makes of proposals: of each one candidate or more, or why there is none.

    Args:
        specialist: Who makes them, many at a time where it can.
        asked: Photographs and proposals of its task.
        grounding: How it finds things.
        seed: Seed of every draw.
        several: Whether to try every shape of mask, where the specialist can.
    """
    if several and hasattr(specialist, "tries"):
        return list(specialist.tries(asked, grounding=grounding, seed=seed))
    if hasattr(specialist, "many"):
        made = specialist.many(asked, grounding=grounding, seed=seed)
    else:
        made = [_one(specialist, item, grounding, seed) for item in asked]
    return [each if isinstance(each, CannotEdit) else (each,) for each in made]


def _one(specialist: Specialist, asked: Asked, grounding: Grounding, seed: int) -> Candidate | CannotEdit:
    try:
        return specialist(*asked, grounding=grounding, seed=seed)
    except CannotEdit as answer:
        return answer
