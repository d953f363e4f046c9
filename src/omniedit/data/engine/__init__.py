"""The chain at the embedded scale: scenes -> proposals -> specialists -> judge -> importance -> pairs, over a ledger.

    recipe       what is to be built, from a file
    sources      its photographs and scenes, made where they are needed
    chain        what is done with one scene
    unit         a run of scenes, done whole and published at once
    build        all units, by an executor
    executors/   in this process, in several, on a Ray cluster, as a Slurm array
    ledger       what became of every item, and the files that say so
    plan         what a folder's build is
    status       how far it is; shards merged
    estimate     what it would cost
    report       the build in one HTML page

A build that was stopped continues when it is run again.
"""

from omniedit.data.engine.build import build
from omniedit.data.engine.ledger import BuildSummary, Outcome
from omniedit.data.engine.report import write_report

__all__ = ["BuildSummary", "Outcome", "build", "write_report"]
