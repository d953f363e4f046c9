"""Pairs with the verdicts of a table of scores: importance sampling by another judge, or a set to distil from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from omniedit.bench.scores.table import ScoreRow
from omniedit.data.importance import THRESHOLD, pair_of
from omniedit.data.pairs import PairTable, write_pairs
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import OutputError
from omniedit.types import Pair, Verdict

STATUSES = ("kept", "rejected")
"""Folders of what has weight, and of what has none."""


def write_rejudged(pairs: Path, rows: Sequence[ScoreRow], out: Path, threshold: float = THRESHOLD) -> int:
    """Write the pairs of a table with its verdicts to ``out/kept`` and ``out/rejected``, each with weight and reason.

    The same call again replaces its shards. Pairs that the table lacks, or that could not be read, are left out.

    Args:
        pairs: What was scored.
        rows: The table.
        out: A folder apart from ``pairs``.
        threshold: Overall score from which a pair is kept.

    Returns:
        The number of pairs.

    Raises:
        OutputError: ``out`` lies within ``pairs`` or holds them, or it cannot be written.
    """
    here, there = out.resolve(), pairs.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise OutputError(f"{out} and the pairs {pairs} lie within each other: name another folder")
    judged, written = {row.id: row for row in rows if row.digest}, 0
    for number, shard in enumerate(shard_paths(pairs)):
        table = PairTable([shard])
        names = table.column("omni_edit_id")
        kept = [_keeps(judged.get(name), threshold) for name in names]
        for status, wanted in zip(STATUSES, (True, False), strict=True):
            places = [place for place, one in enumerate(kept) if one is wanted]
            if places:
                (out / status).mkdir(parents=True, exist_ok=True)
                made = map(partial(_rejudged, table, judged, threshold), places)
                written += write_pairs(out / status / f"{number:05}.parquet", made, overwrite=True).rows
    return written


def _keeps(row: ScoreRow | None, threshold: float) -> bool | None:
    """Whether a row's pair is kept; None where there is no row."""
    return None if row is None else (row.overall or 0.0) >= threshold and row.status == "scored"


def _rejudged(table: PairTable, rows: Mapping[str, ScoreRow], threshold: float, place: int) -> Pair:
    pair: Pair = table[place]
    return replace(pair_of(pair.candidate, verdict_of(rows[pair.id]), threshold), id=pair.id)


def verdict_of(row: ScoreRow) -> Verdict:
    """The verdict that a row holds."""
    return Verdict(
        sc=row.sc,
        pq=row.pq,
        judge=row.judge,
        version=row.version,
        rubric=row.rubric,
        sc_reasoning=row.sc_reasoning,
        pq_reasoning=row.pq_reasoning,
        unscored=row.reason,
        transcript=row.transcript,
    )
