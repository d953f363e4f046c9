"""The words by which people rate: ImagenHub's criteria for text-guided editing, told in our own way.

Source: ImagenHub (arXiv 2310.01596, section 4 and its guideline for human evaluation). Each edit gets SC and PQ, each
0, 0.5 or 1. Ratings by other words are not the same measurement, so a study carries the `fingerprint` of these.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

LEVELS = (0.0, 0.5, 1.0)
"""What a rating may be."""


@dataclass(frozen=True)
class Criterion:
    """One of the two things that are rated."""

    side: str
    """``sc`` or ``pq``."""
    name: str
    """Its name in full."""
    question: str
    """What the rater asks of the picture."""
    short: tuple[str, str, str]
    """A word or two for each of `LEVELS`, for the buttons."""
    levels: tuple[str, str, str]
    """When to give each of `LEVELS`."""
    notes: tuple[str, ...]
    """What helps to decide."""


CRITERIA = (
    Criterion(
        side="sc",
        name="Semantic consistency",
        question="Done as asked, and nothing else?",
        short=("not done", "partly", "done"),
        levels=(
            "Nothing of what was asked can be seen, or the rest of the picture became a different one.",
            "Only some of it was done, or it was done and a few things changed that nobody asked for.",
            "Most or all of it was done, and hardly anything else changed.",
        ),
        notes=(
            "Both conditions must hold: the worse of the two decides.",
            "Compare place by place: faces, text, background, framing. Hold Space to see the picture before the edit.",
            "Where all of it is to change (style, weather, time of day), ask if its things and their places stayed.",
            "How good it looks is not asked here: a clumsy object in the right place can still be 1.",
        ),
    ),
    Criterion(
        side="pq",
        name="Perceptual quality",
        question="Does the result look genuine?",
        short=("broken", "flawed", "genuine"),
        levels=(
            "At first glance there are serious artefacts, so that things can hardly be recognised.",
            "Everything can be recognised, but there are some artefacts, or something feels unnatural.",
            "It looks like a real picture of its kind: no artefacts, and little or nothing that feels wrong.",
        ),
        notes=(
            "Artefacts: distortion, smears, seams, scratches, watermarks, blurred faces, odd limbs, pasted-on objects.",
            "Unnatural: impossible sizes or distances, missing or wrong shadows, light that does not fit.",
            "Judge the result alone, whatever was asked: an unchanged photograph has SC 0 and may well have PQ 1.",
            "A drawing or a painting that was asked for is judged as a drawing or a painting.",
        ),
    ),
)
"""What is rated, in the order in which it is asked."""


def fingerprint() -> str:
    """Sixteen hexadecimal digits that change with any word of the guideline."""
    text = json.dumps([asdict(criterion) for criterion in CRITERIA], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
