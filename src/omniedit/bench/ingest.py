"""Ingest beside img2dataset on the same files: ``python -m omniedit.bench.ingest --img2dataset ENV/bin/python``.

Both read every file from the disk, decode it, take its SHA-256 and write shards. Then each does what it is for: ours
measures sharpness, hashes by look, tells near-duplicates and writes where the pictures are, with a reason for each that
is dropped; img2dataset copies the pictures into tars, as they are. They take turns, each time in new processes, and the
whole command is measured, its start included. A machine with other work slows both: the processor time tells.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import PIL.Image

from omniedit.data.photos import bundled_photos
from omniedit.errors import InputError, OmniEditError
from omniedit.images import resize
from omniedit.seeding import stream
from omniedit.types import Image
from omniedit.writing import new_folder

SIDE = 256
"""Longest side of the photographs in pixels: img2dataset's own choice."""
GROUP = 1000
"""Photographs of a folder; and of the small ingest, whose memory is compared."""
THREADS = 16
"""Threads in which each process of img2dataset reads: enough for a disk; its own 256 are for a network."""

INSTALL = (
    "img2dataset pins old libraries, so it needs an environment of its own: "
    "python -m venv img2dataset && img2dataset/bin/pip install img2dataset, "
    "then --img2dataset img2dataset/bin/python"
)

_OURS = """
import json, sys
from omniedit.data.sources import FilterConfig, ingest, open_source
photos, out, workers = json.loads(sys.argv[1])
ingest(open_source(photos), out, FilterConfig(min_megapixels=0), workers=workers)
"""
_THEIRS = """
import json, sys
from img2dataset import download
download(**json.loads(sys.argv[1]))
"""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    """From its start to its end."""
    processor: float
    """Seconds of processor time, of all its processes."""
    peak: int
    """Most memory that one of its processes held, in bytes; on Linux no less than what started it held, which is less
    here."""


def measurements(
    photos: int = 20_000, cache: Path | str = "runs/ingest", img2dataset: str = "", workers: int = 2, turns: int = 3
) -> Iterator[tuple[str, str]]:
    """What was measured, and the result, one after the other.

    Args:
        photos: How many photographs.
        cache: Folder in which they are made, unless they are there.
        img2dataset: Python of the environment in which img2dataset is installed; empty to measure ours alone.
        workers: Processes of each.
        turns: How often each is measured.

    Raises:
        InputError: A number is below 1.
        OmniEditError: A command fails, or does not take all the photographs.
    """
    if min(photos, workers, turns) < 1:
        raise InputError("photos, workers and turns are to be 1 or more")
    folder = make_photos(Path(cache), photos)
    yield "photographs", f"{photos:,} of {SIDE} pixels; {workers} workers, {turns} turns"
    pairs = [(_ours(folder, photos, workers), _theirs(img2dataset, folder, photos, workers)) for _ in range(turns)]
    ours, theirs = [our for our, _ in pairs], [their for _, their in pairs if their]
    yield "ours", _speed(ours, photos)
    if theirs:
        yield "img2dataset", _speed(theirs, photos)
        yield "ours over img2dataset", _ratios(ours, theirs)
    else:
        yield "img2dataset", f"not measured: {INSTALL}"
    few = min(GROUP, photos)
    small, large = _ours(folder / _group(0), few, workers).peak, max(cost.peak for cost in ours)
    yield "our largest process", f"{_mib(small)} MiB at {few:,} photographs, {_mib(large)} MiB at {photos:,}"


def _speed(costs: Sequence[Cost], photos: int) -> str:
    rates = sorted(photos / cost.seconds for cost in costs)
    processor = median(cost.processor for cost in costs) / photos
    return f"{median(rates):.0f} images/s ({_listed(rates, 0)}), {1000 * processor:.2f} ms of processor time for each"


