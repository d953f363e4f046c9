"""Scenes -> judged pairs in shards. A build that was stopped continues when the same is run again.

    for each unit of scenes:  propose -> specialist -> judge -> weigh,  write its shards,  publish its manifest

The unit of work is a run of scenes, named by a hash of all that determines its rows. What is drawn for an item depends
on the seed, its scene and its task only, so the same build gives the same bytes, whoever does which unit and when.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from omniedit import __version__
from omniedit.data.engine.ledger import (
    BuildSummary,
    Manifest,
    Outcome,
    read_manifest,
    summarise,
    unit_path,
    write_ledger,
    write_manifest,
)
from omniedit.data.ideals import ideal
from omniedit.data.importance import THRESHOLD, pair_of
from omniedit.data.pairs.shards import Shard, write_pairs
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import propose, propose_addition
from omniedit.data.scenes import Scene
from omniedit.data.specialists import SPECIALISTS, CannotEdit
from omniedit.data.tools.grounding import Grounding, LayerGrounding
from omniedit.errors import DataError
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import Judge
from omniedit.seeding import stream
from omniedit.types import Ideal, Pair, Photo, Proposal, Task

UNIT = 16
"""Scenes of a unit, unless it is said otherwise."""
PLACES = 8
"""Additions that are proposed before a scene counts as full."""

Unit = tuple[int, list[Scene]]
"""Number of a unit, and its scenes."""


@dataclass(frozen=True)
class Chain:
    """All that turns a scene into judged pairs."""

    tasks: tuple[Task, ...]
    grounding: Grounding
    judge: Judge
    threshold: float
    seed: int
    painted: float = 0.0

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the scenes, as plain values."""
        return {
            "tasks": [str(task) for task in self.tasks],
            "grounding": repr(self.grounding),
            "judge": f"{self.judge.name} {self.judge.version} {self.judge!r}",
            "rubric": self.judge.rubric.hash,
            "threshold": self.threshold,
            "seed": self.seed,
            "painted": self.painted,
            "version": __version__,
        }

    def __call__(self, scene: Scene) -> list[tuple[Outcome, Pair | None]]:
        """The outcome of every task asked of ``scene``, and the pair where one was made."""
        photo = scene.photo
        return [self.item(scene, photo, task) for task in self.tasks]

    def item(self, scene: Scene, photo: Photo, task: Task) -> tuple[Outcome, Pair | None]:
        """One task asked of one scene; an error in it ends this item only."""
        so_far = Outcome(scene.id, str(task), "failed", "proposal")
        try:
            proposal = self.propose(scene, photo, task, stream(self.seed, scene.id, "proposal", str(task)))
            if proposal is None:
                return replace(so_far, status="rejected", reason="the photo offers no such edit"), None
            so_far = replace(so_far, stage="specialist", instruction=proposal.instruction)
            candidate = SPECIALISTS[task](photo, proposal, grounding=self.grounding, seed=self.seed)
            so_far = replace(so_far, stage="judge")
            verdict = self.judge.score(candidate, _ideal(scene, proposal))
        except CannotEdit as answer:
            return replace(so_far, status="rejected", reason=f"the specialist gave up: {answer.reason}"), None
        except Exception as error:  # whatever goes wrong with one item must not lose the others
            return replace(so_far, reason=f"{type(error).__name__}: {error}"), None
        pair = pair_of(candidate, verdict, self.threshold)
        status = "kept" if pair.weight else "rejected"
        return replace(so_far, status=status, stage="importance", **_facts(pair)), pair

    def propose(self, scene: Scene, photo: Photo, task: Task, rng: np.random.Generator) -> Proposal | None:
        """An edit in the embedded world's words; now and then an addition of what the photo does not have."""
        if task is not Task.ADDITION or rng.random() >= self.painted:
            return propose(photo, task, rng, known=world())
        wishes = (propose_addition(photo, rng, known=world()) for _ in range(PLACES))
        return next((wish for wish in wishes if wish and _ideal(scene, wish)), None)


def _facts(pair: Pair) -> dict[str, Any]:
    """What the ledger says of a pair."""
    return {"reason": pair.reason, "pair": pair.id, "overall": pair.verdict.overall}


def _ideal(scene: Scene, proposal: Proposal) -> Ideal | None:
    """The ideal edit; None where the proposal does not fit the scene, which a judge must not guess about."""
    try:
        return ideal(scene, proposal)
    except DataError:
        return None


