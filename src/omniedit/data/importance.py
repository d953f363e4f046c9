"""Verdicts -> weights: which candidates become training pairs, and why the others do not.

    hard    lambda(x', x, c) = 1 if O >= 9 else 0          (arXiv 2411.07199, section 3.3; O = sqrt(SC * PQ) on 0..10)
    soft    lambda(x', x, c) = min(1, exp((O - 9) / T))    (0 below a floor; T -> 0 is the hard one)

    kept, rejected = select(judged)                                      the paper's
    kept, rejected = limit(soften(kept + rejected), Quota(target=...))   soft weights, then the best within quotas

Nothing is lost: a reject is a pair of weight 0 with its reason. What no judge could score has no weight either, and is
counted apart.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from omniedit.judge.rubric import OMNIEDIT
from omniedit.types import Candidate, Pair, Task, Verdict

THRESHOLD = 9.0
"""The paper's: a candidate counts from this overall score on."""

TASK_ORDER = (
    Task.SWAP,
    Task.REMOVAL,
    Task.ADDITION,
    Task.BACKGROUND,
    Task.ENVIRONMENT,
    Task.STYLE,
    Task.ATTRIBUTE,
)
"""The order of the paper's Table 4."""


def weigh(verdicts: Iterable[Verdict], threshold: float = THRESHOLD) -> list[float]:
    """The importance weight of each verdict: 1 from ``threshold`` on, 0 below it or where there is no score."""
    return [float(reject_reason(verdict, threshold) == "") for verdict in verdicts]


def reject_reason(verdict: Verdict, threshold: float = THRESHOLD) -> str:
    """Why a verdict has no weight, for example ``"success 4.1, overall 6.4 < 9"``; empty where it has."""
    overall = verdict.overall
    if overall is None:
        return f"unscored: {verdict.unscored or 'the verdict holds no scores'}"
    if overall >= threshold:
        return ""
    lowest, name = min(_named_scores(verdict))
    return f"{name} {_floor(lowest)}, overall {_floor(overall)} < {threshold:g}"


def select(judged: Iterable[tuple[Candidate, Verdict]], threshold: float = THRESHOLD) -> tuple[list[Pair], list[Pair]]:
    """Candidates with their verdicts -> ``(kept, rejected)`` pairs, in the order given."""
    pairs = [pair_of(candidate, verdict, threshold) for candidate, verdict in judged]
    return [pair for pair in pairs if pair.weight], [pair for pair in pairs if not pair.weight]


def pair_of(candidate: Candidate, verdict: Verdict, threshold: float = THRESHOLD) -> Pair:
    """The pair of a candidate: weight 1 when its verdict reaches ``threshold``, else weight 0 and the reason."""
    reason = reject_reason(verdict, threshold)
    name = f"{candidate.proposal.id}-{candidate.maker}-{candidate.seed}"
    return Pair(name, candidate, verdict, weight=0.0 if reason else 1.0, reason=reason)


def _named_scores(verdict: Verdict) -> list[tuple[float, str]]:
    """Each score with the name of its criterion."""
    names = {"SC": verdict.sc, "PQ": verdict.pq}
    ours = {"SC": OMNIEDIT.sc, "PQ": OMNIEDIT.pq} if verdict.rubric == OMNIEDIT.hash else {}
    return [
        (score, ours[side][index].name if side in ours else f"{side} {index + 1}")
        for side, scores in names.items()
        for index, score in enumerate(scores)
    ]


def _floor(score: float) -> str:
    """``score`` with one decimal, rounded down: 8.97 is not 9.0 when the threshold is 9."""
    return f"{math.floor(score * 10) / 10:.1f}"


# Soft weights ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SoftWeight:
    """min(1, exp((O - threshold) / temperature)), and 0 below the floor; O on 0..10.

    Full weight from the paper's threshold on; below it the weight falls by a factor of e for each ``temperature``
    points, as in reward-weighted regression (Peters & Schaal, ICML 2007), where it is exp(reward / temperature).
    """

    threshold: float = THRESHOLD
    """Overall score from which the weight is 1."""
    temperature: float = 1.0
    """Points of O for a factor of e, above 0. Towards 0 this becomes the paper's threshold."""
    floor: float = 5.0
    """Overall score below which the weight is 0: a reject."""

    def __post_init__(self) -> None:
        """Refuse a temperature of 0 or below.

        Raises:
            ValueError: That is what it is.
        """
        if not self.temperature > 0:
            raise ValueError(f"a soft weight wants a temperature above 0, not {self.temperature}")

    def __call__(self, overall: float | None) -> float:
        """The weight of an overall score; 0 where there is none."""
        if overall is None or overall < self.floor:
            return 0.0
        return math.exp(min(0.0, (overall - self.threshold) / self.temperature))


def soften(pairs: Iterable[Pair], weight: SoftWeight = SoftWeight()) -> list[Pair]:
    """``pairs``, kept and rejected alike, with soft weights; below the floor with the reason, else without one."""
    return [_softened(pair, weight) for pair in pairs]