def _ratios(ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    pairs = list(zip(ours, theirs, strict=True))
    rates = sorted(their.seconds / our.seconds for our, their in pairs)
    processor = median(our.processor / their.processor for our, their in pairs)
    return f"{median(rates):.2f} times the images/s ({_listed(rates, 2)}), {processor:.2f} times the processor time"


def _listed(values: Sequence[float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def _mib(size: int) -> int:
    return round(size / 2**20)


# Commands -------------------------------------------------------------------------------------------------------------


def cost(python: Sequence[str], code: str, argument: Any) -> Cost:  # noqa: ANN401 (anything that is JSON)
    """Run Python code in a new process, with a JSON argument, and see what it took.

    Raises:
        OmniEditError: It fails.
    """
    environment = {**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1"}  # or img2dataset would wait for the network
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        began = time.perf_counter()
        command = [*python, "-c", code, json.dumps(argument)]
        try:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        except OSError as error:
            raise OmniEditError(f"{python[0]} cannot be run ({error.strerror or error}): check the path") from error
        _, status, usage = os.wait4(process.pid, 0)
        seconds, process.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise OmniEditError(f"{python[0]} failed:\n{said.read()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def _ours(folder: Path, photos: int, workers: int) -> Cost:
    """Our ingest of a folder."""
    with tempfile.TemporaryDirectory() as out:
        spent = cost([sys.executable], _OURS, [str(folder), out, workers])
        seen = json.loads(Path(out, "summary.json").read_text(encoding="utf-8"))["seen"]
    _check_count("our ingest", seen, photos, folder)
    return spent


def _theirs(python: str, folder: Path, photos: int, workers: int) -> Cost | None:
    """The same by img2dataset, if it is there; pictures stay as they are, as with ours."""
    if not python:
        return None
    with tempfile.TemporaryDirectory() as place:
        urls, out = Path(place, "urls.txt"), Path(place, "out")
        urls.write_text("".join(f"{path.as_uri()}\n" for path in sorted(folder.resolve().rglob("*.jpg"))))
        options = {
            "url_list": str(urls),
            "output_folder": str(out),
            "output_format": "webdataset",
            "processes_count": workers,
            "thread_count": THREADS,
            "number_sample_per_shard": -(-photos // workers),  # as few starts of processes as can be
            "resize_mode": "no",
            "skip_reencode": True,
            "extract_exif": False,
        }
        try:  # isolated: of this environment and folder it is to see nothing
            spent = cost([python, "-I"], _THEIRS, options)
        except OmniEditError as error:
            raise OmniEditError(f"{error}\n{INSTALL}") from error
        counts = (json.loads(path.read_text(encoding="utf-8")) for path in out.glob("*_stats.json"))
        _check_count("img2dataset", sum(count["successes"] for count in counts), photos, folder)
    return spent


def _check_count(name: str, seen: int, photos: int, folder: Path) -> None:
    if seen != photos:
        raise OmniEditError(f"{name} took {seen:,} of {photos:,} photographs: delete {folder}, and run again")


# Photographs ----------------------------------------------------------------------------------------------------------


def make_photos(cache: Path, count: int, seed: int = 0) -> Path:
    """A folder of ``count`` JPEG files, in folders of ``GROUP``; what is there already stays.

    Raises:
        MissingExtraError: There are no bundled photographs.
        OutputError: They cannot be written.
    """
    folder = cache / f"photos-{count}-{seed}"
    for first in range(0, count, GROUP):
        if not (folder / _group(first)).exists():
            with new_folder(folder / _group(first)) as group:
                for number in range(first, min(first + GROUP, count)):
                    photo = PIL.Image.fromarray(cut_out(seed, number))
                    photo.save(group / f"{number:06}.jpg", quality=85)
    return folder


def _group(first: int) -> str:
    return f"{first // GROUP:03}"


def cut_out(seed: int, number: int) -> Image:
    """A piece of a bundled photograph, ``uint8 [height, width, 3]``, the longest side ``SIDE`` pixels."""
    rng = stream(seed, "ingest", number)
    photos = bundled_photos("train") + bundled_photos("eval")
    image = photos[rng.integers(len(photos))].image
    ratio = rng.uniform(2 / 3, 3 / 2)
    size = (SIDE, round(SIDE / ratio)) if ratio >= 1 else (round(SIDE * ratio), SIDE)
    share = rng.uniform(0.3, 1) * min(image.shape[1] / size[0], image.shape[0] / size[1])
    width, height = (int(side * share) for side in size)
    x, y = rng.integers(image.shape[1] - width + 1), rng.integers(image.shape[0] - height + 1)
    piece = resize(image[y : y + height, x : x + width], size)
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Ingest beside img2dataset on the same files.")
    parser.add_argument("--photos", type=int, default=20_000, help="how many photographs")
    parser.add_argument("--cache", default="runs/ingest", help="folder in which they are made once")
    parser.add_argument("--img2dataset", default="", metavar="PYTHON", help="python of its environment")
    parser.add_argument("--workers", type=int, default=2, help="processes of each")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured")
    try:
        for name, result in measurements(**vars(parser.parse_args())):
            print(f"{name:24} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
