"""Importing does nothing, and what is promised to be light is light: each is tried in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
)
LIGHT = (
    "omniedit.cli.main",
    "omniedit.data.importance",
    "omniedit.data.proposals.router",
    "omniedit.data.proposals.template",
    "omniedit.images",
    "omniedit.judge.oracle",
    "omniedit.judge.rubric",
    "omniedit.train.buckets",
)
PROBE = """
import importlib, json, logging, os, random, sys, threading
before = dict(os.environ), random.getstate(), len(logging.getLogger().handlers), threading.active_count()
for name in sys.argv[1:]:
    importlib.import_module(name)
after = dict(os.environ), random.getstate(), len(logging.getLogger().handlers), threading.active_count()
print(json.dumps({"modules": sorted(sys.modules), "quiet": before == after}))
"""


def probe(folder: Path, *modules: str) -> dict[str, object]:
    """Import ``modules`` in a fresh process in ``folder``: what was loaded, and whether the process is as before."""
    command = [sys.executable, "-W", "error::DeprecationWarning:omniedit", "-c", PROBE, *modules]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_but_itself(tmp_path: Path) -> None:
    loaded = probe(tmp_path, "omniedit")["modules"]
    assert [name for name in loaded if name.startswith(("numpy", "PIL", *HEAVY))] == []
    assert [name for name in loaded if name.startswith("omniedit")] == ["omniedit"]


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_are_light(module: str, tmp_path: Path) -> None:
    loaded = {name.split(".")[0] for name in probe(tmp_path, module)["modules"]}
    assert loaded.isdisjoint(HEAVY)


def test_the_command_line_starts_without_the_arrays(tmp_path: Path) -> None:
    assert "numpy" not in probe(tmp_path, "omniedit.cli.main")["modules"]


def test_importing_every_module_changes_nothing(tmp_path: Path) -> None:
    names = [
        ".".join(("omniedit", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__main__.py"
    ]
    assert probe(tmp_path, *names)["quiet"]
    assert list(tmp_path.iterdir()) == []
