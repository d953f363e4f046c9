"""Recipes are read strictly: what is unknown or of the wrong type is refused with its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from omniedit.errors import RecipeError
from omniedit.settings import read_toml, settings


@dataclass(frozen=True)
class Oven:
    """A recipe of its own."""

    dish: str
    minutes: int = 10
    degrees: float = 180.0
    fan: bool = False
    racks: tuple[int, ...] = ()


def test_values_become_fields_and_lists_tuples() -> None:
    oven = settings(Oven, {"dish": "pie", "degrees": 200, "racks": [1, 3]}, "oven.toml")
    assert oven == Oven("pie", degrees=200, racks=(1, 3))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dish": "pie", "minute": 5}, "unknown setting 'minute'; known are dish, minutes"),
        ({"dish": "pie", "minutes": "5"}, "minutes is to be of type int, not '5'"),
        ({"dish": "pie", "minutes": 5.5}, "minutes is to be of type int"),
        ({"dish": "pie", "minutes": True}, "minutes is to be of type int, not True"),
        ({"dish": "pie", "fan": 1}, "fan is to be of type bool, not 1"),
        ({"dish": 3}, "dish is to be of type str, not 3"),
        ({}, "dish"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(values: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeError, match="oven") as refused:
        settings(Oven, values, "oven.toml")
    assert words in str(refused.value)


@pytest.mark.parametrize("content", [b"minutes = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "oven.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"oven.* is not a readable TOML file"):
        read_toml(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"there is no recipe .*oven"):
        read_toml(tmp_path / "oven.toml")
