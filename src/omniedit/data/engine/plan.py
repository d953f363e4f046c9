"""What a build is, in ``plan.json``: written before its first unit, so that its state can be told while it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omniedit.errors import DataError
from omniedit.writing import publish


@dataclass(frozen=True)
class Plan:
    """What is in a folder, or is to be."""

    settings: Mapping[str, Any]
    """All that determines a row besides its scene."""
    scenes: int | None
    """How many scenes; None where they are taken one by one from elsewhere."""
    unit: int
    """Scenes of a unit."""

    @property
    def units(self) -> int | None:
        """How many units; None where it is not known."""
        return None if self.scenes is None else -(-self.scenes // self.unit)


def read_plan(out: Path) -> Plan | None:
    """The plan of the build in ``out``; None where there is none.

    Raises:
        DataError: It makes no sense.
    """
    path = out / "plan.json"
    try:
        return Plan(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} is no plan of a build ({error}); delete it, and build again") from error


def agree(out: Path, plan: Plan) -> None:
    """Write ``plan`` into ``out``, or find that what is there is the same or the beginning of it.

    Raises:
        DataError: ``out`` holds another build, or a longer one.
        OutputError: It cannot be written.
    """
    plan = Plan(**json.loads(json.dumps(asdict(plan))))  # as it will be read
    there = read_plan(out)
    if there is not None and (there.settings, there.unit) != (plan.settings, plan.unit):
        raise DataError(f"{out} holds a build with other scenes or settings (see its plan.json); choose another folder")
    if there is not None and (there.scenes or 0) > (plan.scenes or there.scenes or 0):
        raise DataError(
            f"{out} holds a longer build, of {there.scenes} scenes: choose another folder, or as many scenes"
        )
    if there is None or (plan.scenes or 0) > (there.scenes or 0):
        publish(out / "plan.json", json.dumps(asdict(plan), indent=1) + "\n")
