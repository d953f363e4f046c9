from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omniedit.colour import to_oklab
from omniedit.data import cutouts
from omniedit.data.colours import COLOURS
from omniedit.data.specialists import SPECIALISTS, CannotEdit
from omniedit.data.specialists.addition import AdditionSpecialist
from omniedit.data.specialists.environment import EnvironmentRecipe, EnvironmentSpecialist
from omniedit.data.specialists.removal import RemovalSpecialist
from omniedit.data.specialists.swap import SwapSpecialist
from omniedit.data.tools.backdrops import render_backdrop
from omniedit.data.tools.compositing import Box, footprint, paste, square_box
from omniedit.data.tools.grounding import GivenMask, LayerGrounding, SalientGrounding
from omniedit.data.tools.inpainting import ClassicalInpainter
from omniedit.data.tools.weather import change_environment
from omniedit.types import Candidate, Image, Layer, Mask, Photo, Proposal, Task

EXACT = LayerGrounding(error_rate=0)
WIDTH, HEIGHT = 144, 112


def meadow() -> Image:
    rows = np.linspace(0, 1, HEIGHT)[:, None, None]
    colour = (1 - rows) * np.array([150, 185, 215]) + rows * np.array([90, 130, 60])
    grain = np.random.default_rng(0).normal(0, 5, (HEIGHT, WIDTH, 3))
    return (colour + grain).clip(0, 255).astype(np.uint8)


def add_layer(image: Image, name: str, colour: str, box: tuple[int, int, int]) -> tuple[Image, Layer]:
    left, top, side = box
    cutout = cutouts.get(name)
    sprite = cutout.render(side, {next(iter(cutout.parts)): colour})
    height, width = sprite.rgba.shape[:2]
    x, y = left + (side - width) // 2, top + side - height

    def spread(mask: Mask) -> Mask:
        whole = np.zeros(image.shape[:2], np.float32)
        whole[y : y + height, x : x + width] = mask
        return whole

    parts = {part: spread(mask) for part, mask in sprite.parts.items()}
    return paste(image, sprite.rgba, x, y), Layer(name, footprint(image, sprite.rgba, x, y), colour, parts)


BACKGROUND = meadow()
WITH_CAR, CAR = add_layer(BACKGROUND, "car", "red", (16, 48, 48))
IMAGE, CAT = add_layer(WITH_CAR, "cat", "grey", (80, 48, 64))
PHOTO = Photo("scene", IMAGE, (CAR, CAT))
PLAIN = Photo("plain", IMAGE)

PROPOSALS = {
    Task.SWAP: Proposal("s", Task.SWAP, "", object="car", target="chair", target_colour="blue"),
    Task.REMOVAL: Proposal("r", Task.REMOVAL, "", object="car"),
    Task.ADDITION: Proposal("a", Task.ADDITION, "", target="car", target_colour="red"),
    Task.ATTRIBUTE: Proposal("c", Task.ATTRIBUTE, "", object="car", target="green"),
    Task.BACKGROUND: Proposal("b", Task.BACKGROUND, "", target="beach"),
    Task.ENVIRONMENT: Proposal("e", Task.ENVIRONMENT, "", target="night"),
    Task.STYLE: Proposal("y", Task.STYLE, "", target="oil painting"),
}


def edit(task: Task, *, photo: Photo = PHOTO, seed: int = 0, rate: float = 0.0, **words: str) -> Candidate:
    return SPECIALISTS[task](photo, replace(PROPOSALS[task], **words), grounding=LayerGrounding(rate), seed=seed)


def far(image: Image, other: Image, where: Mask) -> float:
    """Mean distance in OKLab of two pictures inside a mask."""
    return float((np.linalg.norm(to_oklab(image) - to_oklab(other), axis=2) * where).sum() / where.sum())


