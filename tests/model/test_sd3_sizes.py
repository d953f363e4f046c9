"""Networks over the real SD3-medium and SD3.5-medium, without weights: parameters, names and work."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import SD3Transformer2DModel
from torch.utils.flop_counter import FlopCounterMode

from omniedit.model.networks import NETWORKS, EditingNetwork

D, HEAD, PATCH, CHANNELS, LAYERS, TEXT, POOLED = 1536, 64, 2, 16, 24, 4096, 2048
COMMON: dict[str, Any] = {
    "sample_size": 128,
    "patch_size": PATCH,
    "in_channels": CHANNELS,
    "out_channels": CHANNELS,
    "num_layers": LAYERS,
    "attention_head_dim": HEAD,
    "num_attention_heads": D // HEAD,
    "joint_attention_dim": TEXT,
    "caption_projection_dim": D,
    "pooled_projection_dim": POOLED,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "sd3": COMMON | {"pos_embed_max_size": 192},
    "sd3.5": COMMON | {"pos_embed_max_size": 384, "dual_attention_layers": tuple(range(13)), "qk_norm": "rms_norm"},
}
PUBLISHED = {"sd3": 2.03e9, "sd3.5": 2.24e9}
"""Parameters. (SD3.5's card says 2.5 B: with its table of positions, which is no parameter.)"""


def linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def block(kind: str, index: int, *, last: bool) -> int:
    """Parameters of an MM-DiT block (SD3, arXiv 2403.03206, Figure 2): a picture's side and a text's side."""
    projections, feed = 4 * linear(D, D), linear(D, 4 * D) + linear(4 * D, D)
    picture = projections + feed + linear(D, 6 * D)
    text = 3 * linear(D, D) + linear(D, 2 * D) if last else projections + feed + linear(D, 6 * D)
    if kind == "sd3":
        return picture + text
    second = 4 * linear(D, D) + 2 * HEAD + linear(D, 3 * D) if index < 13 else 0
    return picture + text + 4 * HEAD + second


def blocks(kind: str, count: int) -> int:
    return sum(block(kind, i, last=i == LAYERS - 1) for i in range(count))


def embeddings() -> int:
    """Of patches, time, pooled text and text."""
    time, pooled = linear(256, D) + linear(D, D), linear(POOLED, D) + linear(D, D)
    return patches(CHANNELS) + D + time + pooled + linear(TEXT, D)


def patches(channels: int) -> int:
    return PATCH**2 * channels * D


def added(name: str, kind: str) -> int:
    """What a network adds to its base, by the figures of the papers."""
    branch = blocks(kind, LAYERS - 1) + (LAYERS - 1) * linear(D, D) + embeddings() + patches(CHANNELS) + D
    return {
        "editnet": blocks(kind, LAYERS) + (2 * LAYERS - 1) * linear(D, D) + patches(CHANNELS) + D,
        "controlnet": branch,
        "controlnet_text": branch + (LAYERS - 1) * linear(D, D),
        "channel_concat": patches(CHANNELS),
        "sequence_concat": patches(CHANNELS) + 2 * D,
        "inpaint": patches(CHANNELS + 1),
    }[name]


@pytest.fixture(scope="module", params=CONFIGS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def base(kind: str) -> SD3Transformer2DModel:
    with torch.device("meta"):
        return SD3Transformer2DModel(**CONFIGS[kind])


@pytest.fixture(scope="module")
def short(kind: str) -> SD3Transformer2DModel:
    """Of a third of the layers: what a step costs is told layer by layer."""
    few = {"num_layers": LAYERS // 3, **({"dual_attention_layers": tuple(range(5))} if kind == "sd3.5" else {})}
    with torch.device("meta"):
        return SD3Transformer2DModel(**CONFIGS[kind] | few)


def network(name: str, base: SD3Transformer2DModel, **options: Any) -> EditingNetwork:
    with torch.device("meta"):
        return NETWORKS[name].from_transformer(base, **options)


def count(parameters: Any) -> int:
    return sum(parameter.numel() for parameter in parameters)


def test_the_base_has_the_parameters_that_are_published(base: SD3Transformer2DModel, kind: str) -> None:
    total = count(base.parameters())
    assert total == blocks(kind, LAYERS) + embeddings() + linear(D, 2 * D) + linear(D, PATCH**2 * CHANNELS)
    assert total == pytest.approx(PUBLISHED[kind], rel=0.005)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_adds_what_its_figure_says(base: SD3Transformer2DModel, kind: str, name: str) -> None:
    net = network(name, base)
    assert count(net.control_parameters()) == added(name, kind)
    assert count(net.parameters()) == count(base.parameters()) + added(name, kind)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_base_keeps_the_names_of_diffusers(base: SD3Transformer2DModel, name: str) -> None:
    shapes = {key: tensor.shape for key, tensor in network(name, base).state_dict().items()}
    inside = {key.removeprefix("base."): shape for key, shape in shapes.items() if key.startswith("base.")}
    assert inside == {key: tensor.shape for key, tensor in base.state_dict().items()}


def work(net: torch.nn.Module, **condition: torch.Tensor) -> float:
    """FLOPs of a step at 1024 x 1024 pixels and 333 text tokens (CLIP's 77 and T5's 256), as PyTorch counts them."""
    given = {
        "hidden_states": torch.zeros(1, CHANNELS, 128, 128, device="meta"),
        "encoder_hidden_states": torch.zeros(1, 333, TEXT, device="meta"),
        "pooled_projections": torch.zeros(1, POOLED, device="meta"),
        "timestep": torch.zeros(1, device="meta"),
    }
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        net(**given, **condition)
    return float(counter.get_total_flops())


def test_a_step_costs_what_the_docstrings_say(short: SD3Transformer2DModel, kind: str) -> None:
    layers = short.config.num_layers
    image, text, small = 4096, 333, (layers - 1) * 2 * D**2

    def tokens(n: int, picture: int) -> float:
        second = 5 * (8 * D**2 * picture + 4 * D * picture**2) if kind == "sd3.5" else 0
        return layers * (24 * D**2 * n + 4 * D * n**2) + second

    once, twice = tokens(image + text, image), tokens(2 * image + text, 2 * image)
    branch = (layers - 1) / layers * tokens(image + text, image)
    expected = {
        "editnet": once + twice + small * (image + text),
        "controlnet": once + branch + small * image,
        "controlnet_text": once + branch + small * (image + text),
        "channel_concat": once,
        "sequence_concat": twice,
        "inpaint": once,
    }
    assert work(short) == pytest.approx(once, rel=0.01)
    for name, flops in expected.items():
        net = network(name, short)
        condition = torch.zeros(1, net.condition_channels, 128, 128, device="meta")
        assert work(net, condition=condition) == pytest.approx(flops, rel=0.02), name
