from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.tools.strokes import StrokesConfig, draw
from omniedit.errors import RecipeError
from omniedit.seeding import stream

SIDES = st.integers(16, 200)


@settings(deadline=None, max_examples=30)
@given(SIDES, SIDES, st.integers(0, 1000))
def test_strokes_are_hard_and_cover_what_is_allowed(width: int, height: int, seed: int) -> None:
    config = StrokesConfig()
    mask = draw((width, height), stream(seed), config)
    assert mask.shape == (height, width)
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) == {0.0, 1.0}
    assert config.covered[0] <= mask.mean() <= config.covered[1]


def test_a_stream_draws_the_same_and_another_one_others() -> None:
    first, again, other = (draw((90, 60), stream(0, name)) for name in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_strokes_grow_with_the_picture() -> None:
    config = StrokesConfig(strokes=(1, 1), lines=(1, 1), length=(0.4, 0.4), width=(0.2, 0.2), covered=(0.01, 0.5))
    shares = [np.mean([draw((s, s), stream(n), config).mean() for n in range(20)]) for s in (50, 200)]
    assert shares[0] == pytest.approx(shares[1], rel=0.15)


@pytest.mark.parametrize(
    "wrong", [{"strokes": (0, 2)}, {"width": (0.5, 0.1)}, {"covered": (0.1, 1.0)}, {"turn": 2.0}, {"lines": (1, 2, 3)}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(RecipeError, match="strokes"):
        StrokesConfig(**wrong)  # type: ignore[arg-type]
