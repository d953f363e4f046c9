"""The training loop: it learns, it resumes bit for bit after a kill, and it refuses what cannot work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import SD3Transformer2DModel
from forked import started
from safetensors.torch import load_file

from omniedit.errors import DataError, ModelError, RecipeError
from omniedit.model.editor import Editor
from omniedit.train.checkpoint import checkpoints
from omniedit.train.log import read_log
from omniedit.train.loop import learning_rate, train
from omniedit.train.recipe import TrainConfig

MakeRecipe = Callable[..., Path]


def weights(run: Path) -> dict[str, torch.Tensor]:
    """Everything in the last checkpoint that a run's future depends on."""
    last = checkpoints(run)[-1]
    return {
        f"{part}/{name}": tensor
        for part in ("net", "average", "optimizer")
        for name, tensor in load_file(last / f"{part}.safetensors").items()
    }


def assert_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_ends_in_a_model_that_loads(recipe: MakeRecipe) -> None:
    folder = train(recipe())
    editor = Editor.from_pretrained(folder)
    assert editor.config.name == "tiny"
    assert editor.config.area == 1024
    assert "dog" in editor.config.known["objects"]


def test_the_loss_falls(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(recipe(steps=80, rate=3e-3, parts="all"))
    losses = [entry["loss"] for entry in read_log(tmp_path / "run") if "loss" in entry]
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def test_the_base_stage_trains_and_edit_starts_from_it(recipe: MakeRecipe, tmp_path: Path) -> None:
    base = train(recipe(stage="base", out="base", steps=3))
    assert isinstance(SD3Transformer2DModel.from_pretrained(base / "transformer"), SD3Transformer2DModel)
    path = recipe(out="edit", steps=3)
    path.write_text(path.read_text().replace('stage = "edit"', f'stage = "edit"\ninit = "{base}"'))
    train(path)
    before = load_file(base / "transformer" / "diffusion_pytorch_model.safetensors")
    after = load_file(tmp_path / "edit" / "model" / "transformer" / "diffusion_pytorch_model.safetensors")
    assert all(torch.equal(tensor.half(), after[f"base.{name}"]) for name, tensor in before.items())


def test_stopped_and_resumed_equals_uninterrupted(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(recipe(steps=9, out="whole"))
    short, resumed = recipe(steps=9, out="parts"), tmp_path / "parts"
    process = started(train, short)
    while not checkpoints(resumed):
        assert process.is_alive() or checkpoints(resumed)
        time.sleep(0.02)
    process.kill()
    process.join()
    train(short)
    assert_same(weights(tmp_path / "whole"), weights(resumed))


def test_a_partial_checkpoint_is_not_used(recipe: MakeRecipe, tmp_path: Path) -> None:
    train(recipe(steps=6, out="whole"))
    train(recipe(steps=3, out="parts"))
    (tmp_path / "parts" / "partial-00000006").mkdir()
    (tmp_path / "parts" / "partial-00000006" / "net.safetensors").write_bytes(b"half")
    path = recipe(steps=6, out="parts")
    train(path)
    assert checkpoints(tmp_path / "parts")[-1].name == "step-00000006"


def test_another_networks_checkpoint_is_refused(recipe: MakeRecipe) -> None:
    path = recipe(steps=3)
    train(path)
    path.write_text(path.read_text().replace("layers = 2", "layers = 3").replace("steps = 3", "steps = 6"))
    with pytest.raises(ModelError, match="written by another network"):
        train(path)


def test_dry_run_writes_nothing(recipe: MakeRecipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(recipe(), dry_run=True)
    assert "of 12 examples" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps = 6", "stepz = 6", "unknown setting 'stepz'"),
        ("steps = 6", "steps = 'six'", "is to be of type int"),
        ("steps = 6", "steps = true", "is to be of type int"),
        ("steps = 6", "steps = 0", "must be positive"),
        ('stage = "edit"', 'stage = "sing"', "stage is 'sing'"),
        ("warmup = 2", "text_dropout = 0.9\nimage_dropout = 0.2", "of 1 together at most"),
        ("warmup = 2", "outline = 0.1\n[data.quotas]\nsing = 3", "task of a quota"),
        ('prediction = "blend"', 'prediction = "guess"', "prediction is 'guess'"),
        ('name = "tiny"', "", "name"),
        ("[train]", "[train", "not a readable TOML"),
    ],
)
def test_bad_recipes_say_what_is_wrong(recipe: MakeRecipe, old: str, new: str, message: str) -> None:
    path = recipe()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RecipeError, match=message) as caught:
        train(path)
    assert path.name in str(caught.value)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(recipe: MakeRecipe) -> None:
    path = recipe()
    path.write_text(path.read_text().replace("batch = 4", "batch = 4\naccumulate = 3"))
    with pytest.raises(RecipeError, match="make it a multiple of 3"):
        train(path)


def test_a_missing_recipe_and_missing_pairs_are_clear_errors(recipe: MakeRecipe, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no recipe"):
        train(tmp_path / "nothing.toml")
    path = recipe()
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f'pairs = "{tmp_path / "nowhere"}"' if x.startswith("pairs") else x for x in lines))
    with pytest.raises(DataError, match="nowhere"):
        train(path)


def test_the_rate_warms_up_and_falls() -> None:
    config = TrainConfig(steps=100, warmup=10, learning_rate=1.0)
    rates = [learning_rate(config, step, 100) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.05, abs=0.01)
