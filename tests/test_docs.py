"""Documentation that cannot rot: generated pages match, links lead somewhere, what exists is mentioned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omniedit import presets
from omniedit.bench.suites import SUITES
from omniedit.cli.reference import commands, reference
from omniedit.types import Task

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def test_the_command_reference_is_what_the_commands_say() -> None:
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == reference(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_files_that_are_named_exist() -> None:
    named = set(re.findall(r"\b(?:recipes|examples|docs|tests|scripts)/[\w/-]+\.\w+", TEXT))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_paths_in_the_map_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:data|judge|model|train|edit|bench|cli)/[\w/.]*)`", text))
    assert [path for path in sorted(named) if not (ROOT / "src/omniedit" / path).exists()] == []


@pytest.mark.parametrize("command", [name for name, _ in commands()])
def test_every_command_is_documented(command: str) -> None:
    assert command in TEXT.replace((ROOT / "docs/cli.md").read_text(encoding="utf-8"), "")


@pytest.mark.parametrize("word", [*map(str, Task), *presets.MODELS, *SUITES])
def test_every_task_preset_and_suite_is_documented(word: str) -> None:
    assert re.search(rf"\b{word}\b", TEXT)


def test_pages_name_no_machine() -> None:
    assert re.findall(r"/(?:tmp|home|root|Users)/\w+", TEXT) == []
