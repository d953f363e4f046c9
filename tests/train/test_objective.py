"""What the objective rewards."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from omniedit.model.flow import FlowConfig
from omniedit.train.objective import FlowBatch, flow_loss, outline_loss

BLEND = FlowConfig(prediction="blend", floor=0.4)


def batch_of(source: Tensor, target: Tensor) -> FlowBatch:
    count = len(source)
    return FlowBatch(target, source, torch.zeros_like(target), torch.ones(count), torch.ones(count))


@pytest.fixture
def local_edit() -> FlowBatch:
    """Two grey pictures in which a square becomes light."""
    source, target = torch.full((2, 3, 16, 16), -0.2), torch.full((2, 3, 16, 16), -0.2)
    target[:, :, 4:10, 4:10] = 0.7
    return batch_of(source, target)


def answer(batch: FlowBatch, weight: Tensor) -> Tensor:
    """A blending network's output with the target as its colour."""
    return torch.cat([weight.expand_as(batch.target), batch.target], dim=1)


def test_the_right_outline_and_colour_cost_nothing(local_edit: FlowBatch) -> None:
    inside = (local_edit.target > 0).float()
    assert outline_loss(answer(local_edit, 40 * inside - 20), local_edit).max() < 1e-6


@pytest.mark.parametrize("shift", [1, 3, 6])
def test_an_outline_in_the_wrong_place_costs_more_the_farther_it_is(local_edit: FlowBatch, shift: int) -> None:
    inside = (local_edit.target > 0).float()
    near, far = (
        outline_loss(answer(local_edit, 8 * inside.roll(by, dims=3) - 4), local_edit).sum() for by in (shift - 1, shift)
    )
    assert near < far


def test_weights_learn_before_the_colour_is_any_good(local_edit: FlowBatch) -> None:
    """With the source's own colour the blend teaches the weights nothing; the outline does."""
    output = torch.cat([torch.zeros_like(local_edit.target), local_edit.condition], dim=1).requires_grad_()
    plain = torch.autograd.grad(flow_loss(lambda x, s: output, local_edit, BLEND), output)[0]
    told = torch.autograd.grad(flow_loss(lambda x, s: output, local_edit, BLEND, outline=1.0), output)[0]
    assert plain[:, :3].abs().max() == 0
    assert (told[:, :3, 4:10, 4:10] < 0).all()
    assert (told[:, :3, :4] > 0).all()


def test_edits_of_the_whole_picture_and_lost_sources_have_no_outline() -> None:
    source = torch.full((2, 3, 16, 16), 0.5)
    source[1] = 0
    target = source.clone()
    target[0] = -0.5
    target[1, :, :8] = -0.5
    output = torch.randn(2, 6, 16, 16, generator=torch.Generator().manual_seed(0))
    assert outline_loss(output, batch_of(source, target)).abs().max() == 0


def test_the_outline_comes_on_top(local_edit: FlowBatch) -> None:
    output = torch.randn(2, 6, 16, 16, generator=torch.Generator().manual_seed(0))
    plain, more = (flow_loss(lambda x, s: output, local_edit, BLEND, outline=by) for by in (0.0, 0.5))
    torch.testing.assert_close(more - plain, 0.5 * outline_loss(output, local_edit).mean())
