"""A source -> the table of the photographs worth keeping, and a reason for each of the others.

    ingest(open_source("photos/"), "ingested/", FilterConfig(min_megapixels=0.5), workers=8)
    for photo in KeptPhotos("ingested/"):
        ...

Pictures stay where they are: the table says where. An ingest that was stopped continues when the same is run again,
and its files do not depend on the number of shards. See :mod:`omniedit.data.sources.ledger` for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from omniedit.data.sources.filters import DEFAULTS, Filter, FilterConfig, Look, filters, refusal
from omniedit.data.sources.hashes import to_hex
from omniedit.data.sources.kinds import spec_of
from omniedit.data.sources.ledger import IngestSummary, Line, conclude, part_path
from omniedit.data.sources.source import Item, Shard, Source, numbered_items
from omniedit.errors import DataError, ImageError, OmniEditError, OutputError
from omniedit.images import decode
from omniedit.writing import telling, written

Progress = Callable[[Line], None]
"""Called with the line of every photograph when it is written."""


class BusyError(OutputError):
    """Another process is at the same shard."""


def ingest(
    source: Source,
    out: Path | str,
    config: FilterConfig = DEFAULTS,
    *,
    shards: int | None = None,
    workers: int = 1,
    extra: Sequence[Filter] = (),
    progress: Progress | None = None,
) -> IngestSummary:
    """Ingest all shards of a source, and conclude.

    Args:
        source: Where the photographs are.
        out: A new or empty folder, or that of the same ingest, which then continues.
        config: Which are taken.
        shards: How many shards; if None as many as were begun with, else one for one worker, four for each of several.
        workers: Processes that work at the same time.
        extra: Filters of your own, asked last; with several workers they must be picklable.
        progress: Called with every line; with one worker only.

    Raises:
        DataError: ``out`` holds another ingest, there is no such pile, or it has changed since.
        OutputError: Something cannot be written.
        OmniEditError: A worker died.
    """
    out = Path(out)
    count = shards or agreed_shards(out) or (1 if workers == 1 else 4 * workers)
    if workers == 1:
        for index in range(count):
            ingest_shard(source, out, (index, count), config, extra=extra, progress=progress)
    else:
        agree(out, plan(source, config, count, extra))
        _in_processes(source, out, count, config, extra, workers)
    return conclude(out, count, config.duplicate_bits)


def _in_processes(
    source: Source, out: Path, count: int, config: FilterConfig, extra: Sequence[Filter], workers: int
) -> None:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(ingest_shard, source, out, (i, count), config, extra=extra) for i in range(count)]
        try:
            for future in futures:
                future.result()
        except BrokenProcessPool as error:
            raise OmniEditError(
                "a process of the ingest was killed, most likely for want of memory: run the same again to continue, "
                "with fewer workers if it repeats"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def ingest_shard(
    source: Source,
    out: Path | str,
    shard: Shard,
    config: FilterConfig = DEFAULTS,
    *,
    extra: Sequence[Filter] = (),
    progress: Progress | None = None,
) -> None:
    """Ingest one shard, on any machine that sees ``out``; when all are done, :func:`conclude` tells the duplicates.

    Raises:
        DataError: ``out`` holds another ingest, there is no such pile or shard, or the pile has changed since.
        OutputError: Something cannot be written.
        BusyError: Another process is at this shard.
    """
    out = Path(out)
    agree(out, plan(source, config, shard[1], extra))
    part = part_path(out, shard)
    if part.exists():
        return
    partial = part.with_suffix(".partial")
    chosen, stream = [*filters(config), *extra], numbered_items(source, shard)
    with telling(partial):
        part.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("a+b") as file:
            _lock(file, partial)
            _skip_done(file, stream, partial)
            for unit, item in stream:
                line = examine(unit, item, chosen)
                file.write(line.to_json().encode())
                file.flush()  # a process that dies has left all lines but that of the photograph it died of
                if progress is not None:
                    progress(line)
        partial.replace(part)


def lines_done(out: Path | str, shard: Shard) -> int:
    """How many photographs of a shard that is not finished have been judged; 0 of one that is."""
    partial = part_path(Path(out), shard).with_suffix(".partial")
    try:
        return partial.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def give_up(source: Source, out: Path | str, shard: Shard, reason: str) -> bool:
    """Drop the photograph at which a shard stopped, since it ends any process that opens it.

    Returns:
        Whether there was one: False where the shard stopped before or after its photographs.

    Raises:
        DataError: The pile has changed since the shard was begun.
        OutputError: The line cannot be written, or another process is at this shard.
    """
    partial = part_path(Path(out), shard).with_suffix(".partial")
    stream = numbered_items(source, shard)
    if not partial.exists():
        return False
    with telling(partial), partial.open("a+b") as file:
        _lock(file, partial)
        _skip_done(file, stream, partial)
        unit, item = next(stream, (-1, None))
        if item is not None:
            known: dict[str, Any] = {"where": item.where or item.id, "metadata": dict(item.metadata)}
            line = Line(unit, item.id, item.ref, **known, caption=item.caption, reason=f"unreadable: {reason}")
            file.write(line.to_json().encode())
    return item is not None


def examine(unit: int, item: Item, chosen: Sequence[Filter]) -> Line:
    """What becomes of a photograph by itself: opened and judged by the filters, not yet compared with others."""
    known: dict[str, Any] = {"where": item.where or item.id, "caption": item.caption, "metadata": dict(item.metadata)}
    if item.problem:
        return Line(unit, item.id, item.ref, **known, reason=f"source: {item.problem}")
    try:
        data = item.read()
        look = Look(decode(data, item.called))
    except ImageError as error:
        return Line(unit, item.id, item.ref, **known, reason=f"unreadable: {error}")
    width, height = look.size
    known |= {"width": width, "height": height, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if reason := refusal(look, chosen):
        return Line(unit, item.id, item.ref, **known, reason=reason)
    return Line(unit, item.id, item.ref, **known, phash=to_hex(look.hash))


def _skip_done(file: IO[bytes], stream: Iterator[tuple[int, Item]], path: Path) -> None:
    """Go past the lines that an interrupted run wrote, and the items that they are of; cut off a torn last line."""
    file.seek(0)
    end = 0
    while (text := file.readline()).endswith(b"\n"):
        try:
            line = Line.from_json(text.decode())
        except (ValueError, TypeError) as error:
            raise DataError(f"{path} is broken ({error}): delete it, and run again") from error
        unit, item = next(stream, (-1, None))
        if item is None or (line.unit, line.id, line.ref) != (unit, item.id, item.ref):
            raise DataError(
                f"the pile has changed since {path} was begun: where {line.id} was there is now "
                f"{item.id if item else 'nothing'}; ingest it into a new folder"
            )
        end = file.tell()
    file.truncate(end)


def _lock(file: IO[bytes], path: Path) -> None:
    """Make sure, where the system can, that no other process is at the same shard."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError(f"another process is writing {path}: wait for it, or end it") from error
    except OSError:  # a file system without locks
        return


