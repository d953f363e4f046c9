"""The linter: silent on what is clean, and no kind of fault goes unseen."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from faulty_sets import (
    FAULTS,
    SWAP,
    change,
    clean_pair,
    cut_shard,
    make_clean,
    put,
    redraw,
    scenery,
    shift,
    store_a_page,
)

from omniedit.data.engine.build import build
from omniedit.data.lint import CHECKS, Finding, demand_sound, lint, quick_lint
from omniedit.data.lint.check import SetCheck
from omniedit.data.lint.registry import table
from omniedit.data.pairs import RELEASED_COLUMNS, write_pairs
from omniedit.data.photos import bundled_photos
from omniedit.data.scenes import SceneConfig, SceneMaker
from omniedit.data.sources.hashes import perceptual_hash, write_hashes
from omniedit.errors import DataError
from omniedit.types import Task

ROOT = Path(__file__).parents[3]
OF_A_PAIR = [name for name, check in CHECKS.items() if not isinstance(check, SetCheck)]
OF_THE_SET = [name for name, check in CHECKS.items() if isinstance(check, SetCheck)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What is found in one set that has every kind of fault of single pairs and shards."""
    root = tmp_path_factory.mktemp("faulty")
    for name in OF_A_PAIR:
        FAULTS[name](make_clean(root / name))
    return list(lint(root, checks=OF_A_PAIR))


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return make_clean(tmp_path / "clean")


@pytest.fixture
def leaks(tmp_path: Path) -> Path:
    """A list with the hash of a picture of the clean set."""
    path = tmp_path / "bench.hashes"
    write_hashes(path, [(perceptual_hash(clean_pair(SWAP).candidate.source), "bench/7")])
    return path


def names(folder: Path, **options: object) -> list[str]:
    return [finding.check for finding in lint(folder, **options)]  # type: ignore[arg-type]


# All faults, and none -------------------------------------------------------------------------------------------------


def test_a_clean_set_has_no_finding(clean: Path, tmp_path: Path) -> None:
    others = tmp_path / "other.hashes"
    write_hashes(others, [(perceptual_hash(scenery(99)), "other")])
    assert list(lint(clean, leakage=others)) == []
    assert quick_lint(clean) == []


def test_what_the_engine_builds_is_clean(tmp_path: Path) -> None:
    maker = SceneMaker(tuple(bundled_photos("train")), "train", 5, SceneConfig(cell=16))
    build([maker(0)], out=tmp_path, tasks=(Task.REMOVAL, Task.ENVIRONMENT), seed=5)
    assert list(lint(tmp_path)) == []


def test_there_is_a_fault_for_every_check_and_they_are_many() -> None:
    assert set(FAULTS) == set(CHECKS)
    assert len(CHECKS) >= 20


@pytest.mark.parametrize("name", OF_A_PAIR)
def test_the_fault_of_a_pair_is_found_where_it_is(name: str, found: list[Finding]) -> None:
    places = [finding for finding in found if finding.check == name and name in Path(finding.shard).parts]
    assert places
    assert all(finding.message and finding.severity == CHECKS[name].severity for finding in places)


@pytest.mark.parametrize("name", OF_THE_SET)
def test_the_fault_of_a_set_is_found(name: str, clean: Path, leaks: Path) -> None:
    leakage = leaks if name == "leakage" else None
    FAULTS[name](clean)
    finding = next(lint(clean, checks=[name], leakage=leakage))
    assert finding.check == name
    assert finding.row is not None
    assert finding.id


def test_every_check_says_what_it_finds_and_what_to_do() -> None:
    for check in CHECKS.values():
        assert check.about
        assert check.advice.endswith(".")


def test_the_page_has_the_table_of_checks() -> None:
    assert table() in (ROOT / "docs/lint.md").read_text(encoding="utf-8"), "run: python -m omniedit.data.lint.registry"


# Single behaviours ----------------------------------------------------------------------------------------------------


def test_a_finding_carries_shard_row_and_id(clean: Path) -> None:
    put(SWAP, width=512)(clean)
    (finding,) = lint(clean)
    assert (Path(finding.shard).name, finding.row, finding.id) == ("00000.parquet", SWAP, f"pair-{SWAP}")
    assert "512 × 72" in finding.message
    assert "row 3 (pair-3)" in finding.place


