"""Plain attention is attention."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from omniedit.train.attention import PlainAttention, attend


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_it_gives_what_pytorch_gives_and_the_same_gradients(dtype: torch.dtype, close: float) -> None:
    generator = torch.Generator().manual_seed(0)
    given = [torch.randn(2, 3, length, 8, generator=generator).to(dtype).requires_grad_() for length in (5, 7, 7)]
    expected = F.scaled_dot_product_attention(*given)
    with PlainAttention():
        actual = F.scaled_dot_product_attention(*given)
    torch.testing.assert_close(actual, expected, atol=close, rtol=close)
    for ours, theirs in zip(
        torch.autograd.grad(actual.sum(), given), torch.autograd.grad(expected.sum(), given), strict=True
    ):
        torch.testing.assert_close(ours, theirs, atol=close, rtol=close)


def test_what_it_does_not_know_is_refused() -> None:
    token = torch.zeros(1, 1, 1, 4)
    with pytest.raises(NotImplementedError, match="causal"):
        attend(token, token, token, is_causal=True)
