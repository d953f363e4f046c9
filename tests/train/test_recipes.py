"""The recipes that come with the project: that they are read, and that what they promise is what is computed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from omniedit.settings import read_toml
from omniedit.train.estimate.outline import outline
from omniedit.train.estimate.plan import Plan, duration
from omniedit.train.recipe import Recipe

ROOT = Path(__file__).parents[2]
TRAINING = [path for path in sorted((ROOT / "recipes").glob("*.toml")) if "stage" in read_toml(path)]
LATENT = [path for path in TRAINING if read_toml(path)["model"].get("sd3")]
RUNS = {
    "omniedit_sd3": (1_200_000, 8, "H100 SXM"),
    "omniedit_sd3_lora_24gb": (10_000, 1, "RTX 4090"),
    "inpaint_swap": (200_000, 8, "H100 SXM"),
    "inpaint_removal": (200_000, 8, "H100 SXM"),
}
"""Recipe -> examples, GPUs and card that its first lines speak of."""


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_recipes_can_be_read(path: Path) -> None:
    assert Recipe.read(path).name


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_recipes_say_what_they_take(path: Path) -> None:
    text = head(path)
    assert "Memory" in text
    assert "Time" in text
    assert "measured" in text


def head(path: Path) -> str:
    """The comment that a recipe begins with, in one line."""
    lines = path.read_text(encoding="utf-8").split("\nname")[0].splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines)


@pytest.mark.parametrize("path", LATENT, ids=lambda path: path.stem)
def test_what_is_told_is_what_is_computed(path: Path) -> None:
    recipe, (samples, devices, card) = Recipe.read(path), RUNS[path.stem]
    steps = math.ceil(recipe.train.epochs * samples / recipe.train.batch)
    plan = Plan.of(recipe, outline(recipe), samples=samples, steps=steps, devices=devices, card=card)
    assert plan.seconds
    memory, time = f"{plan.memory.total / 2**30:.0f} GiB", duration(plan.seconds)
    row = next(line for line in page().splitlines() if f"recipes/{path.name}" in line and line.startswith("| "))
    for text in (head(path), row):
        assert memory in text
        assert time in text


def page() -> str:
    return (ROOT / "docs/training.md").read_text(encoding="utf-8")