@pytest.mark.parametrize("task", Task)
def test_a_candidate_says_what_was_made_from_what(task: Task) -> None:
    candidate = edit(task, seed=3)
    assert (candidate.photo_id, candidate.proposal, candidate.seed) == ("scene", PROPOSALS[task], 3)
    assert candidate.source.shape == candidate.result.shape == IMAGE.shape
    assert candidate.result.dtype == candidate.source.dtype == np.uint8
    assert (candidate.source != candidate.result).any()
    assert candidate.maker == str(task)
    assert (candidate.mask is not None) == (task.local or task is Task.BACKGROUND)


@pytest.mark.parametrize("task", [task for task in Task if task.local])
def test_outside_its_mask_a_local_edit_changes_no_pixel(task: Task) -> None:
    for seed in range(4):
        try:
            candidate = edit(task, rate=1.0, seed=seed)
        except CannotEdit:
            continue
        assert candidate.mask is not None
        outside = candidate.mask == 0
        assert (candidate.result[outside] == candidate.source[outside]).all()


@pytest.mark.parametrize("task", Task)
def test_the_photo_itself_is_never_changed(task: Task) -> None:
    before, mask = PHOTO.image.copy(), CAR.mask.copy()
    edit(task)
    assert (before == PHOTO.image).all()
    assert (mask == CAR.mask).all()


def test_the_same_seed_gives_the_same_candidate_in_any_order() -> None:
    forward = {task: edit(task, seed=5) for task in Task}
    backward = {task: edit(task, seed=5) for task in reversed(Task)}
    for task in Task:
        assert (forward[task].result == backward[task].result).all()
        assert (forward[task].source == backward[task].source).all()
        assert forward[task].details == backward[task].details


def test_other_seeds_proposals_and_photos_give_other_candidates() -> None:
    base = edit(Task.REMOVAL).result
    assert (base != edit(Task.REMOVAL, seed=1).result).any()
    assert (base != edit(Task.REMOVAL, id="other").result).any()
    assert (base != edit(Task.REMOVAL, photo=replace(PHOTO, id="other")).result).any()


def test_a_removed_object_is_gone() -> None:
    result = edit(Task.REMOVAL).result
    assert far(result, BACKGROUND, CAR.mask) < 0.35 * far(IMAGE, BACKGROUND, CAR.mask)
    assert (result[CAR.mask == 0] == IMAGE[CAR.mask == 0]).all()


def test_an_addition_is_the_removal_reversed() -> None:
    added = edit(Task.ADDITION)
    grounding = GivenMask(CAR.mask)
    proposal = replace(PROPOSALS[Task.REMOVAL], id="a", colour="red")
    removed = SPECIALISTS[Task.REMOVAL](PHOTO, proposal, grounding=grounding, seed=0)
    assert (added.result == PHOTO.image).all()
    assert added.mask is not None
    assert (added.mask == CAR.mask).all()
    outside = CAR.mask == 0
    assert (added.source[outside] == removed.result[outside]).all()
    assert far(added.source, BACKGROUND, CAR.mask) < 0.35 * far(IMAGE, BACKGROUND, CAR.mask)


def test_a_swapped_object_stands_where_the_old_one_stood() -> None:
    candidate = edit(Task.SWAP)
    wanted, chair = add_layer(BACKGROUND, "chair", "blue", (16, 48, 48))
    assert far(candidate.result, wanted, chair.mask) < 0.06
    assert candidate.mask is not None
    assert (candidate.mask >= CAR.mask).all()
    uncovered = np.clip(CAR.mask - chair.mask, 0, 1)
    assert far(candidate.result, BACKGROUND, uncovered) < 0.35 * far(IMAGE, BACKGROUND, uncovered)


def test_an_attribute_reaches_its_part_only() -> None:
    result = edit(Task.ATTRIBUTE).result
    body = CAR.parts["body"]
    assert (result[body == 0] == IMAGE[body == 0]).all()
    wanted, _ = add_layer(BACKGROUND, "car", "green", (16, 48, 48))
    assert far(result, wanted, body) < 0.08
    wheels = edit(Task.ATTRIBUTE, part="wheels", target="yellow").result
    assert (wheels[CAR.parts["wheels"] == 0] == IMAGE[CAR.parts["wheels"] == 0]).all()


