"""Editors by name: what ``--model`` takes. Importing this loads none of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from omniedit.edit.result import Editing
from omniedit.edit.weights import resolve
from omniedit.errors import InputError, ModelError

__all__ = ["MODELS", "load", "resolve"]


def load(name: str | os.PathLike[str], *, device: str = "", dtype: str = "") -> Editing:
    """Load the editor called ``name``: a key of :data:`MODELS`, a model's folder, or an id on the Hugging Face Hub.

    A model is ours, or any editing pipeline of diffusers.

    Args:
        name: Which.
        device: Where a model runs, such as ``"cuda:1"``; empty for its own choice.
        dtype: Number format of a model, such as ``"bfloat16"``; empty for its own choice.

    Raises:
        InputError: There is no such number format, or the editor has no use for one.
        ModelError: There is no such editor, or it cannot be loaded.
    """
    if name in MODELS:
        return MODELS[str(name)](device, dtype)
    try:
        return _foreign(name, device, dtype) or _pretrained(name, device, dtype)
    except ModelError as error:
        raise ModelError(f"{error} (names: {', '.join(MODELS)})") from error


def _pretrained(name: str | os.PathLike[str], device: str, dtype: str) -> Editing:
    from omniedit.edit.pipeline import OmniEditPipeline

    return OmniEditPipeline.from_pretrained(name, device=device, dtype=dtype)


def _foreign(name: str | os.PathLike[str], device: str, dtype: str) -> Editing | None:
    """An editor of diffusers; None where ``name`` is none."""
    from omniedit.data.diffusion.pipelines import is_pipeline

    if not is_pipeline(name):
        return None
    from omniedit.edit.foreign import ForeignEditor

    return ForeignEditor.from_pretrained(name, device=device, dtype=dtype)


def _specialists(device: str, dtype: str) -> Editing:
    from omniedit.edit.specialists import SpecialistsEditor

    if device or dtype:
        raise InputError("the specialists are no network: they have no use for a device or a number format")
    return SpecialistsEditor()


MODELS: dict[str, Callable[[str, str], Editing]] = {
    "nano": lambda device, dtype: _pretrained("nano", device, dtype),
    "specialists": _specialists,
}
"""Name -> how to load it on a device, in a number format."""
