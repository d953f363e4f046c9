"""The fine-tuning: the same command makes the chat set, trains, resumes and finishes.

    chat set -> for every step: rows, prompts, loss on the replies' tokens alone, AdamW on the adapter -> judge/

All that a step draws is a function of (seed, step), so a run that is killed and started again ends with the same
adapter, bit for bit, on the same device. Only the adapter (LoRA) is trained and saved; the base model stays as it is.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from omniedit.errors import MissingExtraError, OutputError, RecipeError
from omniedit.images import load_rgb
from omniedit.judge.local.chat import Prompt, extended, inputs_of, plain
from omniedit.judge.local.judge import CARD, LocalConfig, write_card
from omniedit.judge.local.loading import VisionLanguageModel, load, peft_unheard
from omniedit.seeding import derive, stream
from omniedit.train.checkpoint import State, resume, save_checkpoint
from omniedit.train.distill.dataset import make_dataset
from omniedit.train.distill.recipe import DistillRecipe, LoraConfig
from omniedit.train.distill.rows import ChatRow, read_rows
from omniedit.train.log import Log
from omniedit.train.optimise import Average, Guard, learning_rate, make_optimizer, set_rate


def distill(recipe_path: Path | str, *, out: Path | str | None = None, dry_run: bool = False) -> Path:
    """Distil the judge that a recipe asks for, resuming where an earlier run stopped; returns its folder.

    Args:
        recipe_path: A TOML file (:class:`omniedit.train.distill.DistillRecipe`).
        out: Overrides the recipe's folder.
        dry_run: Make and describe the chat set, then stop (returns the folder that would be written).

    Raises:
        MissingExtraError: transformers or peft is not installed.
        OmniEditError: The recipe, the pairs, the base model or a checkpoint cannot be used, or the loss is no number.
    """
    recipe = DistillRecipe.read(recipe_path)
    recipe = replace(recipe, out=str(out)) if out is not None else recipe
    folder = Path(recipe.out)
    if (folder / "judge").exists() and not (folder / "judge" / CARD).is_file():
        raise OutputError(f"{folder / 'judge'} is in the way, and is no judge: move it, or name another 'out'")
    data = make_dataset(recipe, folder / "data")
    rows, held = (read_rows(data / f"{part}.parquet") for part in ("train", "held"))
    print(f"{recipe.name}: {len(rows)} rows to learn, {len(held)} held out; {recipe.train.steps} steps in all")
    if dry_run:
        return folder / "judge"

    study = Study(_student(recipe), data, recipe)
    schedule, adapter = recipe.loop.train, study.adapter()
    optimizer, guard = make_optimizer(adapter, schedule), Guard(schedule.patience)
    trained = dict(adapter.named_parameters())
    state = State(trained, Average(trained, 0.0), optimizer)
    start = resume(folder, state)
    with Log(folder, recipe.loop, start, schedule.steps) as log:
        for step in range(start, schedule.steps):
            torch.manual_seed(derive(recipe.seed, "step", step))
            studied = picked(rows, recipe, step)
            loss = study.backward(studied)
            norm = float(nn.utils.clip_grad_norm_(adapter.parameters(), schedule.clip))
            set_rate(optimizer, rate := learning_rate(schedule, step, schedule.steps))
            if guard.sound(norm, step, (row.id for row in studied)):
                optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            log.step(step, float(loss.detach()), norm, 0.0, rate)
            done = step + 1
            if done % recipe.run.checkpoint_every == 0 or done == schedule.steps:
                save_checkpoint(folder, done, state.tensors(), recipe.loop.run.keep)
            if held and done % recipe.run.validate_every == 0:
                log.validation(done, {"held_out_loss": study.loss(held[: recipe.run.validation_rows])})
    return _save(study.student, recipe, folder / "judge")


def picked(rows: Sequence[ChatRow], recipe: DistillRecipe, step: int) -> list[ChatRow]:
    """The rows of a step: every epoch is a new order of all rows, and a step may begin in one and end in the next."""
    places = range(step * recipe.train.batch, (step + 1) * recipe.train.batch)
    orders = {
        epoch: stream(recipe.seed, "order", epoch).permutation(len(rows))
        for epoch in range(places[0] // len(rows), places[-1] // len(rows) + 1)
    }
    return [rows[orders[place // len(rows)][place % len(rows)]] for place in places]


@dataclass(frozen=True, eq=False)
class Study:
    """A student with what it learns from."""

    student: VisionLanguageModel
    """The base model with its adapter."""
    data: Path
    """Folder of the chat set."""
    recipe: DistillRecipe
    """How it learns."""

    def adapter(self) -> nn.ParameterDict:
        """What is trained, by name; the parameters are the student's own."""
        named = self.student.model.named_parameters()
        return nn.ParameterDict({name.replace(".", "/"): tensor for name, tensor in named if tensor.requires_grad})

    def backward(self, rows: Sequence[ChatRow]) -> Tensor:
        """Add the gradient of the mean loss over all reply tokens of ``rows``; returns that mean."""
        self.student.model.train()
        replies = {row.id: self.tokens(row) for row in rows}
        total = sum(len(replies[row.id]) for row in rows)
        losses = []
        for few in self._few(rows):
            loss = self._summed(few, [replies[row.id] for row in few]) / total
            torch.autograd.backward(loss)
            losses.append(loss.detach())
        return torch.stack(losses).sum()

    @torch.no_grad()
    def loss(self, rows: Sequence[ChatRow]) -> float:
        """The mean loss over all reply tokens of ``rows``, without dropout."""
        self.student.model.eval()
        replies = [[self.tokens(row) for row in few] for few in self._few(rows)]
        sums = [float(self._summed(few, said)) for few, said in zip(self._few(rows), replies, strict=True)]
        return math.fsum(sums) / sum(len(tokens) for said in replies for tokens in said)

    def tokens(self, row: ChatRow) -> list[int]:
        """The tokens of a reply, with the one that ends it."""
        tokenizer = self.student.tokenizer
        said = tokenizer(plain(tokenizer, row.reply), add_special_tokens=False)["input_ids"]
        return [*said, tokenizer.eos_token_id]

    def _few(self, rows: Sequence[ChatRow]) -> Iterator[Sequence[ChatRow]]:
        size = self.recipe.train.micro_batch
        return (rows[first : first + size] for first in range(0, len(rows), size))

    def _summed(self, rows: Sequence[ChatRow], replies: Sequence[Sequence[int]]) -> Tensor:
        """Cross-entropy of the replies' tokens, summed over them; prompt and padding do not count."""
        student = self.student
        prompts = [Prompt(tuple(load_rgb(self.data / path) for path in row.pictures), row.question) for row in rows]
        batch = extended(inputs_of(student, prompts), replies, student.tokenizer.pad_token_id)
        longest = max(map(len, replies))
        logits = student.model(**batch, logits_to_keep=longest + 1, use_cache=False).logits[:, :-1].float()
        wanted = batch["input_ids"][:, -longest:].clone()
        for row, reply in enumerate(replies):
            wanted[row, : longest - len(reply)] = -100
        return nn.functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="sum")


