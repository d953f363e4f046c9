"""The folder of a comparison: the numbers as JSON and Markdown, and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from omniedit.bench.compare import Comparison, compare
from omniedit.bench.comparison_page import comparison_page
from omniedit.bench.markdown import comparison_markdown
from omniedit.bench.results import load_run
from omniedit.writing import publish


def write_comparison(runs: Sequence[Path], out: Path, *, judge: str = "", as_json: Path | None = None) -> Comparison:
    """Compare the runs in the folders ``runs``, and write ``comparison.json``, ``.md`` and ``.html`` into ``out``.

    Args:
        runs: Folders of finished runs, two at least.
        out: The folder, made if it is missing.
        judge: By whose scores; see `compare.compare`.
        as_json: Where else the JSON goes.

    Raises:
        InputError: There are fewer than two runs.
        DataError: A folder holds no finished run, or they cannot be compared.
        OutputError: Something cannot be written.
    """
    loaded = [load_run(run) for run in runs]
    comparison = compare(loaded, judge=judge)
    told = json.dumps(comparison.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    for path in (out / "comparison.json", as_json):
        if path is not None:
            publish(path, told)
    publish(out / "comparison.md", comparison_markdown(comparison))
    publish(out / "comparison.html", comparison_page(comparison, loaded))
    return comparison
