"""Small real networks of every kind, and what they are called with."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import SD3Transformer2DModel
from torch import Tensor

from omniedit.model.networks import NETWORKS, EditingNetwork

CHANNELS = 4
BASES: dict[str, dict[str, Any]] = {
    "sd3": {},
    "sd3.5": {"dual_attention_layers": (0, 1), "qk_norm": "rms_norm"},
}
"""What SD3.5-medium has and SD3-medium has not: second attention in the first layers, normalised queries and keys."""
KINDS: dict[str, tuple[str, dict[str, Any]]] = {name: (name, {}) for name in NETWORKS} | {
    "editnet causal": ("editnet", {"condition_attention": "causal"}),
    "controlnet of two": ("controlnet", {"layers": 2}),
    "controlnet_text of two": ("controlnet_text", {"layers": 2}),
}
"""Every network, with its options."""


def small_base(kind: str = "sd3", **settings: Any) -> SD3Transformer2DModel:
    """An SD3 transformer with random weights."""
    torch.manual_seed(0)
    sizes = {
        "sample_size": 16,
        "patch_size": 2,
        "in_channels": CHANNELS,
        "out_channels": CHANNELS,
        "num_layers": 4,
        "attention_head_dim": 8,
        "num_attention_heads": 4,
        "joint_attention_dim": 12,
        "caption_projection_dim": 32,
        "pooled_projection_dim": 10,
        "pos_embed_max_size": 12,
    }
    return SD3Transformer2DModel(**sizes | BASES[kind] | settings).eval()


def untrained(kind: str, base: SD3Transformer2DModel) -> EditingNetwork:
    name, options = KINDS[kind]
    torch.manual_seed(1)
    return NETWORKS[name].from_transformer(base, **options).eval()


def trained(kind: str, base: SD3Transformer2DModel) -> EditingNetwork:
    """A network whose additions are away from their start, those that were zero too."""
    return moved(untrained(kind, base))


@torch.no_grad()
def moved(net: EditingNetwork) -> EditingNetwork:
    generator = torch.Generator().manual_seed(2)
    for parameter in net.control_parameters():
        parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return net


def inputs(size: tuple[int, int] = (8, 12), batch: int = 2) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {
        "hidden_states": torch.randn(batch, CHANNELS, *size, generator=generator),
        "encoder_hidden_states": torch.randn(batch, 5, 12, generator=generator),
        "pooled_projections": torch.randn(batch, 10, generator=generator),
        "timestep": torch.rand(batch, generator=generator) * 1000,
    }


def source(net: EditingNetwork, size: tuple[int, int] = (8, 12), batch: int = 2) -> Tensor:
    return torch.randn(batch, net.condition_channels, *size, generator=torch.Generator().manual_seed(4))


def output(net: EditingNetwork, size: tuple[int, int] = (8, 12)) -> Tensor:
    sample: Tensor = net(condition=source(net, size), **inputs(size)).sample
    return sample
