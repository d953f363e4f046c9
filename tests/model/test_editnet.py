"""EditNet over a tiny real SD3 transformer."""

from __future__ import annotations

import copy

import pytest
import torch
from diffusers import SD3Transformer2DModel
from torch import Tensor

from omniedit.model.editnet import EditNet

SIZES = [(16, 16), (8, 32), (32, 8), (24, 16)]
VARIANTS = [("joint", 0), ("causal", 0), ("joint", 6), ("causal", 6)]
"""Condition attention and features of the detail head."""


@pytest.fixture(scope="module")
def base() -> SD3Transformer2DModel:
    torch.manual_seed(0)
    return SD3Transformer2DModel(
        sample_size=16,
        patch_size=8,
        in_channels=4,
        out_channels=4,
        num_layers=3,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=12,
        caption_projection_dim=32,
        pooled_projection_dim=10,
        pos_embed_max_size=32,
    ).eval()


def inputs(size: tuple[int, int], batch: int = 2) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "hidden_states": torch.randn(batch, 4, *size, generator=generator),
        "encoder_hidden_states": torch.randn(batch, 5, 12, generator=generator),
        "pooled_projections": torch.randn(batch, 10, generator=generator),
        "timestep": torch.rand(batch, generator=generator) * 1000,
    }


def source(size: tuple[int, int], batch: int = 2) -> Tensor:
    return torch.randn(batch, 4, *size, generator=torch.Generator().manual_seed(2))


def trained(base: SD3Transformer2DModel, attention: str, detail: int = 0) -> EditNet:
    """An EditNet whose control branch is away from its start."""
    torch.manual_seed(3)
    net = EditNet.from_transformer(base, condition_attention=attention, detail=detail)
    with torch.no_grad():
        for parameter in net.control_parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return net.eval()


@pytest.mark.parametrize(("attention", "detail"), VARIANTS)
@pytest.mark.parametrize("size", SIZES)
def test_untrained_editnet_is_its_base_exactly(
    base: SD3Transformer2DModel, attention: str, detail: int, size: tuple[int, int]
) -> None:
    net = EditNet.from_transformer(base, condition_attention=attention, detail=detail).eval()
    with torch.inference_mode():
        expected = net.base(**inputs(size)).sample
        actual = net(condition=source(size), **inputs(size)).sample
    assert (actual - expected).abs().max() == 0


def test_its_base_has_the_weights_it_came_from(base: SD3Transformer2DModel) -> None:
    """Weights are compared, not outputs: BLAS may round differently for a copy at another address."""
    copied = EditNet.from_transformer(base).base.state_dict()
    assert all(torch.equal(tensor, copied[name]) for name, tensor in base.state_dict().items())


@pytest.mark.parametrize(("attention", "detail"), VARIANTS)
def test_gradients_reach_the_control_branch_and_nothing_else(
    base: SD3Transformer2DModel, attention: str, detail: int
) -> None:
    net = trained(base, attention, detail)
    net(condition=source((16, 16)), **inputs((16, 16))).sample.square().mean().backward()
    control = {id(p) for p in net.control_parameters()}
    for name, parameter in net.named_parameters():
        assert (parameter.grad is not None) == (id(parameter) in control) or _dead_end(name), name
    assert all(p.grad is None for p in net.base.parameters())


def _dead_end(name: str) -> bool:
    """What the last control block computes for text and condition ends there: SD3's last block has no text output."""
    return name.startswith("control_blocks.2.")


@pytest.mark.parametrize(("attention", "detail"), VARIANTS)
def test_condition_and_text_change_the_result(base: SD3Transformer2DModel, attention: str, detail: int) -> None:
    net, given = trained(base, attention, detail), inputs((16, 16))
    with torch.inference_mode():
        result = net(condition=source((16, 16)), **given).sample
        other_picture = net(condition=source((16, 16)) + 1, **given).sample
        other_text = net(
            condition=source((16, 16)), **given | {"encoder_hidden_states": given["encoder_hidden_states"].flip(0)}
        ).sample
    assert (result - other_picture).abs().max() > 1e-4
    assert (result - other_text).abs().max() > 1e-4


