"""GEdit-Bench: read from Arrow and parquet, one language at a time, and summed up as its script does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_copies import cell, parquet, picture, saved, scored, unscored

from omniedit.bench.item import SuiteOptions
from omniedit.bench.results import Status
from omniedit.bench.suites.gedit import TASKS, GEditChinese, GEditEnglish
from omniedit.errors import DataError, ImageError
from omniedit.types import Task

PICTURES = ("input_image", "input_image_raw")
SIZES = {group: 2 + index % 3 for index, group in enumerate(TASKS)}


def rows(groups: dict[str, int] = SIZES) -> list[dict[str, Any]]:
    found = []
    for group, count in groups.items():
        for index in range(count):
            for language in ("en", "cn"):
                seed = len(found)
                found.append(
                    {
                        "task_type": group,
                        "key": f"{index:04x}",
                        "instruction": f"{group} {index}, in {language}",
                        "instruction_language": language,
                        "input_image": cell(seed, (12, 8)),
                        "input_image_raw": cell(seed),
                        "Intersection_exist": index != 1,
                    }
                )
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(rows(), PICTURES, tmp_path_factory.mktemp("gedit"), "train")


def english(copy: Path, limit: int | None = None, seed: int = 0) -> GEditEnglish:
    return GEditEnglish(SuiteOptions(copy, seed, limit))


def test_items_are_the_rows_of_one_language(copy: Path) -> None:
    suite = english(copy)
    assert len(suite.ids) == sum(SIZES.values())
    item = suite.item("subject-replace-0001")
    assert (item.id, item.group, item.proposal.task) == ("subject-replace-0001", "subject-replace", Task.SWAP)
    assert item.instruction == item.proposal.instruction == "subject-replace 1, in en"
    assert (item.ratio, item.ideal, item.reference, item.mask) == ("3:2", None, None, None)
    seed = next(seed for seed, row in enumerate(rows()) if row["instruction"] == item.instruction)
    assert np.array_equal(item.photo.image, picture(seed))
    assert GEditChinese(SuiteOptions(copy)).item(item.id).instruction == "subject-replace 1, in cn"


def test_the_two_languages_are_two_suites(copy: Path) -> None:
    suites = english(copy), GEditChinese(SuiteOptions(copy))
    assert [suite.name for suite in suites] == ["gedit-en", "gedit-cn"]
    assert suites[0].ids == suites[1].ids
    assert suites[0].hash != suites[1].hash


def test_parquet_and_arrow_hold_the_same_items(copy: Path, tmp_path: Path) -> None:
    path = parquet(rows(), PICTURES, tmp_path / "data" / "train-00000-of-00001.parquet")
    for other in (english(tmp_path), english(path)):
        assert other.ids == english(copy).ids
        assert other.hash == english(copy).hash
        name = other.ids[-1]
        assert np.array_equal(other.item(name).photo.image, english(copy).item(name).photo.image)


def published(scores: dict[str, tuple[int, int, bool, str]]) -> dict[str, float]:
    """Its script: for each group the means of SC, PQ and sqrt(SC PQ); then the means of the 11."""
    figures = {}
    for suffix, wanted in (("", (True, False)), (" intersection", (True,))):
        groups = []
        for group in TASKS:
            table = np.array([(sc, pq) for sc, pq, both, of in scores.values() if of == group and both in wanted])
            groups.append([*table.mean(axis=0), np.sqrt(table.prod(axis=1)).mean()])
        for name, value in zip(("G_SC", "G_PQ", "G_O"), np.mean(groups, axis=0), strict=True):
            figures[name + suffix] = float(value)
        if not suffix:
            figures |= {f"O {group}": float(values[2]) for group, values in zip(TASKS, groups, strict=True)}
    return figures


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_the_published_script(copy: Path, seed: int) -> None:
    rng, suite = np.random.default_rng(seed), english(copy)
    scores = {}
    for name in suite.ids:
        sc, pq = (int(score) for score in rng.integers(0, 11, 2))
        scores[name] = (sc, pq, not name.endswith("0001"), name.rsplit("-", 1)[0])
    judged = [scored(name, (sc, min(10, sc + 3)), (10, pq)) for name, (sc, pq, _, _) in scores.items()]
    rng.shuffle(judged)  # type: ignore[arg-type]
    figures = dict(suite.figures(judged))
    assert figures.pop("coverage") == 1
    assert figures == pytest.approx(published(scores))


@pytest.mark.parametrize("lost", ["unscored", "refused", "crashed"])
def test_a_group_with_missing_items_has_no_mean_and_neither_has_the_whole(copy: Path, lost: Status) -> None:
    suite = english(copy)
    gone = "style_change-0001"
    judged = [unscored(name, lost) if name == gone else scored(name, (8, 8), (2, 2)) for name in suite.ids]
    figures = suite.figures(judged)
    assert figures["O style_change"] is None
    assert figures["G_SC"] is figures["G_PQ"] is figures["G_O"] is None
    assert figures["O text_change"] == figures["G_O intersection"] == pytest.approx(4)
    assert figures["coverage"] == pytest.approx(1 - 1 / len(suite.ids))
    assert suite.figures([row for row in judged if row.id != gone]) == figures
    assert set(suite.figures([]).values()) == {None, 0}


def test_a_limit_takes_as_many_from_each_group(copy: Path) -> None:
    suite = english(copy, limit=len(TASKS) * 2)
    groups = [suite.item(name).group for name in suite.ids]
    assert {group: groups.count(group) for group in TASKS} == dict.fromkeys(TASKS, 2)
    assert suite.hash != english(copy).hash
    assert english(copy, limit=1000).hash == english(copy).hash
    assert english(copy, limit=11, seed=1).ids != english(copy, limit=11, seed=2).ids


@pytest.mark.parametrize(
    ("column", "value"),
    [("instruction", "another"), ("key", "ffff"), ("input_image_raw", cell(999)), ("Intersection_exist", False)],
)
def test_the_hash_changes_with_whatever_an_item_depends_on(tmp_path: Path, column: str, value: object) -> None:
    before = rows({"text_change": 2})
    after = [before[0] | {column: value}, *before[1:]]
    paths = [parquet(it, PICTURES, tmp_path / name) for it, name in ((before, "a.parquet"), (after, "b.parquet"))]
    first, second = map(english, paths)
    assert first.hash != second.hash
    assert GEditChinese(first.options).hash == GEditChinese(second.options).hash


@pytest.mark.parametrize("name", [None, "nowhere"])
def test_without_a_copy_it_says_what_to_fetch(tmp_path: Path, name: str | None) -> None:
    suite = GEditEnglish(SuiteOptions(tmp_path / name if name else None))
    with pytest.raises(DataError, match="hf download stepfun-ai/GEdit-Bench --repo-type dataset") as caught:
        suite.ids  # noqa: B018
    assert name is None or str(tmp_path / name) in str(caught.value)
    assert "--photos" in str(caught.value)


def test_a_folder_without_tables_is_no_copy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{tmp_path} holds no .parquet"):
        english(tmp_path).ids  # noqa: B018


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("keep", [0, 100])
def test_a_broken_file_is_named(tmp_path: Path, kind: str, keep: int) -> None:
    if kind == "parquet":
        path = parquet(rows({"text_change": 2}), PICTURES, tmp_path / "train-0.parquet")
    else:
        [path] = saved(rows({"text_change": 2}), PICTURES, tmp_path, "train").rglob("*.arrow")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=f"{path} is no table"):
        english(tmp_path).ids  # noqa: B018


@pytest.mark.parametrize("column", ["task_type", "key", "instruction_language"])
def test_a_missing_column_is_named_with_the_file(tmp_path: Path, column: str) -> None:
    bare = [{name: value for name, value in row.items() if name != column} for row in rows({"text_change": 1})]
    path = parquet(bare, PICTURES, tmp_path / "train-0.parquet")
    with pytest.raises(DataError, match=f"{path} has no column {column}; it has"):
        english(tmp_path).ids  # noqa: B018


def test_so_is_a_missing_column_of_pictures(tmp_path: Path) -> None:
    bare = [{name: row[name] for name in row if name not in PICTURES} for row in rows({"text_change": 1})]
    path = parquet(bare, (), tmp_path / "train-0.parquet")
    with pytest.raises(DataError, match=f"{path} has no column input_image_raw or input_image"):
        english(tmp_path).ids  # noqa: B018


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("task_type", "weather", "'weather', which is none of background_change"), ("instruction", "  ", "no text under")],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, column: str, value: str, message: str) -> None:
    odd = rows({"text_change": 3})
    odd[2][column] = value
    path = parquet(odd, PICTURES, tmp_path / "train-0.parquet")
    with pytest.raises(DataError, match=message) as caught:
        english(path).ids  # noqa: B018
    assert f"row 0 of group 1 of {path}" in str(caught.value)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_an_unreadable_picture_is_named(tmp_path: Path, kind: str) -> None:
    odd = rows({"text_change": 2})
    odd[2]["input_image_raw"] = {"bytes": b"no picture", "path": None}
    if kind == "parquet":
        parquet(odd, PICTURES, tmp_path / "train-0.parquet")
    else:
        saved(odd, PICTURES, tmp_path, "train")
    suite = english(tmp_path)
    assert suite.item("text_change-0000").photo.size == (24, 16)
    with pytest.raises(ImageError, match=f"row . of group . of {tmp_path}"):
        suite.item("text_change-0001")
