from __future__ import annotations

import pytest
import torch
from torch import Tensor

from omniedit.edit.guidance import Guidance, guide
from omniedit.model.text import Text


class Branches:
    """A model of which each branch is a different, known constant; it counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, instructions: list[str]) -> Text:
        return Text(torch.tensor([[[float(bool(text))]] for text in instructions]), torch.zeros(len(instructions), 1))

    def null_condition(self, condition: Tensor) -> Tensor:
        return torch.zeros_like(condition)

    def cache(self, condition: Tensor) -> Tensor:
        return condition * 2

    def velocity(self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: Tensor) -> Tensor:
        self.calls += 1
        assert torch.equal(cache, condition * 2)
        return torch.full_like(x, 1.0) + 10 * condition + 100 * text.tokens.view(-1, 1, 1, 1)


def ask(text: float, image: float) -> tuple[float, int]:
    model, condition = Branches(), torch.ones(1, 3, 2, 2)
    v = guide(model, condition, "Make it snow.", Guidance(text=text, image=image))
    return float(v(torch.zeros(1, 3, 2, 2), torch.ones(1)).mean()), model.calls


@pytest.mark.parametrize(("text", "image"), [(7.5, 1.5), (3.0, 1.0), (1.0, 2.0), (2.0, 2.0), (0.0, 0.0), (0.0, 1.0)])
def test_it_is_equation_3_of_instruct_pix2pix(text: float, image: float) -> None:
    nothing, picture, both = 1.0, 11.0, 111.0
    expected = nothing + image * (picture - nothing) + text * (both - picture)
    assert ask(text, image)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "image", "calls"), [(1.0, 1.0, 1), (7.5, 1.0, 2), (2.0, 2.0, 2), (7.5, 1.5, 3), (0.0, 1.0, 1)]
)
def test_only_branches_with_weight_are_called(text: float, image: float, calls: int) -> None:
    assert ask(text, image)[1] == calls


def test_without_guidance_it_is_the_model_bit_for_bit() -> None:
    model, condition = Branches(), torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    x, sigma = torch.randn(2, 3, 4, 4), torch.ones(2)
    plain = model.velocity(x, sigma, condition, model.embed(["go", "go"]), model.cache(condition))
    assert torch.equal(guide(model, condition, "go", Guidance())(x, sigma), plain)
