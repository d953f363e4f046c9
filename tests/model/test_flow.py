"""Rectified flow: paths, predictions, schedules."""

from __future__ import annotations

import pytest
import torch

from omniedit.model.flow import (
    TO_SAMPLE,
    FlowConfig,
    draw_sigma,
    interpolate,
    shift_sigma,
    sigma_schedule,
    to_velocity,
)

SHAPE = (3, 3, 8, 8)


@pytest.fixture
def path() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x0, noise = torch.randn(SHAPE, generator=generator), torch.randn(SHAPE, generator=generator)
    sigma = torch.tensor([0.2, 0.5, 1.0])
    return {"x0": x0, "noise": noise, "sigma": sigma, "x": interpolate(x0, noise, sigma)}


def test_ends_of_the_path(path: dict[str, torch.Tensor]) -> None:
    torch.testing.assert_close(interpolate(path["x0"], path["noise"], torch.zeros(3)), path["x0"])
    torch.testing.assert_close(interpolate(path["x0"], path["noise"], torch.ones(3)), path["noise"])


def test_velocity_of_the_true_sample_is_noise_minus_sample(path: dict[str, torch.Tensor]) -> None:
    torch.testing.assert_close(to_velocity(path["x0"], path["x"], path["sigma"]), path["noise"] - path["x0"])


def test_velocity_prediction_recovers_the_sample(path: dict[str, torch.Tensor]) -> None:
    sample = TO_SAMPLE["velocity"](path["noise"] - path["x0"], path["x"], path["sigma"], None)
    torch.testing.assert_close(sample, path["x0"])


def test_blend_keeps_the_source_where_its_weight_is_small(path: dict[str, torch.Tensor]) -> None:
    colour, source = torch.full(SHAPE, 0.5), path["x0"]
    keep = TO_SAMPLE["blend"](torch.cat([torch.full(SHAPE, -40.0), colour], 1), path["x"], path["sigma"], source)
    paint = TO_SAMPLE["blend"](torch.cat([torch.full(SHAPE, 40.0), colour], 1), path["x"], path["sigma"], source)
    torch.testing.assert_close(keep, source)
    torch.testing.assert_close(paint, colour)


def test_blend_without_a_source_is_the_colour(path: dict[str, torch.Tensor]) -> None:
    output = torch.cat([path["noise"], path["x0"]], 1)
    torch.testing.assert_close(TO_SAMPLE["blend"](output, path["x"], path["sigma"], None), path["x0"])


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
def test_schedule_falls_from_one_to_zero(shift: float) -> None:
    sigmas = sigma_schedule(7, shift)
    assert len(sigmas) == 8
    assert sigmas[0] == 1
    assert sigmas[-1] == 0
    assert (sigmas.diff() < 0).all()


def test_shift_moves_towards_noise() -> None:
    sigma = torch.linspace(0.05, 0.95, 7)
    assert (shift_sigma(sigma, 3.0) > sigma).all()
    torch.testing.assert_close(shift_sigma(sigma, 1.0), sigma)


def test_logit_normal_has_its_median_where_the_mean_says() -> None:
    sigma = draw_sigma(20001, FlowConfig(mean=1.0, shift=1.0), torch.Generator().manual_seed(0))
    assert abs(float(sigma.median()) - float(torch.sigmoid(torch.tensor(1.0)))) < 0.02
    assert sigma.min() > 0
    assert sigma.max() < 1


def test_a_share_of_the_times_is_pure_noise() -> None:
    sigma = draw_sigma(10000, FlowConfig(pure=0.3), torch.Generator().manual_seed(0))
    assert abs(float((sigma == 1).float().mean()) - 0.3) < 0.02
