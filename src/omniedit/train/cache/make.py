"""All of it: look at the pairs, plan the units, encode them, publish the index. What ``omniedit cache`` does.

    about = make_cache(open_subject, "runs/cache", workers=4)

A process that is killed leaves whole files, and temporary ones that the next clears away; the same again continues. Any
number of processes may work at one cache, on machines that see its folder, each with its share; each ends when all is
done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from pathlib import Path

from omniedit.errors import OmniEditError
from omniedit.train.cache.encode import encode_unit
from omniedit.train.cache.index import About, conclude
from omniedit.train.cache.plan import Share, in_turn, units_left
from omniedit.train.cache.rows import Subject, look, part_path
from omniedit.train.cache.shards import faults, manifest_path, read_manifests

Open = Callable[[int], Subject]
"""Number of a worker, from 0 -> the pairs, and encoders on that worker's device; picklable where there are several."""
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def _silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def make_cache(
    open_subject: Open,
    out: Path | str,
    *,
    share: Share = (0, 1),
    workers: int = 1,
    thorough: bool = False,
    progress: Progress = _silent,
) -> About:
    """Make or continue a cache, with processes of this machine.

    Args:
        open_subject: Gives each process its pairs and encoders.
        out: Folder of the cache.
        share: Which of the processes, or groups of them, on several machines this is.
        workers: Processes here.
        thorough: Hash all files again instead of trusting sizes and times of change.
        progress: Called now and then.

    Raises:
        OmniEditError: A pair or a file cannot be used.
    """
    out, (mine, of) = Path(out), share
    drop_broken(out, thorough=thorough)
    shares = [(mine * workers + worker, of * workers) for worker in range(workers)]
    with _helpers(open_subject, out, shares):
        about = work(open_subject(0), out, shares[0], progress)
    if of == 1:
        clear_leftovers(out)
    return about


def work(subject: Subject, out: Path, share: Share, progress: Progress = _silent) -> About:
    """What one process does; it ends when all is done, by whomever.

    Raises:
        OmniEditError: A pair or a file cannot be used.
    """
    encode_all(subject, out, share, progress)
    return conclude(out, subject)


def encode_all(subject: Subject, out: Path, share: Share, progress: Progress = _silent) -> None:
    """All but the index.

    Raises:
        OmniEditError: A pair or a file cannot be used.
    """
    parts = subject.parts()
    for done, number in enumerate(in_turn(len(parts), share)):
        progress("pairs", done, len(parts))
        if not part_path(out, subject, parts[number]).exists():
            look(out, subject, parts[number])
    held = {bytes.fromhex(key) for shards in read_manifests(out).values() for shard in shards for key in shard.keys}
    left = {unit.number: unit for unit in units_left(out, subject, held)}
    units = [left[number] for number in in_turn(len(parts), share) if number in left]
    for done, unit in enumerate(units):
        progress("latents and texts", done, len(units))
        if not unit.done(out):
            encode_unit(out, subject, unit)


def drop_broken(out: Path, *, thorough: bool = False) -> list[str]:
    """Forget the units whose files are not whole, so that they are made anew; returns what was wrong."""
    found = []
    for name, shards in read_manifests(out).items():
        if wrong := faults(out, name, shards, thorough=thorough):
            manifest_path(out, name).unlink(missing_ok=True)
            found += wrong
    return found


def clear_leftovers(out: Path) -> None:
    """Delete the temporary files of processes that were killed; none may be at work."""
    for path in out.rglob(".omniedit-*.tmp"):
        path.unlink(missing_ok=True)


# Other processes ------------------------------------------------------------------------------------------------------


@contextmanager
def _helpers(open_subject: Open, out: Path, shares: Sequence[Share]) -> Iterator[None]:
    """A process for each share but the first, until the block ends: by then all is done, or an error has come."""
    context = get_context("spawn")
    processes = [
        context.Process(target=_help, args=(open_subject, out, number, shares[number]), daemon=True)
        for number in range(1, len(shares))
    ]
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def _help(open_subject: Open, out: Path, number: int, share: Share) -> None:
    """Work at a share. An error ends it without words: what it leaves undone, and says so, is the first process's."""
    with suppress(OmniEditError):
        encode_all(open_subject(number), out, share, _leave_with_parent)


def _leave_with_parent(what: str, done: int, total: int) -> None:
    """End this process if the one that started it is gone."""
    parent = parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit
