"""EditNet and its rivals behind one interface: by name, and from a folder."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from omniedit.errors import ModelError
from omniedit.model.editing_network import EditingNetwork
from omniedit.model.editnet import EditNet
from omniedit.model.rivals import ChannelConcat, ControlNet, ControlNetText, Inpaint, SequenceConcat

__all__ = ["NETWORKS", "EditingNetwork", "load_network"]

NETWORKS: dict[str, type[EditingNetwork]] = {
    "editnet": EditNet,
    "controlnet": ControlNet,
    "controlnet_text": ControlNetText,
    "channel_concat": ChannelConcat,
    "sequence_concat": SequenceConcat,
    "inpaint": Inpaint,
}
"""Name in a recipe -> network."""


def load_network(folder: Path | str, dtype: torch.dtype | None = None) -> EditingNetwork:
    """The network that ``save_pretrained`` wrote to ``folder``; its config says which one it is.

    Args:
        folder: with ``config.json`` and the weights.
        dtype: number format that the weights are used in; None: single precision.

    Raises:
        ModelError: the folder has no config, a config that names no network, or weights that cannot be loaded.
    """
    folder = Path(folder)
    try:
        name = json.loads((folder / "config.json").read_text(encoding="utf-8"))["_class_name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder} does not say which network it holds: {error}") from error
    kinds = {kind.__name__: kind for kind in NETWORKS.values()}
    if name not in kinds:
        raise ModelError(f"{folder} holds a {name}, which is not one of {', '.join(kinds)}")
    try:
        net: EditingNetwork = kinds[name].from_pretrained(folder, torch_dtype=dtype or torch.float32)
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(f"the network in {folder} cannot be loaded: {error}") from error
    return net
