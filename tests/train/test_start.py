"""What a run starts from: an editing model whose network has less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from omniedit.errors import ModelError
from omniedit.train.loop import train
from omniedit.train.recipe import Recipe
from omniedit.train.stages import EditStage

MakeRecipe = Callable[..., Path]


def with_start(path: Path, model: Path, detail: str) -> Path:
    text = path.read_text().replace('stage = "edit"', f'stage = "edit"\ninit = "{model}"')
    path.write_text(text.replace("[model]", f"[model]\n{detail}"))
    return path


def test_an_editing_model_goes_on_in_a_network_that_has_more(recipe: MakeRecipe, tmp_path: Path) -> None:
    model = train(recipe(out="first", steps=3))
    path = with_start(recipe(out="second"), model, 'detail = 4\ndetail_sees = "noisy"')
    net = EditStage().build(Recipe.read(path)).state_dict()
    before = load_file(model / "transformer" / "diffusion_pytorch_model.safetensors")
    assert all(torch.equal(tensor.float(), net[name]) for name, tensor in before.items())
    assert net.keys() - before.keys() == {name for name in net if name.startswith("detail_head.")} != set()


def test_weights_without_a_place_are_not_dropped(recipe: MakeRecipe) -> None:
    path = recipe(out="first", steps=3)
    path.write_text(path.read_text().replace("[model]", "[model]\ndetail = 4"))
    model = train(path)
    other = with_start(recipe(out="second"), model, "")
    with pytest.raises(ModelError, match=r"no place for \d+ of the weights in .*detail_head"):
        EditStage().build(Recipe.read(other))