def test_a_new_background_leaves_the_foreground_without_a_halo() -> None:
    result = edit(Task.BACKGROUND).result
    backdrop = render_backdrop("beach", WIDTH, HEIGHT)
    foreground = np.maximum(CAR.mask, CAT.mask)
    assert (result[foreground == 1] == IMAGE[foreground == 1]).all()
    assert (result[foreground == 0] == backdrop[foreground == 0]).all()
    wanted, _ = add_layer(add_layer(backdrop, "car", "red", (16, 48, 48))[0], "cat", "grey", (80, 48, 64))
    rim = ((foreground > 0.1) & (foreground < 0.9)).astype(np.float32)
    assert far(result, wanted, rim) < 0.06


def test_the_foreground_is_locked_for_its_share_against_snow() -> None:
    def snowed(lock: float) -> Image:
        specialist = EnvironmentSpecialist(EnvironmentRecipe(lock=lock, variation=0))
        proposal = replace(PROPOSALS[Task.ENVIRONMENT], target="snow")
        return specialist(PHOTO, proposal, grounding=EXACT, seed=0).result

    locked, free = (
        change_environment(IMAGE, "snow", foreground=mask) for mask in (np.maximum(CAR.mask, CAT.mask), None)
    )
    assert (snowed(1.0) == locked).all()
    assert (snowed(0.0) == free).all()
    assert 0 < far(snowed(0.7), locked, CAT.mask) < far(free, locked, CAT.mask)


@pytest.mark.parametrize("task", [Task.ENVIRONMENT, Task.STYLE])
def test_strengths_differ_between_candidates_and_never_exceed_the_full_effect(task: Task) -> None:
    strengths = [edit(task, seed=seed).details["strength"] for seed in range(12)]
    assert len(set(strengths)) > 3
    assert all(0.7 < strength <= 1 for strength in strengths)


@pytest.mark.parametrize(
    ("task", "words", "reason"),
    [
        (Task.SWAP, {"object": "dog"}, "no 'dog' found"),
        (Task.SWAP, {"target": "unicorn"}, "unicorn"),
        (Task.SWAP, {"target_colour": "mauve"}, "mauve"),
        (Task.REMOVAL, {"object": "dog", "colour": "brown"}, "no 'brown dog' found"),
        (Task.ATTRIBUTE, {"part": "roof rack"}, "no 'roof rack' of a 'car' found"),
        (Task.ATTRIBUTE, {"target": "mauve"}, "mauve"),
        (Task.BACKGROUND, {"target": "nowhere"}, "nowhere"),
        (Task.ENVIRONMENT, {"target": "locusts"}, "locusts"),
        (Task.STYLE, {"target": "ballet"}, "ballet"),
    ],
)
def test_what_cannot_be_done_is_given_up_with_a_reason(task: Task, words: dict[str, str], reason: str) -> None:
    with pytest.raises(CannotEdit, match=reason) as caught:
        edit(task, **words)
    assert reason in caught.value.reason


def test_a_mask_of_everything_or_nothing_is_given_up() -> None:
    everything, nothing = np.ones_like(CAR.mask), np.zeros_like(CAR.mask)
    for mask, reason in ((everything, "whole picture"), (nothing, "empty")):
        with pytest.raises(CannotEdit, match=reason):
            SPECIALISTS[Task.REMOVAL](PLAIN, PROPOSALS[Task.REMOVAL], grounding=GivenMask(mask), seed=0)


def outcome(seed: int) -> str:
    """What became of the grounding at an error rate of 1."""
    try:
        return str(edit(Task.ATTRIBUTE, rate=1.0, seed=seed).details["grounding"])
    except CannotEdit as given_up:
        return given_up.reason


def test_an_error_of_the_grounding_is_told() -> None:
    outcomes = {outcome(seed) for seed in range(80)}
    assert {"wrong", "eroded", "dilated", "shifted", "partial", "missed the 'car'"} <= outcomes
    assert edit(Task.ATTRIBUTE).details["grounding"] == ""


