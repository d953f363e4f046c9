"""The unit of work: a run of scenes or photos, done whole and published by one manifest; or redone where rows failed.

A unit is named by a hash of all that determines its rows. While it is worked at, ``units/.00000.at`` says which part of
which scene is under way: whoever finds the process dead reads there what it died of.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from types import TracebackType
from typing import Any

from omniedit.data.engine.chain import Chain, Entry, Named
from omniedit.data.engine.ledger import FOLDERS, Manifest, explain_full, read_manifest, unit_path, write_manifest
from omniedit.data.engine.sources import Made
from omniedit.data.engine.times import measured, stage, write_times
from omniedit.data.pairs.shards import Shard, read_pairs, write_pairs
from omniedit.errors import DataError
from omniedit.types import Pair

UNIT = 16
"""Scenes of a unit, unless it is said otherwise."""

Place = tuple[str, str]
"""Id of a scene, and the part of it."""


@dataclass(frozen=True)
class Unit:
    """A run of scenes."""

    number: int
    """Its place among all units, from 0."""
    scenes: Sequence[Named] | range
    """The scenes, or their indices among those that the worker makes itself."""
    lost: Mapping[Place, str] = field(default_factory=dict)
    """What ended its process again and again, and how: not to be tried any more."""


def units(scenes: Iterable[Named], size: int) -> Iterator[Unit]:
    """Runs of ``size`` scenes, in order; of scenes that workers can make, only the indices."""
    if isinstance(scenes, Made):
        starts = range(0, len(scenes), size)
        yield from (Unit(n, range(at, min(at + size, len(scenes)))) for n, at in enumerate(starts))
        return
    remaining = iter(scenes)
    runs = iter(lambda: list(islice(remaining, size)), [])
    yield from (Unit(number, run) for number, run in enumerate(runs))


@dataclass(frozen=True)
class Work:
    """What a worker does with a unit; it travels to other processes and machines once, so it is small."""

    chain: Chain
    out: Path
    """Folder of the build; all workers see it."""
    made: Made[Any] | None = None
    """Where the scenes of units come from that have only indices."""
    retry_failed: bool = False
    """Whether the failed rows of finished units are done again."""

    def __call__(self, unit: Unit) -> int:
        """Do the unit, unless it is finished; returns its number.

        Raises:
            DataError: The unit was published by another build.
            OutputError: Something cannot be written.
        """
        with explain_full(self.out):
            self._finish(unit, self._scenes(unit))
        return unit.number

    def _scenes(self, unit: Unit) -> list[Named]:
        if isinstance(unit.scenes, range):
            assert self.made is not None
            return [self.made[index] for index in unit.scenes]
        return list(unit.scenes)

    def _finish(self, unit: Unit, scenes: Sequence[Named]) -> None:
        path, key = unit_path(self.out, unit.number), _key(self.chain, scenes)
        published = read_manifest(path)
        if published is not None and published.key not in (key, _shorter_key(self.chain, scenes, published)):
            raise DataError(
                f"{self.out} holds a build with other scenes or settings (see {path}); choose another folder"
            )
        done = published is not None and published.key == key and published.intact(self.out)
        if done and not (published and self.retry_failed and published.failed):
            return
        before = self._read(published) if done and published else {}
        with measured() as clock:
            entries = self._entries(unit, scenes, before)
            if not done and (first := read_manifest(path)) and first.key == key and first.intact(self.out):
                return  # another worker, left over from a command that was killed, was quicker
            with stage("writing", items=len(entries)):
                manifest = self._write(entries, key, unit.number)
        write_times(self.out, f"{unit.number:05}", clock)
        write_manifest(path, manifest)

    def _entries(self, unit: Unit, scenes: Sequence[Named], before: Mapping[Place, list[Entry]]) -> list[Entry]:
        """All items of a unit; those in ``before`` as they are, unless one of their part failed."""
        entries: list[Entry] = []
        with Mark(self.out, unit.number) as mark:
            for scene in scenes:
                for part in self.chain.parts:
                    place = scene.id, part
                    known = before.get(place, [])
                    if known and not any(outcome.status == "failed" for outcome, _ in known):
                        entries += known
                    elif place in unit.lost:
                        entries += self.chain.lost(scene.id, part, unit.lost[place])
                    else:
                        mark(place)
                        entries += self.chain.part(scene, part)
        return entries

    def _read(self, published: Manifest) -> dict[Place, list[Entry]]:
        """The items of a finished unit with their pairs, by scene and part."""
        pairs = {shard.path.parts[0]: iter(read_pairs(self.out / shard.path)) for shard in published.shards}
        entries = ((o, next(pairs[o.status]) if o.pair else None) for o in published.outcomes)
        groups = groupby(entries, lambda entry: (entry[0].scene, self.chain.part_of(entry[0])))
        return {place: list(group) for place, group in groups}

    def _write(self, entries: Sequence[Entry], key: str, number: int) -> Manifest:
        """Write the shards of a unit; its manifest."""
        shards = []
        for status in FOLDERS:
            pairs = [pair for outcome, pair in entries if pair is not None and outcome.status == status]
            path = self.out / status / f"{number:05}.parquet"
            if pairs:
                shards.append(_shard(path, pairs, self.out))
            else:
                path.unlink(missing_ok=True)  # of an attempt that was killed before its manifest
        return Manifest(key, tuple(outcome for outcome, _ in entries), tuple(shards))


def _shard(path: Path, pairs: Sequence[Pair], out: Path) -> Shard:
    """Write one shard, and name it as the manifest does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shard = write_pairs(path, pairs, overwrite=True)
    return Shard(shard.path.relative_to(out), shard.rows, shard.sha256)


def _key(chain: Chain, scenes: Sequence[Named]) -> str:
    """Hash of all that determines the rows of a unit."""
    content = {"scenes": [scene.id for scene in scenes], **chain.settings}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _shorter_key(chain: Chain, scenes: Sequence[Named], published: Manifest) -> str:
    """The key of as many of ``scenes`` as were published: where a build grew, its last unit was not full."""
    return _key(chain, scenes[: len({outcome.scene for outcome in published.outcomes})])


# What is under way ----------------------------------------------------------------------------------------------------


class Mark:
    """The file that says which part of which scene of a unit is under way; gone when none is."""

    def __init__(self, out: Path, number: int) -> None:
        """Name the unit; the file appears with the first mark."""
        self._path = mark_path(out, number)

    def __enter__(self) -> Mark:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("wb", buffering=0)
        return self

    def __call__(self, place: Place) -> None:
        """What begins now. One small write: a process that dies has written it whole or not at all."""
        self._file.seek(0)
        self._file.write(json.dumps(place).encode() + b"\n")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def mark_path(out: Path, number: int) -> Path:
    """Where the mark of a unit is."""
    return out / "units" / f".{number:05}.at"


def take_mark(out: Path, number: int) -> Place | None:
    """What a dead process was at in a unit, read once; None if it had not begun or was done with the items."""
    path = mark_path(out, number)
    with contextlib.suppress(OSError, ValueError):
        scene, part = json.loads(path.read_bytes().split(b"\n")[0])
        path.unlink(missing_ok=True)
        return scene, part
    return None
