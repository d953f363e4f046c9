"""LoRA (arXiv 2106.09685) over an editing network, through peft.

Low-rank additions go to the transformer blocks that a network would otherwise train: the control branch's where it has
one, the base's where it has none. What it adds outside of blocks (zero layers, the condition's patch embedding) is
small, has no base to start from, and is trained in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from omniedit.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    from omniedit.model.networks import EditingNetwork

TARGETS = r".*\.(to_q|to_k|to_v|to_out\.0|add_q_proj|add_k_proj|add_v_proj|to_add_out)"
"""Attention's projections, those of the text among them."""


@dataclass(frozen=True, kw_only=True)
class LoraSettings:
    """How LoRA is added."""

    rank: int = 16
    """Rank of the additions."""
    alpha: float = 16.0
    """The additions are scaled by ``alpha / rank``."""
    targets: str = TARGETS
    """Regular expression for whole names of linear layers within the blocks."""


def add_lora(net: EditingNetwork, settings: LoraSettings | None = None) -> None:
    """Add LoRA to ``net``, in place; what is to be trained then requires gradients, and nothing else does.

    The additions start at zero: nothing that ``net`` predicts changes.

    Raises:
        ModelError: no layer has such a name, or ``net`` has LoRA already.
        MissingExtraError: peft is not installed.
    """
    peft = _peft()
    settings = settings or LoraSettings()
    if has_lora(net):
        raise ModelError("the network has LoRA already: merge it before adding another")
    extra = [parameter for _, parameter in outside_blocks(net)]
    names = _layers(net, settings.targets)
    if not names:
        raise ModelError(f"no layer of the network's blocks is called {settings.targets}")
    config = peft.LoraConfig(r=settings.rank, lora_alpha=settings.alpha, target_modules=names)
    peft.inject_adapter_in_model(config, net)
    for parameter in extra:
        parameter.requires_grad_(True)


def has_lora(net: nn.Module) -> bool:
    """Whether ``net`` has LoRA that is not merged."""
    return any(".lora_" in name for name, _ in net.named_parameters())


def merge_lora(net: nn.Module) -> None:
    """Add LoRA to the weights that it stands beside, in place; the network has plain layers again."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(net.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            net.set_submodule(name, module.get_base_layer())
    if hasattr(net, "peft_config"):
        del net.peft_config


def save_lora(net: nn.Module, folder: Path) -> None:
    """Write LoRA as peft does: ``adapter_config.json`` and ``adapter_model.safetensors``."""
    from safetensors.torch import save_file

    peft = _peft()
    folder.mkdir(parents=True, exist_ok=True)
    state: dict[str, Tensor] = peft.get_peft_model_state_dict(net)
    tensors = {f"base_model.model.{name}": tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    next(iter(net.peft_config.values())).save_pretrained(folder)  # type: ignore[operator]


def load_lora(net: nn.Module, folder: Path) -> None:
    """Add the LoRA that :func:`save_lora` wrote to ``net``, in place.

    Raises:
        ModelError: it is incomplete, or belongs to another network.
        MissingExtraError: peft is not installed.
    """
    from safetensors.torch import load_file

    peft = _peft()
    try:
        config = peft.LoraConfig.from_pretrained(folder)
        stored = load_file(folder / "adapter_model.safetensors")
        peft.inject_adapter_in_model(config, net)
        state = {name.removeprefix("base_model.model."): tensor for name, tensor in stored.items()}
        result = peft.set_peft_model_state_dict(net, state)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"the LoRA in {folder} cannot be loaded: {error}") from error
    missing = [name for name in result.missing_keys if ".lora_" in name]
    if missing or result.unexpected_keys:
        raise ModelError(f"the LoRA in {folder} is of another network: {(missing + result.unexpected_keys)[0]}")


def outside_blocks(net: EditingNetwork) -> Iterator[tuple[str, nn.Parameter]]:
    """What a network adds to its base outside of transformer blocks, by name."""
    added = {id(parameter) for parameter in net.control_parameters()}
    within = {id(parameter) for block in _blocks(net) for parameter in net.get_submodule(block).parameters()}
    for name, parameter in net.named_parameters():
        if id(parameter) in added - within:
            yield name, parameter


def _blocks(net: nn.Module) -> list[str]:
    """Names of all transformer blocks."""
    from diffusers.models.attention import JointTransformerBlock

    return [name for name, module in net.named_modules() if isinstance(module, JointTransformerBlock)]


def _layers(net: nn.Module, targets: str) -> list[str]:
    """Names of the linear layers that get LoRA."""
    import re

    blocks = _blocks(net)
    chosen = [name for name in blocks if not name.startswith("base.")] or blocks
    linear = [name for name, module in net.named_modules() if isinstance(module, nn.Linear)]
    within = (name for name in linear if name.startswith(tuple(f"{block}." for block in chosen)))
    return [name for name in within if re.fullmatch(targets, name)]


def _peft() -> Any:  # noqa: ANN401 (a module without types)
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("peft", "train") from error
    return peft
