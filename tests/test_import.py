"""Importing does nothing, and what is promised to be light is light: each is tried in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import omniedit

PACKAGE = Path(omniedit.__file__).parent
HEAVY = (
    "torch",
    "cv2",
    "scipy",
    "skimage",
    "sklearn",
    "pyarrow",
    "diffusers",
    "transformers",
    "datasets",
    "matplotlib",
    "openai",
    "peft",
)
LIGHT = (
    "omniedit.cli.main",
    "omniedit.data.importance",
    "omniedit.data.proposals.router",
    "omniedit.data.proposals.template",
    "omniedit.images",
    "omniedit.judge.oracle",
    "omniedit.judge.remote",
    "omniedit.judge.reply",
    "omniedit.judge.rubric",
    "omniedit.train.buckets",
)
PROBE = """
import importlib, json, logging, os, sys, threading
logging.getLogger("bitsandbytes").setLevel("ERROR")  # diffusers imports it, and it tells which kernels it lacks
before = dict(os.environ), len(logging.getLogger().handlers), threading.active_count()
for name in sys.argv[1:]:
    importlib.import_module(name)
after = dict(os.environ), len(logging.getLogger().handlers), threading.active_count()
print(json.dumps({"modules": sorted(sys.modules), "quiet": before == after}))
"""


def probe(folder: Path, *modules: str) -> dict[str, Any]:
    """Import ``modules`` in a new process in ``folder``: what is loaded then, and whether all else is as before."""
    command = [sys.executable, "-W", "error::DeprecationWarning:omniedit", "-c", PROBE, *modules]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(json.loads(done.stdout))  # and nothing else was printed


def test_importing_the_package_loads_nothing_but_itself(tmp_path: Path) -> None:
    loaded = probe(tmp_path, "omniedit")["modules"]
    assert [name for name in loaded if name.startswith(("numpy", "PIL", *HEAVY))] == []
    assert [name for name in loaded if name.startswith("omniedit")] == ["omniedit"]


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_are_light_and_leave_the_process_as_it_was(module: str, tmp_path: Path) -> None:
    found = probe(tmp_path, module)
    assert {name.split(".")[0] for name in found["modules"]}.isdisjoint(HEAVY)
    assert found["quiet"]


def test_the_command_line_starts_without_the_arrays(tmp_path: Path) -> None:
    assert "numpy" not in probe(tmp_path, "omniedit.cli.main")["modules"]


def test_importing_every_module_prints_and_writes_nothing(tmp_path: Path) -> None:
    names = [
        ".".join(("omniedit", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__main__.py"
    ]
    probe(tmp_path, *names)
    assert list(tmp_path.iterdir()) == []
