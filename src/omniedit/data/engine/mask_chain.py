"""What is done with one photograph to train an inpainter on it: open -> find holes -> widen; it is its own result.

The pairs are ordinary ones, with the hole as their mask. No judge is asked: nothing was edited, and what a photograph
shows behind its own hole is right by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from omniedit import __version__
from omniedit.data.engine.chain import WHOLE, Entry, said
from omniedit.data.engine.holes import KINDS, Hole, Makers
from omniedit.data.engine.ledger import Outcome, is_full
from omniedit.data.engine.photo_chain import ENDING
from omniedit.data.engine.sources import KeptPhoto
from omniedit.data.engine.times import stage
from omniedit.data.scenes import Scene
from omniedit.data.specialists.base import radius
from omniedit.data.tools.compositing import dilate
from omniedit.types import Candidate, Mask, Pair, Photo, Proposal, Verdict

OWN = Verdict(unscored="a photograph is its own result: there is no edit to judge")
"""The verdict on a photograph with a hole."""


@dataclass(frozen=True)
class MaskChain:
    """All that turns a photograph, or a scene, into pairs of itself with masks. Models are loaded where it works."""

    source: Mapping[str, Any]
    """Where the photographs are from and which are taken, as plain values."""
    kind: str
    """A key of :data:`omniedit.data.engine.holes.KINDS`."""
    makers: Makers
    """Who finds and names what."""
    dilation: float
    """How far an object's mask is widened, as a share of the picture's size, the square root of its area."""

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the photographs, as plain values."""
        makers, kind = self.makers, KINDS[self.kind]
        ways = {"strokes": asdict(makers.strokes)}
        if kind.dilated:
            ways = {"grounding": makers.grounding.described(), "dilation": self.dilation}  # type: ignore[dict-item]
        asked = makers.proposals.described({kind.task: kind.task}) if makers.proposals else "nobody"
        return {
            "source": dict(self.source),
            "masks": self.kind,
            **ways,
            "proposals": asked,
            "count": makers.count,
            "judge": "none",
            "seed": makers.seed,
            "version": __version__,
        }

    @property
    def parts(self) -> tuple[str, ...]:
        """A photograph is done whole."""
        return (WHOLE,)

    def load(self) -> None:
        """Load everything that it needs, to find out what is missing.

        Raises:
            ModelError, MissingExtraError, JudgeError: Something is.
        """
        makers, kind = self.makers, KINDS[self.kind]
        if makers.proposals is not None:
            makers.proposals.load({kind.task: kind.task}, {})
        if kind.dilated:
            makers.grounding.load()

    def lost(self, scene: str, part: str, reason: str, /) -> list[Entry]:
        """What stands for a photograph whose work always ends its process: a failed item."""
        return [(Outcome(scene, str(KINDS[self.kind].task), "failed", "grounding", reason), None)]

    def part_of(self, outcome: Outcome, /) -> str:
        """The part to which an item belongs: there is one."""
        return WHOLE

    def part(self, scene: KeptPhoto | Scene, part: str, /) -> list[Entry]:
        """The holes of a photograph.

        Raises:
            ModelError, MissingExtraError, JudgeError: A model cannot be used at all.
        """
        so_far = Outcome(scene.id, str(KINDS[self.kind].task), "failed", "source")
        try:
            with stage("source"):
                photo = scene.photo if isinstance(scene, Scene) else scene.open()
            so_far = replace(so_far, stage="grounding")
            holes = KINDS[self.kind].find(photo, self.makers)
            with stage("specialist", items=len(holes)):
                return [self._entry(so_far, photo, number, hole) for number, hole in enumerate(holes)]
        except ENDING:
            raise
        except Exception as error:  # whatever goes wrong with one photograph must not lose the others
            if is_full(error):
                raise
            return [(replace(so_far, reason=said(error)), None)]

    def _entry(self, so_far: Outcome, photo: Photo, number: int, hole: Hole) -> Entry:
        """A hole as a pair, or why it is none."""
        so_far = replace(so_far, stage="grounding" if hole.caption else "proposal", instruction=hole.caption)
        if hole.mask is None:
            status = "failed" if hole.unanswered else "rejected"
            return replace(so_far, status=status, reason=hole.reason), None
        mask = self._widened(hole.mask, photo)
        if not (mask > 0).any() or (mask > 0).all():
            return replace(so_far, status="rejected", reason="the mask leaves nothing to fill, or nothing to see"), None
        pair = self._pair(photo, number, hole, mask)
        return replace(so_far, status="kept", stage="importance", pair=pair.id), pair

    def _widened(self, mask: Mask, photo: Photo) -> Mask:
        """A mask as the inpainter will meet it: hard, and for objects larger than the thing."""
        hard = (mask > 0.5).astype(np.float32)
        return dilate(hard, radius(self.dilation, photo.image)) if KINDS[self.kind].dilated else hard

    def _pair(self, photo: Photo, number: int, hole: Hole, mask: Mask) -> Pair:
        name, task = f"{photo.id}-{self.kind}-{number}", KINDS[self.kind].task
        proposal = Proposal(name, task, hole.caption, source_caption=hole.whole or photo.caption)
        details = {"masks": self.kind, "covered": round(float(mask.mean()), 4), **hole.details}
        seed = self.makers.seed
        made = Candidate(photo.id, proposal, photo.image, photo.image, f"masks-{self.kind}", seed, mask, details)
        return Pair(f"{name}-{seed}", made, OWN)
