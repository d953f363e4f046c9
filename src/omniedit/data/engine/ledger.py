"""What became of every item, and the files of a build that say so.

    plan.json                                     what the build is: its settings and number of scenes
    photos/                                       the ingest of its source: what became of every photograph of the pile
    kept/00000.parquet, rejected/00000.parquet    pairs of unit 0, if it has any
    unscored/00000.parquet                        those without a score, in a build of photographs
    units/00000.json                              its manifest: published last, so what it names is complete
    times/                                        how long all took, and what it cost
    ledger.jsonl                                  the outcome of every photograph and item of all units
    summary.json                                  the counts

An item is one edit proposed for one scene or photograph. It ends as kept, as rejected (no such edit, the specialist
gave up, or its score is too low), as unscored (there is no judge, or it could not say) or as failed (an error), never
as nothing. A photograph that its source drops is a row too, with the reason and without a task.
"""

from __future__ import annotations

import contextlib
import errno
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from omniedit.data.importance import Tally, count
from omniedit.data.pairs.shards import Shard
from omniedit.data.sources.ledger import read_lines
from omniedit.errors import DataError, OutputError
from omniedit.hashing import hash_file
from omniedit.types import Task
from omniedit.writing import publish

STAGES = ("source", "proposal", "grounding", "specialist", "judge", "importance")
"""Where an item can end. A scene's specialist does its grounding itself."""
FOLDERS = ("kept", "rejected", "unscored")
"""Outcomes with a pair, and the folders of these."""
DROPPED = "dropped"
"""The outcome of a photograph that its source drops."""
PHOTOS = "photos"
"""Folder of the ingest, in the build's."""


@dataclass(frozen=True)
class Outcome:
    """What became of one item: a line of the ledger."""

    scene: str
    """Id of the scene or the photograph."""
    task: str
    """Which task was asked of it; empty for a dropped photograph."""
    status: str
    """``kept``, ``rejected``, ``unscored``, ``failed`` or ``dropped``."""
    stage: str
    """The last of ``STAGES`` that it reached."""
    reason: str = ""
    """Why it was rejected, or the error; empty when kept."""
    instruction: str = ""
    """What was asked, once there was a proposal."""
    pair: str = ""
    """Id of its pair, once there was a candidate with a verdict."""
    overall: float | None = None
    """Its overall score; None when unscored."""


@dataclass(frozen=True)
class Manifest:
    """A finished unit: its shards are complete."""

    key: str
    """Hash of all that determines the unit."""
    outcomes: tuple[Outcome, ...]
    """Its items, in order."""
    shards: tuple[Shard, ...]
    """Its files, with paths relative to the build's folder."""

    @property
    def failed(self) -> int:
        """How many of its items failed."""
        return sum(outcome.status == "failed" for outcome in self.outcomes)

    def intact(self, out: Path) -> bool:
        """Whether all shards are on disk as they were written."""
        return all((out / s.path).is_file() and hash_file(out / s.path) == s.sha256 for s in self.shards)


@dataclass(frozen=True)
class BuildSummary:
    """The counts of a build."""

    scenes: int
    """Scenes, or photographs that were taken."""
    items: int
    """Edits of these; the sum of kept, rejected, unscored and failed."""
    proposals: int
    candidates: int
    scored: int
    kept: int
    rejected: int
    failed: int
    tallies: tuple[Tally, ...] = ()
    """Scores before and after, by task, and the total."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the build was asked for, and which judge and code answered."""
    grounded: int = 0
    """Proposals whose object was found, or that need none."""
    unscored: int = 0
    dropped: int = 0
    """Photographs that the source dropped; among no other number."""

    @property
    def of_photos(self) -> bool:
        """Whether it is a build of photographs, and not of scenes."""
        return "source" in self.settings

    @property
    def of_masks(self) -> bool:
        """Whether it is of photographs with holes, all for one task, and none judged."""
        return "masks" in self.settings

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """How many items reached each stage."""
        grounded = ("grounded",) if self.of_photos else ()
        names = ("items", "proposals", *grounded, "candidates", "scored", "kept")
        return [(name, getattr(self, name)) for name in names]


def summarise(outcomes: Iterable[Outcome], settings: Mapping[str, Any]) -> BuildSummary:
    """Count ``outcomes``, which are taken one by one: a build may have more than fit into memory."""
    scenes, counts = set[str](), Counter[str]()

    def judged() -> Iterator[tuple[Task, float | None, bool]]:
        for item in outcomes:
            counts.update(reached(item))
            if item.status != DROPPED:
                scenes.add(item.scene)
            if item.pair:
                yield Task(item.task), item.overall, item.status == "kept"

    tallies = tuple(count(judged()))
    names = ("items", "proposals", "grounded", "candidates", "scored", *FOLDERS, "failed", DROPPED)
    return BuildSummary(
        scenes=len(scenes), tallies=tallies, settings=settings, **{name: counts[name] for name in names}
    )


