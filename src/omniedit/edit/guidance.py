"""Guidance: two scales, for the instruction and for the source picture, around the model: samplers know of neither.

InstructPix2Pix (arXiv 2211.09800, Eq. 3), with I the source picture, T the instruction and 0 for "none":

    v = v(0, 0) + s_I (v(I, 0) - v(0, 0)) + s_T (v(I, T) - v(I, 0))

Gathered by what each call of the model sees:

    v = s_T v(I, T) + (s_I - s_T) v(I, 0) + (1 - s_I) v(0, 0)

A call whose weight is 0 is not made. So ``s_T = s_I = 1`` is the plain model at its plain cost, ``s_I = 1`` takes two
calls (the usual text guidance), ``s_T = s_I`` takes two, and all else takes three.

Letters: B batch, C latent channels, h and w latent height and width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import torch
from torch import Tensor

from omniedit.model.sampling import Velocity
from omniedit.model.text import Text


class Conditional(Protocol):
    """The part of :class:`omniedit.model.editor.Editor` that guidance needs."""

    def embed(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; ``""`` stands for none."""
        ...

    def null_condition(self, condition: Tensor) -> Tensor:
        """What stands for "no source picture"."""
        ...

    def cache(self, condition: Tensor) -> Any:  # noqa: ANN401 (the model's own business)
        """What the model can compute once per source picture."""
        ...

    def velocity(self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: Any = None) -> Tensor:  # noqa: ANN401
        """``v`` at ``x [B, C, h, w]`` and ``sigma [B]``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """How strongly to follow the instruction, and how strongly to keep to the source picture."""

    text: float = 1.0
    """s_T: above 1 the instruction is followed more strongly."""
    image: float = 1.0
    """s_I: above 1 the result keeps closer to the source picture."""

    @property
    def weights(self) -> tuple[float, float, float]:
        """Weights of ``v(I, T)``, ``v(I, 0)`` and ``v(0, 0)``; they add up to 1."""
        return self.text, self.image - self.text, 1 - self.image


def guide(model: Conditional, condition: Tensor, instruction: str, guidance: Guidance) -> Velocity:
    """Turn ``model`` into a velocity for samplers, guided by ``instruction`` and by the source picture.

    Args:
        model: The model.
        condition: The source picture as latents, ``[B, C, h, w]``.
        instruction: What to do.
        guidance: The two scales.

    Raises:
        InstructionError: The instruction is too long for the model.
    """
    sights = ((condition, instruction), (condition, ""), (model.null_condition(condition), ""))
    terms = [(w, see(model, *sight)) for w, sight in zip(guidance.weights, sights, strict=True) if w]
    if len(terms) == 1:
        return terms[0][1]
    return lambda x, sigma: reduce(torch.add, (weight * v(x, sigma) for weight, v in terms))


def see(model: Conditional, condition: Tensor, instruction: str) -> Velocity:
    """Bind ``model`` to a source picture and an instruction; what it can compute once is computed now."""
    text, cache = model.embed([instruction] * len(condition)), model.cache(condition)
    return lambda x, sigma: model.velocity(x, sigma, condition, text, cache)
