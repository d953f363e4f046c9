"""Plots are to scale, keep their labels as words, and leave no value out without saying so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.bench.plots import LETTERS, Bar, Effect, bars, forest, legend, short

VALUES = st.floats(0.001, 10)


def widths(drawn: str) -> list[float]:
    return [float(width) for width in re.findall(r'class="bar [^>]* width="([\d.]+)"', drawn)]


@given(VALUES, VALUES)
def test_bars_are_as_long_as_their_values(one: float, other: float) -> None:
    short, long = widths(bars([Bar("a", one), Bar("b", other)]))
    assert short * other == pytest.approx(long * one, abs=1)


def test_whiskers_are_where_the_interval_is() -> None:
    drawn = bars([Bar("a", 5.0, (2.5, 7.5))])
    start, width = (float(value) for value in re.findall(r'class="bar [^>]* x="([\d.]+)".* width="([\d.]+)"', drawn)[0])
    ends = re.findall(r'class="whisker" x1="([\d.]+)" x2="([\d.]+)"', drawn)[0]
    assert [float(end) - start for end in ends] == pytest.approx([width / 2, width * 1.5], abs=0.2)


def test_judges_stand_together_under_one_label() -> None:
    drawn = bars([Bar("swap", 4.0), Bar("swap", 6.0, series=1), Bar("style", None, note="0 of 3")])
    assert drawn.count(">swap<") == 1
    assert ("bar s0" in drawn, "bar s1" in drawn) == (True, True)
    assert "nothing scored" in drawn
    assert "0 of 3" in drawn
    assert legend(["oracle", "<student>"]).count("key s") == 2
    assert "&lt;student&gt;" in legend(["oracle", "<student>"])
    assert legend(["oracle"]) == ""


@given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 5)), min_size=1, max_size=8))
def test_a_forest_holds_every_interval(found: list[tuple[float, float]]) -> None:
    drawn = forest([Effect("a", value, (value - half, value + half), True) for value, half in found], "worse", "better")
    ticks = [float(at) for at in re.findall(r'class="grid" d="M([\d.]+)', drawn)]
    ends = [float(x) for pair in re.findall(r'x1="([-\d.]+)" x2="([-\d.]+)"', drawn) for x in pair]
    assert min(ticks) - 0.2 <= min(ends)
    assert max(ends) <= max(ticks) + 0.2
    for value, x in zip([value for value, _ in found], re.findall(r'cx="([\d.]+)"', drawn), strict=True):
        assert (float(x) - ticks[2]) * value >= -0.2


def test_only_what_is_sure_has_a_colour() -> None:
    kinds = [Effect("a", 1.0, (0.5, 1.5), True), Effect("b", -1.0, (-2.0, -0.1), True), Effect("c", 1.0, None, False)]
    drawn = forest([*kinds, Effect("<d>", None, None, False)], "worse", "better")
    assert re.findall(r'circle class="(\w+)"', drawn) == ["better", "worse", "even"]
    assert "&lt;d&gt;" in drawn
    assert "nothing to compare" in drawn


@given(st.text(min_size=1, max_size=80))
def test_a_long_name_leaves_room_for_the_plot(label: str) -> None:
    drawn = bars([Bar(label, 10.0, note="434 of 434")])
    assert widths(drawn)[0] > 100
    assert short(label)[-20:] == label[-20:]
    assert len(short(label)) <= LETTERS
