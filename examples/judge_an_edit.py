"""One edit, from photograph to verdict: a scene, a proposal, the specialist of its task, and the judge.

Run it: python examples/judge_an_edit.py
"""

from __future__ import annotations

from omniedit.data.ideals import ideal
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.template import propose
from omniedit.data.scenes import SceneMaker
from omniedit.data.specialists import SPECIALISTS
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.judge.oracle import Oracle
from omniedit.seeding import stream
from omniedit.types import Task


def main() -> None:
    # A scene is a real photograph with drawn objects on it, so everything about it is known.
    scene = SceneMaker(tuple(bundled_photos("eval")), split="eval", seed=7)(0)
    photo = scene.photo
    print(f"scene    {photo.caption}")

    # What could one ask for here?
    proposal = propose(photo, Task.REMOVAL, stream(7, photo.id))
    assert proposal is not None
    print(f"asked    {proposal.instruction}")

    # The specialist sees the picture and what grounding finds on it, but not the answer.
    candidate = SPECIALISTS[proposal.task](photo, proposal, grounding=LayerGrounding(), seed=7)
    print(f"made by  {candidate.maker}")

    # The oracle compares with the ideal edit, which only it may see.
    verdict = Oracle().score(candidate, ideal(scene, proposal))
    print(f"scores   SC {verdict.sc}, PQ {verdict.pq}, O {verdict.overall:.2f}")
    print(f"because  {verdict.sc_reasoning}; {verdict.pq_reasoning}")


if __name__ == "__main__":
    main()
