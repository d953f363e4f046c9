from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_editor import photograph

from omniedit.colour import to_oklab
from omniedit.data import cutouts
from omniedit.data.tools.weather import change_environment
from omniedit.edit.fidelity import Report, change_mask, composite, shift_px
from omniedit.images import resize, resize_mask
from omniedit.types import Image


def with_object(photo: Image, name: str, colours: dict[str, str] | None = None) -> Image:
    height, width = photo.shape[:2]
    rgba = cutouts.get(name).render(int(0.4 * min(height, width)), colours or {}).rgba.astype(np.float32)
    top, left = int(0.9 * height) - rgba.shape[0], width // 5
    result, alpha = photo.copy(), rgba[..., 3:] / 255
    spot = result[top : top + rgba.shape[0], left : left + rgba.shape[1]]
    spot[:] = np.rint(spot * (1 - alpha) + rgba[..., :3] * alpha).astype(np.uint8)
    return result


def noisy(picture: Image, level: float, seed: int = 0) -> Image:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(picture.shape).astype(np.float32), (0, 0), 1)
    return np.clip(picture + noise * (level * 255 / noise.std()), 0, 255).astype(np.uint8)


def moved(picture: Image, x: float, y: float) -> Image:
    matrix, size = np.array([[1, 0, x], [0, 1, y]], np.float32), picture.shape[1::-1]
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def edits(photo: Image) -> dict[str, tuple[Image, Image]]:
    red, green = (with_object(photo, "car", {"body": word}) for word in ("red", "green"))
    cat = with_object(photo, "cat")
    return {"addition": (photo, red), "removal": (cat, photo), "swap": (red, cat), "attribute": (red, green)}


@pytest.mark.parametrize("task", ["addition", "removal", "swap", "attribute"])
@pytest.mark.parametrize("level", [0.0, 0.01, 0.02])
def test_the_mask_covers_what_visibly_changed_and_little_else(task: str, level: float) -> None:
    source, ideal = edits(photograph(640, 480))[task]
    small, edited = resize(source, (144, 112)), noisy(resize(ideal, (144, 112)), level)
    mask = resize_mask(change_mask(small, edited), (640, 480))
    visible = np.linalg.norm(to_oklab(source) - to_oklab(ideal), axis=-1) > 0.04
    assert (mask[visible] > 0).mean() >= 0.95
    assert (mask > 0).mean() < visible.mean() + 0.12


@pytest.mark.parametrize("level", [0.0, 0.01, 0.02])
def test_noise_alone_is_no_edit(level: float) -> None:
    small = photograph(144, 112)
    assert (change_mask(small, noisy(small, level)) > 0).mean() < 0.02


def test_an_edit_of_most_of_the_picture_is_found() -> None:
    small = photograph(144, 112)
    edited = 255 - small
    edited[40:80, 40:90] = small[40:80, 40:90]
    mask = change_mask(small, edited)
    assert mask[50:70, 50:80].max() == 0
    assert mask[:30].min() > 0.9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_composite_is_the_source_outside_and_the_edit_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, edited = rng.integers(0, 256, (2, 20, 30, 3), np.uint8)
    mask = rng.choice(np.array([0, 0.3, 1], np.float32), (20, 30))
    result = composite(source, edited, mask)
    assert np.array_equal(result[mask == 0], source[mask == 0])
    assert np.array_equal(result[mask == 1], edited[mask == 1])
    low, high = np.minimum(source, edited), np.maximum(source, edited)
    assert ((low <= result) & (result <= high)).all()


@pytest.mark.parametrize("shift", [(0.5, 0.0), (2.25, -1.5), (0.0, 6.0)])
@pytest.mark.parametrize("environment", ["", "night"])
def test_shifts_are_measured_to_a_fraction_of_a_pixel(shift: tuple[float, float], environment: str) -> None:
    source = photograph(400, 300)
    result = change_environment(source, environment) if environment else source
    assert shift_px(source, moved(result, *shift)) == pytest.approx(np.hypot(*shift), abs=0.15)


def test_a_shift_scales_with_the_picture() -> None:
    source = photograph(1600, 1200)
    assert shift_px(source, moved(source, 8, 0)) == pytest.approx(8, abs=0.5)


def test_no_shift_is_told_where_there_is_nothing_to_align() -> None:
    flat = np.full((64, 64, 3), 100, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert shift_px(flat, flat + np.uint8(9)) is None
    assert shift_px(photograph(64, 64), noise) is None


def test_the_shift_looks_outside_the_edit_only() -> None:
    source = photograph(300, 300)
    result, mask = source.copy(), np.zeros((300, 300), np.float32)
    result[100:200, 100:200], mask[100:200, 100:200] = np.roll(source, 9, axis=1)[100:200, 100:200], 1
    assert shift_px(source, result, mask) == 0.0


def test_a_report_measures_and_is_json() -> None:
    source = photograph(40, 20)
    result, mask = source.copy(), np.zeros((20, 40), np.float32)
    result[:10], mask[:10] = 255 - source[:10], 1
    result[15, 3] ^= 4
    origin = {"scope": "local", "model": "m", "model_sha256": "00", "seed": 3, "instruction": "Mach es „kühl“."}
    report = json.loads(Report.of(source, result, mask, **origin).to_json())
    assert list(report) == [
        *("size", "scope", "changed_fraction", "shift_px", "outside_max_abs_diff"),
        *("model", "model_sha256", "seed", "instruction", "version"),
    ]
    assert report["size"] == [40, 20]
    assert report["outside_max_abs_diff"] == 4
    assert report["changed_fraction"] == pytest.approx(401 / 800)
    assert report["instruction"] == "Mach es „kühl“."


def test_where_everything_is_edited_there_is_no_outside() -> None:
    source = photograph(40, 20)
    origin = {"scope": "global", "model": "m", "model_sha256": "", "seed": 0, "instruction": "x"}
    assert Report.of(source, 255 - source, None, **origin).outside_max_abs_diff is None
