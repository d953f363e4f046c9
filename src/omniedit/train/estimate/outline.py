"""Networks without weights, on PyTorch's meta device: their shapes alone, in seconds and no memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omniedit.errors import ModelError

if TYPE_CHECKING:
    from omniedit.model.networks import EditingNetwork
    from omniedit.train.recipe import Recipe

SD3_MEDIUM: Mapping[str, Any] = MappingProxyType(
    {
        "sample_size": 128,
        "patch_size": 2,
        "in_channels": 16,
        "num_layers": 24,
        "attention_head_dim": 64,
        "num_attention_heads": 24,
        "joint_attention_dim": 4096,
        "caption_projection_dim": 1536,
        "pooled_projection_dim": 2048,
        "out_channels": 16,
        "pos_embed_max_size": 192,
    }
)
"""Configuration of stabilityai/stable-diffusion-3-medium-diffusers' transformer."""
SD35_MEDIUM: Mapping[str, Any] = MappingProxyType(
    {
        **SD3_MEDIUM,
        "pos_embed_max_size": 384,
        "dual_attention_layers": tuple(range(13)),
        "qk_norm": "rms_norm",
    }
)
"""Configuration of stabilityai/stable-diffusion-3.5-medium's transformer."""


KNOWN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "stabilityai/stable-diffusion-3-medium-diffusers": SD3_MEDIUM,
        "stabilityai/stable-diffusion-3.5-medium": SD35_MEDIUM,
    }
)
"""Hub id -> configuration that needs no Hub."""


def configuration(source: str) -> Mapping[str, Any]:
    """The configuration of a checkpoint's transformer, by a Hub id or from a folder in the diffusers layout.

    Raises:
        ModelError: there is none.
    """
    if source in KNOWN:
        return KNOWN[source]
    from diffusers import SD3Transformer2DModel

    try:
        settings: Mapping[str, Any] = SD3Transformer2DModel.load_config(source, subfolder="transformer")
    except (OSError, ValueError) as error:
        raise ModelError(f"{source} is no SD3 checkpoint in the diffusers layout: {error}") from error
    return settings


def outline(recipe: Recipe, transformer: Mapping[str, Any] | None = None) -> EditingNetwork:
    """The network that an edit recipe trains, over its base or one of that configuration, on the meta device.

    What is to be trained requires gradients, as in training.

    Raises:
        ModelError: the recipe's base is not there.
    """
    import torch
    from diffusers import SD3Transformer2DModel

    from omniedit.model.networks import NETWORKS
    from omniedit.train.parts import PARTS
    from omniedit.train.stages import options

    settings = configuration(recipe.model.sd3) if transformer is None else transformer
    with torch.device("meta"):
        base = SD3Transformer2DModel.from_config(dict(settings))
        net: EditingNetwork = NETWORKS[recipe.model.network].from_transformer(base, **options(recipe))
        PARTS[recipe.train.parts](net, recipe.train)
    return net