def _student(recipe: DistillRecipe) -> VisionLanguageModel:
    """The base model with a fresh adapter, the same for the same seed.

    Raises:
        MissingExtraError: peft is not installed.
        RecipeError: No layer has a name that the recipe's targets fit.
    """
    try:
        from peft import LoraConfig as Lora
        from peft import get_peft_model
    except ImportError as error:
        raise MissingExtraError("peft", "train") from error

    loaded = load(recipe.base, device=recipe.run.device, dtype=recipe.run.dtype)
    torch.manual_seed(derive(recipe.seed, "adapter"))
    try:
        with peft_unheard():
            if recipe.run.recompute:
                loaded.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            model = get_peft_model(loaded.model, _lora(Lora, recipe.lora))
    except ValueError as error:
        raise RecipeError(f"no layer of {recipe.base} fits [lora] targets = {recipe.lora.targets!r}") from error
    return replace(loaded, model=model)


def _lora(kind: Any, config: LoraConfig) -> Any:  # noqa: ANN401 (peft has no types)
    """The adapter's settings in peft's words."""
    return kind(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=config.targets,
        task_type="CAUSAL_LM",
    )


def _save(student: VisionLanguageModel, recipe: DistillRecipe, final: Path) -> Path:
    """Write adapter and card; the folder appears whole, and replaces one from an earlier end of the same run."""
    partial = final.with_name(f".{final.name}.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    config = LocalConfig(mode=recipe.mode, max_new_tokens=recipe.max_new_tokens, max_side=recipe.data.max_side)
    student.model.save_pretrained(partial, save_embedding_layers=False)
    write_card(partial, name=recipe.name, base=recipe.base, rubric=recipe.asked, asking=recipe.asking, config=config)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    return final
