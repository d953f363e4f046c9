"""Which parts of an editing network are trained: one function each, found in ``PARTS``."""

from __future__ import annotations

from collections.abc import Callable

from omniedit.model.networks import EditingNetwork
from omniedit.train.recipe import TrainConfig


def control(net: EditingNetwork, config: TrainConfig) -> None:
    """What the network adds to its base (the paper: the base is frozen)."""
    net.requires_grad_(False)
    for parameter in net.control_parameters():
        parameter.requires_grad_(True)
    _leave_idle(net)


def everything(net: EditingNetwork, config: TrainConfig) -> None:
    """All weights."""
    net.requires_grad_(True)
    _leave_idle(net)


def lora(net: EditingNetwork, config: TrainConfig) -> None:
    """Additions of low rank to the blocks that ``control`` would train, and in full what is new outside of them."""
    from omniedit.model.lora import LoraSettings, add_lora

    add_lora(net, LoraSettings(rank=config.lora_rank, alpha=config.lora_rank))


def _leave_idle(net: EditingNetwork) -> None:
    """Devices that train together wait for every gradient, and these never come."""
    for parameter in net.idle_parameters():
        parameter.requires_grad_(False)


PARTS: dict[str, Callable[[EditingNetwork, TrainConfig], None]] = {
    "control": control,
    "lora": lora,
    "all": everything,
}
"""Name in a recipe -> how it is said to the network."""
