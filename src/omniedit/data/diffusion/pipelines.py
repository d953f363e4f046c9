"""Diffusers pipelines as tools: load one, ask it for many pictures, and get for each the same as if asked for alone.

Every picture has a generator of its own, on the CPU, so that neither its neighbours nor the device decide its noise.
What is made in one batch may still differ by a level of 255 from what is made alone, since the last digits of a product
of matrices depend on how many there are: where every byte has to be the same, the batch is 1.
The sizes that a pipeline works at are its own; what it gives comes back at that size.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from omniedit.data.tools.batching import DTYPES, batches, device_of, first_line
from omniedit.errors import ModelError, RecipeError
from omniedit.images import grid_size
from omniedit.types import Image

BATCHED = frozenset(
    {
        "FluxFillPipeline",
        "FluxInpaintPipeline",
        "StableDiffusion3InpaintPipeline",
        "StableDiffusionInpaintPipeline",
        "StableDiffusionInstructPix2PixPipeline",
        "StableDiffusionXLInpaintPipeline",
        "StableDiffusionXLInstructPix2PixPipeline",
    }
)
"""Pipelines that take a list of pictures as one picture per prompt, each with its generator. Others may take it for
several references of one edit, so they are asked for one at a time."""
INDEX = "model_index.json"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_LOADING = (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError, AttributeError)


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The pipeline's own safety checker blacked a picture out."""


@dataclass(frozen=True, eq=False)
class Request:
    """One picture to be made, at the size that the pipeline works at."""

    prompt: str
    """What it is to show, or what is to be done."""
    image: Image
    """What it is made from, ``uint8 [h, w, 3]``."""
    seed: int
    """Of its noise, 0 to 2^64 − 1."""
    pictures: Mapping[str, Image] = field(default_factory=dict)
    """Other pictures by the name of the pipeline's argument, ``uint8 [h, w]`` or ``[h, w, 3]``: ``mask_image``."""


def load(source: str, *, masked: bool, device: str = "", dtype: str = "") -> Any:  # noqa: ANN401 (diffusers has no types)
    """Load a pipeline that edits pictures.

    Args:
        source: A folder in the layout of diffusers, or a Hub id. Only safetensors are read.
        masked: Whether it is to fill masks; a text-to-image model is then loaded as its inpainting pipeline. Otherwise
            it is to follow instructions.
        device: ``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one, and else the CPU.
        dtype: float32, bfloat16 or float16; empty takes bfloat16 on a GPU and float32 on a CPU.

    Raises:
        ModelError: There is no such pipeline, or it is of another kind.
        RecipeError: There is no such number format.
    """
    import diffusers

    def fitting(kind: Any) -> Any:  # noqa: ANN401 (diffusers has no types)
        return diffusers.AutoPipelineForInpainting if masked and "mask_image" not in arguments(kind) else kind

    wanted = "to fill masks" if masked else "to follow instructions"
    place = device_of(device)
    return ready(_loaded(source, wanted, place, dtype, fitting), masked=masked, device=place)


def load_generator(source: str, *, device: str = "", dtype: str = "") -> Any:  # noqa: ANN401 (diffusers has no types)
    """Load a pipeline that makes pictures from words, for Prompt-to-Prompt.

    Args:
        source: A folder in the layout of diffusers, or a Hub id, of a Stable Diffusion or SDXL.
        device: As in :func:`load`.
        dtype: Likewise.

    Raises:
        ModelError: There is no such pipeline, or it is of another kind.
        RecipeError: There is no such number format.
    """
    place = device_of(device)
    pipe = _loaded(source, "to make pictures from words", place, dtype, lambda kind: kind)
    takes = arguments(type(pipe))
    if "prompt" not in takes or "image" in takes or not hasattr(pipe, "unet"):
        raise ModelError(f"{source}: a {type(pipe).__name__} is no Stable Diffusion or SDXL that starts from words")
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(place)


def _loaded(source: str, wanted: str, place: str, dtype: str, fitting: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """The pipeline in a folder or on the Hub, not yet on its device.

    Args:
        source: Where it is.
        wanted: What it is to do, for messages.
        place: The device that it is for.
        dtype: Number format; empty for the device's usual one.
        fitting: From the class that the folder names to the one that is to be loaded.

    Raises:
        ModelError: There is none.
        RecipeError: There is no such number format.
    """
    import diffusers
    import torch

    name = dtype or ("float32" if place == "cpu" else "bfloat16")
    if name not in DTYPES:
        raise RecipeError(f"there is no number format {name!r}; there are {', '.join(DTYPES)}")
    try:
        index = diffusers.DiffusionPipeline.load_config(source)
        kind = fitting(getattr(diffusers, index["_class_name"]))
        given = _plain_parts(source, index)
        with warnings.catch_warnings():
            # diffusers 0.42 has a newer name for this, which those before it do not know.
            warnings.filterwarnings("ignore", "`torch_dtype`", FutureWarning)
            return kind.from_pretrained(source, torch_dtype=getattr(torch, name), use_safetensors=True, **given)
    except _LOADING as error:
        raise ModelError(f"{source} cannot be loaded as a diffusers pipeline {wanted}: {first_line(error)}") from error


def _plain_parts(source: str, index: Mapping[str, Any]) -> dict[str, Any]:
    """The safety checker's view of pictures in its plain PIL form: the one that the index names needs torchvision."""
    library, kind = index.get("feature_extractor") or (None, None)
    if library != "transformers" or not str(kind).startswith("CLIP"):
        return {}
    from transformers import AutoImageProcessor

    made = AutoImageProcessor.from_pretrained(source, subfolder="feature_extractor", backend="pil")
    return {"feature_extractor": made}


def ready(pipe: Any, *, masked: bool, device: str = "") -> Any:  # noqa: ANN401 (diffusers has no types)
    """Put a pipeline on its device, without its progress bar.

    Raises:
        ModelError: It is not of the kind that is wanted.
    """
    takes = arguments(type(pipe))
    if "image" not in takes or "prompt" not in takes or masked != ("mask_image" in takes):
        wanted = "fill masks" if masked else "follow instructions"
        raise ModelError(f"a {type(pipe).__name__} does not {wanted}")
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device_of(device))


