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
    """While it is entered, ``scaled_dot_product_attention`` without mask and dropout is :func:`attend`."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (whatever the function gives)
        """Call ``func``, or what stands in for it; attention with a mask stays what it is."""
        given = dict(kwargs or {})
        if func is not F.scaled_dot_product_attention or len(args) > 3 or not _plain(given):
            return func(*args, **given)
        return attend(*args, **{name: given[name] for name in ("query", "key", "value") if name in given})


def _plain(settings: Mapping[str, Any]) -> bool:
    """Whether attention is asked for without mask, dropout and the like."""
    return settings.get("attn_mask") is None and not any(
        settings.get(name) for name in ("dropout_p", "is_causal", "scale", "enable_gqa")
    )


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """``softmax(Q K^T / sqrt(d)) V`` for ``[B, H, T, d]`` (arXiv 1706.03762, Eq. 1)."""
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
    attended: Tensor = scores.float().softmax(-1).to(value.dtype) @ value
    return attended
