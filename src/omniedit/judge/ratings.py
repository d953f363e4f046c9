"""Tables of scores: what a judge and what people said of ``(model, uid)``, read from CSV, TSV, JSONL or parquet.

    model,uid,sc,pq                model,uid,rater,sc,pq
    magicbrush,12,"[8, 7]",9       magicbrush,12,anna,1,0.5

A cell holds a number or a list of numbers, as a value or as text: ``8``, ``7.5``, ``[8, 7]``, ``(8, 7)``,
``["8", "7"]``, ``[8 7]``. Of a list the minimum counts (VIEScore, arXiv 2312.14867, section 3). Anything else, and any
number outside the scale, is unreadable: no score, never a guess. A bare ``8,7`` is unreadable too, since it may be one
number with a decimal comma.

Models, uids and raters are compared as text without the space around it: the number 7 is "7", and "007" is another
uid. A whole number that was stored as a float, as happens to columns with gaps, is written without its ".0".
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.errors import DataError

JUDGE_TOP = 10.0
"""A judge's scores are on 0..10."""
PEOPLE_TOP = 1.0
"""People's ratings are on 0, 0.5, 1 (ImagenHub, arXiv 2310.01596); means of several such ratings are read as well."""

Key = tuple[str, str]
"""``(model, uid)``: whose edit of what."""

LONGEST = 1000
"""Characters of a cell from which it is no list of scores."""
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?"
_QUOTED = rf"(?:{_NUMBER}|'{_NUMBER}'|\"{_NUMBER}\")"
_CELL = re.compile(rf"\s*(?:{_NUMBER}|([\[(])\s*{_QUOTED}(?:(?:\s*,\s*|\s+){_QUOTED})*\s*,?\s*([\])]))\s*", re.ASCII)


@dataclass(frozen=True)
class Score:
    """One rating of one edit, minima taken; both on the same scale."""

    sc: float
    """Semantic consistency."""
    pq: float
    """Perceptual quality."""

    @property
    def o(self) -> float:
        """O = sqrt(SC * PQ), on the scale of the two (VIEScore, arXiv 2312.14867, section 3)."""
        return math.sqrt(self.sc * self.pq)

    @property
    def sides(self) -> tuple[float, float, float]:
        """``(SC, PQ, O)``."""
        return self.sc, self.pq, self.o


def read_scores(path: Path | str) -> dict[Key, Score | None]:
    """A judge's table, columns ``model, uid, sc, pq`` on 0..10; None where a score is unreadable.

    Raises:
        DataError: The table cannot be read, lacks a column or a name, or has two different rows for one edit.
    """
    rows = _scored(path, ("model", "uid"), JUDGE_TOP)
    return {(model, uid): score for (model, uid), score in rows.items()}


def read_ratings(path: Path | str) -> dict[Key, dict[str, Score | None]]:
    """People's table, columns ``model, uid, rater, sc, pq`` on 0..1: ratings by rater; None where unreadable.

    Raises:
        DataError: As for `read_scores`, with two different rows of one rater for one edit.
    """
    ratings: dict[Key, dict[str, Score | None]] = {}
    for (model, uid, rater), score in _scored(path, ("model", "uid", "rater"), PEOPLE_TOP).items():
        ratings.setdefault((model, uid), {})[rater] = score
    return ratings


def readable(cell: object, top: float) -> float | None:
    """The minimum of a cell's numbers; None unless the cell holds nothing but numbers within 0..``top``.

    Args:
        cell: A number, a list of numbers, or text of either; see the module.
        top: Upper end of the scale.
    """
    if isinstance(cell, str):
        numbers = _parsed(cell)
    else:
        listed = list(cell) if isinstance(cell, list | tuple) else [cell]
        numbers = [number for value in listed for number in _plain(value)]
        numbers = numbers if len(numbers) == len(listed) else []
    return min(numbers) if numbers and all(0 <= number <= top for number in numbers) else None


def _parsed(text: str) -> list[float]:
    """The numbers of a cell's text; none where it is of another shape."""
    shape = _CELL.fullmatch(text) if len(text) < LONGEST else None
    if shape is None or (shape[1], shape[2]) not in ((None, None), ("[", "]"), ("(", ")")):
        return []
    return [float(number) for number in re.findall(_NUMBER, text, re.ASCII)]


def _plain(value: object) -> list[float]:
    """A value of a list as a number; nothing where it is none, or text with more than a number in it."""
    if isinstance(value, str):
        return [] if set(value) & set("[(") else _parsed(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    # Compared before it is made a float: JSON has whole numbers that no float can hold.
    return [float(value)] if abs(value) <= JUDGE_TOP else []


# Rows -----------------------------------------------------------------------------------------------------------------

Row = tuple[int, Mapping[str, Any]]
"""Line of the file (parquet: number of the row), and the cells by column."""


def _scored(path: Path | str, names: tuple[str, ...], top: float) -> dict[tuple[str, ...], Score | None]:
    """The score of each row by its ``names``; a row may come twice if it says the same."""
    path = Path(path)
    scores: dict[tuple[str, ...], Score | None] = {}
    lines: dict[tuple[str, ...], int] = {}
    for line, row in _rows(path, (*names, "sc", "pq")):
        key = tuple(_name(row.get(name), f"{path}, line {line}", name) for name in names)
        sc, pq = readable(row.get("sc"), top), readable(row.get("pq"), top)
        score = None if sc is None or pq is None else Score(sc, pq)
        if key in scores and scores[key] != score:
            raise DataError(
                f"{path}: lines {lines[key]} and {line} score the same {', '.join(names)} ({', '.join(key)}) "
                "differently; keep one of them"
            )
        scores[key] = score
        lines.setdefault(key, line)
    return scores


def _name(cell: object, place: str, column: str) -> str:
    """A model, uid or rater as text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, float) and math.isnan(cell):
        cell = None
    text = "" if cell is None else str(cell).strip()
    if not text:
        raise DataError(f"{place}: the column {column} is empty; every row must say its {column}")
    return text


def _rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """All rows of a table that has ``columns``."""
    if path.suffix.lower() not in READERS:
        raise DataError(f"{path} is no table that can be read: it must end in {', '.join(READERS)}")
    try:
        rows, found = READERS[path.suffix.lower()](path)
    except FileNotFoundError as error:
        raise DataError(f"there is no table {path}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as {path.suffix[1:].upper()}: {error}") from error
    missing = [column for column in columns if column not in found]
    if missing:
        raise DataError(
            f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            f"it has {', '.join(sorted(found)) or 'no columns'}, and must have {', '.join(columns)}"
        )
    return rows


def _separated(path: Path, separator: str) -> tuple[list[Row], set[str]]:
    """Rows and columns of a CSV or TSV file with a header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=separator, strict=True)
        header = [name.strip() for name in next(lines, [])]
        if len(set(header)) < len(header):
            raise DataError(f"{path}, line 1: a column comes twice: {', '.join(header)}")
        rows = [(lines.line_num, _cells(path, lines.line_num, header, cells)) for cells in lines if cells]
    return rows, set(header)


def _cells(path: Path, line: int, header: list[str], cells: list[str]) -> Mapping[str, str]:
    if len(cells) != len(header):
        raise DataError(f"{path}, line {line}: {len(cells)} cells, but the header names {len(header)} columns")
    return dict(zip(header, cells, strict=True))


def _json_lines(path: Path) -> tuple[list[Row], set[str]]:
    """Rows of a JSONL file, and the columns that any of them has."""
    with path.open(encoding="utf-8-sig") as file:
        rows = [(number, _json_row(path, number, line)) for number, line in enumerate(file, 1) if line.strip()]
    return rows, _union(row for _, row in rows)


def _json_row(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}, line {number} is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise DataError(
            f"{path}, line {number} is to be a JSON object with the columns as keys, not {line.strip()[:40]!r}"
        )
    return row


def _union(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {column for row in rows for column in row}


def _parquet(path: Path) -> tuple[list[Row], set[str]]:
    """Rows and columns of a parquet file; only the columns that matter are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            found = set(pq.read_schema(file).names)
            wanted = sorted(found & {"model", "uid", "rater", "sc", "pq"})
            file.seek(0)
            table = pq.read_table(file, columns=wanted)
    except pa.ArrowException as error:
        raise DataError(f"{path} cannot be read as parquet: {error}") from error
    return list(enumerate(table.to_pylist(), 1)), found


READERS: Mapping[str, Callable[[Path], tuple[list[Row], set[str]]]] = {
    ".csv": lambda path: _separated(path, ","),
    ".tsv": lambda path: _separated(path, "\t"),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
"""How a file is read, by the end of its name."""
