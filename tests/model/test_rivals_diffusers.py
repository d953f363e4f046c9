"""The rivals against diffusers' own computations, on the same weights, in single precision."""

from __future__ import annotations

import pytest
import torch
from diffusers import SD3ControlNetModel, SD3Transformer2DModel
from hypothesis import given, strategies
from small_networks import BASES, CHANNELS, inputs, moved, output, small_base, source, trained, untrained
from torch import Tensor

from omniedit.model.editing_network import EditingNetwork
from omniedit.model.rivals import ChannelConcat, ControlNet, Inpaint
from omniedit.model.rivals.controlnet import reach
from omniedit.model.rivals.inpaint import inpaint_condition


def diffusers_sample(base: SD3Transformer2DModel, control: SD3ControlNetModel, condition: Tensor) -> Tensor:
    """What diffusers' ``StableDiffusion3ControlNetPipeline`` computes in a step."""
    residuals = control(controlnet_cond=condition, **inputs(), return_dict=False)[0]
    sample: Tensor = base(block_controlnet_hidden_states=residuals, **inputs()).sample
    return sample


@torch.no_grad()
def random_control(base: SD3Transformer2DModel, layers: int) -> SD3ControlNetModel:
    """A ControlNet of diffusers with random weights, none of them zero."""
    torch.manual_seed(5)
    settings = {k: v for k, v in dict(base.config).items() if k[0] != "_"} | {"num_layers": layers}
    control = SD3ControlNetModel(**settings).eval()
    for parameter in control.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    return control


@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("layers", [None, 4, 3, 2, 1])
def test_a_controlnet_here_computes_what_it_does_in_diffusers(kind: str, layers: int | None) -> None:
    base = small_base(kind)
    net = moved(ControlNet.from_transformer(base, layers=layers)).eval()
    control = net.to_diffusers().eval()
    assert len(control.transformer_blocks) == (layers or 4)
    with torch.inference_mode():
        expected, actual = diffusers_sample(base, control, source(net)), output(net)
        alone = base(**inputs()).sample
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)
    assert (actual - alone).abs().max() > 1e-2


@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("layers", [4, 3, 2, 1])
def test_a_controlnet_of_diffusers_computes_here_what_it_does_there(kind: str, layers: int) -> None:
    base = small_base(kind)
    control = random_control(base, layers)
    net = ControlNet.from_diffusers(base, control).eval()
    with torch.inference_mode():
        expected, actual = diffusers_sample(base, control, source(net)), output(net)
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)


def test_a_controlnet_for_another_base_is_refused() -> None:
    base = small_base()
    with pytest.raises(ValueError, match="not one for this base"):
        ControlNet.from_diffusers(base, random_control(small_base(num_attention_heads=2), 2))
    with pytest.raises(ValueError, match="not one for this base"):
        ControlNet.from_diffusers(base, random_control(small_base("sd3.5"), 2))


@given(layers=strategies.integers(2, 40), data=strategies.data())
def test_every_layer_that_is_built_reaches_the_base(layers: int, data: strategies.DataObject) -> None:
    branch = data.draw(strategies.integers(1, layers))
    targets = reach(layers, branch)
    assert len(targets) == layers - 1
    assert sorted(set(targets)) == list(range(targets[-1] + 1))
    assert targets[-1] < branch
    assert reach(layers, layers) == reach(layers, None) == list(range(layers - 1))


@pytest.mark.parametrize("branch", [0, 5])
def test_a_branch_of_too_many_layers_is_refused(branch: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ControlNet.from_transformer(small_base(), layers=branch)


def test_the_text_variant_is_a_controlnet_that_updates_the_text() -> None:
    net = trained("controlnet_text", small_base())
    plain = ControlNet.from_transformer(net.base).eval()
    plain.control.load_state_dict(net.control.state_dict())
    sample, text = with_text(net)
    plain_sample, plain_text = with_text(plain)
    with torch.no_grad():
        for parameter in net.text_out.parameters():
            parameter.zero_()
    silent_sample, silent_text = with_text(net)
    assert (sample - plain_sample).abs().max() > 1e-3
    assert (text - plain_text).abs().max() > 1e-3
    torch.testing.assert_close((silent_sample, silent_text), (plain_sample, plain_text), atol=1e-6, rtol=0)


def with_text(net: EditingNetwork) -> tuple[Tensor, Tensor]:
    """What ``net`` predicts, and the text tokens that the third layer of its base reads."""
    seen: list[Tensor] = []
    hook = net.base.transformer_blocks[2].register_forward_pre_hook(lambda _, args: seen.append(args[1]))
    with torch.inference_mode():
        sample = output(net)
    hook.remove()
    return sample, seen[0]


@pytest.mark.parametrize("kind", ["controlnet", "controlnet_text"])
def test_a_controlnet_does_not_see_the_states_of_its_base(kind: str) -> None:
    """What EditNet has over both: the branch's own states are the same whatever the base computes."""
    net = trained(kind, small_base())
    before = branch_states(net)
    with torch.no_grad():
        for parameter in net.base.parameters():
            parameter += 0.1
    after = branch_states(net)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def branch_states(net: EditingNetwork) -> list[Tensor]:
    seen: list[Tensor] = []
    hooks = [
        block.register_forward_hook(lambda _, args, out: seen.append(out[1]))
        for block in net.control.transformer_blocks
    ]
    with torch.inference_mode():
        output(net)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("base_kind", BASES)
def test_channels_are_those_of_one_wider_transformer(base_kind: str) -> None:
    """UltraEdit's layout: ``[x ; c]``."""
    net = trained("channel_concat", small_base(base_kind))
    assert isinstance(net, ChannelConcat)
    wide = net.to_diffusers().eval()
    together = torch.cat([inputs()["hidden_states"], source(net)], dim=1)
    with torch.inference_mode():
        expected = wide(**inputs() | {"hidden_states": together}).sample
        torch.testing.assert_close(output(net), expected, atol=1e-5, rtol=0)
    assert (wide.config.in_channels, wide.config.out_channels) == (2 * CHANNELS, CHANNELS)


def test_inpainting_is_that_of_diffusers() -> None:
    """``StableDiffusion3InpaintPipeline`` gives ``[x ; mask ; masked latents]`` to one of 2 C + 1 channels."""
    net = untrained("inpaint", small_base())
    assert isinstance(net, Inpaint)
    moved(net)
    wide, x = net.to_diffusers().eval(), inputs()["hidden_states"]
    mask = (torch.rand(2, 1, *x.shape[-2:], generator=torch.Generator().manual_seed(6)) < 0.5).float()
    masked = source(net)[:, :CHANNELS] * (1 - mask)
    with torch.inference_mode():
        expected = wide(**inputs() | {"hidden_states": torch.cat([x, mask, masked], dim=1)}).sample
        actual = net(condition=inpaint_condition(masked, mask), **inputs()).sample
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)
    assert wide.config.in_channels == 2 * CHANNELS + 1
