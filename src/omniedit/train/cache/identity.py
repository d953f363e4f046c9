"""Names by content: of an encoder (its class, settings and weights), of a picture's latent, of an embedded text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from omniedit.train.buckets import Size
from omniedit.types import Image

PASSING = ("transformers_version", "dtype", "torch_dtype")
"""Settings of a model that say nothing of what it computes; nor do those that begin with an underscore."""


def identity(encoder: object, dtype: str) -> str:
    """Hexadecimal SHA-256 of all that determines what ``encoder``, a codec or a text encoder, gives.

    Args:
        encoder: Its attributes are numbers, words, dataclasses, tensors, networks, tokenizers, or lists of these.
        dtype: Number format in which the results are kept.

    Raises:
        TypeError: It has an attribute of another kind.
    """
    digest = hashlib.sha256(dtype.encode())
    for piece in _pieces({"class": type(encoder).__qualname__, **vars(encoder)}):
        digest.update(len(piece).to_bytes(8, "little"))
        digest.update(piece)
    return digest.hexdigest()


def picture_key(image: Image, bucket: Size, codec: str) -> bytes:
    """Name of a latent: 32 bytes of SHA-256 of the pixels with their shape, the bucket and the codec's identity."""
    digest = hashlib.sha256(f"{codec} {bucket} {image.shape} {image.dtype}".encode())
    digest.update(image.tobytes())
    return digest.digest()


def text_key(text: str, encoder: str) -> bytes:
    """Name of an embedded text: 32 bytes of SHA-256 of its words and the encoder's identity."""
    return hashlib.sha256(f"{encoder} {text}".encode()).digest()


def _pieces(thing: object) -> Iterator[bytes]:
    """The content of ``thing`` as bytes, piece by piece, the same in every process."""
    if isinstance(thing, nn.Module):
        yield from _pieces({"class": type(thing).__qualname__, "config": _config(thing)})
        yield from _pieces(dict(thing.state_dict()))
    elif isinstance(thing, Tensor):
        yield f"{thing.dtype} {tuple(thing.shape)}".encode()
        yield _bytes(thing)
    elif isinstance(thing, Mapping):
        for name in sorted(thing, key=str):
            yield str(name).encode()
            yield from _pieces(thing[name])
    elif isinstance(thing, list | tuple):
        yield str(len(thing)).encode()
        for part in thing:
            yield from _pieces(part)
    elif thing is None or isinstance(thing, str | int | float | torch.dtype):
        yield repr(thing).encode()
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from _pieces(asdict(thing))
    elif words := _vocabulary(thing):
        yield words.encode()
    else:
        raise TypeError(f"what a {type(thing).__qualname__} computes cannot be told from its attributes")


def _bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def _config(module: nn.Module) -> Any:  # noqa: ANN401 (plain values)
    """Settings of a network of diffusers or transformers that bear on its results, plain values only."""
    config: Any = getattr(module, "config", {})
    plain = config.to_dict() if hasattr(config, "to_dict") else dict(config)
    kept = {name: value for name, value in plain.items() if not name.startswith("_") and name not in PASSING}
    return json.loads(json.dumps(kept, default=str))


def _vocabulary(thing: object) -> str:
    """How a tokenizer reads; empty if ``thing`` is none. Padding is left out: it is a state, set by every call."""
    backend = getattr(thing, "backend_tokenizer", thing)
    if hasattr(backend, "to_str"):
        content = json.loads(backend.to_str())
        return json.dumps({name: content[name] for name in sorted(content) if name not in ("padding", "truncation")})
    if hasattr(thing, "get_vocab"):
        return json.dumps([type(thing).__qualname__, thing.get_vocab()], sort_keys=True)
    return ""
