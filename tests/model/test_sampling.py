from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from omniedit.model.sampling import SAMPLERS, Step, euler, heun


def sigmas(steps: int) -> Tensor:
    return torch.linspace(1, 0, steps + 1, dtype=torch.float64)


def curved(x: Tensor, sigma: Tensor) -> Tensor:
    """``dx / dsigma = x cos(5 sigma)``, whose solution is ``x(0) = x(1) exp(-sin(5) / 5)``."""
    return x * torch.cos(5 * sigma).view(-1, 1, 1, 1)


def error(sampler: str, steps: int) -> float:
    x = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    return abs(float(SAMPLERS[sampler](curved, x, sigmas(steps))) - math.exp(-math.sin(5) / 5))


@pytest.mark.parametrize(("sampler", "order"), [("euler", 1), ("heun", 2)])
def test_order_of_convergence(sampler: str, order: int) -> None:
    assert math.log2(error(sampler, 64) / error(sampler, 128)) == pytest.approx(order, abs=0.25)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_straight_flow_is_followed_exactly(sampler: str, steps: int) -> None:
    rng = torch.Generator().manual_seed(0)
    x0, noise = (torch.randn(3, 2, 4, 4, generator=rng, dtype=torch.float64) for _ in range(2))
    flow = SAMPLERS[sampler](lambda x, sigma: (x - x0) / sigma.view(-1, 1, 1, 1), noise, sigmas(steps))
    assert torch.allclose(flow, x0, atol=1e-12)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_model_is_never_asked_at_zero(sampler: str) -> None:
    asked: list[float] = []

    def velocity(x: Tensor, sigma: Tensor) -> Tensor:
        asked.append(float(sigma))
        return x

    SAMPLERS[sampler](velocity, torch.ones(1, 1, 1, 1), sigmas(4))
    assert min(asked) > 0


@pytest.mark.parametrize("sampler", [euler, heun])
def test_each_step_is_told_with_an_estimate(sampler: object) -> None:
    x0, steps = torch.full((1, 1, 2, 2), 0.25, dtype=torch.float64), list[Step]()
    sampler(lambda x, sigma: (x - x0) / sigma.view(-1, 1, 1, 1), torch.ones_like(x0), sigmas(5), steps.append)  # type: ignore[operator]
    assert [(step.index, step.total) for step in steps] == [(i, 5) for i in range(1, 6)]
    assert all(torch.allclose(step.estimate, x0) for step in steps)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_items_of_a_batch_do_not_mix(sampler: str) -> None:
    x = torch.tensor([1.0, 5.0], dtype=torch.float64).view(2, 1, 1, 1)
    together = SAMPLERS[sampler](curved, x, sigmas(6))
    alone = torch.cat([SAMPLERS[sampler](curved, item[None], sigmas(6)) for item in x])
    assert torch.equal(together, alone)
