"""The bundle that edits: network, codec, text encoder and flow, saved together as one folder.

    FOLDER/model_index.json     EditorConfig, FlowConfig, which codec and text, and the base it was made from
    FOLDER/transformer/         the network in the diffusers layout (config.json, diffusion_pytorch_model.safetensors)

The codec and the text of SD3 lie beside it in the layout of diffusers (``vae``, ``text_encoder``, ``tokenizer`` …);
those of nano come with the package. A bundle of only what was trained (:mod:`omniedit.model.trained`) has none of them:
its base brings them.

Letters: B batch, C latent channels.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from omniedit.errors import ModelError
from omniedit.model.base import Base
from omniedit.model.card import Card
from omniedit.model.codec import Codec, PixelCodec, VaeCodec
from omniedit.model.condition import ConditionCache
from omniedit.model.flow import TO_SAMPLE, FlowConfig, sigma_schedule, to_velocity
from omniedit.model.inpainting import erase, with_mask
from omniedit.model.lora import has_lora, merge_lora
from omniedit.model.networks import EditingNetwork
from omniedit.model.rivals import Inpaint
from omniedit.model.text import Reads, SD3TextEncoder, Text, TextEncoder
from omniedit.types import Image, Mask

INDEX = "model_index.json"


@dataclass(frozen=True, kw_only=True)
class EditorConfig:
    """What an editor was trained for, and how it is used unless a user says otherwise."""

    name: str = "editor"
    """Its name in reports."""
    area: int = 16384
    """Trained picture area in pixels."""
    multiple: int = 16
    """Sides are multiples of this many pixels: of the codec's factor times the network's patch."""
    max_ratio: float = 2.0
    """Longest trained side ratio; longer pictures are padded to it."""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What it was taught, by kind (objects, colours, environments, styles, backdrops); empty means anything."""
    steps: int = 10
    """Steps of the sampler."""
    guidance_scale: float = 1.0
    """s_T: above 1 the instruction is followed more strongly."""
    image_guidance_scale: float = 1.0
    """s_I: above 1 the result keeps closer to the photo."""


