"""What a suite looks like: each photograph with its instructions, on one self-contained page."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path

from omniedit.bench.page import card, cards, page, section, table
from omniedit.bench.page import size as size_of
from omniedit.bench.suites.local import nearest_ratio
from omniedit.bench.suites.making.folder import Edit, photo_file, photo_names, read_facts, read_lines, read_seal
from omniedit.images import RATIOS
from omniedit.types import Task


def suite_page(folder: Path) -> str:
    """The page of a suite, frozen or not.

    Raises:
        DataError: There is no suite, or its seal is broken.
        ImageError: A photograph cannot be opened.
    """
    names, seal = photo_names(folder), read_seal(folder)
    edits = {line.id: line for _, line in read_lines(folder) if isinstance(line, Edit)}
    written = sum(bool(edit.instruction) for edit in edits.values())
    state = f"frozen as {seal.hash}" if seal else "not frozen"
    title = f"{len(names)} photographs, {written} of {len(names) * len(Task)} edits written, {state}"
    ratios = {name: nearest_ratio(size_of(folder / photo_file(name))) for name in names}
    counts = Counter(ratios.values())
    spread = table(list(RATIOS), [[str(counts[ratio]) for ratio in RATIOS]])
    shown = cards(_card(folder, name, ratios[name], edits) for name in names)
    return page("An Omni-Edit-Bench", title, section("Aspect ratios", spread), section("Photographs", shown))


def _card(folder: Path, name: str, ratio: str, edits: dict[str, Edit]) -> str:
    """A photograph with its seven instructions."""
    path = folder / photo_file(name)
    facts = read_facts(path)
    lines = [_line(task, edits.get(f"{name}-{task}")) for task in Task]
    about = [text for text in (facts.caption, facts.source, facts.licence) if text]
    if about:
        lines.append(f'<span class="why">{escape(" · ".join(about))}</span>')
    return card(f"{name}, {ratio}", [("", path)], lines)


def _line(task: Task, edit: Edit | None) -> str:
    kind = f'<span class="quiet">{task}</span> '
    if edit and edit.instruction:
        return kind + escape(edit.instruction)
    reason = edit.why if edit and edit.why else "not written yet"
    return f'{kind}<span class="low">{escape(reason)}</span>'
