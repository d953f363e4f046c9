"""The Hugging Face Hub: bring a model from it, and push one with a filled card.

push("my-editor", "someone/my-editor")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omniedit.errors import InputError, ModelError, OutputError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

CARD = "README.md"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
"""What an id on the Hub looks like: ``organisation/name``."""


def download(repository: str, allow: Sequence[str], ignore: Sequence[str] = ()) -> Path:
    """Bring those files of a model that match ``allow`` and not ``ignore``; each once, then from the Hub's own cache.

    Raises:
        ModelError: they cannot be brought.
    """
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=list(allow), ignore_patterns=list(ignore)))
    except Exception as error:  # whatever its HTTP library raises comes through
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"there is no folder {repository!r}, and the model {repository} could not be fetched from the Hugging Face "
            f"Hub ({reason}). Check the name and the network; gated models need: hf auth login"
        ) from error


@dataclass(frozen=True)
class ModelUpload:
    """What a push brings to the Hub."""

    repo: str
    """Id of the model, ``name/model``."""
    files: Mapping[str, Path]
    """Path in the repository -> file."""

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.stat().st_size for file in self.files.values())


def plan(folder: Path | str, repo: str) -> ModelUpload:
    """What a push of the model in ``folder`` would bring; nothing is asked of the network.

    Raises:
        ModelError: there is no model.
        InputError: ``repo`` is no id of a model.
    """
    check(repo)
    folder = Path(folder)
    if not (folder / "model_index.json").is_file():
        raise ModelError(f"there is no model in {folder}: model_index.json is missing")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in found}
    return ModelUpload(repo, {name: path for name, path in files.items() if not _hidden(name)})


def check(repo: str, kind: str = "a model", example: str = "someone/my-editor") -> None:
    """Raise InputError where ``repo`` is no id; ``kind`` and ``example`` are for the message."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise InputError(f"{repo!r} is no id of {kind}, such as {example}: {error}") from error


def connected(endpoint: str | None = None) -> HfApi:
    """The Hub, or another at ``endpoint``. Raises OutputError where there is no token."""
    from huggingface_hub import HfApi, get_token

    if not get_token():
        raise OutputError("there is no token of the Hugging Face Hub: log in with `hf auth login`, or set HF_TOKEN")
    return HfApi(endpoint=endpoint)


@contextmanager
def bringing(repo: str) -> Iterator[None]:
    """Turn what the network or the Hub says while ``repo`` is written into an ``OutputError``."""
    try:
        yield
    except Exception as error:  # which classes stand for the network depends on the client's version
        raise OutputError(
            f"{repo} could not be written to the Hub ({type(error).__name__}: {error}); "
            "check the network, the token's rights and the name, and run the same command again"
        ) from error


def push(folder: Path | str, repo: str, *, public: bool = False, endpoint: str | None = None) -> str:
    """Bring the model in ``folder`` to the Hub in one commit; return its address. Files that are there are not resent.

    Args:
        folder: With ``model_index.json`` and, if there is to be one, its card ``README.md``.
        repo: Id of the model; it is made if it does not exist.
        public: Whether a repository that is made is public.
        endpoint: Another Hub than huggingface.co.

    Raises:
        ModelError: there is no model.
        InputError: ``repo`` is no id of a model.
        OutputError: there is no token, the Hub cannot be reached, or it refuses.
    """
    from huggingface_hub import CommitOperationAdd

    upload, api = plan(folder, repo), connected(endpoint)
    operations = [CommitOperationAdd(name, file) for name, file in upload.files.items()]
    with bringing(repo):
        api.create_repo(repo, private=not public, exist_ok=True)
        api.create_commit(repo, operations, commit_message="An editor of OmniEdit")
    return f"{api.endpoint}/{repo}"


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
