"""The files of latents and texts: written once and whole, mapped into memory where they are read.

    latents   [n, C, h, w]
    pooled    [n, P];  tokens' numbers, one text after another, each token without the zeros at its end:
    numbers   [m];  widths [n, L], how many numbers each token has;  starts [n + 1], where each text begins

SD3 pads CLIP's tokens with zeros to T5's width, and our own encoder pads short texts: neither takes space, and nothing
is lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from omniedit.errors import DataError, OutputError
from omniedit.hashing import hash_file
from omniedit.writing import publish, written


@dataclass(frozen=True)
class Shard:
    """A file of latents or texts."""

    path: str
    """Where it is, from the cache's folder."""
    bytes: int
    """Its size."""
    sha256: str
    """Hexadecimal digest of the file."""
    keys: tuple[str, ...] = ()
    """Names of what is in it, in order, hexadecimal."""


def shard_name(keys: Sequence[bytes]) -> str:
    """The file name of what has these names."""
    return f"{hashlib.sha256(b''.join(keys)).hexdigest()[:32]}.safetensors"


def write_shard(out: Path, path: str, keys: Sequence[bytes], tensors: dict[str, Tensor]) -> Shard:
    """Publish a file; the same tensors give the same bytes.

    Raises:
        OutputError: It cannot be written.
    """
    from safetensors.torch import save

    place, content = out / path, save({name: tensor.contiguous() for name, tensor in tensors.items()})
    with written(place, "wb") as file:
        file.write(content)
    return Shard(path, len(content), hashlib.sha256(content).hexdigest(), tuple(key.hex() for key in keys))


# Texts ----------------------------------------------------------------------------------------------------------------


def pack(tokens: Sequence[Tensor], pooled: Sequence[Tensor]) -> dict[str, Tensor]:
    """Texts, each ``[L, E]`` and ``[P]``, as the tensors of a file."""
    places = torch.arange(1, tokens[0].shape[-1] + 1, dtype=torch.int32)
    widths = [((text != 0) * places).amax(-1) for text in tokens]
    numbers = [text[places <= width[:, None]] for text, width in zip(tokens, widths, strict=True)]
    ends = torch.tensor([0, *map(len, numbers)]).cumsum(0)
    return {
        "numbers": torch.cat(numbers),
        "widths": torch.stack(widths),
        "starts": ends,
        "pooled": torch.stack(list(pooled)),
    }


def unpack(file: Any, row: int, width: int) -> tuple[Tensor, Tensor]:  # noqa: ANN401 (safetensors has no types)
    """The text in a ``row`` of an open file, as it was: tokens ``[L, width]``, pooled ``[P]``."""
    start, stop = file.get_slice("starts")[row : row + 2].tolist()
    numbers, widths = file.get_slice("numbers")[start:stop], file.get_slice("widths")[row]
    tokens = numbers.new_zeros(len(widths), width)
    token = number = 0
    for filled, count in zip(*(part.tolist() for part in widths.unique_consecutive(return_counts=True)), strict=True):
        run = numbers[number : number + count * filled]
        tokens[token : token + count, :filled] = run.view(count, filled)
        token, number = token + count, number + len(run)
    return tokens, file.get_slice("pooled")[row]


# Manifests ------------------------------------------------------------------------------------------------------------


def manifest_path(out: Path, name: str) -> Path:
    """Where the manifest of a unit is."""
    return out / "units" / f"{name}.json"


def write_manifest(out: Path, name: str, shards: Sequence[Shard]) -> None:
    """Publish what a finished unit has.

    Raises:
        OutputError: It cannot be written.
    """
    publish(manifest_path(out, name), json.dumps([asdict(shard) for shard in shards]) + "\n")
    _note(out, name, shards)


def read_manifests(out: Path) -> dict[str, tuple[Shard, ...]]:
    """Name of a finished unit -> its files.

    Raises:
        DataError: A manifest is broken.
    """
    found = {}
    for path in sorted((out / "units").glob("[0-9a-f]*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            found[path.stem] = tuple(Shard(**{**shard, "keys": tuple(shard["keys"])}) for shard in content)
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"{path} is broken ({error}): delete it, and run omniedit cache again") from error
    return found


# Checks ---------------------------------------------------------------------------------------------------------------


def faults(out: Path, name: str, shards: Sequence[Shard], *, thorough: bool = False) -> list[str]:
    """What is wrong with the files of a unit; nothing if they are as they were written.

    A file is hashed once: where its size and time of change are as they were at the last good hash, it is taken for
    whole. ``thorough`` hashes it all the same.
    """
    noted, found = {} if thorough else _noted(out, name), list[str]()
    for shard in shards:
        state = _state(out / shard.path)
        if state is None or state[0] != shard.bytes:
            found.append(f"{out / shard.path} {'is missing' if state is None else 'has another size'}")
        elif noted.get(shard.path) != state and hash_file(out / shard.path) != shard.sha256:
            found.append(f"{out / shard.path} is not the file that was written")
    if not found and any(noted.get(shard.path) != _state(out / shard.path) for shard in shards):
        with suppress(OutputError):  # a cache on a medium that cannot be written is hashed every time
            _note(out, name, shards)
    return found


def _note(out: Path, name: str, shards: Sequence[Shard]) -> None:
    """Remember size and time of change of files that are whole."""
    states = {shard.path: _state(out / shard.path) for shard in shards}
    publish(_note_path(out, name), json.dumps(states) + "\n")


def _noted(out: Path, name: str) -> dict[str, list[int]]:
    try:
        return dict(json.loads(_note_path(out, name).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _note_path(out: Path, name: str) -> Path:
    return out / "units" / f"{name}.seen"


def _state(path: Path) -> list[int] | None:
    """Size, and time of the last change in nanoseconds; None if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]
