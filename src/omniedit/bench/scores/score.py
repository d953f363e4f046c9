"""Pairs -> a table of scores. A run that was stopped continues when the same is run again.

    pair -> known already? -> judge -> journal (.NAME.part, beside the table) -> at the end the table, whole

A row is known if its judge, version, rubric, pictures and instruction are the same. What has no score is tried again:
a reply that was paid for is in the remote judge's own cache, and what got none may get one now. The table appears when
all is done, in the order of the pairs, so two runs agree to the byte.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from omniedit.bench.journal import Journal
from omniedit.bench.scores.table import ScoreRow, check_ending, read_table, row_of, write_table
from omniedit.data.pairs import PairTable
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import DataError, ImageError, JudgeError
from omniedit.judge.named import stamp_of
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import Judge, unscored
from omniedit.seeding import derive
from omniedit.types import Pair, Task, Verdict

Tick = Callable[[int, ScoreRow], None]
"""Called with the number of pairs and each row, known or new."""


def score_pairs(
    pairs: Path,
    judge: Judge,
    out: Path,
    *,
    limit: int | None = None,
    tick: Tick = lambda total, row: None,
) -> list[ScoreRow]:
    """Let ``judge`` score stored pairs, and write its scores to the table ``out``.

    Args:
        pairs: A shard, or a folder with shards below it: a build's, its ``kept``, the released dataset.
        judge: Any judge. The oracle, which stored pairs give no ideal edit, repeats the verdicts that it gave them.
        out: ``.jsonl``, ``.csv`` or ``.parquet``. Scores that it holds are kept; they must be this judge's.
        limit: Score this many pairs only, drawn evenly by a hash of their ids: a larger limit adds to them.
        tick: Called with the number of pairs and each row.

    Returns:
        The rows of the table.

    Raises:
        DataError: The pairs cannot be used, or ``out`` holds other scores.
        OutputError: ``out`` cannot be written.
        JudgeError: The judge cannot go on; what was scored until then is kept.
    """
    check_ending(out)
    table = PairTable(shard_paths(pairs))
    names = [str(name) for name in table.column("omni_edit_id")]
    _refuse_twins(names, pairs)
    if isinstance(judge, Oracle):
        _refuse_without_oracle(table, pairs, judge)
    out.parent.mkdir(parents=True, exist_ok=True)
    run = _Run(judge, table, names, Journal(out.with_name(f".{out.name}.part"), synced=False))
    run.known = _known(out, run.journal, judge, set(names))
    run.go(drawn(names, limit), tick)
    rows = [run.known[name] for name in names if name in run.known]
    write_table(out, rows)
    run.journal.remove()
    return rows


def drawn(names: Sequence[str], limit: int | None) -> list[int]:
    """Places of ``limit`` of the ``names``, those of the lowest hashes, in order; None for all."""
    order = sorted(range(len(names)), key=lambda place: derive(0, "drawn", names[place]))
    return sorted(order[:limit])


@dataclass
class _Run:
    """One pass over the pairs."""

    judge: Judge
    table: PairTable
    names: list[str]
    journal: Journal
    known: dict[str, ScoreRow] = field(default_factory=dict)
    waiting: deque[ScoreRow] = field(default_factory=deque)
    """Rows that only lack their verdict, in the order in which their pairs went to the judge."""

    def go(self, places: Sequence[int], tick: Tick) -> None:
        """Score the pairs at ``places`` that are not known yet."""
        total = len(places)
        for verdict in _verdicts(self.judge, self._unknown(places, lambda row: tick(total, row))):
            row = self.waiting.popleft().answered(verdict)
            self._keep(row)
            tick(total, row)

    def _unknown(self, places: Iterable[int], tick: Callable[[ScoreRow], None]) -> Iterator[Pair]:
        """The pairs that the judge must see."""
        for place in places:
            old = self.known.get(self.names[place])
            try:
                pair: Pair = self.table[place]
            except (DataError, ImageError) as error:
                row = self._unreadable(place, str(error))
                self._keep(row)
                tick(row)
                continue
            digest = digest_of(pair)
            if old is not None and old.status == "scored" and old.digest == digest:
                tick(old)
                continue
            self.waiting.append(ScoreRow.of(pair, digest))
            yield pair

    def _unreadable(self, place: int, reason: str) -> ScoreRow:
        """The row of a pair that cannot be read; it costs the others nothing."""
        verdict = replace(unscored(self.judge, reason), rubric=stamp_of(self.judge))
        return ScoreRow(self.names[place], task=self._tasks[place]).answered(verdict)

    @cached_property
    def _tasks(self) -> list[str]:
        """Our name of each pair's task; the released names are fewer."""
        try:
            return [str(task) for task in self.table.column("x_task")]
        except DataError:
            names = {"attribute_modification": Task.ATTRIBUTE, "env": Task.ENVIRONMENT}
            return [str(names.get(task, task)) for task in self.table.column("task")]

    def _keep(self, row: ScoreRow) -> None:
        self.journal.append(asdict(row))
        self.known[row.id] = row


