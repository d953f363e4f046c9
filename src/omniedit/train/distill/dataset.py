"""Judged pairs -> a chat set: one row for each question of each pair, with the reply that the teacher's scores imply.

    data/train.parquet    data/train.jsonl    data/held.parquet    data/held.jsonl    data/pictures/    data/data.json

Balance: of the pairs of one task whose O lies in one bin (bins are 1 wide, from [0, 1) to [9, 10]), those ``per_bin``
are taken whose hash of (seed, id) is lowest. Otherwise the many bad edits, or the many good ones, would teach the
student to say the usual score. The paper takes 50,000 pairs of each task and does not say which.

Division: a photo is held out where the hash of its id, as a fraction of the largest, is below ``held_out``. No seed and
no recipe changes on which side it is, and no photo is on both. Pairs without a photo id go by their source's pixels.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omniedit.data.pairs import PairTable
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import DataError
from omniedit.hashing import hash_pixels
from omniedit.images import limited, save_picture
from omniedit.judge.local.form import reply_of
from omniedit.judge.questions import Question, ask, stamp
from omniedit.judge.reply import read_reply
from omniedit.seeding import derive
from omniedit.train.distill.recipe import DistillRecipe
from omniedit.train.distill.rows import ChatRow, write_rows
from omniedit.types import Image, Pair
from omniedit.writing import publish

BINS = 10
"""Bins of O."""
SUMMARY = "data.json"
"""File that says what a set holds; it is written last."""


def make_dataset(recipe: DistillRecipe, folder: Path) -> Path:
    """Write the chat set of a recipe, unless it is there already; returns its folder.

    Raises:
        DataError: There is a set by other settings, or there is nothing to learn from.
    """
    settings = _settings(recipe)
    if (folder / SUMMARY).is_file():
        if json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["settings"] != settings:
            raise DataError(f"{folder} was made with other settings: remove it, or name another 'out' in the recipe")
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    table = PairTable(shard_paths(recipe.pairs))
    parts: dict[str, list[ChatRow]] = {"train": [], "held": []}
    counts: Counter[str] = Counter(pairs=len(table))
    counts += Counter(unscored=table.column("o_score").count(None))
    for index in chosen(table, recipe.data.per_bin, recipe.seed):
        rows = rows_of(table[index], recipe, folder)
        counts["taken" if rows else "left out: no reply would be read back to the scores"] += 1
        for row in rows:
            parts["held" if held_out(row.photo, recipe.data.held_out) else "train"].append(row)
    if not parts["train"]:
        raise DataError(f"{recipe.pairs} has no pair for training that was scored by the rubric {recipe.rubric!r}")
    for part, rows in parts.items():
        write_rows(folder, part, rows)
    _summarise(folder, settings, counts, parts)
    return folder


def chosen(table: PairTable, per_bin: int, seed: int) -> list[int]:
    """Places of the scored pairs that are taken, at most ``per_bin`` of each task and bin; 0 takes all.

    Only columns without pictures are read. The order of the pairs does not matter to which are taken.
    """
    groups: dict[tuple[str, int], list[tuple[int, int]]] = {}
    columns = table.column("omni_edit_id"), _tasks(table), table.column("o_score")
    for index, (pair, task, overall) in enumerate(zip(*columns, strict=True)):
        if overall is not None:
            groups.setdefault((task, bin_of(overall)), []).append((derive(seed, "balance", pair), index))
    return sorted(index for group in groups.values() for _, index in sorted(group)[: per_bin or None])


def bin_of(overall: float) -> int:
    """The bin of an O of 0..10: 0 is [0, 1), 9 is [9, 10]."""
    return min(int(overall), BINS - 1)


def held_out(photo: str, share: float) -> bool:
    """Whether a photo is kept for validation."""
    digest = hashlib.sha256(f"held out\x1f{photo}".encode()).digest()
    return int.from_bytes(digest[:8], "little") / 2**64 < share


def _tasks(table: PairTable) -> list[str]:
    """Names of the tasks: ours, or the released dataset's where there are no others."""
    try:
        return table.column("x_task")
    except DataError:
        return table.column("task")


# A pair's rows --------------------------------------------------------------------------------------------------------


def rows_of(pair: Pair, recipe: DistillRecipe, folder: Path) -> list[ChatRow]:
    """The rows of a pair, its pictures saved; none where its reply would not be read back to its scores."""
    candidate, verdict = pair.candidate, pair.verdict
    overall = verdict.overall
    questions = ask(recipe.asked, candidate.proposal.instruction, recipe.asking)
    taught = [(verdict.sc, verdict.sc_reasoning), (verdict.pq, verdict.pq_reasoning)]
    replies = [target(question, *said, recipe) for question, said in zip(questions, taught, strict=True)]
    if overall is None or not all(replies):
        return []
    task, photo = str(candidate.proposal.task), candidate.photo_id or hash_pixels(candidate.source)
    images = {"source": candidate.source, "result": candidate.result}
    shown = {name: _saved(limited(image, recipe.data.max_side), folder) for name, image in images.items()}
    return [
        ChatRow(
            id=f"{pair.id}/{question.side}",
            side=question.side,
            task=task,
            photo=photo,
            overall=overall,
            pictures=tuple(shown[name] for name in question.shows),
            question=question.text,
            reply=reply,
        )
        for question, reply in zip(questions, replies, strict=True)
    ]


def target(question: Question, scores: Sequence[float], reasoning: str, recipe: DistillRecipe) -> str:
    """The reply to learn, which ``read_reply`` reads back to ``scores`` (0..10); empty where there is none such.

    There is none for scores that the question does not ask for, or for a reasoning that no reader could tell from a
    verdict of its own.
    """
    scale = recipe.asking.scale
    if recipe.data.whole:
        scores = [math.floor(score * scale / 10 + 0.5) * 10 / scale for score in scores]
    reply = reply_of(reasoning, scores, recipe.asking)
    read = read_reply(reply, names=question.names, scale=scale)
    same = len(read.scores) == len(scores) and all(map(_close, read.scores, scores))
    return reply if same and read.reasoning == reasoning else ""


def _close(a: float, b: float) -> bool:
    """Whether two scores are the same at nine decimals."""
    return math.isclose(a, b, rel_tol=0, abs_tol=1e-8)


def _saved(image: Image, folder: Path) -> str:
    """Save a picture under a hash of its pixels, unless it is there; its path relative to ``folder``."""
    name = hash_pixels(image)[:32]
    path = folder / "pictures" / name[:2] / f"{name}.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_picture(path, image, overwrite=True)
    return path.relative_to(folder).as_posix()


# The summary ----------------------------------------------------------------------------------------------------------


def _settings(recipe: DistillRecipe) -> dict[str, Any]:
    """All that decides what a set holds."""
    asked = {"stamp": stamp(recipe.asked, recipe.asking), "seed": recipe.seed, "pairs": recipe.pairs}
    return asdict(recipe.data) | asked


def _summarise(
    folder: Path, settings: Mapping[str, Any], counts: Counter[str], parts: dict[str, list[ChatRow]]
) -> None:
    """Write what a set holds, and with it that it is complete."""
    bins = Counter(f"{row.task} {bin_of(row.overall)}" for rows in parts.values() for row in rows if row.side == "sc")
    summary = {
        "settings": settings,
        "counts": dict(counts),
        "rows": {part: len(rows) for part, rows in parts.items()},
        "photos": {part: len({row.photo for row in rows}) for part, rows in parts.items()},
        "pairs by task and bin of O": dict(sorted(bins.items())),
    }
    publish(folder / SUMMARY, json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
