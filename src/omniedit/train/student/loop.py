"""Training of the student judge: the same command trains, resumes, finishes and reports.

    recipe -> lessons -> for every step: batch, cross-entropy of each score, AdamW, averaged weights -> checkpoints ->
    judge folder -> report on held-out photographs

As in :mod:`omniedit.train.loop`, all that a step draws is a function of (seed, step), so that a run which is killed and
started again ends with the same weights, bit for bit, on the same machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from omniedit.data.pairs import PairTable
from omniedit.errors import DataError
from omniedit.judge.student import StudentJudge, StudentNet
from omniedit.judge.student.net import Judged, soft_labels
from omniedit.judge.teacher_agreement import TeacherAgreement, evaluate
from omniedit.model.text import TextEncoder
from omniedit.seeding import derive
from omniedit.train.attention import PlainAttention
from omniedit.train.checkpoint import State, resume, save_checkpoint
from omniedit.train.log import Log
from omniedit.train.loop import calm_allocator
from omniedit.train.optimise import Average, Guard, learning_rate, make_optimizer, set_rate
from omniedit.train.student.examples import Batch, Lessons, chosen, judged_pairs, spread
from omniedit.train.student.recipe import StudentRecipe
from omniedit.types import Pair
from omniedit.writing import publish

REPORT = "report.json"


def train_student(recipe_path: Path | str, *, out: Path | str | None = None) -> Path:
    """Train the student that a recipe asks for, resuming where an earlier run stopped; returns the judge's folder.

    Its agreement with the teacher on the held-out pairs is written beside it, in ``report.json``.

    Args:
        recipe_path: A TOML file (:class:`omniedit.train.student.recipe.StudentRecipe`).
        out: Overrides the recipe's folder.

    Raises:
        OmniEditError: The recipe, the pairs or a checkpoint cannot be used, a photo is on both sides, or the loss is no
            longer a number.
    """
    recipe = StudentRecipe.read(recipe_path)
    recipe = replace(recipe, out=str(out)) if out is not None else recipe
    calm_allocator()
    torch.set_num_threads(recipe.run.threads or torch.get_num_threads())
    text, folder = TextEncoder.from_pretrained(), Path(recipe.out)
    recipe = replace(recipe, model=replace(recipe.model, text_width=text.token_width))
    taught, held = judged_pairs(recipe.pairs), judged_pairs([recipe.held])
    refuse_shared(taught, held)
    lessons = Lessons(recipe, text)
    lessons.add(taught, chosen(taught, recipe.choice.per_cell, recipe.seed))
    net, average = learn(recipe, lessons, [*spread(held, recipe.run.validation_pairs)])
    student = judge_of(net, average, lessons)
    student.save_pretrained(folder / "judge")
    report = evaluate(StudentJudge.from_pretrained(folder / "judge"), held)
    write_report(folder / REPORT, report)
    return folder / "judge"


def learn(recipe: StudentRecipe, lessons: Lessons, watched: list[Pair]) -> tuple[StudentNet, dict[str, Tensor]]:
    """Train to the end; returns the network and its averaged weights. ``watched`` are looked at now and then."""
    sampler, folder, loop = lessons.sampler(), Path(recipe.out), recipe.loop
    torch.manual_seed(derive(recipe.seed, "student") % 2**63)
    net = StudentNet(recipe.model)
    print(describe(recipe, lessons, net))
    trained, guard = dict(net.named_parameters()), Guard(loop.train.patience)
    average, optimizer = Average(trained, recipe.train.ema), make_optimizer(net, loop.train)
    state = State(trained, average, optimizer)
    start, steps = resume(folder, state), recipe.train.steps
    with Log(folder, loop, start, steps) as log, PlainAttention():
        for step in range(start, steps):
            batch = lessons.batch(sampler(step), step)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.train.bfloat16):
                judged = net(batch.source, batch.result, batch.words)
            loss = student_loss(judged, batch, net.centres, recipe.train.maps)
            torch.autograd.backward(loss)
            norm = float(nn.utils.clip_grad_norm_(net.parameters(), recipe.train.clip))
            set_rate(optimizer, rate := learning_rate(loop.train, step, steps))
            if guard.sound(norm, step, ()):
                optimizer.step()
                average.update(trained, step)
            optimizer.zero_grad(set_to_none=True)
            log.step(step, float(loss.detach()), norm, 0.0, rate)
            done = step + 1
            if done % recipe.run.checkpoint_every == 0 or done == steps:
                save_checkpoint(folder, done, state.tensors(), loop.run.keep)
            if done % recipe.run.validate_every == 0:
                log.validation(done, summary(evaluate(judge_of(net, average.weights, lessons), watched)))
    return net, average.weights


def student_loss(judged: Judged, batch: Batch, centres: Tensor, maps: float = 0.0) -> Tensor:
    """Cross-entropy of the scores' distributions, and ``maps`` times that of the maps, where they are known; a scalar.

    Args:
        judged: What the network says.
        batch: With the teacher's scores ``[B, S]`` and maps ``[B, T, M]``.
        centres: ``[K]``, the scores that bins stand for.
        maps: Weight of the maps.
    """
    labels = soft_labels(batch.scores.nan_to_num(), centres)
    scores = mean_known(-(labels * judged.scores.log_softmax(-1)).sum(-1), batch.scores)
    wrong = F.binary_cross_entropy_with_logits(judged.maps, batch.maps.nan_to_num(), reduction="none")
    return scores + maps * mean_known(wrong, batch.maps)


def mean_known(losses: Tensor, labels: Tensor) -> Tensor:
    """Mean of ``losses`` over those whose label is not NaN; 0 where all are."""
    known = ~labels.isnan()
    return (losses * known).sum() / known.sum().clamp_min(1)


def judge_of(net: StudentNet, weights: Mapping[str, Tensor], lessons: Lessons) -> StudentJudge:
    """A judge with a copy of ``net`` that has ``weights``."""
    fresh = StudentNet(net.config)
    fresh.load_state_dict({**fresh.state_dict(), **weights})
    return StudentJudge(fresh.eval(), lessons.text, ", ".join(lessons.teachers))


def refuse_shared(taught: PairTable, held: PairTable) -> None:
    """Check that no photo is learnt and held out.

    Raises:
        DataError: One is.
    """
    shared = set(taught.column("x_photo_id")) & set(held.column("x_photo_id"))
    if shared:
        raise DataError(
            f"{len(shared)} photos are in both the pairs to learn and the held-out ones ({min(shared)}): the report "
            "would flatter; make the held-out pairs with split = 'eval'"
        )


def summary(report: TeacherAgreement) -> dict[str, float]:
    """The numbers of a report that are watched while training; what cannot be said is left out."""
    numbers = report.overall
    watched = {f"spearman_{side}": rho for side, rho in numbers.spearman.items()}
    watched |= {"auroc": numbers.auroc, "mae": numbers.mae["o"], "share": report.kept.share}
    return {name: round(value, 4) for name, value in watched.items() if value is not None}


def write_report(path: Path, report: TeacherAgreement) -> None:
    """Write a report as JSON, whole or not at all."""
    publish(path, json.dumps(report.to_json(), indent=2, allow_nan=False) + "\n")


def describe(recipe: StudentRecipe, lessons: Lessons, net: nn.Module) -> str:
    """What is about to be trained, in a few lines."""
    tasks: dict[str, int] = {}
    for lesson in lessons.lessons:
        tasks[lesson.cell[0]] = tasks.get(lesson.cell[0], 0) + 1
    by_task: Iterable[str] = (f"{task} {count:,}" for task, count in sorted(tasks.items()))
    return (
        f"student judge: {sum(p.numel() for p in net.parameters()) / 1e6:.1f} M parameters, "
        f"{recipe.train.steps:,} steps of {recipe.train.batch}\n"
        f"{len(lessons.lessons):,} candidates judged by {', '.join(lessons.teachers)}: {', '.join(by_task)}"
    )
