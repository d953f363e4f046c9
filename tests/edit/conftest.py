from __future__ import annotations

import pytest
from known_editor import photograph

from omniedit.types import Image


@pytest.fixture
def photo() -> Image:
    return photograph(400, 300)