def reached(item: Outcome) -> Iterator[str]:
    """The counts of a summary to which an item adds one."""
    yield item.status
    if item.status == DROPPED:
        return
    yield "items"
    if item.instruction:
        yield "proposals"
    if item.instruction and item.stage in ("specialist", "judge", "importance"):
        yield "grounded"
    if item.stage in ("judge", "importance"):
        yield "candidates"
    if item.pair and item.overall is not None:
        yield "scored"


# Files ----------------------------------------------------------------------------------------------------------------


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Publish the manifest of a unit."""
    shards = [{"path": s.path.as_posix(), "rows": s.rows, "sha256": s.sha256} for s in manifest.shards]
    outcomes = [asdict(outcome) for outcome in manifest.outcomes]
    publish(path, json.dumps({"key": manifest.key, "shards": shards, "outcomes": outcomes}, indent=1) + "\n")


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at ``path``; None where there is none.

    Raises:
        DataError: It is no manifest.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        shards = tuple(Shard(Path(s["path"]), s["rows"], s["sha256"]) for s in content["shards"])
        return Manifest(content["key"], tuple(Outcome(**o) for o in content["outcomes"]), shards)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no manifest of a build ({error}); delete it, and build again") from error


def unit_path(out: Path, number: int) -> Path:
    """Where the manifest of a unit is."""
    return out / "units" / f"{number:05}.json"


def manifests(out: Path) -> Iterator[Manifest]:
    """The manifests of all finished units, in order.

    Raises:
        DataError: One is no manifest.
    """
    found = (read_manifest(path) for path in sorted((out / "units").glob("[0-9]*.json")))
    return (manifest for manifest in found if manifest is not None)


def shard_paths_of(out: Path, status: str) -> list[Path]:
    """The finished shards of one of ``FOLDERS``, in order."""
    paths = (shard.path for manifest in manifests(out) for shard in manifest.shards)
    return [out / path for path in paths if path.parts[0] == status]


def conclude(out: Path, settings: Mapping[str, Any]) -> BuildSummary:
    """Publish the ledger and the counts of a build whose units are all finished, and clear away what kills left."""
    outcomes = (outcome for manifest in manifests(out) for outcome in manifest.outcomes)
    publish(out / "ledger.jsonl", map(line, chain(dropped_photos(out), outcomes)))
    summary = summarise(read_ledger(out), settings)
    publish(out / "summary.json", json.dumps(asdict(summary), indent=1) + "\n")
    for folder in (out, *(out / name for name in (*FOLDERS, "units", "times"))):
        for leftover in (*folder.glob(".*.tmp"), *folder.glob(".*.at")):
            leftover.unlink(missing_ok=True)
    return summary


def dropped_photos(out: Path) -> Iterator[Outcome]:
    """A row for every photograph that the source of a build dropped."""
    path = out / PHOTOS / "ledger.jsonl"
    for photo in read_lines(path) if path.exists() else ():
        if photo.reason:
            yield Outcome(photo.id, "", DROPPED, "source", photo.reason)


def line(outcome: Outcome) -> str:
    """An item's line of the ledger."""
    return json.dumps(asdict(outcome)) + "\n"


def read_ledger(out: Path) -> Iterator[Outcome]:
    """The outcomes of a finished build.

    Raises:
        DataError: ``out`` holds no finished build.
    """
    path = out / "ledger.jsonl"
    if not path.is_file():
        raise DataError(f"{out} holds no finished build: there is no ledger.jsonl; run the build (again)")
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Outcome(**json.loads(line))


def read_summary(out: Path) -> BuildSummary:
    """The counts of a finished build.

    Raises:
        DataError: ``out`` holds no finished build.
    """
    path = out / "summary.json"
    if not path.is_file():
        raise DataError(f"{out} holds no finished build: there is no summary.json; run the build (again)")
    content = json.loads(path.read_text(encoding="utf-8"))
    tallies = tuple(
        Tally(t["name"], tuple(t["before"]), tuple(t["after"]), t["unscored"]) for t in content.pop("tallies")
    )
    return BuildSummary(**content, tallies=tallies)


# A full disk ----------------------------------------------------------------------------------------------------------


def is_full(error: BaseException | None) -> bool:
    """Whether ``error``, or what caused it, says that the disk is full or a quota is used up."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def explain_full(out: Path) -> Iterator[None]:
    """Say what to do where a disk is full.

    Raises:
        OutputError: It is full.
    """
    try:
        yield
    except (OSError, OutputError) as error:
        if not is_full(error):
            raise
        raise OutputError(
            f"no space left on the disk for {out} ({error}): free some, or move the folder to a larger disk; "
            "then the same command goes on, since finished units stay"
        ) from error
