"""How far a judge agrees with the teacher whose verdicts a set of pairs carries, and what its choice would keep.

    report = evaluate(StudentJudge.from_pretrained(), read_pairs("held_out"))
    print(report.to_json())

For a judge to be used in importance sampling (arXiv 2411.07199, section 3.3), three things count: whether it ranks
candidates as its teacher does (Spearman), whether it tells those of O >= 9 from the others (AUROC, and precision and
recall at its own threshold), and how good the set is that it keeps. The last is told by the share of the way

    (mean of the judge's set - mean of all) / (mean of the teacher's set - mean of all)

where every mean is of the teacher's O. Candidates that either could not score are counted, and enter nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from omniedit.judge.agreement import SIDES, or_none, spearman
from omniedit.judge.rubric import Judge
from omniedit.types import Candidate, Pair, Verdict

if TYPE_CHECKING:
    from rich.table import Table

THRESHOLD = 9.0
"""Overall score from which a candidate is kept (the paper's)."""
CHUNK = 64
"""Candidates that are in memory at a time."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TeacherNumbers:
    """Judge against teacher on one group of candidates; None where nothing can be said."""

    items: int
    """Candidates that both scored."""
    good: int
    """Those of them whose O is at least the threshold, by the teacher."""
    spearman: Mapping[str, float | None]
    """Spearman's rho of SC, PQ and O."""
    mae: Mapping[str, float | None]
    """Mean absolute difference of SC, PQ and O, in points of 0..10."""
    auroc: float | None
    """Chance that the judge gives a good candidate a higher O than another one; ties count half."""
    precision: float | None
    """Good ones among those that the judge keeps."""
    recall: float | None
    """Kept ones among the good."""


@dataclass(frozen=True)
class KeptSet:
    """What importance sampling keeps by the judge and by the teacher: sizes, and the teacher's mean O."""

    unfiltered: float | None
    """Mean O of all candidates."""
    by_judge: float | None
    """Mean O of those that the judge keeps."""
    by_teacher: float | None
    """Mean O of those that the teacher keeps."""
    by_judge_alike: float | None
    """Mean O of the judge's best, as many as the teacher keeps; of equal ones the first."""
    kept_by_judge: int
    kept_by_teacher: int

    @property
    def share(self) -> float | None:
        """Share of the way from the unfiltered mean to the teacher's that the judge's set comes."""
        return self._share(self.by_judge)

    @property
    def share_alike(self) -> float | None:
        """As ``share``, for a set as large as the teacher's."""
        return self._share(self.by_judge_alike)

    def _share(self, mean: float | None) -> float | None:
        if mean is None or self.by_teacher is None or self.unfiltered is None or self.by_teacher == self.unfiltered:
            return None
        return (mean - self.unfiltered) / (self.by_teacher - self.unfiltered)


@dataclass(frozen=True)
class TeacherAgreement:
    """Agreement of a judge with the verdicts that pairs carry."""

    judge: str
    """Name and version of the judge."""
    teacher: str
    """Names and versions of those who gave the verdicts."""
    threshold: float
    """Overall score from which a candidate is good, and is kept."""
    unscored: int
    """Candidates that either could not score; in no other number."""
    overall: TeacherNumbers
    """All candidates."""
    per_task: Mapping[str, TeacherNumbers]
    """Those of each task that occurs."""
    per_maker: Mapping[str, TeacherNumbers]
    """Those of each specialist or editor."""
    kept: KeptSet
    """What would be kept."""

    def to_json(self) -> dict[str, Any]:
        """Plain values with the fields as keys, and the two shares of the way; what cannot be said is None."""
        values = asdict(self)
        values["kept"] |= {"share": self.kept.share, "share_alike": self.kept.share_alike}
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TeacherAgreement:
        """What `to_json` made the ``values`` of."""
        groups = {
            name: {key: TeacherNumbers(**numbers) for key, numbers in values[name].items()}
            for name in ("per_task", "per_maker")
        }
        kept = KeptSet(**{field.name: values["kept"][field.name] for field in fields(KeptSet)})
        return cls(**{**values, **groups, "overall": TeacherNumbers(**values["overall"]), "kept": kept})


def evaluate(
    judge: Judge,
    pairs: Iterable[Pair],
    *,
    threshold: float = THRESHOLD,
    tick: Callable[[], None] = lambda: None,
) -> TeacherAgreement:
    """Let ``judge`` score ``pairs`` without their ideals, and compare with the verdicts that they carry.

    Args:
        judge: Any judge that needs no ideal. Where it has a ``score_many``, that is used.
        pairs: Candidates with their teacher's verdicts; taken ``CHUNK`` at a time.
        threshold: Overall score from which a candidate is good.
        tick: Called after every candidate.
    """
    rows, teachers, unscored = list[_Row](), dict[str, None](), 0
    for pair, verdict in _judged(judge, pairs):
        teachers[f"{pair.verdict.judge} {pair.verdict.version}"] = None
        if pair.verdict.scored and verdict.scored:
            rows.append(_row(pair, verdict))
        else:
            unscored += 1
        tick()
    return TeacherAgreement(
        judge=f"{judge.name} {judge.version}",
        teacher=", ".join(teachers),
        threshold=threshold,
        unscored=unscored,
        overall=_numbers(rows, threshold),
        per_task=_grouped(rows, threshold, lambda row: row.task),
        per_maker=_grouped(rows, threshold, lambda row: row.maker),
        kept=_kept(rows, threshold),
    )


@dataclass(frozen=True)
class _Row:
    """One candidate's scores ``(SC, PQ, O)``, of the judge and of its teacher."""

    task: str
    maker: str
    judge: tuple[float, float, float]
    teacher: tuple[float, float, float]


def _judged(judge: Judge, pairs: Iterable[Pair]) -> Iterator[tuple[Pair, Verdict]]:
    """Pairs with the verdicts of ``judge``."""
    many: Callable[[Sequence[Candidate]], Iterable[Verdict]]
    many = getattr(judge, "score_many", lambda candidates: map(judge.score, candidates))
    remaining = iter(pairs)
    while chunk := list(islice(remaining, CHUNK)):
        yield from zip(chunk, many([pair.candidate for pair in chunk]), strict=True)


def _row(pair: Pair, verdict: Verdict) -> _Row:
    return _Row(str(pair.candidate.proposal.task), pair.candidate.maker, _sides(verdict), _sides(pair.verdict))


def _sides(verdict: Verdict) -> tuple[float, float, float]:
    return min(verdict.sc), min(verdict.pq), verdict.overall or 0.0


def _grouped(rows: Sequence[_Row], threshold: float, key: Callable[[_Row], str]) -> dict[str, TeacherNumbers]:
    """The numbers of each group, by name."""
    return {name: _numbers([r for r in rows if key(r) == name], threshold) for name in sorted(set(map(key, rows)))}


def _numbers(rows: Sequence[_Row], threshold: float) -> TeacherNumbers:
    judge, teacher = _scores(rows)
    good, kept = teacher[2] >= threshold, judge[2] >= threshold
    return TeacherNumbers(
        items=len(rows),
        good=int(good.sum()),
        spearman=dict(zip(SIDES, map(or_none, spearman(judge, teacher)), strict=True)),
        mae={side: _mean(np.abs(judge[i] - teacher[i])) for i, side in enumerate(SIDES)},
        auroc=auroc(judge[2], good),
        precision=_mean(good[kept]),
        recall=_mean(kept[good]),
    )


def _scores(rows: Sequence[_Row]) -> tuple[Floats, Floats]:
    """Scores of the judge and of its teacher, each ``[3, items]`` in the order of ``SIDES``."""
    judge, teacher = ([getattr(row, who) for row in rows] for who in ("judge", "teacher"))
    return np.array(judge, float).reshape(-1, 3).T, np.array(teacher, float).reshape(-1, 3).T


def auroc(scores: Floats, good: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve from ranks (Mann and Whitney, 1947); None unless there are good and bad ones.

    Args:
        scores: ``[items]``, higher for what is thought good.
        good: ``[items]``, whether it is.
    """
    from scipy.stats import rankdata

    many, others = int(good.sum()), int((~good).sum())
    if not many or not others:
        return None
    return float((rankdata(scores)[good].sum() - many * (many + 1) / 2) / (many * others))


def _kept(rows: Sequence[_Row], threshold: float) -> KeptSet:
    judge, teacher = _scores(rows)
    chosen, wanted = judge[2] >= threshold, teacher[2] >= threshold
    best = np.argsort(-judge[2], kind="stable")[: int(wanted.sum())]
    return KeptSet(
        unfiltered=_mean(teacher[2]),
        by_judge=_mean(teacher[2][chosen]),
        by_teacher=_mean(teacher[2][wanted]),
        by_judge_alike=_mean(teacher[2][best]),
        kept_by_judge=int(chosen.sum()),
        kept_by_teacher=int(wanted.sum()),
    )


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if values.size else None


def table(report: TeacherAgreement) -> Table:
    """``report`` for the terminal: a line for all candidates, for each task and for each maker."""
    from rich.table import Table

    shown = Table("", "items", f"O ≥ {report.threshold:g}", *(f"ρ {side.upper()}" for side in SIDES), box=None)
    for name in ("MAE O", "AUROC", "precision", "recall"):
        shown.add_column(name)
    for name, numbers in {"all": report.overall, **report.per_task, **report.per_maker}.items():
        values = [*(numbers.spearman[side] for side in SIDES), numbers.mae["o"]]
        values += [numbers.auroc, numbers.precision, numbers.recall]
        shown.add_row(name, f"{numbers.items:,}", f"{numbers.good:,}", *map(_shown, values))
    return shown


def kept_table(report: TeacherAgreement) -> Table:
    """What importance sampling keeps, for the terminal."""
    from rich.table import Table

    kept, judge = report.kept, report.judge.split()[0]
    shown = Table("kept set", "pairs", "mean O", "share of the way", box=None)
    shown.add_row("all", f"{report.overall.items:,}", _shown(kept.unfiltered), "")
    shown.add_row(f"by {judge}", f"{kept.kept_by_judge:,}", _shown(kept.by_judge), _shown(kept.share))
    shown.add_row(
        f"by {judge}, as many", f"{kept.kept_by_teacher:,}", _shown(kept.by_judge_alike), _shown(kept.share_alike)
    )
    shown.add_row("by its teacher", f"{kept.kept_by_teacher:,}", _shown(kept.by_teacher), "")
    return shown


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:.3f}"
