"""Editors over SD3: built from a checkpoint, saved whole or as what was trained, and back in diffusers' pipeline."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline
from safetensors.torch import load_file

from omniedit.errors import ModelError
from omniedit.model.base import Base, config_hash
from omniedit.model.bundle import merge
from omniedit.model.editor import Editor
from omniedit.model.lora import LoraSettings, add_lora, has_lora, merge_lora
from omniedit.model.networks import NETWORKS
from omniedit.model.sd3 import editor_from_sd3, network_from_sd3, save_sd3
from tiny_sd3 import SD35, TOKEN_WIDTH, saved_sd3, transformer


@pytest.fixture(scope="module")
def sd3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd3"))


@pytest.fixture(scope="module")
def sd35(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd35"), with_t5=False, **SD35)


@torch.no_grad()
def train(editor: Editor, seed: int = 1) -> Editor:
    """Change what may be trained, as a training would."""
    torch.manual_seed(seed)
    for parameter in editor.net.parameters():
        if parameter.requires_grad:
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return editor


def velocity(editor: Editor) -> torch.Tensor:
    """What an editor says of one picture, time and instruction."""
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    condition, text = editor.encode([picture]), editor.embed(["make it snow"])
    x = torch.randn(condition.shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return editor.velocity(x, torch.tensor([0.7]), condition, text, editor.cache(condition))


@pytest.mark.parametrize("attention", ["joint", "causal"])
@pytest.mark.parametrize("name", ["sd3", "sd35"])
def test_an_untrained_editor_is_its_base(name: str, attention: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    editor = editor_from_sd3(folder, condition_attention=attention)
    base = SD3Transformer2DModel.from_pretrained(folder / "transformer")
    text = editor.embed(["make it snow"])
    x = torch.randn(1, 4, 8, 12, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = base(x, text.tokens, text.pooled, torch.tensor([700.0]), return_dict=False)[0]
        assert torch.equal(velocity(editor), expected)


def test_what_it_was_trained_for_comes_from_the_checkpoint(sd3: Path) -> None:
    editor = editor_from_sd3(sd3, t5=False, length=7)
    config = editor.config
    assert (config.area, config.multiple) == (64 * 64, 16)
    assert (config.guidance_scale, config.image_guidance_scale) == (7.5, 1.5)
    assert (editor.flow.prediction, editor.flow.shift) == ("velocity", 3.0)
    assert (editor.codec.kind, editor.text.kind) == ("vae", "sd3")
    assert editor.embed(["a"]).tokens.shape == (1, 27, TOKEN_WIDTH)
    assert editor.base is not None
    assert editor.base.source == str(sd3)


def test_only_the_control_branch_is_to_be_trained(sd3: Path) -> None:
    net, base = network_from_sd3(sd3)
    trained = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert not any(name.startswith("base.") for name in trained)
    assert len(trained) == len(list(net.control_parameters()))
    assert base.config_sha256 == config_hash(SD3Transformer2DModel.from_pretrained(sd3 / "transformer").config)


@pytest.mark.parametrize("name", ["sd3", "sd35"])
def test_the_whole_loads_on_its_own(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    editor = train(editor_from_sd3(request.getfixturevalue(name), length=9, condition_attention="causal"))
    editor.save_pretrained(tmp_path / "whole")
    loaded = Editor.from_pretrained(tmp_path / "whole")
    assert (loaded.config, loaded.flow, loaded.base) == (editor.config, editor.flow, editor.base)
    assert loaded.sha256 == editor.sha256
    assert torch.equal(velocity(loaded), velocity(editor))


@pytest.mark.parametrize("name", ["sd3", "sd35"])
def test_what_was_trained_finds_its_base(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    editor = train(editor_from_sd3(request.getfixturevalue(name), length=9, condition_attention="causal"))
    editor.save_trained(tmp_path / "trained")
    assert sorted(path.name for path in (tmp_path / "trained").iterdir()) == [
        "model_index.json",
        "trained.safetensors",
        "transformer",
    ]
    loaded = Editor.from_pretrained(tmp_path / "trained")
    assert torch.equal(velocity(loaded), velocity(editor))
    merge(tmp_path / "trained", tmp_path / "whole")
    whole = Editor.from_pretrained(tmp_path / "whole")
    assert whole.sha256 == editor.sha256
    assert torch.equal(velocity(whole), velocity(editor))


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_is_saved_whole_and_as_what_was_trained(sd3: Path, tmp_path: Path, network: str) -> None:
    editor = train(editor_from_sd3(sd3, network, t5=False))
    editor.save_trained(tmp_path / "trained")
    merge(tmp_path / "trained", tmp_path / "whole")
    for folder in ("trained", "whole"):
        loaded = Editor.from_pretrained(tmp_path / folder)
        assert type(loaded.net) is NETWORKS[network]
        assert loaded.sha256 == editor.sha256


@pytest.mark.parametrize("network", NETWORKS)
def test_lora_merges_into_every_network(sd3: Path, tmp_path: Path, network: str) -> None:
    editor = train(with_lora(sd3, network=network, t5=False))
    editor.save_trained(tmp_path / "lora")
    merge(tmp_path / "lora", tmp_path / "whole")
    loaded, merged = Editor.from_pretrained(tmp_path / "lora"), Editor.from_pretrained(tmp_path / "whole")
    assert (has_lora(loaded.net), has_lora(merged.net)) == (True, False)
    assert loaded.sha256 == editor.sha256
    plain = editor.plain_network()
    for name, weight in merged.net.named_parameters():
        torch.testing.assert_close(weight, plain.get_parameter(name), atol=1e-6, rtol=0)


@torch.no_grad()
def test_a_base_that_was_trained_is_not_left_behind(sd3: Path, tmp_path: Path) -> None:
    editor = editor_from_sd3(sd3, "channel_concat")
    for parameter in editor.net.parameters():
        parameter.mul_(1.001)
    with pytest.raises(ModelError, match="was trained together with its base"):
        editor.save_trained(tmp_path)
    editor.save_pretrained(tmp_path)
    assert Editor.from_pretrained(tmp_path).sha256 == editor.sha256


def with_lora(folder: Path, **options: object) -> Editor:
    editor = editor_from_sd3(folder, **options)  # type: ignore[arg-type]
    add_lora(editor.net, LoraSettings(rank=3, alpha=6))
    return editor


@pytest.mark.parametrize("attention", ["joint", "causal"])
@pytest.mark.parametrize("name", ["sd3", "sd35"])
def test_lora_starts_as_nothing_and_merges_exactly(name: str, attention: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    editor = with_lora(folder, condition_attention=attention)
    assert torch.equal(velocity(editor), velocity(editor_from_sd3(folder, condition_attention=attention)))
    expected, count = velocity(train(editor)), sum(p.requires_grad for p in editor.net.parameters())
    assert count < len(list(editor.net.control_parameters()))
    names = set(editor_from_sd3(folder).net.state_dict())
    editor.merge()
    assert (set(editor.net.state_dict()), has_lora(editor.net)) == (names, False)
    torch.testing.assert_close(velocity(editor), expected, atol=1e-5, rtol=0)


def test_lora_is_saved_alone_and_merged_into_the_whole(sd3: Path, tmp_path: Path) -> None:
    editor = train(with_lora(sd3))
    expected = velocity(editor)
    editor.save_trained(tmp_path / "lora")
    loaded = Editor.from_pretrained(tmp_path / "lora")
    assert has_lora(loaded.net)
    assert torch.equal(velocity(loaded), expected)
    merge(tmp_path / "lora", tmp_path / "whole")
    assert has_lora(editor.net)
    torch.testing.assert_close(velocity(Editor.from_pretrained(tmp_path / "whole")), expected, atol=1e-5, rtol=0)
    stored = sum(path.stat().st_size for path in (tmp_path / "lora").rglob("*.safetensors"))
    assert stored < (tmp_path / "whole/transformer/diffusion_pytorch_model.safetensors").stat().st_size / 4


def test_peft_loads_the_lora_itself(sd3: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    editor = train(with_lora(sd3))
    editor.save_trained(tmp_path)
    plain = Editor.from_pretrained(tmp_path)
    other = editor_from_sd3(sd3)
    other.net.load_state_dict(load_file(tmp_path / "trained.safetensors"), strict=False)
    PeftModel.from_pretrained(other.net, tmp_path / "lora")
    assert torch.equal(velocity(other), velocity(plain))


def test_training_with_lora_moves_it_and_the_zero_layers_only(sd3: Path) -> None:
    net = with_lora(sd3).net
    trained = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert all(".lora_" in name or name.startswith(("image_out", "text_out", "condition_embed")) for name in trained)
    assert any("control_blocks.0.attn.add_q_proj.lora_A" in name for name in trained)
    with pytest.raises(ModelError, match="has LoRA already"):
        add_lora(net)
    merge_lora(net)
    with pytest.raises(ModelError, match=r"no layer .* is called nothing"):
        add_lora(net, LoraSettings(targets="nothing"))


def test_a_missing_base_is_a_clear_error(sd3: Path, tmp_path: Path) -> None:
    editor_from_sd3(sd3).save_trained(tmp_path)
    index = json.loads((tmp_path / "model_index.json").read_text())
    index["base"]["source"] = str(tmp_path / "gone")
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match=r"there is no base '.*gone'"):
        Editor.from_pretrained(tmp_path)
    assert Editor.from_pretrained(tmp_path, base=sd3).sha256 == editor_from_sd3(sd3).sha256


def test_another_base_is_a_clear_error(sd3: Path, sd35: Path, tmp_path: Path) -> None:
    editor_from_sd3(sd3).save_trained(tmp_path / "trained")
    with pytest.raises(ModelError, match=r"its configuration differs; the model was trained over .*: give that"):
        Editor.from_pretrained(tmp_path / "trained", base=sd35)
    other = saved_sd3(tmp_path / "other", seed=5)
    with pytest.raises(ModelError, match="its weights differ"):
        Editor.from_pretrained(tmp_path / "trained", base=other)


def test_a_base_is_known_in_any_number_format() -> None:
    torch.manual_seed(0)
    net = transformer()
    base = Base.of(net, "somewhere")
    for dtype in (torch.bfloat16, torch.float16):
        base.check(copy.deepcopy(net).to(dtype), "here")
        Base.of(copy.deepcopy(net).to(dtype), "somewhere").check(net, "here")


def test_weights_of_another_network_are_refused(sd3: Path, tmp_path: Path) -> None:
    editor = editor_from_sd3(sd3)
    editor.save_trained(tmp_path)
    config = json.loads((tmp_path / "transformer/config.json").read_text())
    (tmp_path / "transformer/config.json").write_text(json.dumps(config | {"detail": 0, "_class_name": "Unknown"}))
    with pytest.raises(ModelError, match="does not say which network"):
        Editor.from_pretrained(tmp_path)
    (tmp_path / "transformer/config.json").write_text(json.dumps(config))
    (tmp_path / "trained.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        Editor.from_pretrained(tmp_path)


def test_only_an_editor_that_knows_its_base_is_saved_without_it(sd3: Path, tmp_path: Path) -> None:
    editor = editor_from_sd3(sd3)
    editor.base = None
    with pytest.raises(ModelError, match="does not know its base"):
        editor.save_trained(tmp_path)


def test_a_save_that_fails_leaves_the_model_as_it_was(sd3: Path, tmp_path: Path) -> None:
    editor = editor_from_sd3(sd3)
    editor.save_pretrained(tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    known, broken = editor.sha256, train(editor)
    broken.flow = object()  # type: ignore[assignment]
    with pytest.raises(TypeError):
        broken.save_pretrained(tmp_path)
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert Editor.from_pretrained(tmp_path).sha256 == known


@pytest.mark.parametrize("name", ["sd3", "sd35"])
def test_the_base_loads_in_diffusers_own_pipeline(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    save_sd3(train(editor_from_sd3(folder)), tmp_path)
    absent = {} if name == "sd3" else {"text_encoder_3": None, "tokenizer_3": None}
    pictures = []
    for place in (folder, tmp_path):
        pipe = StableDiffusion3Pipeline.from_pretrained(place, **absent)
        pipe.set_progress_bar_config(disable=True)
        made = pipe("make it snow", num_inference_steps=2, generator=torch.Generator().manual_seed(0), output_type="np")
        pictures.append(made.images)
    assert np.array_equal(*pictures)


def test_what_is_no_checkpoint_is_a_clear_error(sd3: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no base"):
        editor_from_sd3(tmp_path / "nothing")
    with pytest.raises(ModelError, match=r"transformer/config\.json is missing"):
        editor_from_sd3(tmp_path)
    (tmp_path / "transformer").mkdir()
    (tmp_path / "transformer" / "config.json").write_text('{"_class_name": "FluxTransformer2DModel"}')
    with pytest.raises(ModelError, match="is a FluxTransformer2DModel"):
        editor_from_sd3(tmp_path)
    with pytest.raises(ModelError, match=r"there is no network 'other'; there are editnet"):
        editor_from_sd3(sd3, "other")


def test_other_number_formats_and_back(sd3: Path) -> None:
    editor = editor_from_sd3(sd3, dtype=torch.bfloat16, condition_attention="causal")
    assert (editor.dtype, editor.device) == (torch.bfloat16, torch.device("cpu"))
    assert velocity(editor).dtype == torch.float32
    before = editor.sha256
    exact = editor.to(dtype=torch.float32)
    assert (exact.dtype, exact.codec.vae.dtype) == (torch.float32, torch.float32)  # type: ignore[attr-defined]
    assert exact.sha256 != before


def test_all_of_it_moves_to_a_device(sd3: Path) -> None:
    editor = editor_from_sd3(sd3).to("meta", torch.bfloat16)
    parts = (editor.net, editor.codec.vae, *editor.text.models)  # type: ignore[attr-defined]
    assert {parameter.device.type for part in parts for parameter in part.parameters()} == {"meta"}
    assert editor.device.type == "meta"
    assert [part.dtype for part in parts] == [torch.bfloat16, torch.float32, *[torch.bfloat16] * 3]
