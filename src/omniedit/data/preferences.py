"""Pairs, kept and rejected -> preference pairs: of two answers to one instruction, the better and the worse.

    found = preferences(kept + rejected)
    write_preferences("preferences.jsonl", found)

The rejects of importance sampling are data for reward models and for preference optimisation (DPO, arXiv 2305.18290;
Diffusion-DPO, arXiv 2311.12908). Answers are comparable when they edit the same pixels by the same words, and the same
judge, version and rubric scored both. A table of them refers to pictures that lie beside it, each written once under a
hash of its pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.data.importance import best_first
from omniedit.errors import OutputError
from omniedit.hashing import hash_pixels
from omniedit.images import save_picture
from omniedit.types import Pair
from omniedit.writing import beside

MARGIN = 1.0
"""Points of O by which the better answer is to lead, unless it is said otherwise."""


@dataclass(frozen=True, eq=False)
class PreferencePair:
    """Two answers to one instruction on one source picture."""

    id: str
    """Unique id, from those of the two."""
    chosen: Pair
    """The better answer: kept."""
    rejected: Pair
    """The worse answer: a reject with a score."""

    @property
    def margin(self) -> float:
        """O of the better answer less O of the worse, 0..10."""
        return _overall(self.chosen) - _overall(self.rejected)


def preferences(pairs: Iterable[Pair], margin: float = MARGIN) -> list[PreferencePair]:
    """Every scored reject with the best kept answer to the same instruction, where that leads by ``margin``.

    Equal answers are told apart by a hash of their ids, so that the order of ``pairs`` decides nothing but the order of
    the result. A reject without a kept answer beside it has no partner and stays what it is.
    """
    groups: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        if pair.verdict.scored:
            groups.setdefault(_group(pair), []).append(pair)
    return [preference for group in groups.values() for preference in _against_best(group, margin)]


def _against_best(group: Sequence[Pair], margin: float) -> list[PreferencePair]:
    kept = [pair for pair in group if pair.weight > 0]
    if not kept:
        return []
    best = min(kept, key=best_first)
    worse = [pair for pair in group if not pair.weight > 0 and _overall(best) - _overall(pair) >= margin]
    return [PreferencePair(f"{best.id}>{pair.id}", best, pair) for pair in worse]


def _group(pair: Pair) -> tuple[str, ...]:
    """What two answers must share to be compared."""
    candidate, verdict = pair.candidate, pair.verdict
    words = candidate.photo_id, candidate.proposal.instruction, verdict.judge, verdict.version, verdict.rubric
    return *words, hash_pixels(candidate.source)


def _overall(pair: Pair) -> float:
    return pair.verdict.overall or 0.0


# Tables ---------------------------------------------------------------------------------------------------------------

COLUMNS: Mapping[str, tuple[str, Callable[[PreferencePair], Any]]] = {
    "id": ("string", lambda p: p.id),
    "task": ("string", lambda p: str(p.chosen.candidate.proposal.task)),
    "instruction": ("string", lambda p: p.chosen.candidate.proposal.instruction),
    "photo_id": ("string", lambda p: p.chosen.candidate.photo_id),
    "chosen_id": ("string", lambda p: p.chosen.id),
    "rejected_id": ("string", lambda p: p.rejected.id),
    "chosen_maker": ("string", lambda p: p.chosen.candidate.maker),
    "rejected_maker": ("string", lambda p: p.rejected.candidate.maker),
    "chosen_sc": ("[float64]", lambda p: list(p.chosen.verdict.sc)),
    "chosen_pq": ("[float64]", lambda p: list(p.chosen.verdict.pq)),
    "chosen_o": ("float64", lambda p: p.chosen.verdict.overall),
    "rejected_sc": ("[float64]", lambda p: list(p.rejected.verdict.sc)),
    "rejected_pq": ("[float64]", lambda p: list(p.rejected.verdict.pq)),
    "rejected_o": ("float64", lambda p: p.rejected.verdict.overall),
    "margin": ("float64", lambda p: p.margin),
    "reason": ("string", lambda p: p.rejected.reason),
    "judge": ("string", lambda p: p.chosen.verdict.judge),
    "judge_version": ("string", lambda p: p.chosen.verdict.version),
    "rubric": ("string", lambda p: p.chosen.verdict.rubric),
}
"""Column -> its type, and what a preference has there; after these come `PICTURES`."""

PICTURES = ("source", "chosen", "rejected")
"""Columns with the paths of pictures, relative to the table."""


def write_preferences(path: Path | str, found: Iterable[PreferencePair], *, overwrite: bool = False) -> int:
    """Write a table, and its pictures as PNG into a folder beside it (``NAME-pictures``); return its number of rows.

    Args:
        path: The table, ``.jsonl`` or ``.parquet``; its folder must exist. It appears whole, after its pictures.
        found: What to write, in this order; pictures are written as they are taken.
        overwrite: Whether a table that is there may be replaced. Pictures are named by their pixels and stay.

    Raises:
        OutputError: There is a table already, its name has another end, or something cannot be written.
    """
    path = Path(path)
    if path.suffix not in WRITERS:
        raise OutputError(f"{path}: a table of preferences ends in {' or '.join(WRITERS)}")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} already exists; choose another name, or ask to overwrite it")
    pictures = path.with_name(f"{path.stem}-pictures")
    with beside(path) as temporary:
        pictures.mkdir(exist_ok=True)
        rows = [{name: of(pair) for name, (_, of) in COLUMNS.items()} | _pictures(pair, pictures) for pair in found]
        WRITERS[path.suffix](temporary, rows)
    return len(rows)


def _pictures(pair: PreferencePair, folder: Path) -> dict[str, str]:
    """Save the three pictures of a row, unless they are there; their paths."""
    images = pair.chosen.candidate.source, pair.chosen.candidate.result, pair.rejected.candidate.result
    paths = {}
    for name, image in zip(PICTURES, images, strict=True):
        file = folder / f"{hash_pixels(image)[:32]}.png"
        if not file.exists():
            save_picture(file, image)
        paths[name] = f"{folder.name}/{file.name}"
    return paths


def _write_json_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "float64": pa.float64(), "[float64]": pa.list_(pa.float64())}
    columns = {name: kind for name, (kind, _) in COLUMNS.items()} | dict.fromkeys(PICTURES, "string")
    layout = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    pq.write_table(pa.Table.from_pylist(list(rows), layout), path, compression="zstd")


WRITERS: Mapping[str, Callable[[Path, Sequence[Mapping[str, Any]]], None]] = {
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}
"""How a table is written, by the end of its name."""
