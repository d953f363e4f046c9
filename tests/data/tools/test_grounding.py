from __future__ import annotations

import numpy as np
import pytest

from omniedit.data.tools.grounding import ERRORS, GivenMask, Grounded, LayerGrounding, SalientGrounding
from omniedit.errors import DataError
from omniedit.seeding import stream
from omniedit.types import Layer, Mask, Photo, Proposal, Task

SIDE = 64


def disc(y: float, x: float, radius: float) -> Mask:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.clip(radius + 0.5 - np.hypot(rows - y, columns - x), 0, 1).astype(np.float32)


def car(colour: str, x: float, where: str) -> Layer:
    wheels = disc(38, x, 4)
    whole = disc(30, x, 10)
    return Layer("car", whole, colour, {"body": np.maximum(whole - wheels, 0), "wheels": wheels}, where)


RED, BLUE = car("red", 14, "left"), car("blue", 50, "right")
TREE = Layer("tree", disc(30, 32, 6), "green", where="middle")
PHOTO = Photo("p", np.zeros((SIDE, SIDE, 3), np.uint8), (RED, TREE, BLUE))
NEVER = LayerGrounding(error_rate=0)


def ask(task: Task = Task.REMOVAL, **words: str) -> Proposal:
    return Proposal("1", task, "", **words)


def ground(proposal: Proposal, photo: Photo = PHOTO, grounding: LayerGrounding = NEVER, seed: int = 0) -> Grounded:
    return grounding.ground(photo, proposal, stream(seed))


@pytest.mark.parametrize(
    ("words", "layer"),
    [
        ({"object": "tree"}, TREE),
        ({"object": "car", "colour": "red"}, RED),
        ({"object": "car", "colour": "blue"}, BLUE),
        ({"object": "car", "colour": "turquoise"}, BLUE),
        ({"object": "car", "colour": "orange"}, RED),
        ({"object": "car", "where": "left"}, RED),
        ({"object": "car", "where": "right"}, BLUE),
        ({"object": "car", "colour": "red", "where": "right"}, RED),
    ],
)
def test_the_layer_that_fits_the_words_best_is_found(words: dict[str, str], layer: Layer) -> None:
    found = ground(ask(**words))
    assert found.mask is layer.mask
    assert found.error == ""


def test_an_attribute_is_looked_for_on_its_part_and_else_on_the_main_part() -> None:
    assert ground(ask(Task.ATTRIBUTE, object="car", colour="red", part="wheels")).mask is RED.parts["wheels"]
    assert ground(ask(Task.ATTRIBUTE, object="car", colour="red")).mask is RED.parts["body"]
    assert ground(ask(Task.ATTRIBUTE, object="tree")).mask is TREE.mask


def test_without_an_object_the_whole_foreground_is_meant() -> None:
    mask = ground(ask(Task.BACKGROUND)).mask
    assert mask is not None
    assert (mask == np.maximum(np.maximum(RED.mask, BLUE.mask), TREE.mask)).all()


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (ask(object="dog", colour="brown"), "no 'brown dog' found"),
        (ask(Task.ATTRIBUTE, object="car", part="roof"), "no 'roof' of a 'car' found"),
    ],
)
def test_what_is_not_there_is_not_found_and_says_so(proposal: Proposal, reason: str) -> None:
    assert ground(proposal).mask is None
    assert ground(proposal).error == reason
    assert ground(ask(Task.BACKGROUND), Photo("plain", PHOTO.image)).error == "no foreground found"


@pytest.mark.parametrize("rate", [0.0, 0.15, 0.6, 1.0])
def test_errors_are_as_frequent_as_stated(rate: float) -> None:
    trials = 800
    errors = [ground(ask(object="tree"), grounding=LayerGrounding(rate), seed=seed).error for seed in range(trials)]
    wrong = sum(error != "" for error in errors)
    assert abs(wrong - rate * trials) <= 4 * np.sqrt(trials * rate * (1 - rate))  # four standard deviations
    kinds = {"missed the 'tree'", "wrong", *ERRORS}
    assert set(errors) <= kinds | {""}
    if rate:
        counts = [errors.count(kind) for kind in kinds]
        share = wrong / len(kinds)
        assert max(abs(count - share) for count in counts) <= 5 * np.sqrt(share)


