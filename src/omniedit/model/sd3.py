"""From SD3: an editor over any checkpoint of SD3 or SD3.5-medium, and its base back into diffusers' own pipeline.

editor = editor_from_sd3("stabilityai/stable-diffusion-3-medium-diffusers", condition_attention="causal")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from omniedit.errors import ModelError
from omniedit.model.base import Base, fetch, load_transformer
from omniedit.model.codec import VaeCodec
from omniedit.model.editor import Editor, EditorConfig
from omniedit.model.flow import FlowConfig
from omniedit.model.networks import NETWORKS, EditingNetwork
from omniedit.model.rivals import Inpaint
from omniedit.model.text import SD3TextEncoder

STEPS = 28
"""Steps of the sampler, as diffusers takes for SD3."""
GUIDANCE, IMAGE_GUIDANCE = 7.5, 1.5
"""Scales of both guidances, as InstructPix2Pix has them (arXiv 2211.09800); the paper names none. Inpainting
is never trained without its picture, so there the second is 1."""


def editor_from_sd3(
    source: Path | str,
    network: str = "editnet",
    *,
    name: str = "",
    t5: bool | None = None,
    length: int = 256,
    dtype: torch.dtype = torch.float32,
    **options: Any,  # noqa: ANN401 (the network's own)
) -> Editor:
    """An untrained editor over an SD3 checkpoint.

    Args:
        source: A folder in the diffusers layout, or a Hub id.
        network: A key of :data:`~omniedit.model.networks.NETWORKS`.
        name: Its name in reports; empty for one made of the network's and the base's.
        t5: Whether T5 reads; None: where the checkpoint has it.
        length: Tokens that T5 reads.
        dtype: Number format of network and text encoders.
        options: Of the network, as ``condition_attention``.

    Raises:
        ModelError: there is no such checkpoint or network, or the checkpoint's parts do not fit together.
        MissingExtraError: transformers is not installed.
    """
    folder = fetch(source, t5=t5 is not False)
    net, base = _network(folder, source, network, dtype, options)
    text = SD3TextEncoder.from_pretrained(folder, t5=t5, length=length, dtype=dtype)
    codec = VaeCodec.from_pretrained(folder)
    config = config_from_sd3(net, codec.factor, name or f"{network}-{_stem(source)}")
    return Editor(net, flow_from_sd3(folder), config, text, codec, base)


def network_from_sd3(
    source: Path | str,
    network: str = "editnet",
    *,
    dtype: torch.dtype = torch.float32,
    **options: Any,  # noqa: ANN401 (the network's own)
) -> tuple[EditingNetwork, Base]:
    """An untrained network over the transformer of an SD3 checkpoint, and the reference to it: all that training needs.

    Arguments and errors as in :func:`editor_from_sd3`.
    """
    return _network(fetch(source, t5=False), source, network, dtype, options)


def flow_from_sd3(folder: Path | str) -> FlowConfig:
    """SD3's flow, with the shift that the checkpoint's scheduler has.

    Raises:
        ModelError: the scheduler's file cannot be read.
    """
    place = Path(folder) / "scheduler" / "scheduler_config.json"
    try:
        settings = json.loads(place.read_text(encoding="utf-8"))
        return FlowConfig(prediction="velocity", shift=float(settings.get("shift", 3.0)))
    except FileNotFoundError:
        return FlowConfig(prediction="velocity", shift=3.0)
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{place} cannot be read: {error}") from error


def config_from_sd3(net: EditingNetwork, factor: int, name: str) -> EditorConfig:
    """What a base was trained for: pictures of its own area, in cells of a patch; ``factor`` is its codec's."""
    settings = net.base.config
    return EditorConfig(
        name=name,
        area=(int(settings.sample_size) * factor) ** 2,
        multiple=factor * int(settings.patch_size),
        steps=STEPS,
        guidance_scale=GUIDANCE,
        image_guidance_scale=1.0 if isinstance(net, Inpaint) else IMAGE_GUIDANCE,
    )


def save_sd3(editor: Editor, folder: Path | str) -> None:
    """Write the base of ``editor`` as a checkpoint that diffusers' ``StableDiffusion3Pipeline`` loads.

    Raises:
        ModelError: the editor was not made from SD3.
    """
    from diffusers import FlowMatchEulerDiscreteScheduler, StableDiffusion3Pipeline

    text, codec = editor.text, editor.codec
    if not isinstance(text, SD3TextEncoder) or not isinstance(codec, VaeCodec):
        raise ModelError(f"{editor.config.name} was not made from SD3")
    readers = dict(zip(("", "_2", "_3"), (*text.clips, text.t5), strict=True))
    parts = {f"text_encoder{suffix}": reader.model if reader else None for suffix, reader in readers.items()}
    parts |= {f"tokenizer{suffix}": reader.tokenizer if reader else None for suffix, reader in readers.items()}
    scheduler = FlowMatchEulerDiscreteScheduler(shift=editor.flow.shift)
    pipe = StableDiffusion3Pipeline(transformer=editor.net.base, vae=codec.vae, scheduler=scheduler, **parts)
    pipe.save_pretrained(folder)


def _network(
    folder: Path, source: Path | str, network: str, dtype: torch.dtype, options: Mapping[str, Any]
) -> tuple[EditingNetwork, Base]:
    if network not in NETWORKS:
        raise ModelError(f"there is no network {network!r}; there are {', '.join(NETWORKS)}")
    transformer = load_transformer(folder, dtype)
    net: EditingNetwork = NETWORKS[network].from_transformer(transformer, **options)
    return net, Base.of(transformer, _lasting(source))


def _stem(source: Path | str) -> str:
    return Path(source).resolve().name if Path(source).is_dir() else str(source).split("/")[-1]


def _lasting(source: Path | str) -> str:
    """A folder's whole path, so that it is found from elsewhere; a Hub id as it is."""
    return str(Path(source).resolve()) if Path(source).is_dir() else str(source)
