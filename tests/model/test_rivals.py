"""EditNet and its rivals over small real SD3 and SD3.5 transformers: what holds of every one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import SD3Transformer2DModel
from small_networks import BASES, CHANNELS, KINDS, inputs, moved, output, small_base, source, trained, untrained

from omniedit.errors import ModelError
from omniedit.model.networks import NETWORKS, EditingNetwork, load_network

SIZES = [(8, 8), (4, 16), (24, 6)]
SILENT = [kind for kind in KINDS if kind != "sequence_concat"]
"""Those that equal their base until they are trained."""

every = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module", params=BASES)
def base(request: pytest.FixtureRequest) -> SD3Transformer2DModel:
    return small_base(request.param)


@pytest.mark.parametrize("kind", SILENT)
def test_untrained_it_is_its_base(base: SD3Transformer2DModel, kind: str) -> None:
    net = untrained(kind, base)
    for size in SIZES:
        with torch.inference_mode():
            expected = net.base(**inputs(size)).sample
            actual = output(net, size)
        torch.testing.assert_close(actual, expected, atol=1e-6, rtol=0)


def test_tokens_in_sequence_are_attended_to_from_the_start(base: SD3Transformer2DModel) -> None:
    net = untrained("sequence_concat", base)
    with torch.inference_mode():
        assert (output(net) - net.base(**inputs()).sample).abs().max() > 1e-3


@every
def test_any_shape_and_the_tuple(base: SD3Transformer2DModel, kind: str) -> None:
    net = trained(kind, base)
    for size in SIZES:
        with torch.inference_mode():
            (sample,) = net(condition=source(net, size), **inputs(size), return_dict=False)
        assert sample.shape == (2, CHANNELS, *size)
        assert sample.isfinite().all()


@every
def test_picture_text_and_time_change_the_result(base: SD3Transformer2DModel, kind: str) -> None:
    net, given = trained(kind, base), inputs()
    picture = source(net)
    with torch.inference_mode():
        result = net(condition=picture, **given).sample
        others = [
            net(condition=picture.flip(-1), **given).sample,
            net(condition=picture, **given | {"encoder_hidden_states": given["encoder_hidden_states"].flip(0)}).sample,
            net(condition=picture, **given | {"timestep": given["timestep"] / 2}).sample,
        ]
    assert all((other - result).abs().max() > 1e-4 for other in others)


@every
def test_half_precision_stays_so(kind: str) -> None:
    base = small_base().to(torch.bfloat16)
    net = untrained(kind, base)
    given = {name: tensor.to(torch.bfloat16) for name, tensor in inputs().items()}
    with torch.inference_mode():
        sample = net(condition=source(net).to(torch.bfloat16), **given).sample
    assert net.dtype == sample.dtype == torch.bfloat16


@every
def test_what_it_adds_is_what_requires_gradients(base: SD3Transformer2DModel, kind: str) -> None:
    net = trained(kind, base)
    added = {id(parameter) for parameter in net.control_parameters()}
    assert added == {id(p) for name, p in net.named_parameters() if not name.startswith("base.")}
    output(net).square().mean().backward()
    assert all(parameter.grad is None for parameter in net.base.parameters())
    reached = [p for p in net.control_parameters() if p.grad is not None and p.grad.abs().max() > 0]
    assert len(reached) > 0.7 * len(added)


@every
def test_the_base_it_came_from_is_copied_and_left_alone(base: SD3Transformer2DModel, kind: str) -> None:
    config, weights = dict(base.config), {name: t.clone() for name, t in base.state_dict().items()}
    net = untrained(kind, base)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in net.base.state_dict().items())
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 1
    assert dict(base.config) == config
    assert all(torch.equal(weights[name], tensor) for name, tensor in base.state_dict().items())


@every
def test_gradient_checkpointing_changes_nothing(base: SD3Transformer2DModel, kind: str) -> None:
    results = []
    for checkpointed in (False, True):
        net = trained(kind, base).train()
        net.requires_grad_(True)
        if checkpointed:
            net.enable_gradient_checkpointing()
        sample = output(net)
        sample.square().mean().backward()
        results.append((sample.detach(), {name: p.grad for name, p in net.named_parameters() if p.grad is not None}))
    (plain, gradients), (again, others) = results
    torch.testing.assert_close(again, plain, atol=1e-5, rtol=0)
    assert gradients.keys() == others.keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(others[name], gradient, atol=1e-5, rtol=1e-5, msg=name)


@every
def test_saved_and_loaded_exactly(base: SD3Transformer2DModel, kind: str, tmp_path: Path) -> None:
    net = trained(kind, base)
    net.save_pretrained(tmp_path)
    loaded = load_network(tmp_path)
    expected = net.state_dict()
    assert type(loaded) is type(net)
    assert loaded.dtype == torch.float32
    assert expected.keys() == loaded.state_dict().keys()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in loaded.state_dict().items())
    assert settings(loaded) == settings(net)
    with torch.inference_mode():
        torch.testing.assert_close(output(loaded.eval()), output(net), atol=1e-6, rtol=0)


def settings(net: EditingNetwork) -> object:
    """The config as JSON has it, where a tuple is a list."""
    return json.loads(json.dumps({name: value for name, value in net.config.items() if not name.startswith("_")}))


def test_loaded_in_another_number_format(tmp_path: Path) -> None:
    untrained("channel_concat", small_base()).half().save_pretrained(tmp_path)
    assert load_network(tmp_path).dtype == torch.float32
    assert load_network(tmp_path, torch.bfloat16).dtype == torch.bfloat16


@pytest.mark.parametrize("config", [None, "{", "[]", "{}", json.dumps({"_class_name": "UNet2DModel"})])
def test_a_folder_of_something_else_is_named(tmp_path: Path, config: str | None) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_network(tmp_path)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    untrained("inpaint", small_base()).save_config(tmp_path)
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_network(tmp_path)


@every
def test_a_condition_is_needed(kind: str) -> None:
    with pytest.raises(ValueError, match="needs a condition"):
        untrained(kind, small_base())(condition=None, **inputs())


@every
def test_only_causal_attention_has_a_cache(kind: str) -> None:
    net = trained(kind, small_base())
    assert net.causal == (kind == "editnet causal")
    if not net.causal:
        with pytest.raises(ValueError, match="only causal"):
            net.cache_condition(source(net))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith("of two")])
def test_compiling_changes_nothing(kind: str) -> None:
    """``aot_eager`` traces forward and backward as ``inductor`` does, and spares the minutes that its C++ takes."""
    net = moved(untrained(kind, small_base(num_layers=2)))
    expected = output(net)
    expected.square().mean().backward()
    gradients = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    net.zero_grad(set_to_none=True)
    actual = torch.compile(net, backend="aot_eager")(condition=source(net), **inputs()).sample
    actual.square().mean().backward()
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)
    for name, gradient in gradients.items():
        torch.testing.assert_close(net.get_parameter(name).grad, gradient, atol=1e-5, rtol=1e-5, msg=name)
    torch.compiler.reset()


def test_every_network_is_registered_once() -> None:
    assert len(set(NETWORKS.values())) == len(NETWORKS) == 6
    assert [name for name, kind in NETWORKS.items() if kind.trains_base] == [
        "channel_concat",
        "sequence_concat",
        "inpaint",
    ]