def _softened(pair: Pair, weight: SoftWeight) -> Pair:
    value, verdict = weight(pair.verdict.overall), pair.verdict
    # Above the floor, a weight too small for a float is still a reject that says why.
    reason = "" if value else reject_reason(verdict, weight.floor) or reject_reason(verdict, weight.threshold)
    return replace(pair, weight=value, reason=reason)


# Quotas ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quota:
    """How many pairs are wanted at most."""

    target: int | None = None
    """Of all tasks together; None for no limit."""
    per_task: Mapping[Task, int] = field(default_factory=lambda: MappingProxyType({}))
    """Of single tasks; a task that is not named has no limit of its own."""

    def __post_init__(self) -> None:
        """Refuse less than nothing.

        Raises:
            ValueError: A limit is below 0.
        """
        if min([self.target or 0, *self.per_task.values()]) < 0:
            raise ValueError(f"a quota cannot be below 0: {self}")


def limit(pairs: Iterable[Pair], quota: Quota) -> tuple[list[Pair], list[Pair]]:
    """The best ``pairs`` within ``quota`` -> ``(kept, rejected)``, each in the order given.

    The highest overall score first, equal ones by a hash of their id: the order in which pairs come decides nothing.
    What has weight and finds no place becomes a reject of weight 0 that says so; rejects stay as they are.
    """
    pairs = list(pairs)
    reasons = _without_place([pair for pair in pairs if pair.weight > 0], quota)
    placed = [replace(pair, weight=0.0, reason=reasons[pair.id]) if pair.id in reasons else pair for pair in pairs]
    return [pair for pair in placed if pair.weight > 0], [pair for pair in placed if not pair.weight > 0]


def _without_place(pairs: list[Pair], quota: Quota) -> dict[str, str]:
    """Reasons of those that find no place, by id."""
    taken: Counter[Task] = Counter()
    reasons = {}
    for pair in sorted(pairs, key=best_first):
        task = pair.candidate.proposal.task
        if taken[task] >= quota.per_task.get(task, len(pairs)):
            reasons[pair.id] = f"beyond the quota of {quota.per_task[task]:,} for {task}"
        elif quota.target is not None and taken.total() >= quota.target:
            reasons[pair.id] = f"beyond the target of {quota.target:,} pairs"
        else:
            taken[task] += 1
    return reasons


def best_first(pair: Pair) -> tuple[float, str]:
    """Sorts pairs by overall score, highest first and unscored last, and equal ones by a hash of their id."""
    overall = pair.verdict.overall
    return math.inf if overall is None else -overall, hashlib.sha256(pair.id.encode()).hexdigest()


# Before and after -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How the candidates of one task scored, and how many were kept: a row of the paper's Table 4, and more."""

    name: str
    """Name of the task, or ``"total"``."""
    before: tuple[int, ...]
    """Scored candidates by whole overall score: ``before[7]`` had 7 <= O < 8, ``before[10]`` had 10."""
    after: tuple[int, ...]
    """The kept ones among them, alike."""
    unscored: int = 0
    """Candidates without a score; in no other number."""

    @property
    def judged(self) -> int:
        """Scored candidates."""
        return sum(self.before)

    @property
    def kept(self) -> int:
        """Kept candidates."""
        return sum(self.after)

    @property
    def share(self) -> float | None:
        """Kept among scored, 0..1; None where none was scored."""
        return self.kept / self.judged if self.judged else None


def tally(pairs: Iterable[Pair]) -> list[Tally]:
    """Counts of each task that occurs, in the order of the paper's Table 4, and their total."""
    return count((pair.candidate.proposal.task, pair.verdict.overall, pair.weight > 0) for pair in pairs)


def count(scored: Iterable[tuple[Task, float | None, bool]]) -> list[Tally]:
    """As ``tally``, from the task, the overall score (None: unscored) and whether it was kept."""
    counts = {task: ([0] * 11, [0] * 11, [0]) for task in TASK_ORDER}
    for task, overall, kept in scored:
        before, after, unscored = counts[task]
        if overall is None:
            unscored[0] += 1
        else:
            before[int(overall)] += 1
            after[int(overall)] += kept
    rows = [Tally(str(task), tuple(b), tuple(a), u[0]) for task, (b, a, u) in counts.items() if sum(b) + u[0]]
    return [*rows, total(rows)]


def total(rows: Iterable[Tally]) -> Tally:
    """The sum of ``rows``."""
    rows = list(rows)
    before = tuple(sum(row.before[score] for row in rows) for score in range(11))
    after = tuple(sum(row.after[score] for row in rows) for score in range(11))
    return Tally("total", before, after, sum(row.unscored for row in rows))


def table(rows: Iterable[Tally]) -> str:
    """A text table like the paper's Table 4: task, before, after, kept, and what had no score."""
    lines = [f"{'task':<12} {'before':>9} {'after':>9} {'kept':>7} {'unscored':>9}"]
    for row in rows:
        share = "–" if row.share is None else f"{100 * row.share:.1f} %"
        lines.append(f"{row.name:<12} {row.judged:>9,} {row.kept:>9,} {share:>7} {row.unscored:>9,}")
    return "\n".join(lines)
