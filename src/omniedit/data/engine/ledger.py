"""What became of every item, and the files of a build that say so.

    kept/00000.parquet, rejected/00000.parquet    pairs of unit 0, if it has any
    units/00000.json                              its manifest: published last, so what it names is complete
    ledger.jsonl                                  the outcome of every item of all units
    summary.json                                  the counts

An item is one task asked of one scene. It ends as kept, as rejected (no such edit, the specialist gave up, or its score
is too low) or as failed (an error), never as nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from omniedit.data.importance import Tally, count
from omniedit.data.pairs.shards import Shard, hash_file
from omniedit.errors import DataError, OutputError
from omniedit.types import Task

STAGES = ("proposal", "specialist", "judge", "importance")
"""Where an item can end."""


@dataclass(frozen=True)
class Outcome:
    """What became of one item: a line of the ledger."""

    scene: str
    """Id of the scene."""
    task: str
    """Which task was asked of it."""
    status: str
    """``kept``, ``rejected`` or ``failed``."""
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

    def intact(self, out: Path) -> bool:
        """Whether all shards are on disk as they were written."""
        return all((out / s.path).is_file() and hash_file(out / s.path) == s.sha256 for s in self.shards)


@dataclass(frozen=True)
class BuildSummary:
    """The counts of a build."""

    scenes: int
    items: int
    """Tasks asked of scenes; the sum of kept, rejected and failed."""
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

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """How many items reached each stage."""
        names = ("items", "proposals", "candidates", "scored", "kept")
        return [(name, getattr(self, name)) for name in names]


def summarise(outcomes: Iterable[Outcome], settings: Mapping[str, Any]) -> BuildSummary:
    """Count ``outcomes``."""
    items = list(outcomes)
    judged = [item for item in items if item.pair]
    scored = [(Task(item.task), item.overall, item.status == "kept") for item in judged]
    by_status = {status: sum(item.status == status for item in items) for status in ("kept", "rejected", "failed")}
    return BuildSummary(
        scenes=len({item.scene for item in items}),
        items=len(items),
        proposals=sum(bool(item.instruction) for item in items),
        candidates=sum(item.stage in ("judge", "importance") for item in items),
        scored=sum(overall is not None for _, overall, _ in scored),
        tallies=tuple(count(scored)),
        settings=settings,
        **by_status,
    )


# Files ----------------------------------------------------------------------------------------------------------------


def publish(path: Path, text: str) -> None:
    """Write a text file whole or not at all, and bring it to disk.

    Raises:
        OutputError: It cannot be written.
    """
    temporary = path.parent / f".{path.name}-{secrets.token_hex(8)}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


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


def shard_paths_of(out: Path, status: str) -> list[Path]:
    """The finished shards of ``kept`` or ``rejected`` pairs, in order."""
    manifests = (read_manifest(path) for path in sorted((out / "units").glob("[0-9]*.json")))
    paths = (shard.path for manifest in manifests if manifest is not None for shard in manifest.shards)
    return [out / path for path in paths if path.parts[0] == status]


def write_ledger(out: Path, outcomes: Iterable[Outcome], summary: BuildSummary) -> None:
    """Publish the ledger and the counts of a finished build."""
    publish(out / "ledger.jsonl", "".join(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes))
    publish(out / "summary.json", json.dumps(asdict(summary), indent=1) + "\n")


def read_ledger(out: Path) -> Iterator[Outcome]:
    """The outcomes of a finished build.

    Raises:
        DataError: ``out`` holds no finished build.
    """
    path = out / "ledger.jsonl"
    if not path.is_file():
        raise DataError(f"{out} holds no finished build: there is no ledger.jsonl; run the build (again)")
    for line in path.read_text(encoding="utf-8").splitlines():
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