def mistakes(kind: str, proposal: Proposal, photo: Photo = PHOTO) -> list[Mask]:
    found = [ground(proposal, photo, LayerGrounding(1.0), seed) for seed in range(150)]
    return [each.mask for each in found if each.error == kind and each.mask is not None]


def overlap(a: Mask, b: Mask) -> float:
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


def test_each_error_does_what_it_is_called() -> None:
    tree = ask(object="tree")
    assert all((mask <= TREE.mask).all() and mask.sum() < TREE.mask.sum() for mask in mistakes("eroded", tree))
    assert all((mask >= TREE.mask).all() and mask.sum() > TREE.mask.sum() for mask in mistakes("dilated", tree))
    assert all(abs(mask.sum() - TREE.mask.sum()) < 1 for mask in mistakes("shifted", tree))
    assert all(overlap(mask, TREE.mask) < 0.85 for mask in mistakes("shifted", tree))
    shares = [mask.sum() / TREE.mask.sum() for mask in mistakes("partial", tree)]
    assert all(0.15 < share < 0.9 for share in shares)
    assert {id(mask) for mask in mistakes("wrong", tree)} == {id(RED.mask), id(BLUE.mask)}


def test_the_wrong_part_may_be_another_of_the_same_thing() -> None:
    wrong = mistakes("wrong", ask(Task.ATTRIBUTE, object="car", colour="red", part="wheels"))
    assert {id(mask) for mask in wrong} == {id(RED.parts["body"]), id(BLUE.parts["wheels"])}


def test_a_lone_thing_is_never_taken_for_another() -> None:
    assert mistakes("wrong", ask(object="tree"), Photo("lone", PHOTO.image, (TREE,))) == []


def test_the_answer_depends_on_the_stream_alone() -> None:
    proposals = [ask(object="tree"), ask(object="car", colour="red"), ask(Task.BACKGROUND)]
    grounding = LayerGrounding(0.5)
    forward = [ground(p, grounding=grounding, seed=i).error for i, p in enumerate(proposals)]
    backward = [ground(p, grounding=grounding, seed=i).error for i, p in reversed(list(enumerate(proposals)))]
    assert forward == backward[::-1]


def test_a_given_mask_is_taken_at_its_word_if_it_fits() -> None:
    mask = disc(20, 20, 5)
    assert GivenMask(mask).ground(PHOTO, ask(object="unicorn"), stream(0)).mask is mask
    with pytest.raises(DataError, match=r"10 x 9 pixels.*64 x 64"):
        GivenMask(np.zeros((9, 10), np.float32)).ground(PHOTO, ask(), stream(0))


@pytest.mark.parametrize("size", [(64, 64), (150, 330)])
def test_what_stands_out_is_found_at_any_size(size: tuple[int, int]) -> None:
    height, width = size
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    thing = np.hypot((rows - 0.5 * height) / height, (columns - 0.45 * width) / width) < 0.2
    image = np.where(thing[..., None], (230, 90, 40), (60, 110, 70)) + rng.normal(0, 6, (height, width, 3))
    mask = SalientGrounding().ground(Photo("s", image.clip(0, 255).astype(np.uint8)), ask(), stream(0)).mask
    assert mask is not None
    assert mask.shape == size
    assert overlap(mask, thing.astype(np.float32)) > 0.85


def test_nothing_stands_out_of_an_even_picture() -> None:
    image = np.random.default_rng(0).normal(120, 8, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    found = SalientGrounding().ground(Photo("even", image), ask(), stream(0))
    flat = SalientGrounding().ground(PHOTO, ask(), stream(0))
    assert found.mask is None
    assert flat.mask is None
    assert "stands out" in found.error
