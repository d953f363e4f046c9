from __future__ import annotations

from pathlib import Path

import pytest

from omniedit import presets
from omniedit.errors import ModelError


def test_specialists_load_by_name() -> None:
    assert presets.load("specialists").name == "specialists"


@pytest.mark.parametrize("name", ["nowhere", "./nowhere", ""])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ModelError, match="nano, specialists"):
        presets.load(name)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model_index\.json"):
        presets.load(tmp_path)
