"""Contestants by name: the two ends of the scale, the editors that there are, and a clear word on any other."""

from __future__ import annotations

import numpy as np
import pytest

from omniedit.bench.contestants import contestant
from omniedit.bench.suites.scenes import SceneSuite
from omniedit.errors import ModelError


@pytest.mark.parametrize("name", ["unedited", "ideal", "specialists"])
def test_a_contestant_answers_in_the_size_of_the_photo_and_the_same_for_the_same_seed(name: str) -> None:
    suite = SceneSuite(limit=7)
    item = suite.item(suite.ids[5])
    answer = contestant(name)
    first, second = answer(item, 3), answer(item, 3)
    assert first.shape == item.photo.image.shape
    assert np.array_equal(first, second)
    assert np.array_equal(first, item.photo.image) == (name == "unedited")


def test_an_unknown_model_is_named_with_the_names_that_there_are() -> None:
    with pytest.raises(ModelError, match=r"'no such model'.*nano, specialists"):
        contestant("no such model")
