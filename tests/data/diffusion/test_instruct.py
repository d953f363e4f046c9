from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_pipelines import cosxl_edit, pix2pix, sd_inpaint

from omniedit.data.diffusion.instruct import InstructEditor, InstructRecipe, InstructSpecialist, Wish
from omniedit.data.diffusion.pipelines import is_pipeline, ready
from omniedit.data.specialists.base import CannotEdit
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.errors import ModelError, RecipeError
from omniedit.seeding import stream
from omniedit.types import Image, Photo, Proposal, Task

KINDS = pytest.mark.parametrize("kind", [pix2pix, cosxl_edit])
NO_GROUNDING = LayerGrounding()


def editor(kind: Callable[[], Any], batch: int = 1, **settings: Any) -> InstructEditor:
    recipe = InstructRecipe("tiny", steps=2, guidance=3.0, **settings)
    return InstructEditor(ready(kind(), masked=False, device="cpu"), recipe, batch)


def picture(name: str, size: tuple[int, int] = (52, 41)) -> Image:
    return stream(0, name).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)


def asked(name: str, size: tuple[int, int] = (52, 41)) -> tuple[Photo, Proposal]:
    return Photo(name, picture(name, size)), Proposal(name, Task.STYLE, "the cat in the snow", target="snow")


@KINDS
def test_a_candidate_does_not_depend_on_those_made_beside_it(kind: Callable[[], Any]) -> None:
    items = [asked("a"), asked("b"), asked("c", (41, 52))]
    alone, together = InstructSpecialist(editor(kind)), InstructSpecialist(editor(kind, 3))
    singles = [alone(*item, grounding=NO_GROUNDING, seed=5).result for item in items]
    in_turn = alone.many(items[::-1], grounding=NO_GROUNDING, seed=5)[::-1]
    in_batches = together.many(items, grounding=NO_GROUNDING, seed=5)
    for item, single, turn, batched in zip(items, singles, in_turn, in_batches, strict=True):
        assert not isinstance(turn, CannotEdit)
        assert not isinstance(batched, CannotEdit)
        assert single.shape == item[0].image.shape
        assert np.array_equal(single, turn.result)
        assert np.abs(single.astype(int) - batched.result).max() <= 1  # only the last digits were rounded


@KINDS
def test_the_seed_the_words_and_the_picture_decide(kind: Callable[[], Any]) -> None:
    tool = editor(kind)
    first, again, seed, words, other = tool.edit(
        [
            Wish(picture("a"), "the cat", 1),
            Wish(picture("a"), "the cat", 1),
            Wish(picture("a"), "the cat", 2),
            Wish(picture("a"), "a red dog on the bench", 1),
            Wish(picture("b"), "the cat", 1),
        ]
    )
    assert np.array_equal(np.asarray(first), np.asarray(again))
    assert not any(np.array_equal(np.asarray(first), np.asarray(each)) for each in (seed, words, other))


def test_the_recipe_is_saved_beside_the_result() -> None:
    made = InstructSpecialist(editor(pix2pix))(*asked("a"), grounding=NO_GROUNDING, seed=0)
    assert json.loads(json.dumps(dict(made.details)))["editing"]["guidance"] == 3.0
    assert (made.maker, made.mask) == ("instruct-style", None)


def test_a_setting_that_the_pipeline_lacks_is_refused() -> None:
    with pytest.raises(RecipeError, match="no setting 'true_cfg_scale'"):
        editor(pix2pix, true_guidance=2.0).edit([Wish(picture("a"), "the cat", 0)])
    with pytest.raises(RecipeError, match="steps"):
        InstructRecipe(steps=0)


def test_a_saved_editor_loads_with_its_sampler_and_does_the_same(tmp_path: Path) -> None:
    cosxl_edit().save_pretrained(tmp_path)
    assert is_pipeline(tmp_path)
    recipe = InstructRecipe(str(tmp_path), steps=2, guidance=3.0)
    loaded = InstructEditor.from_pretrained(recipe, device="cpu")
    wish = Wish(picture("a"), "the cat", 1)
    assert np.array_equal(np.asarray(loaded.edit([wish])[0]), np.asarray(editor(cosxl_edit).edit([wish])[0]))


def test_what_is_no_editor_is_refused(tmp_path: Path) -> None:
    assert not is_pipeline(tmp_path)
    with pytest.raises(ModelError, match="to follow instructions"):
        InstructEditor.from_pretrained(InstructRecipe(str(tmp_path)))
    with pytest.raises(ModelError, match="does not follow instructions"):
        ready(sd_inpaint(), masked=False)
    with pytest.raises(ModelError, match="cannot be loaded as a CosXL-Edit"):
        InstructEditor.from_pretrained(InstructRecipe(str(tmp_path / "none.safetensors")))
