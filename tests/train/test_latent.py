"""Training over SD3: tiny checkpoints of the real classes, from pairs or a cache, to a model that edits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from launching import launch
from safetensors.torch import load_file

from omniedit.edit.pipeline import OmniEditPipeline
from omniedit.errors import MissingExtraError, OmniEditError
from omniedit.model.base import load_transformer
from omniedit.model.bundle import merge
from omniedit.model.editor import Editor
from omniedit.train.cache.config import CacheConfig
from omniedit.train.cache.make import make_cache
from omniedit.train.cache.opening import open_subject
from omniedit.train.checkpoint import checkpoints
from omniedit.train.log import read_log
from omniedit.train.loop import train
from omniedit.train.open import open_run
from omniedit.train.recipe import Recipe
from tiny_sd3 import SD35, saved_sd3

RECIPE = """
name = "tiny-sd3"
stage = "edit"
pairs = "{pairs}"
out = "{out}"
[model]
network = "{network}"
sd3 = "{sd3}"
area = 4096
text_length = 40
[data]
cache = "{cache}"
window = 0
[flow]
prediction = "velocity"
shift = 3.0
[train]
steps = 4
batch = 2
warmup = 1
learning_rate = 1e-3
parts = "{parts}"
precision = "{precision}"
{more}
[run]
checkpoint_every = 2
validate_every = {validate_every}
validation = "{pairs}"
validation_edits = 2
log_every = 1
threads = 1
"""


@pytest.fixture(scope="module")
def sd3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_sd3(tmp_path_factory.mktemp("sd3"))


@pytest.fixture
def latent(pairs: Path, sd3: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes a recipe over the tiny checkpoint."""

    def write(out: str = "run", **changes: object) -> Path:
        told: dict[str, object] = {"network": "editnet", "sd3": sd3, "cache": "", "parts": "control", "more": ""}
        told |= {"precision": "fp32", "pairs": pairs, "out": tmp_path / out, "validate_every": 0} | changes
        path = tmp_path / f"{out}.toml"
        path.write_text(RECIPE.format(**told))
        return path

    return write


MakeRecipe = Callable[..., Path]


def edited(model: Path) -> np.ndarray:
    picture = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    result = OmniEditPipeline.from_pretrained(model)(picture, "make it red", steps=2, force=True)
    return result.images[0]


@pytest.mark.parametrize("parts", ["control", "lora", "all"])
def test_what_was_trained_edits_and_merges(latent: MakeRecipe, sd3: Path, tmp_path: Path, parts: str) -> None:
    model = train(latent(parts=parts))
    assert edited(model).shape == (70, 90, 3)
    assert (model / "vae").exists() == (parts == "all"), "the base is kept only where it was trained"
    merge(model, tmp_path / "whole")
    assert np.abs(edited(model).astype(int) - edited(tmp_path / "whole")).max() <= 1
    base = load_transformer(sd3, torch.float32).state_dict()
    whole = Editor.from_pretrained(tmp_path / "whole").net.base.state_dict()
    assert all(torch.equal(base[name], whole[name]) for name in base) == (parts != "all")


@pytest.mark.parametrize("network", ["controlnet", "controlnet_text", "channel_concat", "sequence_concat"])
def test_every_network_trains(latent: MakeRecipe, network: str) -> None:
    parts = "control" if network.startswith("controlnet") else "all"
    assert edited(train(latent(network=network, parts=parts))).shape == (70, 90, 3)


def test_sd35_trains(latent: MakeRecipe, tmp_path: Path) -> None:
    other = saved_sd3(tmp_path / "sd35", **SD35)
    assert edited(train(latent(sd3=other))).shape == (70, 90, 3)


def test_a_cache_gives_the_run_that_pictures_give(latent: MakeRecipe, tmp_path: Path) -> None:
    train(latent("pictures"))
    recipe, config = Recipe.read(latent("pictures")), CacheConfig(dtype="float32")
    make_cache(lambda worker=0: open_subject(recipe, config, worker), tmp_path / "cache")
    path = latent("cached", cache=tmp_path / "cache")
    path.write_text(path.read_text().replace(recipe.pairs, "gone"))
    train(path)
    one, other = ([entry["loss"] for entry in read_log(tmp_path / run)] for run in ("pictures", "cached"))
    assert one == pytest.approx(other, abs=1e-5)


def test_a_dry_run_misses_neither_cache_nor_weights(
    latent: MakeRecipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(latent(cache=tmp_path / "not yet", sd3="stabilityai/stable-diffusion-3-medium-diffusers"), dry_run=True)
    told = capsys.readouterr().out
    assert "4.15 G, 2.12 G of them trained" in told
    assert "12 of 12 pairs" in told
    assert not (tmp_path / "run").exists()


def test_settings_of_large_runs_change_nothing_but_memory(latent: MakeRecipe, tmp_path: Path) -> None:
    train(latent("plain"))
    train(latent("saving", more='gradient_checkpointing = true\nema_device = "cpu"\naccumulate = 2'))
    one, other = ([entry["loss"] for entry in read_log(tmp_path / run)] for run in ("plain", "saving"))
    assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("world", [1, 2], ids=["one device", "FSDP over two"])
def test_bf16_holds_the_frozen_base_in_half_and_trains(latent: MakeRecipe, tmp_path: Path, world: int) -> None:
    path = latent(precision="bf16", more='weighting = "min_snr"\nschedule = "constant"', validate_every=2)
    net = open_run(Recipe.read(path)).net
    kinds = {(parameter.requires_grad, parameter.dtype) for parameter in net.parameters()}
    assert kinds == {(True, torch.float32), (False, torch.bfloat16)}
    launch(path, world, ACCELERATE_USE_FSDP=str(world > 1).lower())
    trained = load_file(checkpoints(tmp_path / "run")[-1] / "net.safetensors")
    assert {tensor.dtype for tensor in trained.values()} == {torch.float32}
    assert edited(tmp_path / "run" / "model").shape == (70, 90, 3)


def test_validation_scores_and_keeps_the_best(latent: MakeRecipe, tmp_path: Path) -> None:
    train(latent(validate_every=2))
    scores = [entry for entry in read_log(tmp_path / "run") if "mean" in entry]
    assert [entry["step"] for entry in scores] == [2, 4]
    assert {"style", "SC", "PQ", "unscored"} <= scores[0].keys()
    best = json.loads((tmp_path / "run" / "best" / "scores.json").read_text())
    assert best["mean"] == max(entry["mean"] for entry in scores)
    assert len(list((tmp_path / "run" / "validation").glob("*.png"))) == 2


def test_losses_go_to_the_tracker(latent: MakeRecipe, tmp_path: Path) -> None:
    path = latent()
    path.write_text(path.read_text() + 'tracker = "tensorboard"\n')
    train(path)
    assert list((tmp_path / "run").rglob("events.out.tfevents.*"))


def test_a_tracker_that_is_not_installed_is_said(latent: MakeRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    path = latent()
    path.write_text(path.read_text() + 'tracker = "wandb"\n')
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingExtraError, match=r"omniedit\[wandb\]"):
        train(path)


def test_gradients_that_are_no_numbers_are_left_out_and_then_stop_the_run(
    latent: MakeRecipe, sd3: Path, tmp_path: Path
) -> None:
    path = latent(more="patience = 3\n")
    path.write_text(
        path.read_text().replace("learning_rate = 1e-3", "learning_rate = 1e38").replace("steps = 4", "steps = 9")
    )
    with pytest.raises(OmniEditError, match="not a number 3 steps in a row") as caught:
        train(path)
    assert "pair-" in str(caught.value), "the pairs are named"
