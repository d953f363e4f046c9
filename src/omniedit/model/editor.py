"""The bundle that edits: EditNet, codec, text encoder and flow, saved together as one folder.

    FOLDER/model_index.json     EditorConfig and FlowConfig
    FOLDER/transformer/         EditNet in the diffusers layout (config.json, diffusion_pytorch_model.safetensors)

Letters: B batch, C latent channels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from omniedit.errors import ModelError
from omniedit.model.codec import PixelCodec
from omniedit.model.condition import ConditionCache
from omniedit.model.editnet import EditNet
from omniedit.model.flow import TO_SAMPLE, FlowConfig, sigma_schedule, to_velocity
from omniedit.model.text import Text, TextEncoder
from omniedit.types import Image

INDEX = "model_index.json"


@dataclass(frozen=True, kw_only=True)
class EditorConfig:
    """What an editor was trained for."""

    name: str = "editor"
    """Its name in reports."""
    area: int = 16384
    """Trained picture area in pixels."""
    multiple: int = 16
    """Sides are multiples of this many pixels."""
    max_ratio: float = 2.0
    """Longest trained side ratio; longer pictures are padded to it."""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What it was taught, by kind (objects, colours, environments, styles, backdrops); empty means anything."""


class Editor:
    """Edits latents: the network and all that it needs to be called with pictures and words."""

    def __init__(self, net: EditNet, flow: FlowConfig, config: EditorConfig, text: TextEncoder | None = None) -> None:
        """Bundle ``net`` with its flow.

        The codec is the pixel codec, the text encoder the embedded one unless given.
        """
        self.net = net.eval()
        self.flow = flow
        self.config = config
        self.codec = PixelCodec()
        self.text = text or TextEncoder.from_pretrained()

    def embed(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; ``""`` is the unconditional text. Raises InstructionError when one is too long."""
        return self.text(instructions)

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Same-size pictures ``uint8 [H, W, 3]`` -> latents ``float32 [B, C, h, w]``."""
        return self.codec.encode(images)

    def decode(self, latents: Tensor) -> list[Image]:
        """Latents -> pictures."""
        return self.codec.decode(latents)

    def null_condition(self, condition: Tensor) -> Tensor:
        """What stands for "no source picture" in image guidance: zeros, as in training."""
        return torch.zeros_like(condition)

    def cache(self, condition: Tensor) -> ConditionCache | None:
        """The condition's keys and values, once per picture; None when condition tokens attend jointly."""
        return self.net.cache_condition(condition) if self.net.causal else None

    def sample(
        self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: ConditionCache | None = None
    ) -> Tensor:
        """The network's estimate of the edited latents ``x_0 [B, C, h, w]`` from ``x_sigma``, sigma ``[B]``."""
        (output,) = self.net(
            x, condition, text.tokens, text.pooled, sigma * 1000, condition_cache=cache, return_dict=False
        )
        return TO_SAMPLE[self.flow.prediction](output, x, sigma, condition)

    def velocity(
        self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: ConditionCache | None = None
    ) -> Tensor:
        """``v = eps - x_0`` at ``x_sigma``, shapes as in :meth:`sample`."""
        return to_velocity(self.sample(x, sigma, condition, text, cache), x, sigma)

    def sigmas(self, steps: int) -> Tensor:
        """``[steps + 1]`` times from 1 to 0."""
        return sigma_schedule(steps, self.flow.shift)

    @cached_property
    def sha256(self) -> str:
        """Hash of all weights, by name and value."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.net.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def save_pretrained(self, folder: Path | str, *, half: bool = False) -> None:
        """Write the bundle to ``folder``; ``half`` stores the weights in half precision."""
        folder = Path(folder)
        net = self.net
        if half:
            net = EditNet.from_config(self.net.config)
            net.load_state_dict(self.net.state_dict())
            net.half()
        net.save_pretrained(folder / "transformer")
        index = {"_class_name": "Editor", "config": _plain(self.config), "flow": asdict(self.flow)}
        (folder / INDEX).write_text(json.dumps(index, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> Editor:
        """Read a bundle; weights are used in single precision.

        Raises:
            ModelError: the folder is not a bundle, or is incomplete.
        """
        folder = Path(folder)
        try:
            index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            config, flow = index["config"], FlowConfig(**index["flow"])
            config["known"] = MappingProxyType({kind: tuple(words) for kind, words in config["known"].items()})
            net = EditNet.from_pretrained(folder / "transformer", torch_dtype=torch.float32)
        except FileNotFoundError as error:
            raise ModelError(f"{folder} is not an editor: {INDEX} is missing") from error
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise ModelError(f"the editor in {folder} cannot be loaded: {error}") from error
        return cls(net, flow, EditorConfig(**config))


def _plain(config: EditorConfig) -> dict[str, object]:
    """``config`` as JSON can hold it."""
    plain = {name: getattr(config, name) for name in config.__dataclass_fields__}
    return plain | {"known": {kind: list(words) for kind, words in config.known.items()}}