# Plan -----------------------------------------------------------------------------------------------------------------


def plan(source: Source, config: FilterConfig, shards: int, extra: Sequence[Filter] = ()) -> dict[str, Any]:
    """All that determines an ingest, plain values only.

    Raises:
        DataError: A list of hashes cannot be read.
    """
    lists = {file: _digest(file) for file in (*config.leakage, *config.known)}
    names = [getattr(check, "__qualname__", type(check).__qualname__) for check in extra]
    values = {"source": spec_of(source), "filters": asdict(config), "lists": lists, "extra": names, "shards": shards}
    return dict(json.loads(json.dumps(values)))


def agree(out: Path, wanted: dict[str, Any]) -> None:
    """Write the plan of a new ingest, or make sure that the one in ``out`` is the same.

    Raises:
        DataError: It is another.
        OutputError: It cannot be written.
    """
    there = read_plan(out)
    if there is None:
        with written(out / "plan.json") as file:
            file.write(json.dumps(wanted, indent=1) + "\n")
    elif there != wanted:
        names = ", ".join(name for name in wanted if there.get(name) != wanted[name])
        raise DataError(f"{out} holds another ingest (its {names} differ): choose another folder")


def read_plan(out: Path) -> dict[str, Any] | None:
    """The plan of the ingest in ``out``; None where there is none.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return dict(json.loads((out / "plan.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{out / 'plan.json'} is no plan of an ingest ({error}): choose another folder") from error


def agreed_shards(out: Path) -> int | None:
    """The number of shards of the ingest in ``out``; None where there is none."""
    there = read_plan(out)
    return int(there["shards"]) if there and "shards" in there else None


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"the list of hashes {path} cannot be read: {error.strerror or error}") from error
