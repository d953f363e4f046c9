"""Which photographs make a suite: evenly spread, unlike each other, whatever they are called."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from suite_folders import SMALL, folder_of, photograph

from omniedit.bench.suites.making.choice import Seen, choose, look
from omniedit.bench.suites.making.folder import Facts
from omniedit.data.sources.folder import FolderSource
from omniedit.data.sources.kinds import open_source
from omniedit.errors import DataError
from omniedit.images import RATIOS, resize, save_picture


def seen(name: str, ratio: str, phash: int) -> Seen:
    return Seen(name, name, hashlib.sha256(name.encode()).hexdigest(), ratio, phash, 100.0, Facts())


piles = st.lists(st.tuples(st.sampled_from(list(RATIOS)), st.integers(0, 2**64 - 1)), min_size=1, max_size=40).map(
    lambda pile: [seen(f"photo {place}", ratio, phash) for place, (ratio, phash) in enumerate(pile)]
)


@given(piles, st.integers(1, 50), st.integers(0, 3))
def test_ratios_are_as_even_as_the_photographs_allow(pile: list[Seen], count: int, seed: int) -> None:
    chosen = choose(pile, count, seed)
    assert len({one.digest for one in chosen}) == len(chosen) == min(count, len(pile))
    taken, there = (Counter(one.ratio for one in group) for group in (chosen, pile))
    most = max(taken.values())
    assert all(taken[ratio] >= min(there[ratio], most - 1) for ratio in RATIOS)


@given(piles, st.integers(1, 50), st.randoms(use_true_random=False))
def test_the_order_of_the_files_decides_nothing(pile: list[Seen], count: int, random: object) -> None:
    shuffled = list(pile)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(pile, count) == choose(shuffled, count)


def test_of_one_ratio_the_unlike_are_taken() -> None:
    alike = [seen(f"alike {bit}", "1:1", 1 << bit) for bit in range(8)]
    other = seen("other", "1:1", 2**64 - 1)
    for seed in range(5):
        assert other in choose([*alike, other], 2, seed)


def test_sixty_two_of_many_are_nine_of_each_ratio_but_one() -> None:
    pile = [seen(f"{ratio} {place}", ratio, place * 7919) for ratio in RATIOS for place in range(12)]
    assert sorted(Counter(one.ratio for one in choose(pile)).values()) == [8, 9, 9, 9, 9, 9, 9]


def test_without_photographs_there_is_no_suite() -> None:
    with pytest.raises(DataError, match="no photograph to choose from"):
        choose([])


def test_what_cannot_be_used_has_its_reason(tmp_path: Path) -> None:
    folder_of(tmp_path, [(72, 48), (48, 48)])
    save_picture(tmp_path / "blurred.png", np.full((48, 48, 3), 90, np.uint8))
    save_picture(tmp_path / "wide.png", photograph(7, (200, 40)))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    found, left_out = look(FolderSource(str(tmp_path)), SMALL)
    assert sorted(one.ratio for one in found) == ["1:1", "3:2"]
    reasons = {Path(name).name: reason.split(":")[0] for name, reason in left_out.items()}
    assert reasons["blurred.png"] == "sharpness"
    assert reasons["wide.png"] == "ratio"
    assert "broken.jpg" in reasons


def test_of_two_that_look_alike_the_sharper_is_taken(tmp_path: Path) -> None:
    picture = photograph(3, (96, 96))
    save_picture(tmp_path / "a-soft.png", resize(resize(picture, (24, 24)), (96, 96)))
    save_picture(tmp_path / "b-sharp.png", picture)
    soft = replace(SMALL, min_sharpness=0.0)
    [kept], left_out = look(FolderSource(str(tmp_path)), soft)
    assert kept.ref == "b-sharp.png"
    assert [reason.split(":")[0] for reason in left_out.values()] == ["duplicate"]
    both, none = look(FolderSource(str(tmp_path)), replace(soft, duplicate_bits=-1))
    assert (len(both), none) == (2, {})


def test_a_photograph_is_what_its_pixels_are(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    save_picture(tmp_path / "one" / "a.png", photograph(1))
    save_picture(tmp_path / "two" / "z.webp", photograph(1))
    [first], _ = look(open_source(tmp_path / "one"), SMALL)
    [second], _ = look(open_source(tmp_path / "two"), SMALL)
    assert first.digest == second.digest


def test_a_file_beside_a_photograph_that_says_something_else_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path, [(72, 48)])
    (tmp_path / "photo-0.json").write_text('{"objekts": []}', encoding="utf-8")
    with pytest.raises(DataError, match=r"photo-0\.json.*unknown setting 'objekts'"):
        look(FolderSource(str(tmp_path)), SMALL)
