"""Where models are: names that come with the package, folders, and ids on the Hugging Face Hub."""

from __future__ import annotations

import os
import re
from pathlib import Path

import omniedit
from omniedit.errors import ModelError

PACKAGED: dict[str, Path] = {"nano": Path(omniedit.__file__).parent / "weights" / "nano"}
"""Name -> folder of the models that come with the package."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SAFE_FILES = ("*.json", "*.safetensors", "*.txt")


def resolve(name: str | os.PathLike[str]) -> Path:
    """The folder of a model.

    Args:
        name: A name in :data:`PACKAGED`, a folder, or a Hub id (``organisation/name``), which is downloaded once and
            then kept in the Hub's own cache. Only safetensors and JSON are fetched.

    Raises:
        ModelError: There is no such model, or it cannot be fetched.
    """
    text = os.fspath(name)
    folder = PACKAGED.get(text, Path(text))
    if text and folder.is_dir():
        return folder
    if text in PACKAGED:
        raise ModelError(f"the weights of {text} are missing from this installation ({folder}); reinstall omniedit")
    if not isinstance(name, os.PathLike) and _HUB_ID.fullmatch(text):
        return _from_hub(text)
    raise ModelError(
        f"there is no model {text!r}: give a name that comes with omniedit ({', '.join(PACKAGED)}), the folder of a "
        "model, or a Hub id such as organisation/name"
    )


def _from_hub(repository: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=list(_SAFE_FILES)))
    except Exception as error:  # whatever its HTTP library raises comes through
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"there is no folder {repository!r}, and the model {repository} could not be fetched from the Hugging Face "
            f"Hub ({reason}). Check the name and the network; gated models need: hf auth login"
        ) from error
