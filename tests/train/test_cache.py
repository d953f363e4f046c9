"""Caches of latents and texts: what is stored is what the encoders give, once, whatever happens on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from cache_sets import CONFIG, SIZES, Listed, files, pair, subject
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from omniedit.errors import DataError, RecipeError
from omniedit.model.codec import PixelCodec
from omniedit.model.text import TextEncoder
from omniedit.train.buckets import fit, nearest_bucket
from omniedit.train.cache.config import CacheConfig
from omniedit.train.cache.make import make_cache
from omniedit.train.cache.reader import Cached
from omniedit.train.cache.rows import Subject
from omniedit.train.cache.shards import pack, unpack
from omniedit.train.selection import SelectionConfig, select
from omniedit.types import Image

COUNT = 20


@st.composite
def texts(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens ``[B, L, E]`` with zeros here and there, and pooled ``[B, P]``."""
    shape = [draw(st.integers(1, 4)) for _ in range(3)]
    numbers = np.random.default_rng(draw(st.integers(0, 99))).integers(-1, 2, shape)
    dtype = draw(st.sampled_from([torch.float16, torch.bfloat16, torch.float32]))
    tokens = torch.from_numpy(numbers).to(dtype)
    return tokens, tokens.sum(1)


def loaded(tensors: dict[str, torch.Tensor]) -> object:
    """What an open file of ``tensors`` is to its reader."""
    with tempfile.TemporaryDirectory() as folder:
        save_file(tensors, Path(folder) / "texts")
        return safe_open(Path(folder) / "texts", framework="pt")


def listed(count: int = COUNT) -> Listed:
    return Listed([pair(number) for number in range(count)])


