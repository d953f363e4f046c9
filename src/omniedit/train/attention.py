"""Attention for training on a CPU: plain matrix products.

At nano's lengths (some 100 tokens, heads of 32) in bfloat16, PyTorch's fused CPU kernel is slow in the backward pass,
and its fallback multiplies in single precision. Plain products with a softmax in single precision take half the time
of either (figures in docs/log.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class PlainAttention(TorchFunctionMode):
    """While it is entered, ``scaled_dot_product_attention`` is :func:`attend`."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (whatever the function gives)
        """Call ``func``, or what stands in for it."""
        if func is F.scaled_dot_product_attention:
            return attend(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def attend(query: Tensor, key: Tensor, value: Tensor, dropout_p: float = 0.0, is_causal: bool = False) -> Tensor:
    """``softmax(Q K^T / sqrt(d)) V`` for ``[B, H, T, d]`` (arXiv 1706.03762, Eq. 1); no mask, no dropout."""
    if dropout_p or is_causal:
        raise NotImplementedError("plain attention knows neither dropout nor a causal mask")
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
    attended: Tensor = scores.float().softmax(-1).to(value.dtype) @ value
    return attended
