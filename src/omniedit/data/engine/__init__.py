"""The chain at the embedded scale: scenes -> proposals -> specialists -> judge -> importance -> pairs, over a ledger.

    recipe       what is to be built, from a file
    build        one unit of scenes after the other
    ledger       what became of every item, and the files that say so
    report       the build in one HTML page

A build that was stopped continues when it is run again.
"""

from omniedit.data.engine.build import build
from omniedit.data.engine.ledger import BuildSummary, Outcome
from omniedit.data.engine.report import write_report

__all__ = ["BuildSummary", "Outcome", "build", "write_report"]
