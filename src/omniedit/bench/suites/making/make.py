"""The whole of making a suite: choose, copy, propose, freeze. The same command again goes on where it was left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from omniedit.bench.suites.making.check import SHOWN, Problem, check, freeze
from omniedit.bench.suites.making.choice import ANY, COUNT, LIMITS, Seen, choose, look, named
from omniedit.bench.suites.making.folder import (
    LARGEST,
    LEFT_OUT,
    PAGE,
    PHOTOS,
    Edit,
    read_facts,
    read_lines,
    read_seal,
    write_edits,
    write_facts,
)
from omniedit.bench.suites.making.page import suite_page
from omniedit.bench.suites.making.proposing import fill, proposer
from omniedit.data.engine.proposers import TEMPLATES, ProposalsTable
from omniedit.data.engine.sources import reduced
from omniedit.data.sources.filters import FilterConfig
from omniedit.data.sources.kinds import open_source
from omniedit.data.sources.source import Source, open_content
from omniedit.errors import DataError
from omniedit.images import RATIOS, save_picture
from omniedit.types import Photo, Task
from omniedit.writing import new_folder, publish

Tick = Callable[[str, int | None], None]
"""Called with what is done, and of how many, after each of them; None where nobody knows yet."""


@dataclass(frozen=True)
class Made:
    """What came of making a suite."""

    ratios: Mapping[str, int]
    """Photographs of each ratio."""
    left_out: Mapping[str, str]
    """The photographs that cannot be used, each with the reason."""
    problems: Sequence[Problem]
    """What is still missing or wrong."""
    hash: str
    """The suite's hash; empty where it is not frozen, because of the problems."""

    @property
    def photos(self) -> int:
        """How many photographs it has."""
        return sum(self.ratios.values())


def make(
    photos: str | Path,
    out: Path,
    *,
    count: int = COUNT,
    seed: int = 0,
    by: str = TEMPLATES,
    asking: ProposalsTable | None = None,
    limits: FilterConfig = LIMITS,
    tick: Tick = lambda what, total: None,
) -> Made:
    """Make a suite of photographs, or go on with it: lines that have an instruction stay as they are.

    Of a suite that somebody shared without its photographs, ``suite.json`` and ``edits.jsonl`` in ``out``, it finds
    those photographs again.

    Args:
        photos: A folder of photographs, or whatever else :func:`omniedit.data.sources.kinds.open_source` opens.
        out: The suite's folder.
        count: How many photographs; fewer where there are no more.
        seed: Seed of the choice among equals, and of templates.
        by: Who proposes: ``templates``, ``hand`` or ``openai:MODEL``.
        asking: How a model is asked.
        limits: What is asked of a photograph.
        tick: Called as things are done.

    Raises:
        DataError: There are no photographs, or ``out`` holds a suite of others.
        RecipeError, MissingExtraError, JudgeError: Nobody of that name can propose.
        OutputError: Something cannot be written.
    """
    propose, called = proposer(by, asking)
    source = open_source(photos)
    chosen, left_out = _chosen(source, out, count, seed, limits, lambda: tick("photographs", None))
    _copy(source, chosen, out)
    publish(out / LEFT_OUT, (f"{name}: {reason}\n" for name, reason in sorted(left_out.items())))
    missing = _missing(out, chosen)
    new: list[Edit] = []
    for name, lines in fill(out, missing, propose, called, seed):
        new += lines
        tick(f"proposals for photo {name}", len(missing))
    if new:
        write_edits(out, new)
    problems = check(out)
    sealed = "" if problems else freeze(out).hash
    publish(out / PAGE, suite_page(out))
    counts = Counter(seen.ratio for seen in chosen.values())
    return Made({ratio: counts[ratio] for ratio in RATIOS}, left_out, problems, sealed)


def _chosen(
    source: Source, out: Path, count: int, seed: int, limits: FilterConfig, tick: Callable[[], None]
) -> tuple[dict[str, Seen], dict[str, str]]:
    """The photographs by number, and why others cannot be used. Where there is a seal alone, those that it names.

    Raises:
        DataError: There are none, or not all that the seal names.
    """
    seal = read_seal(out)
    if seal is not None and not (out / PHOTOS).exists():
        return named(look(source, ANY, tick)[0], seal), {}
    found, left_out = look(source, limits, tick)
    if left_out and not found:
        quoted = "".join(f"\n  {name}: {reason}" for name, reason in list(left_out.items())[:SHOWN])
        raise DataError(f"none of the {len(left_out)} photographs can be used:{quoted}\nset other limits")
    return {f"{place:04d}": seen for place, seen in enumerate(choose(found, count, seed))}, left_out


def _copy(source: Source, chosen: Mapping[str, Seen], out: Path) -> None:
    """Bring the chosen photographs and their facts into the suite's folder, all or none.

    Raises:
        DataError: There are others already.
    """
    folder = out / PHOTOS
    if folder.exists():
        there = {path.stem: read_facts(path).original for path in folder.glob("*.png")}
        if there != {name: seen.digest for name, seen in chosen.items()}:
            raise DataError(f"{out} holds a suite of other photographs: choose another folder, or the same options")
        return
    out.mkdir(parents=True, exist_ok=True)
    with new_folder(folder) as temporary:
        for name, seen in chosen.items():
            picture = open_content(source.fetch(seen.ref), seen.called)
            path = temporary / f"{name}.png"
            save_picture(path, reduced(Photo("", picture.image), LARGEST).image)
            write_facts(path, seen.facts)


def _missing(out: Path, names: Iterable[str]) -> dict[str, list[Task]]:
    """Number of each photograph -> tasks without instruction."""
    there = {line.id for _, line in read_lines(out) if isinstance(line, Edit) and line.instruction.strip()}
    found = {name: [task for task in Task if f"{name}-{task}" not in there] for name in names}
    return {name: tasks for name, tasks in found.items() if tasks}