def build(
    scenes: Iterable[Scene],
    *,
    out: Path | str,
    tasks: Sequence[Task] = tuple(Task),
    grounding: Grounding | None = None,
    judge: Judge | None = None,
    threshold: float = THRESHOLD,
    painted: float = 0.0,
    seed: int = 0,
    unit: int = UNIT,
    workers: int = 1,
    progress: Callable[[Sequence[Outcome]], None] | None = None,
) -> BuildSummary:
    """Make judged pairs of ``scenes`` in the folder ``out``; see :mod:`omniedit.data.engine.ledger` for its files.

    Args:
        scenes: Taken as they are needed; their ids must differ. The same ones and more make a build grow.
        out: A new or empty folder, or that of the same build, which then continues.
        tasks: What is asked of every scene.
        grounding: How specialists find things; by the layers, wrong now and then, if None.
        judge: Scores candidates; the oracle if None.
        threshold: Overall score from which a candidate is kept.
        painted: Share of additions whose object is painted in; the others are removals reversed, as in the paper.
        seed: Seed of every draw.
        unit: Scenes of a unit: what is lost, at the most, when a build is stopped.
        workers: Processes that work at the same time.
        progress: Called with the outcomes of each unit when it is finished, or found finished.

    Raises:
        DataError: ``out`` holds another build.
        OutputError: Something cannot be written.
    """
    out = Path(out)
    chain = Chain(tuple(tasks), grounding or LayerGrounding(), judge or Oracle(), threshold, seed, painted)
    outcomes: list[Outcome] = []
    units = 0
    for manifest in _each(partial(_finish, chain=chain, out=out), _units(scenes, unit), workers):
        units += 1
        outcomes += manifest.outcomes
        if progress is not None:
            progress(manifest.outcomes)
    if unit_path(out, units).exists():
        raise DataError(
            f"{out} holds a longer build ({unit_path(out, units)} is not of this one): choose another folder"
        )
    summary = summarise(outcomes, chain.settings)
    write_ledger(out, outcomes, summary)
    return summary


def _units(scenes: Iterable[Scene], size: int) -> Iterator[Unit]:
    """Runs of ``size`` scenes, numbered."""
    remaining = iter(scenes)
    return enumerate(iter(lambda: list(islice(remaining, size)), []))


def _each(work: Callable[[Unit], Manifest], units: Iterator[Unit], workers: int) -> Iterator[Manifest]:
    """``work`` of every unit, in their order; with several workers, a few units ahead of what was taken."""
    if workers == 1:
        yield from map(work, units)
        return
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing import get_context

    ahead: deque[Future[Manifest]] = deque()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for unit in units:
            ahead.append(pool.submit(work, unit))
            if len(ahead) > 2 * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _finish(unit: Unit, *, chain: Chain, out: Path) -> Manifest:
    """The manifest of a unit: as published, or after doing its work.

    Raises:
        DataError: The unit was published by another build.
    """
    number, scenes = unit
    path = unit_path(out, number)
    key = _key(chain, scenes)
    published = read_manifest(path)
    if published is not None and published.key not in (key, _shorter_key(chain, scenes, published)):
        raise DataError(f"{out} holds a build with other scenes or settings (see {path}); choose another folder")
    if published is not None and published.key == key and published.intact(out):
        return published
    manifest = _work(chain, scenes, key, out, f"{number:05}.parquet")
    write_manifest(path, manifest)
    return manifest


def _key(chain: Chain, scenes: Sequence[Scene]) -> str:
    """Hash of all that determines the rows of a unit."""
    content = {"scenes": [scene.id for scene in scenes], **chain.settings}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _shorter_key(chain: Chain, scenes: Sequence[Scene], published: Manifest) -> str:
    """The key of as many of ``scenes`` as were published: where a build grew, its last unit was not full."""
    return _key(chain, scenes[: len({outcome.scene for outcome in published.outcomes})])


def _work(chain: Chain, scenes: Sequence[Scene], key: str, out: Path, name: str) -> Manifest:
    """Run the chain over ``scenes`` and write their shards."""
    done = [entry for scene in scenes for entry in chain(scene)]
    shards = []
    for status in ("kept", "rejected"):
        pairs = [pair for outcome, pair in done if pair is not None and outcome.status == status]
        if pairs:
            (out / status).mkdir(parents=True, exist_ok=True)
            shard = write_pairs(out / status / name, pairs, overwrite=True)
            shards.append(Shard(shard.path.relative_to(out), shard.rows, shard.sha256))
    return Manifest(key, tuple(outcome for outcome, _ in done), tuple(shards))
