"""``omniedit lint``: what is wrong with a set of pairs, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omniedit.cli.console import err, out, progress
from omniedit.errors import InputError

if TYPE_CHECKING:
    from omniedit.data.lint import Finding, Repaired

EXAMPLES = 3
"""Places that are shown of each check."""


def lint(
    pairs: Annotated[Path, typer.Argument(help="A shard, or a folder of shards (*.parquet).")],
    repair: Annotated[
        bool, typer.Option("--fix", help="Write a new set with what is safe to repair repaired.")
    ] = False,
    folder: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the repaired set; a new one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each finding as a line of JSON.")] = False,
    checks: Annotated[str | None, typer.Option(help="Only these checks, separated by commas.")] = None,
    leakage: Annotated[
        Path | None, typer.Option(help="List of perceptual hashes that no picture may be near to.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at the first rows of every shard only.")] = None,
) -> None:
    """Look for faults in a set of pairs. Exit code 1 if there are errors; warnings alone are 0.

    A repaired set leaves out exact duplicates and what cannot be read, tidies instructions and corrects sizes; the set
    itself is not touched.
    """
    from omniedit.data.lint import fix
    from omniedit.data.lint import lint as find

    if repair != (folder is not None):
        raise InputError("--fix and --out FOLDER belong together: a set is never repaired in place")
    if repair and limit is not None:
        raise InputError("--fix wants to see all rows: leave out --limit")
    with progress() as shown:
        task = shown.add_task("pairs", total=None)
        findings = list(
            find(
                pairs,
                checks=None if checks is None else [name.strip() for name in checks.split(",")],
                leakage=leakage,
                limit=limit,
                progress=lambda done, total: shown.update(task, completed=done, total=total),
            )
        )
    if as_json:
        for finding in findings:
            typer.echo(json.dumps(asdict(finding), ensure_ascii=False))
    else:
        _show(findings)
    errors = sum(finding.severity == "error" for finding in findings)
    if folder is not None:
        repaired = fix(pairs, findings, folder)
        _tell(repaired, folder)
        errors = repaired.left
    if errors:
        raise typer.Exit(1)


def _show(findings: Iterable[Finding]) -> None:
    """A table by check, and places of each with what to do."""
    from omniedit.data.lint import CHECKS

    by_check: dict[str, list[Finding]] = {name: [] for name in CHECKS}
    for finding in findings:
        by_check[finding.check].append(finding)
    found = {name: of_check for name, of_check in by_check.items() if of_check}
    if not found:
        out.print("no faults found")
        return
    out.print(_table(found))
    for name, of_check in found.items():
        out.print(f"\n{name}: {CHECKS[name].advice}", markup=False)
        for finding in of_check[:EXAMPLES]:
            out.print(f"  {finding.place}: {finding.message}", markup=False)
        if len(of_check) > EXAMPLES:
            out.print(f"  … and {len(of_check) - EXAMPLES:,} more", markup=False)


def _table(found: Mapping[str, list[Finding]]) -> Table:
    from omniedit.data.lint import CHECKS

    table = Table("check", "", "found", "what it is", box=None)
    for name, of_check in found.items():
        colour = "red" if CHECKS[name].severity == "error" else "yellow"
        table.add_row(name, f"[{colour}]{CHECKS[name].severity}[/]", f"{len(of_check):,}", CHECKS[name].about)
    return table


def _tell(repaired: Repaired, folder: Path) -> None:
    """What was repaired, and what is left."""
    err.print(f"\n{folder}: {repaired.rows:,} pairs", markup=False)
    for name, count in repaired.done.items():
        err.print(f"  repaired {name}: {count:,}", markup=False)
    for finding in repaired.dropped:
        err.print(f"  left out {finding.place}: {finding.check}", markup=False)
    if repaired.left:
        err.print(f"  {repaired.left:,} errors are left, which only you can repair", markup=False)
