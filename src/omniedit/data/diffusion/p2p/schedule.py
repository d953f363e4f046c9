"""The settings of Prompt-to-Prompt: through which share of the steps what is held, and how pictures are sampled."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from omniedit.errors import RecipeError


@dataclass(frozen=True)
class Schedule:
    """The τ: shares of the sampling steps, counted from the noisy end, each 0..1.

    Raises:
        RecipeError: One lies outside.
    """

    cross: float = 0.8
    """Cross-attention maps of the source are injected (word swap, adding a phrase). The authors' code: 0.8."""
    self_attention: float = 0.4
    """Self-attention maps of the source are injected. The authors' code: 0.4; InstructPix2Pix drew 0.1 to 0.9."""
    lock: float = 1.0
    """Outside the mask the latents are the source's. OmniEdit (arXiv 2411.07199): every step for attributes (A.1.4),
    τ_env = 0.7 for environments (A.1.5)."""

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        for entry in fields(self):
            share = getattr(self, entry.name)
            if not 0 <= share <= 1:
                raise RecipeError(f"schedule: {entry.name} is a share of the steps, from 0 to 1, not {share}")


def first_steps(share: float, steps: int) -> int:
    """How many of ``steps`` a share of them is, to the nearest."""
    return round(share * steps)


@dataclass(frozen=True)
class LocalBlend:
    """Masks from cross-attention maps, for edits without a given mask (section 3.2, local editing).

    Defaults are those of the authors' code, lengths made relative to the latents' grid.
    """

    threshold: float = 0.3
    """k of B(x) = [x > k], where the largest x of a picture is 1."""
    start: float = 0.2
    """Share of the steps before the first mask is applied: maps of the noisiest steps say little."""
    scale: int = 4
    """The maps read are those on the latents' grid divided by this: 16 × 16 of 64 × 64, 32 × 32 of 128 × 128. A
    power of 2."""


@dataclass(frozen=True)
class Recipe:
    """How pairs are sampled and edited. OmniEdit states neither steps nor guidance; these are P2P's."""

    schedule: Schedule = field(default_factory=Schedule)
    blend: LocalBlend | None = field(default_factory=LocalBlend)
    """Where no mask is given, edit only where the words that differ are looked at; None: the whole picture is free."""
    swap: bool = True
    """Whether a word in another's place takes its maps (word swap); else it keeps its own (refinement)."""
    self_scale: int = 2
    """Self-attention is injected on grids at least this many times coarser than the latents' (the authors: 32 × 32
    and below, of 64 × 64), so that the finest level is free for texture. A power of 2."""
    steps: int = 50
    """Sampling steps."""
    guidance: float = 7.5
    """Scale of classifier-free guidance; 1 or less: none."""
    negative: str = ""
    """The negative prompt."""


PLAIN = Recipe()
"""Prompt-to-Prompt as its authors ran it: edits where the words that differ are looked at."""
ATTRIBUTE = Recipe(Schedule(lock=1.0))
"""OmniEdit's attribute edits: the mask holds at every step."""
ENVIRONMENT = Recipe(Schedule(lock=0.7), blend=None)
"""OmniEdit's environment edits: the foreground is locked for 70 % of the steps."""
