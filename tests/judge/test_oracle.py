"""What the oracle promises: exact ends, scores that fall with damage, and forgiveness only where words leave room."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data import cutouts
from omniedit.data.tools.backdrops import render_backdrop
from omniedit.data.tools.compositing import paste
from omniedit.data.tools.painterly import paint
from omniedit.data.tools.weather import change_environment
from omniedit.errors import ImageError
from omniedit.judge import Oracle, OracleConfig
from omniedit.types import Candidate, Ideal, Image, Mask, Proposal, Task, Verdict

ORACLE = Oracle()
TOLERANCE = 0.15
"""How much a score may rise where it should fall or stay."""


@dataclass(frozen=True)
class Example:
    """A scene of a photograph with a car and a ball, and one ideal edit of it."""

    proposal: Proposal
    ideal: Ideal

    def score(self, result: Image, source: Image | None = None, oracle: Oracle = ORACLE) -> Verdict:
        source = self.ideal.source if source is None else source
        return oracle.score(Candidate("photo", self.proposal, source, result, "test"), self.ideal)


def photo(name: str, size: int) -> Image:
    """A square of a real photograph."""
    image = getattr(skimage.data, name)()
    side = min(image.shape[:2])
    return np.asarray(cv2.resize(image[:side, :side], (size, size), interpolation=cv2.INTER_AREA))


def example(task: Task, background: str = "coffee", size: int = 128) -> Example:
    """The example of ``task`` on the photograph ``background``."""
    side, left, top = 3 * size // 8, size // 8, size // 2
    car = cutouts.get("car").render(side, {"body": "red"})
    empty = paste(photo(background, size), cutouts.get("ball").render(size // 4).rgba, 5 * size // 8, size // 16)
    top += side - car.rgba.shape[0]
    source = paste(empty, car.rgba, left, top)

    def mask(alpha: Mask) -> Mask:
        whole = np.zeros((size, size), np.float32)
        whole[top : top + alpha.shape[0], left : left + alpha.shape[1]] = alpha
        return whole

    def proposal(**words: str) -> Proposal:
        return Proposal("p", task, "an edit", **words)

    shape = mask(car.rgba[..., 3].astype(np.float32) / 255)
    everywhere = np.ones_like(shape)
    if task is Task.REMOVAL:
        return Example(proposal(object="car"), Ideal(empty, shape, source))
    if task is Task.ADDITION:
        ideal = Ideal(source, shape, empty, empty, car.rgba, region=(0, 0, 0.6, 1), scales=(0.7, 1.4))
        return Example(proposal(target="car"), ideal)
    if task is Task.SWAP:
        tree = cutouts.get("tree").render(side)
        at = left + (side - tree.rgba.shape[1]) // 2, size // 2
        result = paste(empty, tree.rgba, *at)
        both = np.maximum(shape, (result != empty).any(axis=2).astype(np.float32))
        ideal = Ideal(result, both, source, empty, tree.rgba, scales=(0.75, 1.35))
        return Example(proposal(object="car", target="tree"), ideal)
    if task is Task.ATTRIBUTE:
        blue = paste(empty, cutouts.get("car").render(side, {"body": "blue"}).rgba, left, top)
        return Example(proposal(object="car", target="blue"), Ideal(blue, mask(car.parts["body"]), source))
    if task is Task.BACKGROUND:
        result = paste(render_backdrop("beach", size, size), car.rgba, left, top)
        return Example(proposal(target="beach"), Ideal(result, 1 - shape, source, foreground=shape))
    if task is Task.ENVIRONMENT:
        result = change_environment(source, "snow", foreground=shape)
        return Example(proposal(target="snow"), Ideal(result, everywhere, source, foreground=shape))
    return Example(proposal(target="oil painting"), Ideal(paint(source, "oil painting"), everywhere, source))


def blend(a: Image, b: Image, share: float | Mask) -> Image:
    weight = np.asarray(share, np.float32)
    weight = weight[..., None] if weight.ndim else weight
    return np.rint(a * (1 - weight) + b * weight).astype(np.uint8)


def blurred(image: Image, sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma)) if sigma else image


def noisy(image: Image, sigma: float) -> Image:
    noise = np.random.default_rng(0).standard_normal(image.shape)
    return np.clip(image + sigma * noise, 0, 255).astype(np.uint8)


def shifted(image: Image, pixels: float) -> Image:
    matrix = np.array([[1, 0, pixels], [0, 1, pixels]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101))


@pytest.fixture(params=list(Task), ids=str)
def case(request: pytest.FixtureRequest) -> Example:
    return example(request.param)


# Exact ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("background", ["coffee", "astronaut", "chelsea"])
@pytest.mark.parametrize("task", list(Task), ids=str)
def test_the_ideal_has_full_scores(task: Task, background: str) -> None:
    verdict = (it := example(task, background)).score(it.ideal.image)
    assert (verdict.sc, verdict.pq, verdict.overall) == ((10.0, 10.0), (10.0,), 10.0)


@pytest.mark.parametrize("background", ["coffee", "astronaut", "chelsea"])
@pytest.mark.parametrize("task", list(Task), ids=str)
def test_the_unchanged_picture_has_no_success_and_no_other_fault(task: Task, background: str) -> None:
    verdict = (it := example(task, background)).score(it.ideal.source)
    assert (verdict.sc, verdict.pq, verdict.overall) == ((0.0, 10.0), (10.0,), 0.0)


def test_a_verdict_says_where_it_comes_from_and_why(case: Example) -> None:
    verdict = case.score(blend(case.ideal.source, case.ideal.image, 0.5))
    assert (verdict.judge, verdict.version, verdict.rubric) == (ORACLE.name, ORACLE.version, ORACLE.rubric.hash)
    assert (case.proposal.target or case.proposal.object) in verdict.sc_reasoning
    assert "%" in verdict.sc_reasoning
    assert verdict.pq_reasoning


def test_the_same_candidate_has_the_same_verdict(case: Example) -> None:
    result = noisy(blend(case.ideal.source, case.ideal.image, 0.7), 4)
    assert case.score(result) == case.score(result.copy())


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(Task)), st.integers(0, 2**32 - 1), st.integers(1, 64))
def test_any_picture_gets_scores_from_0_to_10(task: Task, seed: int, detail: int) -> None:
    small = np.random.default_rng(seed).integers(0, 256, (detail, detail, 3), np.uint8)
    verdict = example(task).score(np.asarray(cv2.resize(small, (128, 128))))
    assert all(0 <= score <= 10 for score in (*verdict.sc, *verdict.pq))
    assert verdict.overall is not None
    assert verdict.overall < 7


# Scores fall as damage grows -----------------------------------------------------------------------------------------


def falls(scores: list[float]) -> bool:
    return all(later <= earlier + TOLERANCE for earlier, later in itertools.pairwise(scores))


DAMAGE: dict[str, tuple[Callable[[Image, float], Image], tuple[float, ...]]] = {
    "blur": (blurred, (0, 0.6, 1, 1.5, 2.5, 4)),
    "noise": (noisy, (0, 3, 6, 12, 25, 50)),
    "shift": (shifted, (0, 1, 2, 4, 8)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_overall_score_falls_with_damage(case: Example, damage: str) -> None:
    make, amounts = DAMAGE[damage]
    overall = [case.score(make(case.ideal.image, amount)).overall or 0.0 for amount in amounts]
    assert falls(overall), overall
    assert overall[-1] < 7


def test_success_falls_on_the_way_back_to_the_source(case: Example) -> None:
    shares = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)
    success = [case.score(blend(case.ideal.image, case.ideal.source, share)).sc[0] for share in shares]
    assert falls(success), success
    assert success[1] > 8
    assert success[3] < 7.5
    assert success[-1] == 0


@pytest.mark.parametrize("task", [task for task in Task if task.local], ids=str)
def test_over_editing_falls_as_more_of_the_rest_changes(task: Task) -> None:
    it = example(task)
    scores = []
    for rows in (0, 2, 6, 16, 40):
        result = it.ideal.image.copy()
        result[:rows] = 255 - result[:rows]
        scores.append(it.score(result).sc[1])
    assert falls(scores), scores
    assert scores[1] > 6
    assert scores[-1] < 1


def test_one_grey_level_outside_is_not_seen() -> None:
    it = example(Task.REMOVAL)
    verdict = it.score((np.maximum(it.ideal.image, 1) - 1).astype(np.uint8))
    assert verdict.sc[1] > 9.9


# What counts, task by task -------------------------------------------------------------------------------------------


def test_removal_leaves_the_texture_behind_open_but_not_the_object() -> None:
    it = example(Task.REMOVAL)
    holes = (it.ideal.mask > 0.01).astype(np.uint8) * 255
    filled = np.asarray(cv2.inpaint(it.ideal.source, cv2.dilate(holes, np.ones((5, 5))), 3, cv2.INPAINT_TELEA))
    half = it.ideal.mask * (np.arange(128) < 40)
    tree = paste(it.ideal.image, cutouts.get("tree").render(48).rgba, 20, 64)
    fill, left, other = (it.score(image) for image in (filled, blend(it.ideal.source, it.ideal.image, half), tree))
    assert fill.sc[0] > 7
    assert fill.pq[0] < 9
    assert left.sc[0] < 5
    assert other.sc[0] < 6
    assert it.score(blend(it.ideal.image, it.ideal.source, 0.3)).sc[0] < 8


def test_a_swap_needs_the_old_object_gone_and_the_new_one_there() -> None:
    it = example(Task.SWAP)
    assert it.ideal.base is not None
    over = paste(it.ideal.source, cutouts.get("tree").render(24).rgba, 28, 88)
    wrong = paste(it.ideal.base, cutouts.get("duck").render(44).rgba, 20, 66)
    assert it.score(it.ideal.base).sc[0] < 1
    assert it.score(over).sc[0] < 5
    assert it.score(wrong).sc[0] < 5


@pytest.mark.parametrize(("left", "top", "side"), [(8, 10, 48), (40, 70, 48), (30, 60, 40), (10, 50, 60)])
def test_an_added_object_may_stand_anywhere_in_its_region(left: int, top: int, side: int) -> None:
    it = example(Task.ADDITION)
    verdict = it.score(paste(it.ideal.source, cutouts.get("car").render(side, {"body": "red"}).rgba, left, top))
    assert verdict.overall is not None
    assert verdict.overall > 9


def test_an_added_object_may_not_stand_elsewhere_nor_be_another() -> None:
    it = example(Task.ADDITION)
    car, blue = (cutouts.get("car").render(48, {"body": colour}).rgba for colour in ("red", "blue"))
    outside = paste(it.ideal.source, car, 78, 80)
    other = paste(it.ideal.source, cutouts.get("duck").render(48).rgba, 16, 64)
    for result in (outside, other, paste(it.ideal.source, blue, 16, 70)):
        assert it.score(result).sc[0] < 6


def test_a_reversed_removal_needs_the_object_gone_from_its_source() -> None:
    it = example(Task.ADDITION)
    shares = (0, 0.3, 0.6, 1)
    scores = [it.score(it.ideal.image, source=blend(it.ideal.source, it.ideal.image, share)) for share in shares]
    success = [verdict.sc[0] for verdict in scores]
    assert success[0] == 10
    assert falls(success)
    assert success[1] < 8
    assert success[-1] == 0


def test_a_shade_of_the_new_colour_is_forgiven_and_another_colour_is_not() -> None:
    it = example(Task.ATTRIBUTE)
    empty = example(Task.REMOVAL).ideal.image
    top = 64 + 48 - cutouts.get("car").render(48).rgba.shape[0]

    def painted(colour: str) -> Image:
        return paste(empty, cutouts.get("car").render(48, {"body": colour}).rgba, 16, top)

    darker = blend(it.ideal.image, np.zeros_like(it.ideal.image), it.ideal.mask * 0.15)
    assert it.score(darker).sc[0] > 9
    assert it.score(painted("purple")).sc[0] < 8
    assert it.score(painted("green")).sc[0] < 4
    assert it.score(empty).sc[0] < 4


def test_a_background_swap_must_keep_the_foreground() -> None:
    it = example(Task.BACKGROUND)
    lost = it.score(render_backdrop("beach", 128, 128))
    assert lost.sc[1] < 1
    another = blend(render_backdrop("forest", 128, 128), it.ideal.source, 1 - it.ideal.mask)
    assert it.score(another).sc[0] < 3


def test_a_slightly_weaker_environment_is_nearly_as_good_and_another_one_fails() -> None:
    it = example(Task.ENVIRONMENT)
    foreground = it.ideal.foreground
    weaker, weak = (
        it.score(change_environment(it.ideal.source, "snow", foreground=foreground, strength=strength))
        for strength in (0.9, 0.4)
    )
    assert weaker.overall is not None
    assert weaker.overall > 9
    assert weak.sc[0] < 7
    assert it.score(change_environment(it.ideal.source, "night", foreground=foreground)).sc[0] < 2


def test_another_style_fails() -> None:
    it = example(Task.STYLE)
    for style in ("pencil sketch", "pop art", "pixel art"):
        assert it.score(paint(it.ideal.source, style)).sc[0] < 3


# Sizes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", list(Task), ids=str)
def test_large_pictures_score_like_small_ones(task: Task) -> None:
    verdicts = []
    for size in (128, 320):
        it = example(task, size=size)
        verdicts.append(it.score(blend(it.ideal.source, it.ideal.image, 0.8)))
    assert np.allclose(verdicts[0].sc, verdicts[1].sc, atol=1.5), verdicts


@pytest.mark.parametrize("task", list(Task), ids=str)
def test_a_coarser_oracle_agrees_roughly(task: Task) -> None:
    it = example(task, size=192)
    coarse = Oracle(OracleConfig(area=96 * 96))
    for share in (0.0, 0.5, 0.9, 1.0):
        result = blend(it.ideal.source, it.ideal.image, share)
        fine, rough = it.score(result), it.score(result, oracle=coarse)
        assert np.allclose(fine.sc, rough.sc, atol=1.5), (share, fine, rough)


def test_pictures_of_another_size_are_refused_with_both_sizes() -> None:
    it = example(Task.REMOVAL)
    with pytest.raises(ImageError, match="the result has 64 x 128 pixels, the ideal 128 x 128"):
        it.score(it.ideal.image[:, :64])


def test_without_an_ideal_there_is_no_score() -> None:
    it = example(Task.REMOVAL)
    verdict = ORACLE.score(Candidate("photo", it.proposal, it.ideal.source, it.ideal.image, "test"))
    assert not verdict.scored
    assert "no ideal" in verdict.unscored


def test_an_edit_that_changes_nothing_is_unscored() -> None:
    it = example(Task.ATTRIBUTE)
    pointless = replace(it, ideal=replace(it.ideal, image=it.ideal.source))
    assert "changes nothing" in pointless.score(it.ideal.source).unscored
