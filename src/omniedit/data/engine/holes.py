"""Holes in a photograph, for training the specialists' inpainters (paper, section 3.2): where, and with which words.

objects    masks of objects, each with its own caption: what is trained to fill a hole with a thing
strokes    random strokes, with the caption of the picture: what is trained to go on with what is around
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from omniedit.data.engine.groundings import GroundingTable
from omniedit.data.engine.proposers import Offers, ProposalsTable
from omniedit.data.engine.times import stage
from omniedit.data.proposals import grammar
from omniedit.data.tools.grounding import OpenGrounding
from omniedit.data.tools.grounding.things import things
from omniedit.data.tools.strokes import StrokesConfig, draw
from omniedit.seeding import stream
from omniedit.types import Mask, Photo, Proposal, Task

NO_CAPTION = "no caption: neither the source has one, nor was one asked for ([proposals])"
"""Why a photograph without words has no holes."""


@dataclass(frozen=True, eq=False)
class Hole:
    """A place in a photograph, and what is to be told of it; or why there is none."""

    caption: str
    """What an inpainter is told."""
    mask: Mask | None
    """``float32 [height, width]`` 0..1; None where there is none."""
    reason: str = ""
    """Why; empty where there is one."""
    whole: str = ""
    """Caption of the whole picture, as far as known."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """How it was found, plain values only."""
    unanswered: bool = False
    """Whether there may be one when the same is asked again."""


@dataclass(frozen=True)
class Makers:
    """Who finds and names what; models are loaded where they are needed."""

    grounding: GroundingTable
    """How objects are found."""
    strokes: StrokesConfig
    """What strokes are like."""
    proposals: ProposalsTable | None
    """Who is asked what a photograph shows; None for nobody: what its source says is taken."""
    count: int
    """Most holes in a photograph."""
    seed: int
    """Seed of every draw."""


def _asked(photo: Photo, task: Task, makers: Makers) -> Offers:
    """What a model proposes for a photograph: things to swap or remove, and the picture's caption."""
    assert makers.proposals is not None
    return makers.proposals.load({task: task}, {})(photo, task, makers.seed)


def _nothing(offers: Offers) -> list[Hole]:
    """Why a model named nothing."""
    return [Hole("", None, offers.reason or "; ".join(offers.dropped), unanswered=offers.unanswered)]


def objects(photo: Photo, makers: Makers) -> list[Hole]:
    """Objects: the known ones of a scene; those that a model names; else those that the caption names.

    Without words (``salient``) it is what stands out, and its caption is the picture's.
    """
    if photo.layers:
        named = [(layer, grammar.join((layer.colour, layer.name))) for layer in photo.layers]
        return _some([Hole(words, layer.mask, whole=photo.caption) for layer, words in named], photo, makers)
    if makers.proposals is not None:
        return _proposed(photo, makers)
    if not photo.caption.strip():
        return [Hole("", None, NO_CAPTION)]
    grounding = makers.grounding.load()
    with stage("grounding"):
        if isinstance(grounding, OpenGrounding):
            found = things(grounding, photo)
            holes = [Hole(t.words, t.mask, whole=photo.caption, details={"score": t.score}) for t in found]
            return _some(holes, photo, makers) or [
                Hole(photo.caption, None, "nothing that the caption names was found")
            ]
        found_one = grounding.ground(photo, _nothing_named(photo), stream(makers.seed, photo.id, "grounding"))
    return [Hole(photo.caption, found_one.mask, found_one.error, photo.caption)]


def _proposed(photo: Photo, makers: Makers) -> list[Hole]:
    """The objects that a model would swap, found by their names."""
    offers = _asked(photo, Task.SWAP, makers)
    if not offers.offered:
        return _nothing(offers)
    grounding, holes = makers.grounding.load(), list[Hole]()
    for edit in [offer.proposal for offer in offers.offered[: makers.count]]:
        with stage("grounding"):
            found = grounding.ground(photo, edit, stream(makers.seed, photo.id, edit.id, "grounding"))
        words = grammar.join((edit.colour, edit.object))
        holes.append(Hole(words, found.mask, found.error, edit.source_caption, found.details))
    return holes


def _some(holes: list[Hole], photo: Photo, makers: Makers) -> list[Hole]:
    """At most so many as are wanted, drawn: the surest are always of the same kinds."""
    rng = stream(makers.seed, photo.id, "objects")
    return [holes[place] for place in sorted(rng.permutation(len(holes))[: makers.count].tolist())]


def _nothing_named(photo: Photo) -> Proposal:
    """The proposal that asks a grounding for what stands out."""
    return Proposal(f"{photo.id}-{Task.BACKGROUND}", Task.BACKGROUND, "")


def strokes(photo: Photo, makers: Makers) -> list[Hole]:
    """Random strokes with the picture's caption: the source's, or that of a model that is asked."""
    caption = photo.caption
    if makers.proposals is not None and not photo.layers:
        offers = _asked(photo, Task.REMOVAL, makers)
        if not offers.offered:
            return _nothing(offers)
        caption = offers.offered[0].proposal.source_caption
    if not caption.strip():
        return [Hole("", None, NO_CAPTION)]
    rngs = (stream(makers.seed, photo.id, "strokes", turn) for turn in range(makers.count))
    return [Hole(caption, draw(photo.size, rng, makers.strokes), whole=caption) for rng in rngs]


@dataclass(frozen=True)
class Kind:
    """A kind of hole."""

    task: Task
    """What the inpainter will be used for."""
    find: Callable[[Photo, Makers], list[Hole]]
    """The holes of a photograph, at least one or a reason."""
    dilated: bool
    """Whether masks are widened, as for a swap in the paper (A.1.1)."""


KINDS: Mapping[str, Kind] = {
    "objects": Kind(Task.SWAP, objects, dilated=True),
    "strokes": Kind(Task.REMOVAL, strokes, dilated=False),
}
"""Name in a recipe -> kind."""
