"""The questions: what is compared, and the arms that answer it. Each arm differs from `REFERENCE` in one thing.

An arm that several studies share is trained once for each seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omniedit.data.importance import THRESHOLD, SoftWeight

REFERENCE = "editnet"
"""The arm that all others are compared with: the paper's own choices."""
SOFT = SoftWeight()
"""The soft weight of the arm ``soft``."""


@dataclass(frozen=True)
class Choice:
    """Which pairs of the pool are trained on."""

    judge: str = "oracle"
    """Whose scores decide: ``oracle``, ``student``, or ``l1`` (see :mod:`omniedit.bench.ablate.draw`)."""
    threshold: float = THRESHOLD
    """O, by the oracle, from which a pair is taken; below 0 all are. Another judge takes as many, by its own order."""
    soft: bool = False
    """Whether a pair counts in the loss by `SOFT` of its O, and not by 1."""


@dataclass(frozen=True)
class Arm:
    """One way of training; all else is the same for all arms."""

    label: str
    """Its name in tables."""
    choice: Choice = Choice()
    """Which pairs."""
    model: Mapping[str, str | int] = field(default_factory=dict)
    """What it changes in the recipe's ``[model]``."""


ARMS: Mapping[str, Arm] = {
    REFERENCE: Arm("EditNet, joint; λ = 1[O ≥ 9] by the oracle"),
    "unfiltered": Arm("no importance sampling (λ = 1)", Choice(threshold=-1.0)),
    "causal": Arm("EditNet, causal", model={"condition_attention": "causal"}),
    "controlnet": Arm("ControlNet", model={"network": "controlnet"}),
    "controlnet-text": Arm("ControlNet + text", model={"network": "controlnet_text"}),
    "channel-concat": Arm("channel concat", model={"network": "channel_concat"}),
    "sequence-concat": Arm("sequence concat", model={"network": "sequence_concat"}),
    "detail": Arm("EditNet, joint, with nano's detail head", model={"detail": 32}),
    "above-5": Arm("λ = 1[O ≥ 5]", Choice(threshold=5.0)),
    "above-7": Arm("λ = 1[O ≥ 7]", Choice(threshold=7.0)),
    "soft": Arm("λ soft: min(1, exp(O − 9)), 0 below 5", Choice(threshold=SOFT.floor, soft=True)),
    "student": Arm("pairs chosen by the student", Choice(judge="student")),
    "l1": Arm("pairs chosen by L1 to the ideal", Choice(judge="l1")),
}
"""Name -> arm."""

CONTESTANTS: Mapping[str, str] = {
    "unedited": "the photo as it was",
    "ideal": "the ideal edit",
    "specialists": "specialists",
    "specialists-of-the-pool": "specialists, erring as in the pool",
}
"""Who is measured without being trained here: name -> its name in tables."""


@dataclass(frozen=True)
class Study:
    """A question."""

    title: str
    question: str
    """What is asked, and what is held equal."""
    arms: tuple[str, ...]
    """Names of `ARMS`, the reference among them."""
    contestants: tuple[str, ...] = ()
    """Names of `CONTESTANTS`."""


STUDIES: Mapping[str, Study] = {
    "specialists": Study(
        "Specialist or generalist (the paper's Table 5)",
        "Is one model for all tasks as good as the specialists that made its training pairs? The same items, the same "
        "judge; specialists know the layers of a scene, which is what a detector would have to find. The unedited "
        "photo and the ideal edit mark the ends of the scale. An edit that someone declines has no score and enters no "
        "mean; the last column counts.",
        (REFERENCE,),
        ("specialists", "specialists-of-the-pool", "unedited", "ideal"),
    ),
    "importance": Study(
        "With and without importance sampling (the paper's Table 6)",
        "The same number of pairs of each task from the same pool, the same steps: those with O ≥ 9, or any.",
        (REFERENCE, "unfiltered"),
    ),
    "architecture": Study(
        "Architecture (the paper's Table 7)",
        "The same pairs in the same order, the same base, the same number of samples. What a step costs differs, and "
        "is told beside. Everything is trained, the base along with the rest.",
        (REFERENCE, "causal", "controlnet", "controlnet-text", "channel-concat", "sequence-concat", "detail"),
    ),
    "threshold": Study(
        "The threshold of λ (not in the paper)",
        "As in the study of importance sampling, from other scores on; the soft weight sees the pairs of O ≥ 5, and "
        "counts them by their score.",
        (REFERENCE, "unfiltered", "above-5", "above-7", "soft"),
    ),
    "judge": Study(
        "Who chooses the pairs (not in the paper)",
        "Each judge puts the pool's candidates of a task in its order; the best are taken, as many as have O ≥ 9 by "
        "the oracle, and of these the same number is drawn for all. L1 is the mean difference in levels from the "
        "ideal edit, as MagicBrush and Emu Edit report it: privileged as the oracle is, but blind to what matters.",
        (REFERENCE, "student", "l1", "unfiltered"),
    ),
}
"""Name -> study, in the order of the document."""
