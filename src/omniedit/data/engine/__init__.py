"""Scenes or photographs -> proposals -> specialists -> judge -> importance -> pairs, over a ledger.

    recipe         what is to be built of scenes, from a file
    photo_recipe   what is to be built of the photographs of any source
    runnable       what both have in common: run into a folder, go on there
    sources        photographs and scenes, made where they are needed
    intake         a source's photographs, looked at before the build
    chain          what is done with one thing: scene_chain, photo_chain
    proposers, groundings, specialists, judges     a photograph's tools by name; loaded once in each process
    unit           a run of scenes or photographs, done whole and published at once
    build          all units, by an executor
    executors/     in this process, in several, on a Ray cluster, as a Slurm array
    ledger         what became of every item, and the files that say so
    times          where time and money went
    plan           what a folder's build is
    status         how far it is; shards merged
    estimate       what it would cost
    report         the build in one HTML page

A build that was stopped continues when it is run again.
"""

from omniedit.data.engine.build import build
from omniedit.data.engine.ledger import BuildSummary, Outcome
from omniedit.data.engine.report import write_report

__all__ = ["BuildSummary", "Outcome", "build", "write_report"]
