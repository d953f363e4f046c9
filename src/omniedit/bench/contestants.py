"""Who answers, by name. Importing this loads none of them.

unedited         the photo as it was, and
ideal            the ideal result: the two ends of the scale
folder:DIR       results made elsewhere, named after the items
endpoint:MODEL   a model behind any OpenAI-compatible ``/v1/images/edits``
any other        a preset, a model's folder, or a Hub id: ours, or any editor of diffusers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.bench.item import Item
from omniedit.errors import InputError
from omniedit.types import Image

if TYPE_CHECKING:
    from omniedit.edit.result import Editing

Contestant = Callable[[Item, int], Image]
"""``(item, seed)`` -> the edited picture, ``uint8 [h, w, 3]``. Declining is an `InputError`.

A picture of another size is brought to the photo's, and its row says so. Attributes that are looked at, where there are
any: ``sha256``, the hash of its weights; ``here``, False where the edit is made outside this process; ``concurrency``,
how many items may be asked at once, by threads.
"""


def _ideal(item: Item, seed: int) -> Image:
    if item.ideal is None:
        raise InputError("no ideal result is known")
    return item.ideal.image


PSEUDO: dict[str, Contestant] = {"unedited": lambda item, seed: item.photo.image, "ideal": _ideal}
"""The ends of the scale: the photo as it was, and the ideal result."""


@dataclass(frozen=True)
class ContestantOptions:
    """How a contestant is made; what is not the default must be of use to it."""

    base_url: str = ""
    """Of an endpoint, up to and with ``/v1``; empty for OpenAI's."""
    size: str = ""
    """What an endpoint is asked for, such as ``"1024x1024"``; empty for ``"auto"``."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Of an endpoint: further fields of each request; None leaves a field out."""
    concurrency: int = 0
    """Of an endpoint: most requests at a time; 0 for 4. No part of what is asked."""
    masked: bool = False
    """Whether it gets the mask of an item, where the suite has one."""
    device: str = ""
    """Where a model runs, such as ``"cuda:1"``; empty for its own choice."""
    dtype: str = ""
    """Number format of a model; empty for its own choice."""

    @property
    def given(self) -> dict[str, Any]:
        """Those that are not the default, as plain values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: dict(value) if name == "request" else value for name, value in values.items() if value}


@dataclass(frozen=True)
class Edits:
    """An editor as a contestant."""

    editor: Editing
    """What edits."""
    masked: bool = False
    """Whether it gets the mask of an item, where there is one."""

    def __call__(self, item: Item, seed: int) -> Image:
        """The edited photo."""
        mask = item.mask if self.masked else None
        return self.editor(item.photo, item.instruction, seed=seed, mask=mask).images[0]

    @property
    def sha256(self) -> str:
        """Hash of its weights; empty where it has none of ours."""
        from omniedit.edit.pipeline import OmniEditPipeline

        return self.editor.editor.sha256 if isinstance(self.editor, OmniEditPipeline) else ""


def contestant(
    name: str, options: ContestantOptions = ContestantOptions(), *, ids: Sequence[str] | None = None
) -> Contestant:
    """The contestant called ``name``.

    Args:
        name: One of the forms above.
        options: How it is made.
        ids: The items that it is to answer; a folder must hold one of them at least.

    Raises:
        InputError: An option is of no use to it.
        DataError: A folder of results cannot be used.
        ModelError: There is no such model, or it cannot be loaded.
        MissingExtraError: It needs a package that is not installed.
    """
    scheme, colon, which = name.partition(":")
    if name in PSEUDO:
        _refuse_foreign(name, options, ())
        return PSEUDO[name]
    if colon and scheme in _SCHEMES:
        return _SCHEMES[scheme](which, options, ids)
    _refuse_foreign(name, options, ("masked", "device", "dtype"))
    from omniedit.presets import load

    return Edits(load(name, device=options.device, dtype=options.dtype), options.masked)


def _endpoint(which: str, options: ContestantOptions, ids: Sequence[str] | None) -> Contestant:
    from omniedit.bench.endpoint import EditEndpoint, EditEndpointConfig
    from omniedit.judge.remote.endpoint import OPENAI

    _refuse_foreign(f"endpoint:{which}", options, ("base_url", "size", "request", "concurrency", "masked"))
    where, size, hands = options.base_url or OPENAI, options.size or "auto", options.concurrency or 4
    return EditEndpoint(EditEndpointConfig(which, where, size, options.request, options.masked, hands))


def _folder(which: str, options: ContestantOptions, ids: Sequence[str] | None) -> Contestant:
    from omniedit.bench.elsewhere import MadeElsewhere

    _refuse_foreign(f"folder:{which}", options, ())
    made = MadeElsewhere(Path(which))
    if ids is not None:
        made.check(ids)
    return made


_SCHEMES: dict[str, Callable[[str, ContestantOptions, Sequence[str] | None], Contestant]] = {
    "endpoint": _endpoint,
    "folder": _folder,
}


def _refuse_foreign(name: str, options: ContestantOptions, of_use: Sequence[str]) -> None:
    """Check that every option that is given is of use.

    Raises:
        InputError: One is not.
    """
    foreign = sorted(options.given.keys() - set(of_use))
    if foreign:
        raise InputError(f"{name} has no use for {', '.join(foreign)}: leave it out, or name another model")