def made(out: Path, items: Listed, config: CacheConfig = CONFIG, **options: object) -> Cached:
    make_cache(lambda worker: subject(items, config), out, **options)  # type: ignore[arg-type]
    return Cached(out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cache")
    made(out, listed())
    return out


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """A cache that may be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "cache"))


def test_it_gives_what_the_encoders_give(whole: Path) -> None:
    cached, items, text = Cached(whole), listed(), TextEncoder.from_pretrained()
    assert len(cached) == COUNT
    for number, made_pair in enumerate(items.pairs):
        size = nearest_bucket(*made_pair.candidate.source.shape[1::-1], SIZES.values())
        pictures = [fit(picture, size) for picture in (made_pair.candidate.source, made_pair.candidate.result)]
        assert torch.equal(torch.stack(cached.latents(number)), PixelCodec().encode(pictures))
        wordings = made_pair.candidate.proposal.instructions
        assert cached.wordings(number) == list(wordings)
        expected = text(wordings)
        for wording in range(len(wordings)):
            assert torch.equal(cached.text(number, wording).tokens, expected.tokens[wording])
            assert torch.equal(cached.text(number, wording).pooled, expected.pooled[wording])
        assert tuple(cached.buckets[number]) == size == SIZES[cached.ratio(number)]
        assert cached[number] == items[number]
    assert torch.equal(cached.empty_text().tokens, text([""]).tokens[0])


def test_what_pairs_share_is_stored_once(whole: Path) -> None:
    about = Cached(whole).about
    sources, results = {number // 3 for number in range(COUNT)}, COUNT
    assert about.pictures == len(sources) + results
    assert about.texts == COUNT + 1 + 1  # one wording each, one in common, the empty one
    manifests = [json.loads(path.read_text()) for path in (whole / "units").glob("*.json")]
    keys = [key for shards in manifests for shard in shards for key in shard["keys"]]
    assert len(keys) == len(set(keys)) == about.pictures + about.texts


def test_files_do_not_depend_on_batches(whole: Path, tmp_path: Path) -> None:
    made(tmp_path, listed(), replace(CONFIG, batch=5))
    assert files(tmp_path) == files(whole)


def test_the_same_again_does_nothing(copied: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*.safetensors")}
    made(copied, listed())
    assert {path: path.stat().st_mtime_ns for path in copied.rglob("*.safetensors")} == before


def test_a_set_that_grows_keeps_what_it_has(copied: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*.safetensors")}
    grown, fresh = made(copied, listed(COUNT + 9)), made(tmp_path / "fresh", listed(COUNT + 9))
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for number in range(COUNT + 9):
        assert torch.equal(torch.stack(grown.latents(number)), torch.stack(fresh.latents(number)))
        assert torch.equal(grown.text(number, 1).tokens, fresh.text(number, 1).tokens)


def test_halves_are_rounded_and_nothing_else(tmp_path: Path, whole: Path) -> None:
    exact = Cached(whole)
    for dtype in ("float16", "bfloat16"):
        cached = made(tmp_path / dtype, listed(), replace(CONFIG, dtype=dtype))
        for number in range(COUNT):
            for kept, was in zip(cached.latents(number), exact.latents(number), strict=True):
                assert torch.equal(kept, was.to(getattr(torch, dtype)))
        assert cached.about.size < 0.7 * exact.about.size


def test_fewer_wordings_can_be_asked_for(tmp_path: Path) -> None:
    cached = made(tmp_path, listed(3), replace(CONFIG, wordings=1))
    assert cached.wordings(1) == ["make it 1"]
    assert cached.index.wordings.tolist() == [1, 1, 1]


def test_pairs_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    pairs = [pair(number) for number in range(5)]
    long = replace(pairs[1].candidate.proposal, instruction="and so on " * 40, phrasings=())
    pairs[1] = replace(pairs[1], candidate=replace(pairs[1].candidate, proposal=long))
    cached = made(tmp_path, Listed(pairs, unreadable=frozenset({"pair-3"})))
    assert [item.id for item in map(cached.__getitem__, range(len(cached)))] == ["pair-0", "pair-2", "pair-4"]
    left_out = [json.loads(line) for line in (tmp_path / "left_out.jsonl").read_text().splitlines()]
    assert [(row["id"], row["problem"]) for row in left_out] == [
        ("pair-1", "its instruction is too long for the text encoder"),
        ("pair-3", "pair-3 is broken"),
    ]
    assert cached.about.left_out == 2


def test_nothing_to_cache_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pair of 1 can be cached: pair-0 is broken"):
        made(tmp_path, Listed([pair(0)], unreadable=frozenset({"pair-0"})))


def test_pairs_can_be_chosen_of_it(whole: Path) -> None:
    cached = Cached(whole)
    chosen = select(cached, SelectionConfig(mix={"style": 2.0}))
    assert len(chosen) == 2 * COUNT
    with pytest.raises(DataError, match="pictures of pair 3 are not in it"):
        chosen.read(6)


def test_another_area_is_noticed(whole: Path) -> None:
    cached = Cached(whole)
    cached.demand_sizes(SIZES.values())
    with pytest.raises(RecipeError, match="no buckets of this recipe"):
        cached.demand_sizes([(64, 64)])


class Overflowing(PixelCodec):
    """Gives numbers that halves cannot hold."""

    def encode(self, images: list[Image]) -> torch.Tensor:  # type: ignore[override]
        return super().encode(images) * 1e6


def test_what_a_number_format_cannot_hold_is_not_stored(tmp_path: Path) -> None:
    config = replace(CONFIG, dtype="float16")
    with pytest.raises(DataError, match=r"pair-0, 'source'.*not finite in float16.*--dtype"):
        make_cache(lambda worker: subject(listed(2), config, Overflowing()), tmp_path)


def test_another_codec_has_its_own_files(copied: Path) -> None:
    before = files(copied)
    make_cache(lambda worker: subject(listed(), CONFIG, Overflowing()), copied)
    kept = {name: content for name, content in before.items() if name.endswith(".safetensors")}
    assert kept.items() <= files(copied).items()
    assert Cached(copied).latents(0)[0].abs().max() > 1e5


def test_settings_that_cannot_work_are_refused() -> None:
    for wrong in ({"dtype": "int8"}, {"batch": 0}, {"unit": 0}, {"wordings": -1}):
        with pytest.raises(RecipeError, match=next(iter(wrong))):
            CacheConfig(**wrong)  # type: ignore[arg-type]


# Damage ---------------------------------------------------------------------------------------------------------------


def latents_of(out: Path) -> Path:
    return sorted((out / "latents").rglob("*.safetensors"))[0]


def flip(path: Path) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def exchange(path: Path) -> None:
    """Put another file of the cache in its place."""
    others = [other for other in path.parents[3].rglob("*.safetensors") if other != path]
    shutil.copy(others[0], path)


@pytest.mark.parametrize("damage", [flip, cut, exchange, Path.unlink])
def test_damage_is_found_and_repaired(damage: object, copied: Path, whole: Path) -> None:
    path = latents_of(copied)
    damage(path)  # type: ignore[operator]
    with pytest.raises(
        DataError, match=f"{path.name} (is missing|has another size|is not the file).*run omniedit cache"
    ):
        Cached(copied)
    made(copied, listed())
    assert files(copied) == files(whole)


def test_a_file_is_hashed_once_and_again_when_asked(copied: Path, whole: Path) -> None:
    Cached(copied)
    path = latents_of(copied)
    times = path.stat()
    flip(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    Cached(copied)  # by size and time of change it is what it was
    make_cache(lambda worker: subject(listed()), copied, thorough=True)
    assert files(copied) == files(whole)


@pytest.mark.parametrize("name", ["index.parquet", "units", "rows"])
def test_broken_tables_say_what_to_do(name: str, copied: Path, whole: Path) -> None:
    path = copied / name
    path = sorted(path.glob("[0-9a-f]*[tn]"))[0] if path.is_dir() else path
    path.write_bytes(b"no such thing")
    with pytest.raises(DataError, match=f"{path.name} is broken.*delete it, and run omniedit cache again"):
        Cached(copied) if name == "index.parquet" else made(copied, listed())
    path.unlink()
    made(copied, listed())
    assert files(copied) == files(whole)


def test_no_cache_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no finished cache.*run omniedit cache"):
        Cached(tmp_path)


# Memory ---------------------------------------------------------------------------------------------------------------


def test_reading_loads_no_encoders(whole: Path) -> None:
    code = f"""
import pickle, sys
from omniedit.train.cache.examples import CachedExamples
from omniedit.train.cache.reader import Cached
examples = pickle.loads(pickle.dumps(CachedExamples(Cached({str(whole)!r}), [3, 1])))
examples.cached.latents(3), examples.cached.text(1, 0), examples.cached.empty_text(), examples.buckets
print([name for name in ("diffusers", "transformers", "accelerate", "PIL.Image", "cv2") if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "diffusers" not in said
    assert "transformers" not in said


def test_other_processes_help(tmp_path: Path, whole: Path) -> None:
    make_cache(partial(_opened, COUNT), tmp_path, workers=2)
    assert files(tmp_path) == files(whole)


def _opened(count: int, worker: int) -> Subject:
    return subject(listed(count))


@given(texts=texts(), row=st.integers(0, 10))
@settings(max_examples=50, deadline=None)
def test_texts_come_back_as_they_were(texts: tuple[torch.Tensor, torch.Tensor], row: int) -> None:
    tokens, pooled = texts
    file = loaded(pack(list(tokens), list(pooled)))
    row %= len(tokens)
    found = unpack(file, row, tokens.shape[-1])
    assert torch.equal(found[0], tokens[row])
    assert torch.equal(found[1], pooled[row])


def test_zeros_at_the_end_of_a_token_take_no_space() -> None:
    tokens = torch.zeros(3, 4, 5)
    tokens[1, 2, 4], tokens[2, 0, 0], tokens[2, 3] = 1, -2, torch.arange(5.0)
    packed = pack(list(tokens), list(torch.zeros(3, 2)))
    assert packed["widths"].tolist() == [[0, 0, 0, 0], [0, 0, 5, 0], [1, 0, 0, 5]]
    assert packed["starts"].tolist() == [0, 0, 5, 11]
    assert len(packed["numbers"]) == 11
