"""Models and connections of a process, each loaded when it is first needed, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from omniedit.data.engine.times import stage

T = TypeVar("T")

_LOADED: dict[str, Any] = {}


def once(key: object, load: Callable[[], T]) -> T:
    """What ``load`` makes, made once for all keys that are written alike."""
    name = repr(key)
    if name not in _LOADED:
        with stage("loading"):
            _LOADED[name] = load()
    found: T = _LOADED[name]
    return found


def release() -> None:
    """Let go of everything, and close what can be closed."""
    while _LOADED:
        _, found = _LOADED.popitem()
        if hasattr(found, "close"):
            found.close()