def test_training_changes_the_text_stream(base: SD3Transformer2DModel) -> None:
    """The paper's point over ControlNet: text tokens of the base are updated by the control branch."""
    net = EditNet.from_transformer(base)
    optimizer = torch.optim.AdamW(net.control_parameters(), lr=1e-2)
    given, target = inputs((16, 16)), source((16, 16)).flip(1)
    for _ in range(3):
        loss = (net(condition=source((16, 16)), **given).sample - target).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    seen: list[Tensor] = []
    hook = net.base.transformer_blocks[2].register_forward_pre_hook(lambda _, args: seen.append(args[1]))
    with torch.no_grad():
        net(condition=source((16, 16)), **given)
        before = copy.deepcopy(net.text_out)
        for layer in net.text_out:
            layer.weight.zero_()
            layer.bias.zero_()
        net(condition=source((16, 16)), **given)
    hook.remove()
    assert max(layer.weight.abs().max() for layer in before) > 1e-3
    assert (seen[0] - seen[1]).abs().max() > 1e-3


@pytest.mark.parametrize("detail", [0, 6])
def test_cached_condition_equals_recomputed(base: SD3Transformer2DModel, detail: int) -> None:
    net, given, picture = trained(base, "causal", detail), inputs((24, 16)), source((24, 16))
    with torch.inference_mode():
        cache = net.cache_condition(picture)
        recomputed = net(condition=picture, **given).sample
        cached = net(condition=None, condition_cache=cache, **given).sample
        later = given | {"timestep": given["timestep"] / 2, "pooled_projections": given["pooled_projections"].flip(0)}
        torch.testing.assert_close(
            net(condition=None, condition_cache=cache, **later).sample,
            net(condition=picture, **later).sample,
            atol=1e-5,
            rtol=0,
        )
    torch.testing.assert_close(cached, recomputed, atol=1e-5, rtol=0)


def test_joint_attention_refuses_a_cache(base: SD3Transformer2DModel) -> None:
    with pytest.raises(ValueError, match="only causal"):
        trained(base, "joint").cache_condition(source((16, 16)))


def test_details_come_from_the_source_pixels_nearby(base: SD3Transformer2DModel) -> None:
    """The control branch of an untrained EditNet is silent: what differs was seen by the head."""
    net, size = EditNet.from_transformer(base, detail=6).eval(), (16, 128)
    torch.nn.init.normal_(net.detail_head.paint.weight, generator=torch.Generator().manual_seed(4))
    changed = source(size)
    changed[:, :, 8:10, 120:122] += 1
    with torch.inference_mode():
        results = [net(condition=picture, **inputs(size)).sample for picture in (source(size), changed)]
    moved = (results[0] - results[1]).abs()
    assert moved[:, :, 8:10, 120:122].max() > 1e-2
    assert moved[:, :, :, :64].max() < 1e-6


def test_a_detail_head_needs_patches_of_eight(base: SD3Transformer2DModel) -> None:
    other = SD3Transformer2DModel.from_config(dict(base.config) | {"patch_size": 4})
    with pytest.raises(ValueError, match="multiple of 8"):
        EditNet.from_transformer(other, detail=6)


def test_a_condition_is_needed(base: SD3Transformer2DModel) -> None:
    with pytest.raises(ValueError, match="needs a condition"):
        trained(base, "joint")(condition=None, **inputs((16, 16)))


@pytest.mark.parametrize(("attention", "detail"), VARIANTS)
def test_save_and_load_in_the_diffusers_layout(
    base: SD3Transformer2DModel, attention: str, detail: int, tmp_path: object
) -> None:
    net = trained(base, attention, detail)
    net.save_pretrained(tmp_path)
    loaded = EditNet.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        expected = net(condition=source((16, 16)), **inputs((16, 16))).sample
        actual = loaded(condition=source((16, 16)), **inputs((16, 16))).sample
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in net.state_dict().items())
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)
    assert (loaded.config.condition_attention, loaded.config.detail) == (attention, detail)


def test_the_base_is_left_alone(base: SD3Transformer2DModel) -> None:
    config, weights = dict(base.config), {name: t.clone() for name, t in base.state_dict().items()}
    net = trained(base, "joint")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 1
    assert dict(base.config) == config
    assert all(torch.equal(weights[name], tensor) for name, tensor in base.state_dict().items())


@pytest.mark.parametrize(("attention", "detail"), VARIANTS)
def test_gradient_checkpointing_changes_nothing(base: SD3Transformer2DModel, attention: str, detail: int) -> None:
    plain, checkpointed = trained(base, attention, detail), trained(base, attention, detail)
    checkpointed.enable_gradient_checkpointing()
    for net in (plain, checkpointed):
        net.train()
        net(condition=source((16, 16)), **inputs((16, 16))).sample.square().mean().backward()
    for a, b in zip(plain.control_parameters(), checkpointed.control_parameters(), strict=True):
        if a.grad is not None:
            torch.testing.assert_close(a.grad, b.grad, atol=1e-6, rtol=1e-5)
