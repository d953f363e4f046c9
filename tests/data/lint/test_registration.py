"""Shifts and zooms are measured, edits and changes of light are not taken for them."""

from __future__ import annotations

import numpy as np
import pytest
from faulty_sets import disc, scenery, with_disc, zoom
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.data.lint.registration import motion

steps = st.integers(-7, 7)


@settings(max_examples=15, deadline=None)
@given(steps, steps)
def test_a_shift_is_measured_to_half_a_pixel(right: int, down: int) -> None:
    found = motion(scenery(3), np.roll(scenery(3), (down, right), (0, 1)))
    if max(abs(right), abs(down)) < 2:
        assert found is None or found.zoom == pytest.approx(1, abs=0.021)
        return
    assert found is not None
    assert (found.zoom, found.right, found.down) == pytest.approx((1, right, down), abs=0.5)


@pytest.mark.parametrize("factor", [0.9, 0.95, 1.03, 1.06, 1.1])
def test_a_zoom_is_measured_to_three_percent(factor: float) -> None:
    found = motion(scenery(3), zoom(scenery(3), factor))
    assert found is not None
    assert found.zoom == pytest.approx(factor, abs=0.03)


def test_neither_edits_nor_light_nor_another_picture_is_a_motion() -> None:
    plain = scenery(3)
    edited = with_disc(plain, (230, 20, 20))
    darker = (plain * 0.6 + 10).astype(np.uint8)
    assert motion(plain, edited, disc()) is None
    assert motion(plain, edited) is None
    assert motion(plain, darker) is None
    assert motion(plain, scenery(4)) is None
    assert motion(plain, np.zeros_like(plain)) is None


def test_the_edited_region_does_not_count() -> None:
    moved = np.roll(scenery(3), (3, 4), (0, 1))
    assert motion(scenery(3), moved, np.ones(moved.shape[:2], np.float32)) is None
    found = motion(with_disc(scenery(3), (230, 20, 20)), moved, disc())
    assert found is not None
    assert (found.right, found.down) == pytest.approx((4, 3), abs=0.5)


def test_a_large_picture_is_measured_in_its_own_pixels() -> None:
    large = np.kron(scenery(3), np.ones((6, 6, 1), np.uint8))
    found = motion(large, np.roll(large, 24, 1))
    assert found is not None
    assert found.right == pytest.approx(24, abs=3)
