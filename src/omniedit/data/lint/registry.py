"""All checks by name, and the table of them in the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from omniedit.data.lint import across, direction, files, pictures, registration, scores, words
from omniedit.data.lint.check import Check
from omniedit.errors import DataError

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        **files.CHECKS,
        **words.CHECKS,
        **scores.CHECKS,
        **pictures.CHECKS,
        **registration.CHECKS,
        **direction.CHECKS,
        **across.CHECKS,
    }
)
"""Name -> check, in the order in which they are run and shown."""


def chosen(names: Iterable[str] | None) -> dict[str, Check]:
    """The checks of these names, in the order of `CHECKS`; all if None.

    Raises:
        DataError: There is no check of a name.
    """
    wanted = set(CHECKS if names is None else names)
    unknown = sorted(wanted - set(CHECKS))
    if unknown:
        raise DataError(f"there is no check {unknown[0]!r}; there are {', '.join(CHECKS)}")
    return {name: check for name, check in CHECKS.items() if name in wanted}


def table() -> str:
    """The checks as a Markdown table: name, severity, what it finds, what to do, what it cannot tell."""
    head = ["| check | | finds | then | cannot tell |", "|---|---|---|---|---|"]
    cells = ((f"`{name}`", check.severity, check.about, check.advice, check.limits) for name, check in CHECKS.items())
    return "\n".join([*head, *(f"| {' | '.join(cell)} |" for cell in cells)]) + "\n"


if __name__ == "__main__":
    print(table(), end="")
