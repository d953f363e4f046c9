"""The benchmark suites: each a file that makes items, and a line below. None is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from omniedit.bench.item import Suite, SuiteOptions


def _made_by(module: str, name: str) -> Callable[[SuiteOptions], Suite]:
    """What makes a suite: a class or function of a module of this package, by their names."""

    def make(options: SuiteOptions) -> Suite:
        made: Suite = getattr(import_module(f"{__name__}.{module}"), name)(options)
        return made

    return make


SUITES: dict[str, Callable[[SuiteOptions], Suite]] = {
    "scenes": _made_by("scenes", "scenes"),
    "omniedit": _made_by("omniedit", "OmniEditSuite"),
    "released": _made_by("released", "ReleasedSuite"),
    "gedit-en": _made_by("gedit", "GEditEnglish"),
    "gedit-cn": _made_by("gedit", "GEditChinese"),
    "imgedit": _made_by("imgedit", "ImgEditSuite"),
    "magicbrush": _made_by("magicbrush", "MagicBrushSuite"),
    "emuedit": _made_by("emuedit", "EmuEditSuite"),
}
"""Name -> what makes the suite."""
