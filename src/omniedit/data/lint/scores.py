"""Checks of the verdict and of what follows from it: scores, stamp, weight, reason, folder."""

from __future__ import annotations

import math

from omniedit.data.lint.check import Check, RowCheck
from omniedit.data.lint.rows import Row

SC, PQ = 2, 1
"""Scores that a verdict has of each kind: success and over-editing, and quality."""
ROUNDING = 0.02
"""By how much ``o_score`` may differ from what its scores give."""

WHOLE = ("sc_score_1", "sc_score_2", "pq_score")
"""The released columns of whole scores."""


def _named(row: Row) -> dict[str, float]:
    """Every score that the row has, with its column."""
    found = {name: row.values.get(name) for name in (*WHOLE, "o_score")}
    for side in ("x_sc", "x_pq"):
        found |= {f"{side}[{index}]": score for index, score in enumerate(row.values.get(side) or [])}
    return {name: float(score) for name, score in found.items() if score is not None}


def find_score_range(row: Row) -> str:
    """A score that is no number on 0..10."""
    wrong = [f"{name} is {score:g}" for name, score in _named(row).items() if not 0 <= score <= 10]
    return ", ".join(wrong)


def find_score_count(row: Row) -> str:
    """Too many scores, too few, or only one kind."""
    found = len(row.scores("sc")), len(row.scores("pq"))
    if found in ((0, 0), (SC, PQ)):
        return ""
    return f"it has {found[0]} SC and {found[1]} PQ scores; a verdict has {SC} and {PQ}, or none at all"


def find_score_disagrees(row: Row) -> str:
    """Columns that should follow from one another and do not."""
    exact = [*(row.values.get("x_sc") or []), *(row.values.get("x_pq") or [])]
    whole = [row.values[name] for name in WHOLE]
    if len(exact) == len(whole) and all(map(math.isfinite, exact)):
        wrong = [name for name, a, b in zip(WHOLE, exact, whole, strict=True) if b is None or abs(a - b) > 0.5]
        if wrong:
            return f"{', '.join(wrong)} is not the exact score, rounded"
    overall, said = row.overall, row.values["o_score"]
    if (overall is None) != (said is None):
        return f"o_score is {said}, its scores give {overall}"
    if overall is not None and not _follows(said, row, 0.0 if exact else 0.5):
        return f"o_score is {said:.2f}, its scores give {overall:.2f}"
    return ""


def _follows(said: float, row: Row, rounded: float) -> bool:
    """Whether an overall score may come from the row's scores, each of which was rounded by so much at most."""
    least, most = (
        max(0.0, min(row.scores("sc")) + by) * max(0.0, min(row.scores("pq")) + by) for by in (-rounded, rounded)
    )
    return math.sqrt(least) - ROUNDING <= said <= math.sqrt(most) + ROUNDING


def find_unscored_weight(row: Row) -> str:
    """A pair that no judge could score, and that training would take."""
    unscored = row.values.get("x_unscored") or ("" if row.scores("sc") and row.scores("pq") else "no scores")
    return f"it has weight {row.weight:g} and no verdict ({unscored})" if row.kept and unscored else ""


def find_scored_and_unscored(row: Row) -> str:
    """Scores beside the reason why there are none."""
    why = row.values["x_unscored"]
    return f"it has scores, and says why it has none ({why})" if why and row.scores("sc") else ""


def find_no_stamp(row: Row) -> str:
    """Scores of an unnamed judge."""
    missing = [name for name in ("x_judge", "x_judge_version", "x_rubric") if not row.values.get(name)]
    return f"it has scores, but no {', '.join(missing)}" if row.scores("sc") and missing else ""


def find_weight(row: Row) -> str:
    """A weight that is no weight."""
    fine = math.isfinite(row.weight) and row.weight >= 0
    return "" if fine else f"its weight is {row.weight:g}"


def find_no_reason(row: Row) -> str:
    """A reject that does not say why."""
    rejected = row.values["x_weight"] == 0
    return "its weight is 0, and no reason is given" if rejected and not (row.values["x_reason"] or "").strip() else ""


def find_reason_with_weight(row: Row) -> str:
    """A kept pair with the reason of a reject."""
    why = row.values["x_reason"]
    return f"it has weight {row.weight:g}, and a reason for rejection ({why})" if why and row.kept else ""


def find_wrong_folder(row: Row) -> str:
    """A reject among the kept, or the reverse."""
    folder = row.shard.parent.name
    wrong = (folder == "kept" and row.weight == 0) or (folder == "rejected" and row.kept)
    return f"it has weight {row.weight:g} and lies in {folder}/" if wrong else ""


_SCORES = (*WHOLE, "o_score")

CHECKS: dict[str, Check] = {
    "score-range": RowCheck(
        severity="error",
        about="a score is NaN, infinite, below 0 or above 10",
        advice="Bring the scores to 0..10, or leave them empty and say why in x_unscored.",
        find=find_score_range,
        needs=_SCORES,
    ),
    "score-count": RowCheck(
        severity="error",
        about="a verdict has not two SC scores and one PQ score, nor none at all",
        advice="Judge the pair again, or leave the scores empty and say why in x_unscored.",
        find=find_score_count,
        needs=_SCORES,
    ),
    "score-disagrees": RowCheck(
        severity="error",
        about="`o_score` or a whole score does not follow from the exact scores",
        advice="Compute them anew from x_sc and x_pq: O = sqrt(min SC · min PQ).",
        find=find_score_disagrees,
        needs=_SCORES,
    ),
    "scored-and-unscored": RowCheck(
        severity="error",
        about="there are scores, and a reason why there are none",
        advice="Find out from the transcript which is true.",
        find=find_scored_and_unscored,
        needs=(*_SCORES, "x_unscored"),
    ),
    "unscored-weight": RowCheck(
        severity="error",
        about="a pair without a verdict has a weight",
        advice="Judge it, or set its weight to 0: what no judge could score is no training data.",
        find=find_unscored_weight,
        needs=_SCORES,
    ),
    "no-stamp": RowCheck(
        severity="warning",
        about="scores without the judge's name, version or rubric",
        advice="Judge again, or fill in which judge it was: such scores cannot be compared with others.",
        find=find_no_stamp,
        needs=(*_SCORES, "x_judge", "x_judge_version", "x_rubric"),
    ),
    "weight-range": RowCheck(
        severity="error",
        about="a weight is NaN, infinite or below 0",
        advice="Weigh the set again (omniedit.data.importance).",
        find=find_weight,
        needs=("x_weight",),
    ),
    "no-reason": RowCheck(
        severity="warning",
        about="a rejected pair gives no reason",
        advice="Weigh the set again (omniedit.data.importance), which states the reasons.",
        find=find_no_reason,
        needs=("x_weight", "x_reason"),
    ),
    "reason-with-weight": RowCheck(
        severity="error",
        about="a pair with a weight gives a reason for its rejection",
        advice="Find out which is right, and set the other to nothing.",
        find=find_reason_with_weight,
        needs=("x_weight", "x_reason"),
    ),
    "wrong-folder": RowCheck(
        severity="error",
        about="a pair of weight 0 lies in `kept/`, or one with a weight in `rejected/`",
        advice="Move it to the folder that its weight says.",
        find=find_wrong_folder,
        needs=("x_weight",),
    ),
}
"""Checks of scores, weight and reason, by name."""
