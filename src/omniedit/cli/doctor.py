"""``omniedit doctor``: what is installed, what the machine has, and what is missing, with the line that brings it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from rich.markup import escape
from rich.table import Table

from omniedit import __version__
from omniedit.cli.console import out

PACKAGES = ("torch", "diffusers", "accelerate", "numpy", "pillow", "opencv-python-headless", "pyarrow")
"""Those whose version decides whether a report of a fault can be followed."""

EXTRAS = {
    "photos": ("skimage", "sklearn"),
    "bench": ("datasets", "krippendorff", "matplotlib"),
    "judge": ("openai",),
    "train": ("peft", "transformers"),
    "full": ("transformers",),
    "ray": ("ray",),
    "adam8bit": ("bitsandbytes",),
    "tensorboard": ("tensorboard",),
    "trackio": ("trackio",),
    "wandb": ("wandb",),
    "dev": ("hypothesis", "mypy", "playwright", "psutil", "pytest", "ruff", "webdataset"),
}
"""Extra -> the modules that it brings."""


def doctor() -> None:
    """Show versions, devices, models, photos and missing extras."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, finding in (*_software(), *_machine(), *_contents(), *_extras()):
        table.add_row(name, finding)
    out.print(table)


def _software() -> Iterator[tuple[str, str]]:
    yield "omniedit", __version__
    yield "python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for package in PACKAGES:
        yield package, _version(package)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return f"[red]missing[/]: pip install {package}"


def _machine() -> Iterator[tuple[str, str]]:
    import torch

    yield "threads", f"{torch.get_num_threads()} for torch, {os.cpu_count()} processors"
    yield "memory", _memory()
    yield "devices", ", ".join(_devices())


def _devices() -> list[str]:
    import torch

    found = ["cpu"]
    found += [f"cuda:{index} {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    return found + (["mps"] if torch.backends.mps.is_available() else [])


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown on this system"


def _contents() -> Iterator[tuple[str, str]]:
    from omniedit.data.photos import SPLITS, bundled_photos
    from omniedit.edit.weights import PACKAGED
    from omniedit.errors import MissingExtraError

    for name, folder in PACKAGED.items():
        yield f"model {name}", str(folder) if folder.is_dir() else "[red]missing from this installation[/]"
    yield "model specialists", "always there"
    try:
        yield "photographs", ", ".join(f"{len(bundled_photos(split))} for {split}" for split in SPLITS)
    except MissingExtraError as error:
        yield "photographs", f"[yellow]none[/]: {escape(str(error))}"


def _extras() -> Iterator[tuple[str, str]]:
    for extra, modules in EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        without = f'[yellow]without {", ".join(missing)}[/]: pip install "omniedit\\[{extra}]"'
        yield f"extra {extra}", without if missing else "complete"
