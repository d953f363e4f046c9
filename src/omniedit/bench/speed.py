"""What things cost, measured in one run on this machine: ``make bench``, or ``python -m omniedit.bench.speed MODEL``.

Ratios are of runs that took turns, so that a busy machine slows both sides alike.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from omniedit.errors import OmniEditError

if TYPE_CHECKING:
    from omniedit.edit.pipeline import OmniEditPipeline

SIDE = 1024
"""Side of the picture that is edited, in pixels: one megapixel."""
TURNS = 15
"""Steps that base and EditNet take in turn."""

_HELP = """
import sys
from omniedit.cli.main import main
try:
    main(["--help"])
except SystemExit:
    sys.stderr.write("yes" if "torch" in sys.modules else "no")
"""


def measurements(model: str = "nano") -> Iterator[tuple[str, str]]:
    """What was measured, and the result, one after the other."""
    from omniedit.edit.pipeline import OmniEditPipeline

    yield from help_cost()
    pipeline = OmniEditPipeline.from_pretrained(model)
    yield f"1-megapixel edit with {pipeline.name}", f"{edit_cost(pipeline):.2f} s of processor time, after loading"
    yield "peak memory", f"{peak_memory() / 2**20:.0f} MiB"
    yield "EditNet's step", f"{step_cost(pipeline):.2f} times its base's"


def help_cost(runs: int = 5) -> Iterator[tuple[str, str]]:
    """How long ``omniedit --help`` takes, and whether it loads torch."""
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - began)
    yield "omniedit --help", f"{min(seconds):.2f} s, the best of {runs}"
    yield "omniedit --help loads torch", done.stderr


def edit_cost(pipeline: OmniEditPipeline) -> float:
    """Processor seconds, over all threads, of one edit of a picture of one megapixel."""
    picture = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    began = time.process_time()
    pipeline(picture, "Make it snow.")
    return time.process_time() - began


def peak_memory() -> int:
    """Most memory that this process held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def step_cost(pipeline: OmniEditPipeline) -> float:
    """Time of a step of EditNet over that of its base alone, at the model's working size."""
    import torch

    editor = pipeline.editor
    side = round(editor.config.area**0.5)
    x = editor.encode([np.zeros((side, side, 3), np.uint8)])
    sigma, text = torch.ones(1), editor.embed(["Make it snow."])
    with torch.inference_mode():
        cache = editor.cache(x)
        steps: tuple[Callable[[], object], ...] = (
            lambda: editor.net.base(x, text.tokens, text.pooled, sigma * 1000),
            lambda: editor.sample(x, sigma, x, text, cache),
        )
        base, edit = zip(*([_seconds(step) for step in steps] for _ in range(TURNS)), strict=True)
    return float(median(edit) / median(base))


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    try:
        for name, result in measurements(*sys.argv[1:]):
            print(f"{name:32} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