def _verdicts(judge: Judge, pairs: Iterable[Pair]) -> Iterator[Verdict]:
    """The verdicts on ``pairs``, in their order."""
    if isinstance(judge, Oracle):
        return (stored_verdict(judge, pair) for pair in pairs)
    candidates = (pair.candidate for pair in pairs)
    many: Any = getattr(judge, "score_many", None)
    return map(judge.score, candidates) if many is None else iter(many(candidates))


def stored_verdict(oracle: Oracle, pair: Pair) -> Verdict:
    """The verdict that a pair carries, if it is this oracle's; else an unscored one that says whose it is."""
    given = pair.verdict
    if _stamp(given) == (oracle.name, oracle.version, stamp_of(oracle)):
        return given
    whose = " ".join(filter(None, _stamp(given))) or "nobody who signed it"
    reason = f"no ideal edit is known, and the verdict that the pair carries is that of {whose}"
    return unscored(oracle, reason)


def digest_of(pair: Pair) -> str:
    """Sixteen hexadecimal digits that change with either picture or the instruction."""
    candidate = pair.candidate
    digest = hashlib.sha256(candidate.proposal.instruction.encode("utf-8", "replace"))
    for image in (candidate.source, candidate.result):
        digest.update(f"\x1f{image.shape}".encode())
        digest.update(image.tobytes())
    return digest.hexdigest()[:16]


def _stamp(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.judge, verdict.version, verdict.rubric


def _known(out: Path, journal: Journal, judge: Judge, names: set[str]) -> dict[str, ScoreRow]:
    """Rows of the table and of the journal, the newest of each pair.

    Raises:
        DataError: They are another judge's, or of other pairs.
    """
    rows = read_table(out) if out.exists() else []
    rows += [row_of(entry, f"{journal.path}, row {number}") for number, entry in enumerate(journal.entries(), 1)]
    ours = (judge.name, judge.version, stamp_of(judge))
    for row in rows:
        if row.stamp != ours:
            raise DataError(
                f"{out} holds scores of {' '.join(row.stamp)}, and these would be of {' '.join(ours)}: name another "
                f"file, or remove it{f' and {journal.path}' if journal.path.exists() else ''}"
            )
        if row.id not in names:
            raise DataError(f"{out} holds scores of other pairs, such as {row.id}: name another file")
    return {row.id: row for row in rows}


def _refuse_twins(names: Sequence[str], pairs: Path) -> None:
    """Check that an id tells a pair.

    Raises:
        DataError: Two pairs have the same.
    """
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twin = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DataError(f"{pairs} has two pairs with the id {twin}: score its folders one by one")


def _refuse_without_oracle(table: PairTable, pairs: Path, oracle: Oracle) -> None:
    """Check that there is anything for the oracle to say.

    Raises:
        JudgeError: No pair carries its verdict.
    """
    try:
        judges = set(table.column("x_judge"))
    except DataError:
        judges = set()
    if oracle.name not in judges:
        raise JudgeError(
            f"no pair in {pairs} carries a verdict of the oracle, and it cannot give one now: it needs the ideal edit, "
            "which is known only while a scene is edited. Name another judge, or make pairs with omniedit build"
        )
