from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_pipelines import pix2pix, sd_inpaint, sdxl_inpaint, wary_inpaint

from omniedit.data.diffusion.best import best
from omniedit.data.diffusion.inpaint import InpaintSpecialist, Painting, new_object
from omniedit.data.diffusion.inpainter import DiffusionInpainter, InpaintRecipe
from omniedit.data.diffusion.pipelines import load, ready, working_size
from omniedit.data.specialists.base import CannotEdit
from omniedit.data.specialists.removal import RemovalSpecialist
from omniedit.data.tools.grounding import GivenMask, Grounded, LayerGrounding
from omniedit.data.tools.grounding.forms import FORMS, shape
from omniedit.errors import DataError, ModelError, RecipeError
from omniedit.seeding import stream
from omniedit.types import Image, Layer, Photo, Proposal, Task, Verdict

RECIPE = InpaintRecipe(steps=2, guidance=2.0)
KINDS = pytest.mark.parametrize("kind", [sd_inpaint, sdxl_inpaint])


def inpainter(kind: Callable[[], Any] = sd_inpaint, batch: int = 1) -> DiffusionInpainter:
    return DiffusionInpainter(ready(kind(), masked=True, device="cpu"), RECIPE, batch)


def photo(name: str = "p", size: tuple[int, int] = (52, 41)) -> Photo:
    width, height = size
    image = stream(0, name).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = np.zeros((height, width), np.float32)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 1
    return Photo(name, image, (Layer("cat", mask, "red", where="left"),))


def proposal(task: Task, name: str = "1") -> Proposal:
    words = {
        Task.SWAP: {"object": "cat", "target": "dog", "target_colour": "blue"},
        Task.REMOVAL: {"object": "cat", "behind": "the bench"},
        Task.ADDITION: {"target": "cat", "target_colour": "red", "behind": "the bench"},
        Task.BACKGROUND: {"object": "cat", "target": "snow"},
    }
    return Proposal(name, task, "", **words[task])


TASKS = [Task.SWAP, Task.REMOVAL, Task.ADDITION, Task.BACKGROUND]
EXACT = LayerGrounding(error_rate=0)


@pytest.mark.parametrize("task", TASKS)
def test_what_is_not_masked_stays_bit_for_bit(task: Task) -> None:
    made = InpaintSpecialist(task, inpainter())(photo(), proposal(task), grounding=EXACT, seed=1)
    assert made.mask is not None
    changed = (made.source != made.result).any(axis=-1)
    assert not changed[made.mask == 0].any()
    assert changed[made.mask == 1].mean() > 0.9
    assert made.source.shape == made.result.shape == photo().image.shape


def test_each_task_paints_its_own_side_of_the_mask() -> None:
    given = photo()
    thing = given.layers[0].mask > 0
    swap, removal, addition, background = (
        InpaintSpecialist(task, inpainter())(given, proposal(task), grounding=EXACT, seed=1) for task in TASKS
    )
    assert swap.mask is not None
    assert removal.mask is not None
    assert background.mask is not None
    assert (swap.mask[thing] == 1).all()
    assert (swap.mask > 0).sum() > (removal.mask > 0).sum() >= thing.sum()
    assert (background.mask[~thing] == 1).all()
    assert np.array_equal(background.result[background.mask == 0], given.image[background.mask == 0])
    assert np.array_equal(addition.result, given.image)
    assert not np.array_equal(addition.source, given.image)
    assert addition.proposal.task is Task.ADDITION


@KINDS
def test_a_candidate_does_not_depend_on_those_made_beside_it(kind: Callable[[], Any]) -> None:
    sizes = [(52, 41), (52, 41), (41, 52)]
    items = [(photo(str(i), size), proposal(Task.SWAP, str(i))) for i, size in enumerate(sizes)]
    alone = InpaintSpecialist(Task.SWAP, inpainter(kind))
    together = InpaintSpecialist(Task.SWAP, inpainter(kind, 3))
    singles = [alone(*item, grounding=EXACT, seed=5) for item in items]
    in_turn = alone.many(items[::-1], grounding=EXACT, seed=5)[::-1]
    in_batches = together.many(items, grounding=EXACT, seed=5)
    for single, turn, batched in zip(singles, in_turn, in_batches, strict=True):
        assert not isinstance(turn, CannotEdit)
        assert not isinstance(batched, CannotEdit)
        assert np.array_equal(single.result, turn.result)
        assert np.abs(single.result.astype(int) - batched.result).max() <= 1  # only the last digits were rounded
        assert single.details == batched.details


