"""What suites of local copies share: an even choice of items, the nearest ratio, names, and means that miss nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_copies import scored, unscored

from omniedit.bench.item import SuiteOptions
from omniedit.bench.suites import means
from omniedit.bench.suites.local import Download, Entry, LocalSuite, Stored, nearest_ratio, spread
from omniedit.errors import DataError
from omniedit.images import RATIOS
from omniedit.types import Task

GROUPS = st.dictionaries(st.text("abcdef", min_size=1), st.sampled_from("xyz"), min_size=1)


class Named(LocalSuite):
    """A suite of whatever names the file lists."""

    name = "named"
    download = Download("a list", "a few lines", ("none",), "the list")

    def read(self, copy: Path) -> Iterator[Entry]:
        for line in copy.read_text(encoding="utf-8").splitlines():
            yield Entry(id=line, group="all", task=Task.STYLE, instruction=line, photo=Stored("", lambda: b""))


@given(GROUPS, st.integers(1, 40), st.integers(0, 5))
def test_a_choice_is_even_and_part_of_a_larger_one(groups: dict[str, str], limit: int, seed: int) -> None:
    chosen = spread(groups, limit, seed)
    assert len(chosen) == min(limit, len(groups))
    assert chosen == [name for name in groups if name in set(chosen)]
    assert set(chosen) <= set(spread(groups, limit + 1, seed))
    taken, there = Counter(groups[name] for name in chosen), Counter(groups.values())
    least = min((taken[group] for group in there if taken[group] < there[group]), default=None)
    assert least is None or max(taken.values()) <= least + 1


@given(GROUPS, st.integers(1, 10))
def test_whether_an_item_is_chosen_does_not_depend_on_the_order(groups: dict[str, str], limit: int) -> None:
    turned = dict(reversed(groups.items()))
    assert set(spread(groups, limit, 0)) == set(spread(turned, limit, 0))
    assert spread(groups, None, 0) == list(groups)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(DataError, match="at least 1"):
        spread({"a": "x"}, 0, 0)


@pytest.mark.parametrize("name", RATIOS)
def test_the_nearest_ratio_is_told_from_a_size(name: str) -> None:
    assert nearest_ratio((round(1000 * RATIOS[name]), 1000)) == name
    assert nearest_ratio((5000, 100)) == "16:9"


def test_names_can_be_names_of_files_and_differ(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("a/b\na b\n../etc\n草\na-b\nA.b-1", encoding="utf-8")
    names = Named(SuiteOptions(path)).ids
    assert names == ["a_b", "a_b-2", "etc", "item", "a-b", "A.b-1"]


def test_a_copy_without_items_is_named(tmp_path: Path) -> None:
    (tmp_path / "list").touch()
    with pytest.raises(DataError, match=f"{tmp_path / 'list'} holds no item of named"):
        Named(SuiteOptions(tmp_path / "list")).ids  # noqa: B018


@pytest.mark.parametrize(("lost", "told"), [(0, True), (5, True), (6, False), (100, False)])
def test_a_mean_wants_nearly_all_items(lost: int, told: bool) -> None:
    groups = {str(index): "one" for index in range(100)}
    rows = [unscored(name) if int(name) < lost else scored(name, (9, 10), (4,)) for name in groups]
    assert means.group_means(rows, groups, means.overall) == {"one": pytest.approx(6) if told else None}
    assert means.coverage(rows, groups, means.overall) == pytest.approx(1 - lost / 100)


def test_an_average_over_groups_wants_them_all() -> None:
    assert means.average({"a": 1.0, "b": 4.0}, "ab") == 2.5
    assert means.average({"a": 1.0, "b": None}, "ab") is None
    assert means.average({"a": 1.0}, "ab") is None
    assert means.average({}, "") is None


def test_rows_of_other_items_count_nowhere() -> None:
    rows = [scored("a", (4, 4), (4,)), scored("stranger", (10, 10), (10,))]
    assert means.group_means(rows, {"a": "one"}, means.sc) == {"one": 4}
