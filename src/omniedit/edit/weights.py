"""Where models are: names that come with the package, folders, and ids on the Hugging Face Hub."""

from __future__ import annotations

import os
from pathlib import Path

import omniedit
from omniedit.errors import ModelError
from omniedit.model.hub import HUB_ID, download

PACKAGED: dict[str, Path] = {"nano": Path(omniedit.__file__).parent / "weights" / "nano"}
"""Name -> folder of the models that come with the package."""

_SAFE_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")


def resolve(name: str | os.PathLike[str]) -> Path:
    """The folder of a model.

    Args:
        name: A name in :data:`PACKAGED`, a folder, or a Hub id (``organisation/name``), which is downloaded once and
            then kept in the Hub's own cache. Only weights in safetensors and plain files are fetched.

    Raises:
        ModelError: There is no such model, or it cannot be fetched.
    """
    text = os.fspath(name)
    folder = PACKAGED.get(text, Path(text))
    if text and folder.is_dir():
        return folder
    if text in PACKAGED:
        raise ModelError(f"the weights of {text} are missing from this installation ({folder}); reinstall omniedit")
    if not isinstance(name, os.PathLike) and HUB_ID.fullmatch(text):
        return download(text, _SAFE_FILES)
    raise ModelError(
        f"there is no model {text!r}: give a name that comes with omniedit ({', '.join(PACKAGED)}), the folder of a "
        "model, or a Hub id such as organisation/name"
    )
