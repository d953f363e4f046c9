from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_grounding import tiny_dino, tiny_sam

from omniedit.data.specialists.base import CannotEdit, find
from omniedit.data.tools.grounding import FORMS, BatchGrounding, Grounded, OpenGrounding, OpenGroundingRecipe
from omniedit.data.tools.grounding.forms import shape
from omniedit.data.tools.grounding.models import Detection, Detector, Segmenter
from omniedit.data.tools.grounding.open import meant, phrase
from omniedit.errors import ModelError, RecipeError
from omniedit.seeding import stream
from omniedit.types import Mask, Photo, Proposal, Task

SIZES = [(64, 96), (64, 96), (96, 64), (64, 96)]
ANYTHING = OpenGroundingRecipe(box_threshold=0.0, text_threshold=0.0, smallest=0.0, largest=1.0)


@pytest.fixture(scope="module")
def grounding(tmp_path_factory: pytest.TempPathFactory) -> OpenGrounding:
    folder = tmp_path_factory.mktemp("grounding")
    recipe = replace(ANYTHING, detector=str(tiny_dino(folder / "dino")), segmenter=str(tiny_sam(folder / "sam")))
    return OpenGrounding.from_pretrained(recipe, device="cpu")


def photo(number: int) -> Photo:
    image = np.random.default_rng(number).integers(0, 256, (*SIZES[number], 3), dtype=np.uint8)
    return Photo(str(number), image)


def ask(words: str, task: Task = Task.REMOVAL, **more: str) -> Proposal:
    return Proposal("1", task, "", object=words, **more)


ASKED = [(photo(i), ask(words)) for i, words in enumerate(["car", "red dog", "car", "dog"])]


def same(a: Grounded, b: Grounded) -> bool:
    if a.mask is None or b.mask is None:
        return a.mask is b.mask and a.error == b.error
    return np.array_equal(a.mask, b.mask) and a.details == b.details


def test_what_is_found_is_a_mask_of_the_photo_with_the_recipe_beside_it(grounding: OpenGrounding) -> None:
    asked, proposal = ASKED[0]
    found = grounding.ground(asked, proposal, stream(0))
    assert found.mask is not None
    assert found.mask.shape == SIZES[0]
    assert found.mask.dtype == np.float32
    assert set(np.unique(found.mask)) == {0.0, 1.0}
    assert found.details["recipe"]["detector"] == grounding.recipe.detector
    assert len(found.details["detections"]) == 1
    assert found.details["detections"][0]["words"] == "car"


def test_what_else_is_asked_for_changes_nothing(grounding: OpenGrounding) -> None:
    assert isinstance(grounding, BatchGrounding)
    together = grounding.ground_all(ASKED)
    pairs = OpenGrounding(grounding.detect, grounding.segment, grounding.recipe, batch=2)
    alone = [grounding.ground(*asked, stream(0)) for asked in ASKED]
    assert all(map(same, together, alone))
    assert all(map(same, pairs.ground_all(ASKED[::-1]), alone[::-1]))


def test_only_the_plain_form_of_the_pictures_is_used(grounding: OpenGrounding) -> None:
    processors = (grounding.detect.processor, grounding.segment.processor)
    names = [type(each.image_processor).__name__ for each in processors]
    assert names == ["GroundingDinoImageProcessorPil", "SamImageProcessorPil"]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6, 0.8])
def test_no_box_is_below_the_thresholds(grounding: OpenGrounding, threshold: float) -> None:
    images, words = [photo(0).image, photo(1).image], ["car. dog.", "car. dog."]
    found = grounding.detect(images, words, box_threshold=threshold, text_threshold=0.0)
    every = grounding.detect(images, words, box_threshold=0.0, text_threshold=0.0)
    kept = [[each for each in some if each.score > threshold] for some in every]
    assert found == kept
    assert all(some == sorted(some, key=lambda each: -each.score) for some in found)
    assert grounding.detect(images, words, box_threshold=0.0, text_threshold=1.0) == [[]] * 2


def test_what_is_not_found_has_a_reason_on_which_a_specialist_gives_up(grounding: OpenGrounding) -> None:
    strict = OpenGrounding(grounding.detect, grounding.segment, replace(grounding.recipe, box_threshold=1.0))
    found = strict.ground(photo(0), ask("car", colour="red", where="left"), stream(0))
    assert (found.mask, found.error) == (None, "no 'red car' found at the left")
    with pytest.raises(CannotEdit, match="no 'car' found"):
        find(photo(0), ask("car"), strict, stream(0))
    nameless = grounding.ground(photo(0), ask("", Task.BACKGROUND), stream(0))
    assert (nameless.mask, nameless.error) == (None, "the proposal names nothing to look for")


