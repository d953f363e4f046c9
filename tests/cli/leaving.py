"""How the tests run the command line."""

from __future__ import annotations

import pytest

from omniedit.cli.main import main


def leave(*args: object) -> int:
    """Run ``omniedit`` with these arguments; its exit code."""
    with pytest.raises(SystemExit) as left:
        main([*map(str, args)])
    return int(left.value.code or 0)