def test_a_duplicate_names_the_pair_that_it_repeats(clean: Path) -> None:
    FAULTS["duplicate-pair"](clean)
    (finding,) = lint(clean, checks=["duplicate-pair"])
    assert (finding.row, finding.id) == (4, "another")
    assert "pair-3 (00000.parquet, row 3)" in finding.message


def test_rejects_may_look_like_anything(tmp_path: Path) -> None:
    folder = make_clean(tmp_path / "set")
    for fault in ("target-equals-source", "flat-picture", "shifted", "swapped-object"):
        FAULTS[fault](folder)
    change(folder, lambda rows: [row.update(x_weight=0.0, x_reason="poor") for row in rows])
    (folder / "kept").rename(folder / "poor")
    assert names(folder) == []


def test_a_page_instead_of_a_picture_is_told(clean: Path) -> None:
    store_a_page(clean)
    (finding,) = lint(clean)
    assert finding.check == "unreadable-picture"
    assert "HTML page" in finding.message


def test_the_released_datasets_own_shards_can_be_linted(clean: Path) -> None:
    path = clean / "kept/00000.parquet"
    theirs = pq.read_table(path).select(list(RELEASED_COLUMNS)).replace_schema_metadata(None)
    pq.write_table(theirs, path)
    assert names(clean) == []


def test_a_shard_that_breaks_further_in_is_told(clean: Path) -> None:
    path = clean / "kept/00000.parquet"
    data = bytearray(path.read_bytes())
    data[200 : len(data) // 2] = bytes(len(data) // 2 - 200)
    path.write_bytes(data)
    assert "not-parquet" in names(clean)


def test_only_the_checks_that_are_asked_for(clean: Path) -> None:
    put(SWAP, width=512, x_judge="")(clean)
    assert names(clean, checks=["no-stamp"]) == ["no-stamp"]
    with pytest.raises(DataError, match="there is no check 'nostamp'; there are not-parquet"):
        lint(clean, checks=["nostamp"])


def test_a_limit_counts_rows_of_each_shard(clean: Path) -> None:
    put(SWAP, width=512)(clean)
    seen: list[tuple[int, int]] = []
    assert names(clean, limit=SWAP, progress=lambda done, total: seen.append((done, total))) == []
    assert seen[-1] == (SWAP + 1, SWAP + 1)
    assert names(clean, limit=SWAP + 1) == ["wrong-columns"]


def test_no_shards_and_no_list_are_clear_errors(clean: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a shard nor a folder"):
        list(lint(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="list of hashes"):
        list(lint(clean, leakage=tmp_path / "nowhere"))


# Before a training ----------------------------------------------------------------------------------------------------


def test_the_quick_look_takes_first_rows_and_no_registration(clean: Path) -> None:
    redraw(SWAP, shift)(clean)
    assert "shifted" not in [finding.check for finding in quick_lint(clean)]
    assert "shifted" in names(clean)
    put(SWAP, width=512)(clean)
    assert quick_lint(clean, limit=SWAP) == []


@pytest.mark.parametrize("plant", [cut_shard, put(SWAP, width=512)])
def test_a_set_with_errors_is_refused(plant: Callable[[Path], None], clean: Path) -> None:
    plant(clean)
    with pytest.raises(DataError, match=r"(?s)the pairs have faults, 1 .*00000\.parquet.*omniedit lint"):
        demand_sound(quick_lint(clean))


def test_warnings_are_not_refused(clean: Path) -> None:
    put(SWAP, x_judge="")(clean)
    demand_sound(quick_lint(clean))


# Memory ---------------------------------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_shards(tmp_path: Path) -> None:
    def peak(shards: int) -> int:
        folder = tmp_path / f"{shards}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for number in range(shards):
            (folder / f"{number}.parquet").write_bytes(shard)
        tracemalloc.start()
        assert names(folder, checks=["no-id", "no-instruction", "missing-picture", "duplicate-pair"], limit=2)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    shard = write_pairs(tmp_path / "one.parquet", map(clean_pair, range(2))).path.read_bytes()
    peak(2)  # what is loaded once
    assert peak(12) < 1.5 * peak(2)
