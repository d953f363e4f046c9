"""OKLab under the name by which tools know it; its one home is :mod:`omniedit.colour`."""

from __future__ import annotations

from omniedit.colour import from_oklab, to_oklab

__all__ = ["from_oklab", "to_oklab"]