def test_what_is_too_small_or_too_large_has_a_reason(grounding: OpenGrounding) -> None:
    share = grounding.ground(*ASKED[0], stream(0)).details["area"]
    for limits in ({"smallest": share + 0.01}, {"largest": share - 0.01}):
        strict = OpenGrounding(grounding.detect, grounding.segment, replace(grounding.recipe, **limits))
        found = strict.ground(*ASKED[0], stream(0))
        assert found.mask is None
        assert f"covers {share:.1%} of the picture" in found.error
        assert found.details["area"] == share
    exact = replace(grounding.recipe, smallest=share, largest=share)
    assert OpenGrounding(grounding.detect, grounding.segment, exact).ground(*ASKED[0], stream(0)).mask is not None


def test_a_half_format_finds_nearly_the_same(grounding: OpenGrounding) -> None:
    half = OpenGrounding(
        Detector(grounding.detect.model, grounding.detect.processor, "bfloat16"),
        Segmenter(grounding.segment.model, grounding.segment.processor, "bfloat16"),
        grounding.recipe,
    )
    for exact, rough in zip(grounding.ground_all(ASKED), half.ground_all(ASKED), strict=True):
        assert abs(exact.details["area"] - rough.details["area"]) < 0.1


def test_each_form_of_the_mask_is_handed_over(grounding: OpenGrounding) -> None:
    recipe = replace(grounding.recipe, masks=("tight", "dilated", "box"))
    found = OpenGrounding(grounding.detect, grounding.segment, recipe).ground(*ASKED[0], stream(0))
    assert list(found.forms) == ["tight", "dilated", "box"]
    assert found.forms["tight"] is found.mask


def blob(height: int, width: int, seed: int) -> Mask:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    centre = rng.random(2) * (height, width)
    return (np.hypot(y - centre[0], 2 * (x - centre[1])) < rng.uniform(0, height)).astype(np.float32)


@given(
    st.integers(8, 60),
    st.integers(8, 60),
    st.integers(0, 99),
    st.floats(0, 0.2, allow_subnormal=False),
    st.floats(0, 0.1, allow_subnormal=False),
)
def test_the_three_masks_are_nested(height: int, width: int, seed: int, reach: float, blur: float) -> None:
    mask = blob(height, width, seed)
    tight, dilated, box = shape(mask, list(FORMS), reach=reach, blur=blur).values()
    assert np.array_equal(tight, mask)
    assert (tight <= dilated).all()
    assert (dilated <= box).all()
    assert all(each.dtype == np.float32 and each.shape == mask.shape for each in (tight, dilated, box))
    assert box.sum() == box.any(axis=0).sum() * box.any(axis=1).sum()


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"'round'.*tight, dilated, box"):
        shape(blob(8, 8, 0), ["round"], reach=0.0, blur=0.0)


@pytest.mark.parametrize(
    "settings",
    [{"box_threshold": 1.5}, {"smallest": 0.7}, {"masks": ()}, {"masks": ("round",)}],
)
def test_a_recipe_that_cannot_be_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="grounding"):
        OpenGroundingRecipe(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proposal", "words"),
    [
        (ask("Car"), "car."),
        (ask("car", colour="red"), "red car."),
        (ask("car", Task.ATTRIBUTE, colour="red", part="wheels"), "red car wheels."),
        (ask("woman, St. Bernard ,", Task.BACKGROUND), "woman. st bernard."),
        (ask("", Task.BACKGROUND), ""),
    ],
)
def test_the_phrase_names_each_thing_once(proposal: Proposal, words: str) -> None:
    assert phrase(proposal) == words


def test_one_thing_is_meant_where_it_is_said_to_be_and_a_foreground_is_all_of_it() -> None:
    left, right = Detection((0, 0, 20, 20), 0.9, "car"), Detection((70, 60, 90, 80), 0.5, "car")
    both, size = [left, right], (100, 100)
    assert meant(both, ask("car"), size) == [left]
    assert meant(both, ask("car", where="right"), size) == [right]
    assert meant(both, ask("car", where="bottom right"), size) == [right]
    assert meant(both, ask("car", where="middle"), size) == []
    assert meant(both, ask("car", Task.ENVIRONMENT), size) == both


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ModelError, match="cannot be loaded for grounding"):
            Detector.from_pretrained(str(tmp_path))
