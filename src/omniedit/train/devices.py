"""The devices of a run, through accelerate: one, many with copies (DDP), many with shares (FSDP).

``accelerate launch`` and its config say which. What accelerate does not do is here: shares of a network on CPUs, and
whole tensors out of shares and back.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.tracking import get_available_trackers
from accelerate.utils import DistributedType
from torch import Tensor, nn

from omniedit.errors import MissingExtraError, RecipeError
from omniedit.train.optimise import make_optimizer
from omniedit.train.recipe import Recipe


@contextlib.contextmanager
def devices(recipe: Recipe) -> Iterator[Accelerator]:
    """The accelerator of a run, which is let go of at its end, so that a process may train twice.

    Raises:
        RecipeError: the batch cannot be shared evenly, FSDP's first version or DeepSpeed is asked for, or shares of
            states in 8 bits.
        MissingExtraError: the tracker is not installed.
    """
    run, train = recipe.run, recipe.train
    if run.tracker and run.tracker not in map(str, get_available_trackers()):  # accelerate would go on without it
        raise MissingExtraError(run.tracker, run.tracker)
    try:
        accelerator = Accelerator(
            mixed_precision="bf16" if train.precision == "bf16" else "no",
            log_with=run.tracker or None,
            project_dir=str(Path(recipe.out)),
        )
    except (ImportError, ValueError) as error:
        raise RecipeError(f"accelerate cannot start: {error}") from error
    share = accelerator.num_processes * train.accumulate
    if train.batch % share:
        raise RecipeError(
            f"a batch of {train.batch} cannot be shared evenly (devices: {accelerator.num_processes}, parts on each: "
            f"{train.accumulate}): make it a multiple of {share}"
        )
    if accelerator.distributed_type == DistributedType.FSDP and not accelerator.is_fsdp2:
        raise RecipeError("set fsdp_version: 2 in accelerate's config: FSDP's first version is not supported")
    if accelerator.distributed_type == DistributedType.DEEPSPEED:
        raise RecipeError("DeepSpeed is not supported: FSDP (fsdp_version: 2) shares weights and states as ZeRO does")
    if sharded(accelerator) and train.optimizer == "adamw8bit":
        raise RecipeError(
            "adamw8bit keeps the states of whole tensors, and FSDP has shares of them: take adamw with it"
        )
    try:
        yield accelerator
    finally:
        accelerator.end_training()
        AcceleratorState._reset_state(reset_partial_state=True)


def prepare(accelerator: Accelerator, net: nn.Module, recipe: Recipe) -> tuple[nn.Module, torch.optim.Optimizer]:
    """``net`` on its device or devices, and its optimiser."""
    if recipe.train.gradient_checkpointing:
        net.enable_gradient_checkpointing()  # type: ignore[operator]
    if recipe.train.compile:
        net.compile()
    if _shares_on_cpu(accelerator):
        shard(net)
        return net, make_optimizer(net, recipe.train)
    prepared: tuple[nn.Module, torch.optim.Optimizer] = accelerator.prepare(net, make_optimizer(net, recipe.train))
    return prepared


def sharded(accelerator: Accelerator) -> bool:
    """Whether every device has a share of the weights, and not a copy."""
    return accelerator.distributed_type == DistributedType.FSDP or _shares_on_cpu(accelerator)


def card(accelerator: Accelerator) -> str:
    """Name of the GPU; empty where there is none."""
    return torch.cuda.get_device_name(accelerator.device) if accelerator.device.type == "cuda" else ""


def _shares_on_cpu(accelerator: Accelerator) -> bool:
    """Whether FSDP is asked for on CPUs, where accelerate leaves it out."""
    asked = os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"
    return asked and accelerator.distributed_type == DistributedType.MULTI_CPU


def shard(net: nn.Module) -> None:
    """Give every device its share of every block (FSDP2)."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh("cpu", (torch.distributed.get_world_size(),))
    for module in net.modules():
        if type(module).__name__ in getattr(net, "_no_split_modules", ()):
            fully_shard(module, mesh=mesh)
    fully_shard(net, mesh=mesh)


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor of which every device may have a share; every device has to call this."""
    if not hasattr(tensor, "full_tensor"):
        return tensor.detach()
    there = tensor.to(tensor.device_mesh.device_type)  # type: ignore[attr-defined]  # an average may lie on the CPU
    gathered: Tensor = there.full_tensor()  # type: ignore[attr-defined]
    return gathered.detach()


def shared_like(value: Tensor, like: Tensor) -> Tensor:
    """The inverse of :func:`whole`: ``value`` spread over the devices as ``like`` is, or on its device."""
    if hasattr(like, "device_mesh") and value.shape == like.shape:
        from torch.distributed.tensor import distribute_tensor

        return distribute_tensor(value.to(like.device), like.device_mesh, like.placements)  # type: ignore[attr-defined]
    return value.to(like.device)
