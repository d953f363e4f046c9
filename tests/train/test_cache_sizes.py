"""What is said of a cache before it is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from cache_sets import CONFIG, Listed, pair, subject

from omniedit.train.cache.make import make_cache
from omniedit.train.cache.reader import Cached
from omniedit.train.cache.sizes import latent_bytes, outlook


def test_sd3_at_a_megapixel() -> None:
    assert latent_bytes((1024, 1024), 16, 8, "float16") == 16 * 128 * 128 * 2
    assert latent_bytes((1360, 768), 16, 8, "float32") == 16 * 170 * 96 * 4


def test_it_is_as_large_as_was_said(tmp_path: Path) -> None:
    items = Listed([pair(number) for number in range(21)])
    said = outlook(subject(items))
    make_cache(lambda worker: subject(items), tmp_path)
    about = Cached(tmp_path).about
    assert said.pairs == said.looked_at == 21
    assert said.left_out == 0
    assert round(said.pictures * 2 * 21) == about.pictures == 7 + 21
    assert round(said.texts * 21) + 1 == about.texts
    sizes = {
        kind: sum(path.stat().st_size for path in (tmp_path / kind).rglob("*.safetensors"))
        for kind in ("latents", "texts")
    }
    assert said.latents == pytest.approx(sizes["latents"], rel=0.1)  # the files have headers
    assert said.embedded == pytest.approx(sizes["texts"], rel=0.1)
    assert said.unshared == sum(
        2 * pairs * latent_bytes(size, 3, 1, "float32") for size, pairs, _ in said.buckets.values()
    )


def test_a_sample_is_scaled() -> None:
    items = Listed([pair(number) for number in range(60)])
    said = outlook(subject(items, CONFIG), sample=15)
    assert said.looked_at == 15
    assert sum(pairs for _, pairs, _ in said.buckets.values()) == said.pairs == 60
    assert said.latents == round(said.unshared * 20 / 30)