@KINDS
def test_the_seed_decides(kind: Callable[[], Any]) -> None:
    swap = InpaintSpecialist(Task.SWAP, inpainter(kind))
    first, again, other = (swap(photo(), proposal(Task.SWAP), grounding=EXACT, seed=seed).result for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_words_matter() -> None:
    swap = InpaintSpecialist(Task.SWAP, inpainter())
    silent = InpaintSpecialist(Task.SWAP, inpainter(), Painting(lambda photo, proposal: "", dilation=0.016))
    made = [each(photo(), proposal(Task.SWAP), grounding=EXACT, seed=3).result for each in (swap, silent)]
    assert new_object(photo(), proposal(Task.SWAP)) == "blue dog"
    assert not np.array_equal(*made)


def test_every_form_of_the_mask_has_a_candidate_and_the_first_is_the_plain_answer() -> None:
    class Shaped:
        def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
            mask = photo.layers[0].mask
            return Grounded(mask, forms=shape(mask, list(FORMS), reach=0.05, blur=0.02))

    swap = InpaintSpecialist(Task.SWAP, inpainter())
    (made,) = swap.tries([(photo(), proposal(Task.SWAP))], grounding=Shaped(), seed=0)
    assert not isinstance(made, CannotEdit)
    assert [each.details["form"] for each in made] == ["tight", "dilated", "box"]
    areas = [float(each.mask.sum()) for each in made if each.mask is not None]
    assert areas == sorted(areas)
    assert np.array_equal(swap(photo(), proposal(Task.SWAP), grounding=Shaped(), seed=0).result, made[0].result)


def test_the_best_is_the_highest_scored_and_nothing_unscored() -> None:
    verdicts = [Verdict(unscored="no reply"), Verdict((5, 9), (4,)), Verdict((9, 9), (9,)), Verdict((9, 9), (9,))]
    assert best(verdicts) == 2
    assert best(verdicts[:1]) is None


def test_one_that_fails_does_not_take_the_others_along() -> None:
    empty = Photo("empty", photo().image)
    swap = InpaintSpecialist(Task.SWAP, inpainter())
    items = [(empty, proposal(Task.SWAP)), (photo(), proposal(Task.SWAP))]
    failed, made = swap.many(items, grounding=EXACT, seed=0)
    assert isinstance(failed, CannotEdit)
    assert failed.reason == "no 'cat' found"
    assert not isinstance(made, CannotEdit)
    everything = GivenMask(np.ones(photo().image.shape[:2], np.float32))
    with pytest.raises(CannotEdit, match="nothing to keep"):
        swap(*items[1], grounding=everything, seed=0)


def test_a_picture_that_the_safety_checker_refuses_is_given_up(tmp_path: Path) -> None:
    wary_inpaint().save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"  # as the Hub's have it, which needs torchvision by this name
    index.write_text(index.read_text().replace("CLIPImageProcessorPil", "CLIPImageProcessor"))
    swap = InpaintSpecialist(Task.SWAP, DiffusionInpainter(load(str(tmp_path), masked=True, device="cpu"), RECIPE))
    with pytest.raises(CannotEdit, match="safety checker"):
        swap(photo(), proposal(Task.SWAP), grounding=EXACT, seed=0)
    with pytest.raises(DataError, match="safety checker"):
        swap.inpainter(photo().image, photo().layers[0].mask, caption="", rng=stream(0))


def test_it_is_a_tool_of_the_plain_specialists_too() -> None:
    removal = RemovalSpecialist(inpaint=inpainter())
    first, again = (removal(photo(), proposal(Task.REMOVAL), grounding=EXACT, seed=2) for _ in range(2))
    assert first.mask is not None
    assert np.array_equal(first.result, again.result)
    assert np.array_equal(first.result[first.mask == 0], photo().image[first.mask == 0])
    assert (first.result != photo().image).any(axis=-1)[first.mask > 0].mean() > 0.9


@pytest.mark.parametrize("size", [(52, 41), (200, 9), (32, 32), (9, 70)])
def test_a_pipeline_works_at_its_own_sizes(size: tuple[int, int]) -> None:
    width, height = working_size(sd_inpaint(), size)
    assert width % 8 == height % 8 == 0
    assert working_size(sd_inpaint(), (32, 32)) == (32, 32)
    given = photo(size=size)
    image: Image = InpaintSpecialist(Task.SWAP, inpainter())(given, proposal(Task.SWAP), grounding=EXACT, seed=0).result
    assert image.shape == given.image.shape


def test_a_saved_pipeline_loads_and_does_the_same(tmp_path: Path) -> None:
    sd_inpaint().save_pretrained(tmp_path)
    loaded = DiffusionInpainter(load(str(tmp_path), masked=True, device="cpu"), RECIPE)
    made = [
        InpaintSpecialist(Task.SWAP, each)(photo(), proposal(Task.SWAP), grounding=EXACT, seed=3).result
        for each in (inpainter(), loaded)
    ]
    assert np.array_equal(*made)
    with pytest.raises(ModelError, match="does not follow instructions"):
        load(str(tmp_path), masked=False, device="cpu")


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="to fill masks"):
        load(str(tmp_path), masked=True)
    with pytest.raises(ModelError, match="does not fill masks"):
        ready(pix2pix(), masked=True)
    with pytest.raises(RecipeError, match="not done by inpainting"):
        InpaintSpecialist(Task.STYLE, inpainter())
    with pytest.raises(RecipeError, match="strength"):
        InpaintRecipe(strength=0.0)
