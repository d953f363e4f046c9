"""The base: an SD3 checkpoint in the diffusers layout, and a reference to it that is kept with what is made from it.

The two are compared when they come together again. A reference holds a hash of the transformer's configuration, which
must be the same, and a few of its weights, which must be near (bases are stored in several number formats). The second
tells two trainings of one architecture apart.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from omniedit.errors import ModelError
from omniedit.model.hub import HUB_ID, download

PARTS = ("model_index.json", "scheduler/*", "text_encoder/*", "text_encoder_2/*", "tokenizer/*", "tokenizer_2/*")
WEIGHTS = ("transformer/*", "vae/*")
T5 = ("text_encoder_3/*", "tokenizer_3/*")
"""What is fetched of a checkpoint on the Hub: T5, which is the greatest part, only where it reads."""
PROBED = 32
"""Tensors of a base of which one weight is kept."""
TOLERANCE = 2**-7
"""Relative difference of a weight that rounding to bfloat16 can explain."""


def fetch(source: Path | str, *, t5: bool = True) -> Path:
    """The folder of an SD3 checkpoint.

    Args:
        source: A folder in the diffusers layout, or a Hub id, which is downloaded once.
        t5: Whether to bring T5 too.

    Raises:
        ModelError: there is none, or it is of another layout.
    """
    folder = Path(source)
    if not folder.is_dir():
        if isinstance(source, Path) or not HUB_ID.fullmatch(source):
            raise ModelError(f"there is no base {str(source)!r}: give the folder of an SD3 checkpoint, or its Hub id")
        folder = download(source, (*PARTS, *WEIGHTS, *(T5 if t5 else ())), ("*.fp16*", "*.bin", "*.msgpack"))
    if not (folder / "transformer" / "config.json").is_file():
        raise ModelError(
            f"{source} is no SD3 checkpoint in the diffusers layout: transformer/config.json is missing. "
            "Repositories whose name ends in -diffusers have it; diffusers' from_single_file converts single files"
        )
    return folder


def load_transformer(folder: Path, dtype: torch.dtype = torch.float32) -> Any:  # noqa: ANN401 (diffusers has no types)
    """The ``SD3Transformer2DModel`` of a checkpoint, in a number format.

    Raises:
        ModelError: it is another network, or cannot be read.
    """
    from diffusers import SD3Transformer2DModel

    place = folder / "transformer"
    try:
        kind = json.loads((place / "config.json").read_text(encoding="utf-8")).get("_class_name")
        if kind != "SD3Transformer2DModel":
            raise ModelError(
                f"the transformer in {folder} is a {kind}: an editor needs the transformer of SD3 or SD3.5"
            )
        return SD3Transformer2DModel.from_pretrained(place, torch_dtype=dtype, use_safetensors=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ModelError(f"the transformer in {place} cannot be loaded: {error}") from error


@dataclass(frozen=True, kw_only=True)
class Base:
    """A reference to a base."""

    source: str
    """Its Hub id or folder."""
    config_sha256: str
    """Hash of its transformer's configuration: :func:`config_hash`."""
    weights: tuple[float, ...] = ()
    """Some of its transformer's weights: :func:`probe`."""

    @classmethod
    def of(cls, transformer: Any, source: str) -> Base:  # noqa: ANN401 (diffusers has no types)
        """A reference to ``transformer``, an ``SD3Transformer2DModel`` from ``source``."""
        return cls(source=source, config_sha256=config_hash(transformer.config), weights=probe(transformer))

    def untouched(self, transformer: Any) -> bool:  # noqa: ANN401 (diffusers has no types)
        """Whether ``transformer`` has this base's weights still: none was trained."""
        kept = torch.tensor(self.weights).to(transformer.dtype).tolist()
        return bool(list(probe(transformer)) == kept)

    def check(self, transformer: Any, found: str) -> None:  # noqa: ANN401 (diffusers has no types)
        """Make sure that ``transformer``, which was found in ``found``, is this base.

        Raises:
            ModelError: it is another.
        """
        advice = f"the model was trained over {self.source}: give that as its base"
        if config_hash(transformer.config) != self.config_sha256:
            raise ModelError(f"the transformer in {found} is another: its configuration differs; {advice}")
        if self.weights and not np.allclose(probe(transformer), self.weights, rtol=TOLERANCE, atol=1e-5):
            raise ModelError(f"the transformer in {found} is another: its weights differ; {advice}")


def config_hash(config: Mapping[str, Any]) -> str:
    """Hash of a transformer's configuration.

    Settings that have their default are left out, so that those which a later diffusers adds change nothing.
    """
    from diffusers import SD3Transformer2DModel

    given = inspect.signature(SD3Transformer2DModel).parameters.items()
    defaults = {name: setting.default for name, setting in given if setting.default is not setting.empty}
    plain = json.loads(json.dumps({name: value for name, value in config.items() if not name.startswith("_")}))
    usual = json.loads(json.dumps(defaults))
    told = {name: value for name, value in plain.items() if name not in usual or usual[name] != value}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def probe(transformer: Any) -> tuple[float, ...]:  # noqa: ANN401 (diffusers has no types)
    """The middle weight of each of ``PROBED`` tensors that are spread over a network, by name; LoRA is passed over."""
    plain = (pair for pair in transformer.named_parameters() if ".lora_" not in pair[0])
    tensors = [tensor for _, tensor in sorted(plain, key=lambda pair: pair[0].replace(".base_layer", ""))]
    places = np.linspace(0, len(tensors) - 1, PROBED).round().astype(int)
    values = torch.stack([tensors[i].detach().flatten()[tensors[i].numel() // 2].float().cpu() for i in places])
    return tuple(values.tolist())
