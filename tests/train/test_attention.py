"""Plain attention is attention."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from omniedit.train.attention import PlainAttention


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


@pytest.mark.parametrize("settings", [{"is_causal": True}, {"attn_mask": torch.eye(5, dtype=torch.bool)}])
def test_a_mask_is_obeyed(settings: dict[str, Any]) -> None:
    query, key, value = torch.randn(3, 2, 3, 5, 8).unbind()
    expected = F.scaled_dot_product_attention(query, key, value, **settings)
    with PlainAttention():
        assert torch.equal(F.scaled_dot_product_attention(query, key, value, **settings), expected)


def test_settings_that_say_nothing_change_nothing() -> None:
    query, key, value = torch.randn(3, 2, 3, 5, 8).unbind()
    with PlainAttention():
        plain = F.scaled_dot_product_attention(query, key=key, value=value, attn_mask=None, dropout_p=0.0)
    torch.testing.assert_close(plain, F.scaled_dot_product_attention(query, key, value))
