"""The public face: a sorted ``__all__``, each name real, explained, and named in the documentation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import omniedit

PACKAGE = Path(omniedit.__file__).parent
ROOT = PACKAGE.parents[1]


def test_names_are_sorted() -> None:
    assert omniedit.__all__ == sorted(omniedit.__all__, key=str.casefold)


@pytest.mark.parametrize("name", omniedit.__all__)
def test_each_name_is_real_and_documented(name: str) -> None:
    documentation = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "ARCHITECTURE.md"))
    assert getattr(omniedit, name).__doc__
    assert f"`{name}`" in documentation


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'OmniEditor'"):
        _ = omniedit.OmniEditor


def test_every_module_says_what_it_is() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if path.read_text(encoding="utf-8").strip()]
    silent = [str(path) for path in modules if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []
