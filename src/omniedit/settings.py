"""Recipes: TOML files read into frozen dataclasses. Unknown settings and wrong types are refused, not ignored."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from omniedit.errors import RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}


def read_toml(path: Path | str) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        RecipeError: There is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(f"there is no recipe {path}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path} is not a readable TOML file: {error}") from error


def settings(kind: type[T], values: Mapping[str, Any], place: str) -> T:
    """The dataclass ``kind`` with ``values`` as its fields; lists become tuples.

    Args:
        kind: A dataclass whose module has ``from __future__ import annotations``, so that types are words.
        values: Names and values, as TOML has them.
        place: Where they stand, for messages.

    Raises:
        RecipeError: A name is unknown, a value has the wrong type, or a setting without default is missing.
    """
    types = {entry.name: str(entry.type) for entry in fields(kind)}  # type: ignore[arg-type]
    for name, value in values.items():
        if name not in types:
            raise RecipeError(f"{place}: unknown setting {name!r}; known are {', '.join(types)}")
        if not _fits(value, types[name]):
            raise RecipeError(f"{place}: {name} is to be of type {types[name]}, not {value!r}")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    except TypeError as error:
        raise RecipeError(f"{place}: {error}") from error


def _fits(value: object, wanted: str) -> bool:
    """Whether a TOML value is of a plain type named ``wanted``; for other types the class decides."""
    if isinstance(value, bool):
        return wanted == "bool"
    return isinstance(value, _TYPES.get(wanted, (object,)))