@pytest.mark.parametrize("task", [Task.SWAP, Task.REMOVAL, Task.ATTRIBUTE, Task.BACKGROUND])
def test_a_mask_makes_up_for_layers_on_a_plain_photo(task: Task) -> None:
    specialist, proposal = SPECIALISTS[task], PROPOSALS[task]
    with pytest.raises(CannotEdit, match="found"):
        specialist(PLAIN, proposal, grounding=EXACT, seed=0)
    candidate = specialist(PLAIN, proposal, grounding=GivenMask(CAR.mask), seed=0)
    assert far(candidate.result, IMAGE, CAR.mask if task.local else 1 - CAR.mask) > 0.03


@pytest.mark.parametrize("task", [Task.ENVIRONMENT, Task.STYLE])
def test_edits_of_the_whole_picture_need_no_layers(task: Task) -> None:
    candidate = SPECIALISTS[task](PLAIN, PROPOSALS[task], grounding=EXACT, seed=0)
    assert far(candidate.result, IMAGE, np.ones_like(CAR.mask)) > 0.03


def test_a_background_swap_keeps_what_stands_out_of_a_plain_photo() -> None:
    photo = Photo("lone", WITH_CAR)
    candidate = SPECIALISTS[Task.BACKGROUND](photo, PROPOSALS[Task.BACKGROUND], grounding=SalientGrounding(), seed=0)
    assert far(candidate.result, WITH_CAR, CAR.parts["body"]) < 0.1
    assert far(candidate.result, WITH_CAR, np.maximum(0, 1 - 2 * CAR.mask)) > 0.1


@pytest.mark.parametrize(("where", "left_half"), [("left", True), ("right", False)])
def test_an_editor_places_a_new_object_where_it_is_asked_for(where: str, left_half: bool) -> None:
    proposal = replace(PROPOSALS[Task.ADDITION], target="mushroom", target_colour="purple", where=where)
    candidate = AdditionSpecialist().place(Photo("empty", BACKGROUND), proposal, seed=0)
    assert candidate.mask is not None
    left, top, side = square_box(candidate.mask)
    assert (left + side / 2 < WIDTH / 2) == left_half
    assert top + side > HEIGHT * 2 / 3
    assert (candidate.source == BACKGROUND).all()
    assert (candidate.result[candidate.mask == 0] == BACKGROUND[candidate.mask == 0]).all()
    purple = to_oklab(np.array(COLOURS["purple"], np.uint8))
    near = np.linalg.norm(to_oklab(candidate.result[candidate.mask == 1]) - purple, axis=1) < 0.1
    assert near.mean() > 0.1


def test_an_editor_places_a_new_object_in_a_marked_box() -> None:
    candidate = AdditionSpecialist().place(PLAIN, PROPOSALS[Task.ADDITION], seed=0, mask=CAT.mask)
    assert candidate.mask is not None
    assert square_box(candidate.mask) == square_box(CAT.mask)


def test_tools_slot_into_the_recipes() -> None:
    smooth = RemovalSpecialist(inpaint=ClassicalInpainter("opencv"))
    by_tool = smooth(PHOTO, PROPOSALS[Task.REMOVAL], grounding=EXACT, seed=0).result
    assert (by_tool != edit(Task.REMOVAL).result).any()

    def paint_flat(
        image: Image, hole: Mask | None, box: Box, name: str, colour: str, *, rng: np.random.Generator
    ) -> tuple[Image, Mask]:
        assert hole is not None
        assert (name, colour, box) == ("chair", "blue", (16, 48, 48))
        return np.where(hole[..., None] > 0, np.uint8(7), image), hole

    swapped = SwapSpecialist(paint=paint_flat)(PHOTO, PROPOSALS[Task.SWAP], grounding=EXACT, seed=0)
    assert (swapped.result[CAR.mask > 0] == 7).all()
