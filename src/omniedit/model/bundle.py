"""An editor as a folder: what :class:`~omniedit.model.editor.Editor` writes and reads."""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from omniedit.errors import ModelError
from omniedit.model import hub
from omniedit.model.base import Base, fetch, load_transformer
from omniedit.model.card import Card
from omniedit.model.codec import Codec, PixelCodec, VaeCodec
from omniedit.model.editor import INDEX, Editor, EditorConfig
from omniedit.model.flow import FlowConfig
from omniedit.model.lora import has_lora
from omniedit.model.networks import EditingNetwork, load_network
from omniedit.model.text import Reads, SD3TextConfig, SD3TextEncoder, TextEncoder
from omniedit.model.trained import load_trained, save_trained

_PARTIAL = ".partial-"

_CODECS: dict[str, Callable[[Path], Codec]] = {
    "pixel": lambda folder: PixelCodec(),
    "vae": VaeCodec.from_pretrained,
}
_TEXTS: dict[str, Callable[[Path, Mapping[str, Any], torch.dtype], Reads]] = {
    "embedded": lambda folder, settings, dtype: TextEncoder.from_pretrained(),
    "sd3": lambda folder, settings, dtype: SD3TextEncoder.from_pretrained(
        folder, length=settings["length"], t5=settings["t5"], dtype=dtype
    ),
}


def save(editor: Editor, folder: Path, *, half: bool) -> None:
    """See :meth:`Editor.save_pretrained`."""
    net = editor.plain_network()
    if half:
        net = copy.deepcopy(net).half()
    with _publishing(folder) as partial:
        net.save_pretrained(partial / "transformer")
        for part in (editor.text, editor.codec):
            if isinstance(part, (SD3TextEncoder, VaeCodec)):
                part.save_pretrained(partial)
        text = {"kind": editor.text.kind}
        if isinstance(editor.text, SD3TextEncoder):
            text |= asdict(editor.text.config)
        base = {"base": asdict(editor.base)} if editor.base else {}
        _write_index(partial, editor.config, editor.flow, editor.codec.kind, text, **base)


def save_difference(
    net: EditingNetwork, folder: Path, *, config: EditorConfig, flow: FlowConfig, text: SD3TextConfig, base: Base
) -> None:
    """Write only what was trained of ``net``, and all that :func:`load` needs to make an editor of it and its base.

    Codec and text encoders need not be loaded: a training from caches has none. See :meth:`Editor.save_trained`.

    Raises:
        ModelError: the base was trained too.
    """
    if not base.untouched(net.base):
        raise ModelError(f"{config.name} was trained together with its base: it can only be saved as a whole")
    trained = "lora" if has_lora(net) else "control"
    settings = {"kind": SD3TextEncoder.kind, **asdict(text)}
    with _publishing(folder) as partial:
        save_trained(net, partial)
        _write_index(partial, config, flow, VaeCodec.kind, settings, base=asdict(base), trained=trained)


def load(folder: Path, *, base: Path | str | None, dtype: torch.dtype) -> Editor:
    """See :meth:`Editor.from_pretrained`."""
    index = read_index(folder)
    try:
        config, flow, reference = _config(index["config"]), FlowConfig(**index["flow"]), _reference(index.get("base"))
        text = index.get("text") or {"kind": TextEncoder.kind}
        if index.get("trained") and reference:
            home = fetch(base or reference.source, t5=bool(text["t5"]))
            net = _over_base(folder, home, reference, index["trained"] == "lora", dtype)
        else:
            home, net = folder, load_network(folder / "transformer", dtype)
        codec = _CODECS[index.get("codec", PixelCodec.kind)](home)
        return Editor(net, flow, config, _TEXTS[text["kind"]](home, text, dtype), codec, reference)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ModelError(f"the editor in {folder} cannot be loaded: {error}") from error


def _over_base(folder: Path, home: Path, reference: Base, lora: bool, dtype: torch.dtype) -> EditingNetwork:
    """The network in ``folder`` over the base in ``home``."""
    transformer = load_transformer(home, dtype)
    reference.check(transformer, str(home))
    return load_trained(folder, transformer, lora=lora)


def merge(folder: Path | str, out: Path | str, *, base: Path | str | None = None) -> None:
    """Put what was trained together with its base: write to ``out`` an editor that loads on its own.

    Args:
        folder: From :meth:`Editor.save_trained`.
        out: Where to.
        base: Where the base is now; None: where it was.

    Raises:
        ModelError: the folder cannot be loaded, or its base is missing or another.
    """
    Editor.from_pretrained(folder, base=base).save_pretrained(out)


def push(
    editor: Editor, repo: str, card: Card, *, trained_only: bool, public: bool, endpoint: str | None = None
) -> str:
    """See :meth:`Editor.push_to_hub`."""
    hub.check(repo)
    with tempfile.TemporaryDirectory(prefix="omniedit-push-") as name:
        folder = Path(name)
        if trained_only:
            editor.save_trained(folder)
        else:
            editor.save_pretrained(folder)
        (folder / hub.CARD).write_text(card.text(editor, repo), encoding="utf-8")
        return hub.push(folder, repo, public=public, endpoint=endpoint)


def read_index(folder: Path) -> dict[str, Any]:
    """The index of an editor's folder.

    Raises:
        ModelError: it has none, or it cannot be read.
    """
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is not an editor: {INDEX} is missing") from error
    except (ValueError, OSError) as error:
        raise ModelError(f"the editor in {folder} cannot be loaded: {error}") from error
    if not isinstance(index, dict):
        raise ModelError(f"the editor in {folder} cannot be loaded: {INDEX} holds no object")
    return index


def works_on_pixels(folder: Path) -> bool:
    """Whether an editor has no autoencoder. Raises ModelError for what is no editor."""
    return bool(read_index(folder).get("codec", PixelCodec.kind) == PixelCodec.kind)


def _write_index(
    folder: Path, config: EditorConfig, flow: FlowConfig, codec: str, text: Mapping[str, object], **more: object
) -> None:
    index = {"_class_name": "Editor", "config": _plain(config), "flow": asdict(flow), "codec": codec, "text": text}
    (folder / INDEX).write_text(json.dumps(index | more, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _publishing(folder: Path) -> Iterator[Path]:
    """A folder to write to, whose entries then replace those of ``folder``: the index goes first and comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PARTIAL) as name:
        partial = Path(name)
        yield partial
        (folder / INDEX).unlink(missing_ok=True)
        for entry in sorted(partial.iterdir(), key=lambda entry: entry.name == INDEX):
            if entry.is_dir():
                shutil.rmtree(folder / entry.name, ignore_errors=True)
            entry.replace(folder / entry.name)


def _reference(stored: Mapping[str, Any] | None) -> Base | None:
    return Base(**{**stored, "weights": tuple(stored["weights"])}) if stored else None


def _config(stored: Mapping[str, Any]) -> EditorConfig:
    known = MappingProxyType({kind: tuple(words) for kind, words in stored["known"].items()})
    return EditorConfig(**{**stored, "known": known})


def _plain(config: EditorConfig) -> dict[str, object]:
    """``config`` as JSON can hold it."""
    plain = {name: getattr(config, name) for name in config.__dataclass_fields__}
    return plain | {"known": {kind: list(words) for kind, words in config.known.items()}}
