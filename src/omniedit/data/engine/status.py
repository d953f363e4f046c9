"""How far a build is, told from its manifests while it runs or after it stopped; and the ledger of shards merged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from omniedit.data.engine.ledger import FOLDERS, BuildSummary, conclude, dropped_photos, manifests, read_summary
from omniedit.data.engine.plan import Plan, read_plan
from omniedit.data.engine.report import write_report
from omniedit.errors import DataError

STATES = (*FOLDERS, "failed")
"""How an item can have ended."""


@dataclass(frozen=True)
class Status:
    """The state of a build's folder."""

    plan: Plan
    """What the build is."""
    units: int
    """Finished units."""
    rows: Counter[tuple[str, str]]
    """How many rows there are of each task and status."""
    errors: Counter[str]
    """Why rows failed: error -> how many."""
    dropped: int = 0
    """Photographs that the source dropped."""

    @property
    def counts(self) -> tuple[int, ...]:
        """Rows of each of ``STATES``."""
        return tuple(sum(n for (_, status), n in self.rows.items() if status == wanted) for wanted in STATES)

    @property
    def whole(self) -> bool:
        """Whether all units are finished; never where it is not known how many there are."""
        return self.units == self.plan.units


def status(out: Path | str) -> Status:
    """The state of the build in ``out``.

    Raises:
        DataError: There is none.
    """
    out = Path(out)
    plan = read_plan(out)
    if plan is None:
        raise DataError(f"{out} holds no build: there is no plan.json; start one with omniedit build")
    units, rows, errors = 0, Counter[tuple[str, str]](), Counter[str]()
    for manifest in manifests(out):
        units += 1
        rows.update((outcome.task, outcome.status) for outcome in manifest.outcomes)
        errors.update(outcome.reason for outcome in manifest.outcomes if outcome.status == "failed")
    return Status(plan, units, rows, errors, sum(1 for _ in dropped_photos(out)))


def merge(out: Path | str, found: Status) -> BuildSummary | None:
    """Write ledger, summary and report where all units are finished and these do not say so yet; else None.

    Raises:
        OutputError: They cannot be written.
    """
    out = Path(out)
    if not found.whole or _told(out) == found.counts:
        return None
    summary = conclude(out, found.plan.settings)
    write_report(out)
    return summary


def _told(out: Path) -> tuple[int, ...] | None:
    """What the summary says of ``STATES``; None where there is no summary and report."""
    if not (out / "summary.json").exists() or not (out / "report.html").exists():
        return None
    summary = read_summary(out)
    return tuple(getattr(summary, state) for state in STATES)
