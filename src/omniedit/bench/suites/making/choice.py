"""Which photographs make a suite: sharp, large enough, as unlike as can be, and spread over the seven ratios.

What is measured of a photograph is what an ingest measures (:mod:`omniedit.data.sources.filters`); nothing is cropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from omniedit.bench.suites.local import nearest_ratio
from omniedit.bench.suites.making.folder import Facts, Seal, read_facts
from omniedit.data.sources.filters import Filter, FilterConfig, Look, filters, refusal, sharpness
from omniedit.data.sources.folder import FolderSource
from omniedit.data.sources.hashes import BITS, NearHashes, distance
from omniedit.data.sources.source import Item, Source, items
from omniedit.errors import DataError, ImageError
from omniedit.hashing import hash_pixels
from omniedit.images import RATIOS
from omniedit.seeding import derive

COUNT = 62
"""Photographs of Omni-Edit-Bench (arXiv 2411.07199, section 5)."""
LIMITS = FilterConfig(min_megapixels=0.5)
"""Sharp, neither narrower than 1:2 nor wider than 2:1, no near-duplicates; half a megapixel is enough to judge by."""
ANY = FilterConfig(0.0, 1e9, 0.0, 1e9, 0.0, -1)
"""Limits that every photograph meets."""
TOLD = {"source": ("source", "url", "URL"), "licence": ("licence", "license", "LICENSE")}
"""Fact -> the names under which tables and tars tell it, the first that is there."""


@dataclass(frozen=True)
class Seen:
    """A photograph that could be taken. Its pixels are not kept."""

    ref: str
    """Where it is, in its source's words."""
    called: str
    """What messages call it."""
    digest: str
    """SHA-256 of its pixels; what tells it from others, whatever its name."""
    ratio: str
    """Nearest of `images.RATIOS`."""
    phash: int
    """Perceptual hash."""
    sharpness: float
    """Variance of the Laplacian, as :func:`omniedit.data.sources.filters.sharpness`."""
    facts: Facts
    """What is known of it."""


def look(
    source: Source, limits: FilterConfig = LIMITS, tick: Callable[[], None] = lambda: None
) -> tuple[list[Seen], dict[str, str]]:
    """Look at every photograph of a source.

    Args:
        source: Where they are.
        limits: What is asked of one.
        tick: Called after each.

    Returns:
        Those that could be taken, and for each of the others (by what messages call it) the reason.

    Raises:
        DataError: There is no such source, or what is said of a photograph in the file beside it cannot be read.
    """
    chosen = filters(limits)
    found: list[Seen] = []
    left_out: dict[str, str] = {}
    for item in items(source):
        seen = _looked_at(item, chosen, beside=isinstance(source, FolderSource))
        if isinstance(seen, str):
            left_out[item.called] = seen
        else:
            found.append(seen)
        tick()
    return _distinct(found, limits.duplicate_bits, left_out), left_out


def _looked_at(item: Item, chosen: Iterable[Filter], *, beside: bool) -> Seen | str:
    """What is seen of a photograph, or why it cannot be taken."""
    try:
        picture = item.open()
    except ImageError as error:
        return str(error)
    looked = Look(picture)
    if reason := refusal(looked, chosen):
        return reason
    digest, ratio = hash_pixels(picture.image), nearest_ratio(picture.size)
    facts = _facts(item, digest, beside)
    return Seen(item.ref, item.called, digest, ratio, looked.hash, sharpness(looked), facts)


def _facts(item: Item, digest: str, beside: bool) -> Facts:
    """What the file beside a picture says of it, or what its source does."""
    told = {fact: _first(item.metadata, names) for fact, names in TOLD.items()}
    known = Facts(item.caption, source=told["source"] or item.id, licence=told["licence"])
    return (read_facts(item.content, known) if beside else known).of(digest)


def _first(metadata: Mapping[str, object], names: Sequence[str]) -> str:
    return next((str(metadata[name]) for name in names if metadata.get(name)), "")


def _distinct(found: Iterable[Seen], bits: int, left_out: dict[str, str]) -> list[Seen]:
    """Those of which no sharper one is a near-duplicate; why the others are none goes to ``left_out``."""
    if bits < 0:
        return list(found)
    hashes, kept = NearHashes(bits), []
    for seen in sorted(found, key=lambda seen: (-seen.sharpness, seen.digest)):
        if near := hashes.near(seen.phash):
            left_out[seen.called] = f"duplicate: {near[1]} of {BITS} bits from {near[0]}, which is sharper"
        else:
            hashes.add(seen.phash, seen.called)
            kept.append(seen)
    return kept


def choose(found: Iterable[Seen], count: int = COUNT, seed: int = 0) -> list[Seen]:
    """``count`` photographs, or all if there are fewer, in the order of their pixels' hashes.

    Taken one by one: always of the ratio of which fewest were taken (of several, the first in `RATIOS`) and some are
    left; of those the one that is most unlike all that were taken, by the bits in which perceptual hashes differ; of
    several, the one that ``seed`` draws. Names and order of the files decide nothing.

    Raises:
        DataError: There is none.
    """
    left: dict[str, list[Seen]] = {ratio: [] for ratio in RATIOS}
    for seen in found:
        left[seen.ratio].append(seen)
    if not any(left.values()):
        raise DataError("there is no photograph to choose from: give others, or set other limits")
    taken = dict.fromkeys(RATIOS, 0)
    apart = {seen.digest: BITS for group in left.values() for seen in group}
    chosen: list[Seen] = []
    while len(chosen) < count and any(left.values()):
        ratio = min((name for name in RATIOS if left[name]), key=taken.__getitem__)
        best = max(left[ratio], key=lambda seen: (apart[seen.digest], derive(seed, "suite photo", seen.digest)))
        left[ratio].remove(best)
        taken[ratio] += 1
        chosen.append(best)
        for group in left.values():
            for seen in group:
                apart[seen.digest] = min(apart[seen.digest], distance(seen.phash, best.phash))
    return sorted(chosen, key=lambda seen: seen.digest)


def named(found: Iterable[Seen], seal: Seal) -> dict[str, Seen]:
    """The photographs that a ``seal`` names, by their numbers there, with the facts that it has.

    Raises:
        DataError: Some of them are not among those that were ``found``.
    """
    there = {seen.digest: seen for seen in found}
    wanted = {name: _sealed(told) for name, told in seal.photos.items()}
    lost = [f"{name} ({facts.source})" for name, facts in wanted.items() if facts.original not in there]
    if lost:
        raise DataError(
            f"the suite was frozen with {len(wanted)} photographs, of which {len(lost)} are not there, pixel by pixel: "
            f"{', '.join(lost[:5])}{' …' if len(lost) > 5 else ''}"
        )
    return {name: replace(there[facts.original], facts=facts) for name, facts in wanted.items()}


def _sealed(told: Mapping[str, Any]) -> Facts:
    """The facts of a photograph in a seal."""
    known: dict[str, Any] = {name: told.get(name, "") for name in ("caption", "source", "licence", "original")}
    return Facts(**known)
