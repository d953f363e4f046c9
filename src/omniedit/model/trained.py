"""Only what was trained: a network as its difference from a base.

    FOLDER/transformer/config.json    which network, and its settings
    FOLDER/trained.safetensors        what it adds to its base; with LoRA only what lies outside of transformer blocks
    FOLDER/lora/                      LoRA as peft writes it, if there is any

It is for networks whose base was frozen: what a full training changed in the base itself is not in here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from omniedit.errors import ModelError
from omniedit.model.lora import has_lora, load_lora, outside_blocks, save_lora
from omniedit.model.networks import NETWORKS, EditingNetwork

WEIGHTS = "trained.safetensors"
LORA = "lora"


def trained_tensors(net: EditingNetwork) -> dict[str, Tensor]:
    """What ``net`` adds to its base, by name; with LoRA, what is trained beside it."""
    if has_lora(net):
        return dict(outside_blocks(net))
    added = {id(parameter) for parameter in net.control_parameters()}
    return {name: parameter for name, parameter in net.named_parameters() if id(parameter) in added}


def save_trained(net: EditingNetwork, folder: Path) -> None:
    """Write what was trained of ``net`` to ``folder``, in its own number format."""
    from safetensors.torch import save_file

    net.save_config(folder / "transformer")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in trained_tensors(net).items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    if has_lora(net):
        save_lora(net, folder / LORA)


def load_trained(folder: Path, base: Any, *, lora: bool) -> EditingNetwork:  # noqa: ANN401 (diffusers has no types)
    """Put what was trained onto its base.

    Args:
        folder: From :func:`save_trained`.
        base: The base's transformer; it is copied.
        lora: Whether LoRA belongs to it. It is not merged.

    Raises:
        ModelError: something is missing, or belongs to another network.
    """
    from safetensors.torch import load_file

    net = new_network(folder / "transformer" / "config.json", base)
    try:
        stored = load_file(folder / WEIGHTS)
    except (OSError, RuntimeError) as error:
        raise ModelError(f"the weights in {folder / WEIGHTS} cannot be read: {error}") from error
    wanted: Mapping[str, Tensor] = dict(outside_blocks(net)) if lora else trained_tensors(net)
    _fill(wanted, stored, folder / WEIGHTS)
    if lora:
        load_lora(net, folder / LORA)
    return net


def new_network(config: Path, base: Any) -> EditingNetwork:  # noqa: ANN401 (diffusers has no types)
    """An untrained network over ``base``, of the kind and with the settings that ``config`` says.

    Raises:
        ModelError: there is no such kind.
    """
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        kind = {kind.__name__: kind for kind in NETWORKS.values()}[settings["_class_name"]]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{config} does not say which network to build: {error}") from error
    options = {name: value for name, value in settings.items() if name[0] != "_" and name != "base_config"}
    net: EditingNetwork = kind.from_transformer(base, **options)
    return net


@torch.no_grad()
def _fill(wanted: Mapping[str, Tensor], stored: Mapping[str, Tensor], place: Path) -> None:
    """Copy ``stored`` into ``wanted``, which must have the same names and shapes."""
    different = sorted(wanted.keys() ^ stored.keys()) or [
        name for name, tensor in stored.items() if tensor.shape != wanted[name].shape
    ]
    if different:
        raise ModelError(f"the weights in {place} are of another network: {different[0]}")
    for name, tensor in stored.items():
        wanted[name].copy_(tensor)
