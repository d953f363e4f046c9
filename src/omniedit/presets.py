"""Editors by name: what ``--model`` takes. Importing this loads none of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from omniedit.edit.result import Editing
from omniedit.edit.weights import resolve
from omniedit.errors import ModelError

__all__ = ["MODELS", "load", "resolve"]


def load(name: str | os.PathLike[str]) -> Editing:
    """Load the editor called ``name``: a key of :data:`MODELS`, a model's folder, or an id on the Hugging Face Hub.

    A model is ours, or any editing pipeline of diffusers.

    Raises:
        ModelError: There is no such editor, or it cannot be loaded.
    """
    if name in MODELS:
        return MODELS[str(name)]()
    try:
        return _foreign(name) or _pretrained(name)
    except ModelError as error:
        raise ModelError(f"{error} (names: {', '.join(MODELS)})") from error


def _pretrained(name: str | os.PathLike[str]) -> Editing:
    from omniedit.edit.pipeline import OmniEditPipeline

    return OmniEditPipeline.from_pretrained(name)


def _foreign(name: str | os.PathLike[str]) -> Editing | None:
    """An editor of diffusers; None where ``name`` is none."""
    from omniedit.data.diffusion.pipelines import is_pipeline

    if not is_pipeline(name):
        return None
    from omniedit.edit.foreign import ForeignEditor

    return ForeignEditor.from_pretrained(name)


def _specialists() -> Editing:
    from omniedit.edit.specialists import SpecialistsEditor

    return SpecialistsEditor()


MODELS: dict[str, Callable[[], Editing]] = {
    "nano": lambda: _pretrained("nano"),
    "specialists": _specialists,
}
"""Name -> how to load it."""