class Editor:
    """Edits latents: the network and all that it needs to be called with pictures and words."""

    def __init__(
        self,
        net: EditingNetwork,
        flow: FlowConfig,
        config: EditorConfig,
        text: Reads | None = None,
        codec: Codec | None = None,
        base: Base | None = None,
    ) -> None:
        """Bundle ``net`` with its flow.

        The codec is the pixel codec and the text encoder the embedded one unless given. ``base`` says what ``net`` was
        made from, where it was made from SD3.

        Raises:
            ModelError: the network reads other text than ``text`` gives.
        """
        self.net: EditingNetwork = net.eval()
        self.flow = flow
        self.config = config
        self.codec: Codec = codec or PixelCodec()
        self.text: Reads = text or TextEncoder.from_pretrained()
        self.base = base
        self._check_widths()

    @property
    def device(self) -> torch.device:
        """Where the network is, and where latents are to be."""
        device: torch.device = self.net.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """The network's number format; latents are ``float32`` in any case."""
        dtype: torch.dtype = self.net.dtype
        return dtype

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> Editor:
        """Move all of it to a device; return self. ``dtype`` is for network and text: a VAE keeps single precision."""
        given = {"device": device, "dtype": dtype}
        self.net.to(**{name: value for name, value in given.items() if value is not None})
        if isinstance(self.text, SD3TextEncoder):
            self.text.to(device, dtype)
        if isinstance(self.codec, VaeCodec):
            self.codec.to(device)
        self.__dict__.pop("sha256", None)
        return self

    def embed(self, instructions: Sequence[str]) -> Text:
        """Embed instructions; ``""`` is the unconditional text. Raises InstructionError when one is too long."""
        text = self.text(instructions)
        return Text(text.tokens.to(self.device, self.dtype), text.pooled.to(self.device, self.dtype))

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Same-size pictures ``uint8 [H, W, 3]`` -> latents ``float32 [B, C, h, w]``."""
        return self.codec.encode(images).to(self.device)

    @property
    def inpaints(self) -> bool:
        """Whether the network fills masks, and sees nothing of what is under them."""
        return isinstance(self.net, Inpaint)

    def hide(self, images: Sequence[Image], masks: Sequence[Mask]) -> Tensor:
        """What an inpainting network sees of pictures under masks ``float32 [H, W]``: ``float32 [B, C + 1, h, w]``."""
        hidden = [erase(image, mask) for image, mask in zip(images, masks, strict=True)]
        return with_mask(self.encode(hidden), masks)

    def decode(self, latents: Tensor) -> list[Image]:
        """Latents -> pictures."""
        return self.codec.decode(latents)

    def null_condition(self, condition: Tensor) -> Tensor:
        """What stands for "no source picture" in image guidance: zeros, as in training."""
        return torch.zeros_like(condition)

    def cache(self, condition: Tensor) -> ConditionCache | None:
        """The condition's keys and values, once per picture; None when condition tokens attend jointly."""
        return self.net.cache_condition(condition.to(self.dtype)) if self.net.causal else None

    def sample(
        self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: ConditionCache | None = None
    ) -> Tensor:
        """The network's estimate of the edited latents ``x_0 [B, C, h, w]`` from ``x_sigma``, sigma ``[B]``."""
        output = self._predict(x, sigma, condition, text, cache)
        return TO_SAMPLE[self.flow.prediction](output, x, sigma, condition)

    def velocity(
        self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: ConditionCache | None = None
    ) -> Tensor:
        """``v = eps - x_0`` at ``x_sigma``, shapes as in :meth:`sample`."""
        if self.flow.prediction == "velocity":
            return self._predict(x, sigma, condition, text, cache)
        return to_velocity(self.sample(x, sigma, condition, text, cache), x, sigma)

    def sigmas(self, steps: int) -> Tensor:
        """``[steps + 1]`` times from 1 to 0."""
        return sigma_schedule(steps, self.flow.shift)

    @cached_property
    def sha256(self) -> str:
        """Hash of the network's weights, by name and value, in the number format that they have here."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.net.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy())
        return digest.hexdigest()

    def merge(self) -> Editor:
        """Add LoRA, if there is any, to the weights that it stands beside; return self."""
        if has_lora(self.net):
            merge_lora(self.net)
            self.__dict__.pop("sha256", None)
        return self

    def save_pretrained(self, folder: Path | str, *, half: bool = False) -> None:
        """Write the whole bundle to ``folder``, LoRA merged; ``half`` stores the network in half precision.

        ``folder`` becomes a model with the last file written: one that is cut off is none.
        """
        from omniedit.model.bundle import save

        save(self, Path(folder), half=half)

    def save_trained(self, folder: Path | str) -> None:
        """Write only what was trained over a frozen base (:mod:`omniedit.model.trained`), and which base that was.

        Raises:
            ModelError: this editor does not know its base, or the base was trained too.
        """
        from omniedit.model.bundle import save_difference

        if self.base is None or not isinstance(self.text, SD3TextEncoder):
            raise ModelError(f"{self.config.name} does not know its base: it can only be saved as a whole")
        text, base = self.text.config, self.base
        save_difference(self.net, Path(folder), config=self.config, flow=self.flow, text=text, base=base)

    def push_to_hub(
        self,
        repo: str,
        card: Card | None = None,
        *,
        trained_only: bool = False,
        public: bool = False,
        endpoint: str | None = None,
    ) -> str:
        """Bring this editor to the Hugging Face Hub with a filled card; return its address.

        Args:
            repo: Id of the model; it is made if it does not exist.
            card: What its card says beside what the model says of itself.
            trained_only: Bring what :meth:`save_trained` writes, and not the base.
            public: Whether a repository that is made is public.
            endpoint: Another Hub than huggingface.co.

        Raises:
            InputError: ``repo`` is no id of a model.
            OutputError: there is no token, the Hub cannot be reached, or it refuses.
            ModelError: only what was trained is wanted, and this editor does not know its base.
        """
        from omniedit.model.bundle import push

        return push(self, repo, card or Card(), trained_only=trained_only, public=public, endpoint=endpoint)

    @classmethod
    def from_pretrained(
        cls, folder: Path | str, *, base: Path | str | None = None, dtype: torch.dtype = torch.float32
    ) -> Editor:
        """Read a bundle, whole or only what was trained.

        Args:
            folder: The bundle.
            base: Where the base of a bundle of only what was trained is now; None: where it was.
            dtype: Number format of network and text.

        Raises:
            ModelError: the folder is not a bundle or is incomplete, or its base is missing or another.
        """
        from omniedit.model.bundle import load

        return load(Path(folder), base=base, dtype=dtype)

    def plain_network(self) -> EditingNetwork:
        """The network without LoRA: itself, or a copy in which it is merged."""
        if not has_lora(self.net):
            return self.net
        net: EditingNetwork = copy.deepcopy(self.net)
        merge_lora(net)
        return net

    def _predict(self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: ConditionCache | None) -> Tensor:
        """What the network says, ``float32``."""
        dtype = self.dtype
        (output,) = self.net(
            x.to(dtype),
            condition.to(dtype),
            text.tokens,
            text.pooled,
            sigma * 1000,
            condition_cache=cache,
            return_dict=False,
        )
        predicted: Tensor = output.float()
        return predicted

    def _check_widths(self) -> None:
        wanted = self.net.base.config.joint_attention_dim, self.net.base.config.pooled_projection_dim
        given = self.text.token_width, self.text.pooled_width
        if wanted != given:
            raise ModelError(
                f"{self.config.name} reads text of widths {wanted}, and its {self.text.kind} text has {given}: they do "
                "not belong together"
            )
