"""Aspect-ratio buckets: the seven ratios, the nearest of them, and fitting with the least crop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.images import RATIOS
from omniedit.train.buckets import (
    bucket_counts,
    bucket_sizes,
    bucket_table,
    fit,
    fit_mask,
    nearest_bucket,
    nearest_buckets,
    share_cropped,
)

SIDES = st.integers(8, 6000)


@pytest.mark.parametrize("multiple", [16, 32])
@pytest.mark.parametrize("area", [256 * 256, 512 * 512, 1024 * 1024])
def test_seven_buckets_of_about_one_area(area: int, multiple: int) -> None:
    sizes = bucket_sizes(area, multiple)
    assert sizes.keys() == RATIOS.keys()
    for name, (width, height) in sizes.items():
        assert width % multiple == height % multiple == 0
        assert abs(width * height / area - 1) < 0.13
        assert abs(np.log(width / height / RATIOS[name])) < 0.12
        turned = ":".join(reversed(name.split(":")))
        assert sizes[turned] == (height, width)


def test_every_picture_finds_the_bucket_of_its_ratio() -> None:
    sizes = bucket_sizes(1024 * 1024)
    for name, ratio in RATIOS.items():
        assert nearest_bucket(round(900 * ratio), 900, sizes.values()) == sizes[name]


@given(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=20), st.sampled_from([256, 512, 1024]))
@settings(deadline=None)
def test_the_nearest_bucket_crops_least(pictures: list[tuple[int, int]], side: int) -> None:
    sizes = list(bucket_sizes(side * side).values())
    width, height = np.array(pictures, np.int32).T
    for number, (w, h) in zip(nearest_buckets(width, height, sizes), pictures, strict=True):
        assert sizes[number] == nearest_bucket(w, h, sizes)
        assert share_cropped(w, h, sizes[number]) <= min(share_cropped(w, h, size) for size in sizes) + 1e-12


@pytest.mark.parametrize("size", [(100, 100), (333, 97), (41, 600), (160, 112)])
def test_fitting_covers_the_bucket_with_the_middle_of_the_picture(size: tuple[int, int]) -> None:
    width, height = size
    ramp = np.linspace(0, 255, width).round().astype(np.uint8)
    picture = np.repeat(np.repeat(ramp[None, :, None], height, 0), 3, 2)
    bucket = nearest_bucket(width, height, bucket_sizes(16384).values())
    fitted = fit(picture, bucket)
    assert (fitted.shape[1], fitted.shape[0]) == bucket
    assert abs(float(fitted.mean()) - float(picture.mean())) < 3
    assert (np.diff(fitted[..., 0].astype(int), axis=1) >= -2).all()


def test_a_picture_of_its_buckets_size_is_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 32, 3), np.uint8)
    assert np.array_equal(fit(picture, (32, 48)), picture)


@given(st.integers(8, 90), st.integers(8, 90), st.sampled_from(sorted(bucket_sizes(4096).values())))
@settings(deadline=None, max_examples=50)
def test_what_is_cropped_is_what_is_said(width: int, height: int, size: tuple[int, int]) -> None:
    """Crop of a picture of two ramps: how much of each ramp is left says how much of each side is."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    left = [fit_mask(ramp.astype(np.float32), size) for ramp in (across, down)]
    seen = np.prod([float(np.ptp(ramp)) for ramp in left])
    assert abs(1 - seen - share_cropped(width, height, size)) < 2.5 / min(*size, width, height)


def test_source_target_and_mask_stay_registered() -> None:
    rng = np.random.default_rng(0)
    source = rng.integers(0, 256, (61, 97, 3), np.uint8)
    mask = np.zeros((61, 97), np.float32)
    mask[20:40, 30:70] = 1
    target = np.where(mask[..., None] > 0, 255 - source, source).astype(np.uint8)
    size = (64, 48)
    changed = np.abs(fit(source, size).astype(int) - fit(target, size)).max(-1) > 8
    assert not changed[fit_mask(mask, size) == 0].any()
    assert changed[fit_mask(mask, size) == 1].mean() > 0.9


def test_counts_of_a_set() -> None:
    sizes = bucket_sizes(512 * 512)
    width, height = np.array([[1024, 1024], [1000, 1500], [1500, 1000], [300, 300], [3000, 1000]], np.int32).T
    counts = {count.name: count for count in bucket_counts(width, height, sizes)}
    assert {name: count.pictures for name, count in counts.items() if count.pictures} == {
        **{"1:1": 2, "2:3": 1, "3:2": 1, "16:9": 1}
    }
    assert counts["1:1"].cropped == 0
    assert counts["1:1"].enlarged == 1
    assert counts["16:9"].most_cropped == pytest.approx(share_cropped(3000, 1000, sizes["16:9"]))


def test_the_table_has_every_bucket_and_all() -> None:
    sizes = bucket_sizes(1024 * 1024)
    width, height = np.array([[1200, 800]] * 3 + [[800, 1200]], np.int32).T
    lines = bucket_table(bucket_counts(width, height, sizes)).splitlines()
    assert len(lines) == 9
    assert [line.split()[0] for line in lines[1:]] == [*sizes, "all"]
    row = next(line for line in lines if line.startswith("3:2"))
    assert "1248 × 832" in row
    assert "75.0%" in row
    assert "100.0%" in lines[-1]


def test_the_table_of_nothing() -> None:
    nothing = np.array([], np.int32)
    assert "all" in bucket_table(bucket_counts(nothing, nothing, bucket_sizes(65536)))