def is_pipeline(source: str | os.PathLike[str]) -> bool:
    """Whether a folder, a CosXL-Edit file or a Hub id is a pipeline of diffusers; asks the Hub about ids alone."""
    text = os.fspath(source)
    index = Path(source) / INDEX
    try:
        if text.endswith(".safetensors"):
            return text.startswith("https://") or Path(source).is_file()
        if Path(source).is_dir():
            return index.is_file() and _names_a_pipeline(json.loads(index.read_text(encoding="utf-8")))
        return bool(_HUB_ID.fullmatch(text)) and _names_a_pipeline(_from_hub(text))
    except _LOADING:
        return False


def _from_hub(name: str) -> Mapping[str, Any]:
    """The index of a repository on the Hub."""
    import diffusers

    found: Mapping[str, Any] = diffusers.DiffusionPipeline.load_config(name)
    return found


def _names_a_pipeline(index: Mapping[str, Any]) -> bool:
    return str(index.get("_class_name", "")).endswith("Pipeline")


def arguments(kind: Any) -> frozenset[str]:  # noqa: ANN401 (diffusers has no types)
    """Names of the arguments that a pipeline's class takes."""
    return frozenset(inspect.signature(kind.__call__).parameters)


def working_size(pipe: Any, size: tuple[int, int], area: int = 0) -> tuple[int, int]:  # noqa: ANN401 (diffusers has no types)
    """Return the size nearest to a picture's at which a pipeline works best.

    Args:
        pipe: The pipeline.
        size: ``(width, height)`` of the picture, of any ratio: it is never cropped.
        area: Pixels to aim at; 0 for those that the pipeline was trained at.
    """
    multiple = max(8, int(pipe.image_processor.config.vae_scale_factor))
    return grid_size(*size, area=area or _trained_area(pipe), multiple=multiple, max_ratio=math.inf)


def _trained_area(pipe: Any) -> int:  # noqa: ANN401 (diffusers has no types)
    net = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    config = getattr(net, "config", None)
    latent: Any = getattr(config, "sample_size", None) or getattr(pipe, "default_sample_size", 128)
    height, width = (latent, latent) if isinstance(latent, int) else latent[-2:]
    return int(height) * int(width) * int(pipe.vae_scale_factor) ** 2


def make(pipe: Any, requests: Sequence[Request], *, batch: int, **settings: Any) -> list[Image | Refused]:  # noqa: ANN401
    """Ask a pipeline for pictures.

    Args:
        pipe: The pipeline.
        requests: What to make; those of one size go together.
        batch: Most pictures at a time; 1 for a pipeline that is not in `BATCHED`.
        settings: Arguments of the pipeline that all share; those that are None are left to it.

    Returns:
        For each request its picture, ``uint8 [h, w, 3]``, or why there is none.

    Raises:
        RecipeError: The pipeline has no such setting.
    """
    shared = {name: value for name, value in settings.items() if value is not None}
    unknown = sorted(set(shared) - arguments(type(pipe)))
    if unknown:
        raise RecipeError(f"a {type(pipe).__name__} has no setting {unknown[0]!r}; leave it out")
    most = batch if type(pipe).__name__ in BATCHED else 1
    made: dict[int, Image | Refused] = {}
    for places in batches([request.image.shape for request in requests], most):
        made |= zip(places, _ask(pipe, [requests[place] for place in places], shared), strict=True)
    return [made[place] for place in range(len(requests))]


def _ask(pipe: Any, requests: Sequence[Request], shared: Mapping[str, Any]) -> list[Image | Refused]:  # noqa: ANN401
    """Ask for pictures of one size in one call."""
    import torch

    given: dict[str, list[Any]] = {
        "prompt": [request.prompt for request in requests],
        "image": [PIL.Image.fromarray(request.image) for request in requests],
        "generator": [torch.Generator("cpu").manual_seed(request.seed) for request in requests],
    }
    for name in requests[0].pictures:
        given[name] = [PIL.Image.fromarray(request.pictures[name]) for request in requests]
    alone = type(pipe).__name__ not in BATCHED
    values = {name: some[0] if alone else some for name, some in given.items()}
    # A list of negative prompts has to be as long as that of the prompts.
    more = {
        name: [value] * len(requests) if name == "negative_prompt" and not alone else value
        for name, value in shared.items()
    }
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module="diffusers")
        output = pipe(**values, **_sized(pipe, requests[0].image), **more)
    flags = getattr(output, "nsfw_content_detected", None) or [False] * len(requests)
    return [_picture(image, bool(flag)) for image, flag in zip(output.images, flags, strict=True)]


def _sized(pipe: Any, image: Image) -> dict[str, Any]:  # noqa: ANN401 (diffusers has no types)
    """The arguments that keep a pipeline at the size of ``image``, where it would otherwise choose one itself."""
    height, width = image.shape[:2]
    wanted = {"height": height, "width": width, "max_area": height * width, "_auto_resize": False}
    takes = arguments(type(pipe))
    return {name: value for name, value in wanted.items() if name in takes}


def _picture(image: PIL.Image.Image, refused: bool) -> Image | Refused:
    if refused:
        return Refused("the pipeline's safety checker blacked the picture out")
    return np.asarray(image.convert("RGB"), np.uint8).copy()
