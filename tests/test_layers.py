"""Imports point down: the layers of ARCHITECTURE.md, held by reading every import of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import omniedit

LAYERS = (  # top to bottom; modules that share a row do not import each other
    ("cli",),
    ("serve", "bench"),
    ("presets", "testing"),
    ("train", "edit"),
    ("data",),
    ("judge",),
    ("model",),
    ("images", "colour", "settings", "charts", "hashing"),
    ("writing",),
    ("types", "errors", "seeding"),
)
DATA_LAYERS = (
    ("data.engine",),
    ("data.ideals", "data.diffusion"),
    ("data.specialists", "data.scenes", "data.preferences", "data.recaption", "data.lint", "data.export", "data.hub"),
    ("data.tools", "data.proposals", "data.pairs", "data.photos", "data.importance"),
    ("data.cutouts", "data.sources"),
    ("data.colours",),
)


def row(unit: str, layers: tuple[tuple[str, ...], ...]) -> int | None:
    """Row of ``unit``, or None where it has none."""
    return next((index for index, names in enumerate(layers) if unit in names), None)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module of the package that ``tree`` imports, inside functions too, without the package's own name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("omniedit.") for alias in node.names if alias.name.startswith("omniedit.")
            )
        if isinstance(node, ast.ImportFrom) and node.module == "omniedit":
            yield from (alias.name for alias in node.names if alias.name != "__version__")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("omniedit."):
            module = str(node.module).removeprefix("omniedit.")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def fault(importer: str, target: str) -> str:
    """What is wrong with ``importer`` importing ``target`` (dotted, without the package's name); empty if nothing."""
    depth, layers = 1, LAYERS
    if importer.split(".")[0] == target.split(".")[0] == "data":
        depth, layers = 2, DATA_LAYERS
    ours, theirs = (".".join(name.split(".")[:depth]) for name in (importer, target))
    if ours == theirs:
        return ""
    upper, lower = row(ours, layers), row(theirs, layers)
    if upper is None or lower is None:
        return f"{ours if upper is None else theirs} has no place in the layers"
    return "" if upper < lower else f"{importer} imports {target}: {theirs} is not below {ours}"


def faults(package: Path) -> list[str]:
    """Every import of the package folder that does not point down, and every relative import."""
    found = []
    for path in sorted(package.rglob("*.py")):
        importer = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree)):
            found.append(f"{importer} has a relative import")
        if importer != "__init__":  # the package's own face, which names everything below it, lazily
            found += [complaint for target in imported(tree) if (complaint := fault(importer, target))]
    return found


def make_package(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_imports_point_down() -> None:
    assert faults(Path(omniedit.__file__).parent) == []


def test_every_unit_of_the_package_has_a_place() -> None:
    package = Path(omniedit.__file__).parent
    units = {path.stem for path in package.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    assert {unit for unit in units - {"__init__"} if row(unit, LAYERS) is None} == set()


def test_the_checker_sees_an_import_that_points_up(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"images.py": "def f():\n    from omniedit.data.photos import read\n"})
    assert faults(package) == ["images imports data.photos.read: data is not below images"]


def test_the_checker_sees_peers(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"train/loop.py": "import omniedit.edit.pipeline\n"})
    assert faults(package) == ["train.loop imports edit.pipeline: edit is not below train"]


def test_the_checker_sees_the_inner_order_of_data(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"data/specialists/swap.py": "from omniedit.data.scenes import Scene\n"})
    assert faults(package) == [
        "data.specialists.swap imports data.scenes.Scene: data.scenes is not below data.specialists"
    ]


def test_the_checker_sees_a_unit_without_a_place_and_relative_imports(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"edit/a.py": "from omniedit.utils import b\n", "edit/c.py": "from . import a\n"})
    assert faults(package) == ["utils has no place in the layers", "edit.c has a relative import"]


def test_the_checker_allows_what_points_down(tmp_path: Path) -> None:
    files = {
        "cli/edit.py": "from omniedit.edit.pipeline import OmniEditPipeline\nfrom omniedit.cli.console import out\n"
    }
    assert faults(make_package(tmp_path, files)) == []
