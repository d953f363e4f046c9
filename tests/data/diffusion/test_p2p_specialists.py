"""The specialists that generate their own source: locked where the recipe says, in batches as alone, giving up well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from p2p_tiny import tiny_sd, tiny_sdxl

from omniedit.data.diffusion.p2p import (
    ATTRIBUTE,
    ENVIRONMENT,
    AttributeByPrompt,
    EnvironmentByPrompt,
    Schedule,
    written_photo,
)
from omniedit.data.diffusion.p2p.specialists import EditByPrompt
from omniedit.data.specialists.base import CannotEdit
from omniedit.data.tools.grounding import GivenMask, LayerGrounding
from omniedit.types import Candidate, Mask, Photo, Proposal, Task

SIZE = (32, 32)
NOTHING = LayerGrounding(error_rate=0)
"""Finds nothing in a picture without layers."""


def attribute(**settings: object) -> AttributeByPrompt:
    return AttributeByPrompt(tiny_sdxl(), replace(ATTRIBUTE, steps=4, **settings))


def environment() -> EnvironmentByPrompt:
    return EnvironmentByPrompt(tiny_sd(), replace(ENVIRONMENT, steps=4))


def photo(id: str = "p", size: tuple[int, int] = SIZE) -> Photo:
    return written_photo(id, "a red cat on the bench", size)


def proposal(task: Task, **words: str) -> Proposal:
    captions = {"source_caption": "a red cat on the bench", "target_caption": "a blue cat on the bench"}
    return Proposal("q", task, "make the cat blue", "cat", **{**captions, **words})


def square() -> Mask:
    mask = np.zeros(SIZE, np.float32)
    mask[8:20, 6:14] = 1
    return mask


def test_outside_its_region_an_attribute_edit_has_the_pixels_of_the_generated_source() -> None:
    words = photo()
    made = attribute()(words, proposal(Task.ATTRIBUTE), grounding=GivenMask(square()), seed=3)
    assert made.source.shape == made.result.shape == words.image.shape
    assert not np.array_equal(made.source, words.image)
    assert made.mask is not None
    assert (made.mask >= square()).all()
    assert 0 < made.mask.mean() < 0.5
    np.testing.assert_array_equal(made.result[made.mask == 0], made.source[made.mask == 0])
    assert not np.array_equal(made.result, made.source)


def test_a_candidate_says_that_its_source_was_generated_and_how() -> None:
    made = attribute()(photo(), proposal(Task.ATTRIBUTE), grounding=GivenMask(square()), seed=3)
    assert made.maker == "attribute_p2p"
    assert made.details["source"] == "generated"
    assert (made.details["steps"], made.details["lock"]) == (4, 1.0)


def test_an_environment_edit_changes_with_its_lock() -> None:
    grounding, asked = GivenMask(square()), proposal(Task.ENVIRONMENT, target_caption="a red cat on the bench in snow")
    locked, free = (environment()(photo(), asked, grounding=found, seed=3) for found in (grounding, NOTHING))
    np.testing.assert_array_equal(locked.source, free.source)
    assert not np.array_equal(locked.result, free.result)
    assert locked.mask is None
    assert free.details["grounding"] == "no 'cat' found"


def test_a_foreground_that_is_everything_and_stays_locked_leaves_nothing_to_change() -> None:
    everything, asked = GivenMask(np.ones(SIZE, np.float32)), proposal(Task.ENVIRONMENT)
    throughout = EnvironmentByPrompt(tiny_sd(), replace(ENVIRONMENT, steps=4, schedule=Schedule(lock=1)))
    held = throughout(photo(), asked, grounding=everything, seed=3)
    np.testing.assert_array_equal(held.result, held.source)
    released = environment()(photo(), asked, grounding=everything, seed=3)
    assert not np.array_equal(released.result, released.source)


def same(one: Candidate | CannotEdit, other: Candidate | CannotEdit) -> bool:
    if isinstance(one, CannotEdit) or isinstance(other, CannotEdit):
        return str(one) == str(other)
    return np.array_equal(one.source, other.source) and np.array_equal(one.result, other.result)


def test_a_batch_answers_as_one_by_one_and_each_failure_stays_its_own() -> None:
    fine = proposal(Task.ATTRIBUTE)
    items = [
        (photo("a"), fine),
        (photo("b"), replace(fine, target_caption="")),
        (photo("c"), replace(fine, target_caption="a cat " * 20)),
        (photo("d"), replace(fine, target_caption="a red dog on the bench")),
        (photo("e", (33, 32)), fine),
        (photo("f", (16, 16)), fine),
        (photo("g"), fine),
    ]
    grounding = GivenMask(square())
    alone, together = (attribute().many(items, grounding=grounding, seed=1, batch=batch) for batch in (1, 3))
    assert [isinstance(answer, Candidate) for answer in together] == [True, False, False, True, False, False, True]
    assert all(same(one, other) for one, other in zip(alone, together, strict=True))
    assert not same(alone[0], alone[6])
    reasons = [answer.reason for answer in together if isinstance(answer, CannotEdit)]
    assert_each(reasons, ["no captions", "shorten it", "multiples of 2 pixels", "the mask has 32 x 32 pixels"])


def assert_each(texts: Sequence[str], parts: Sequence[str]) -> None:
    assert len(texts) == len(parts)
    assert [text for text, part in zip(texts, parts, strict=True) if part not in text] == []


@pytest.mark.parametrize("specialist", [attribute(), environment()], ids=lambda made: made.maker)
def test_the_same_seed_gives_the_same_candidate_and_another_another(specialist: EditByPrompt) -> None:
    asked = proposal(Task.ATTRIBUTE)
    first, again, other = (specialist(photo(), asked, grounding=GivenMask(square()), seed=seed) for seed in (5, 5, 6))
    assert same(first, again)
    assert not same(first, other)


def test_an_object_that_is_not_found_ends_an_attribute_edit() -> None:
    with pytest.raises(CannotEdit, match="no 'cat' found"):
        attribute()(photo(), proposal(Task.ATTRIBUTE), grounding=NOTHING, seed=0)


def test_a_written_photo_takes_no_memory() -> None:
    assert photo("p", (4000, 3000)).image.strides == (0, 0, 0)
    assert photo("p", (40, 30)).size == (40, 30)
