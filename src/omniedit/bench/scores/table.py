"""A table of scores: one row for each pair, in JSONL, CSV or parquet by the end of its name.

The columns ``model, uid, sc, pq`` are those that ``omniedit judge agree`` reads. The same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from omniedit.errors import DataError, OutputError
from omniedit.types import Pair, Task, Verdict
from omniedit.writing import written

if TYPE_CHECKING:
    import pyarrow as pa

Status = Literal["scored", "unscored"]
TOP = 10.0
"""The best score."""


@dataclass(frozen=True)
class ScoreRow:
    """What a judge said of one pair."""

    id: str
    """Id of the pair."""
    model: str = ""
    """Who made the edit."""
    uid: str = ""
    """Id of the proposal: the same for everyone who answered it."""
    task: str = ""
    """Name of the task."""
    instruction: str = ""
    """What was asked."""
    status: Status = "unscored"
    """``scored``, or ``unscored`` for the ``reason``."""
    reason: str = ""
    """Why there are no scores; empty where there are."""
    sc: tuple[float, ...] = ()
    """Semantic consistency: success, over-editing, each 0..10; empty when unscored."""
    pq: tuple[float, ...] = ()
    """Perceptual quality, each 0..10; empty when unscored."""
    overall: float | None = None
    """O = sqrt(min SC * min PQ); None when unscored."""
    sc_reasoning: str = ""
    """Why, for SC."""
    pq_reasoning: str = ""
    """Why, for PQ."""
    transcript: str = ""
    """What the judge said, verbatim, where it said anything."""
    judge: str = ""
    """Name of the judge."""
    version: str = ""
    """Its version."""
    rubric: str = ""
    """Hash of the rubric, and of how it was put into words."""
    digest: str = ""
    """Hash of what was judged: both pictures and the instruction."""

    @classmethod
    def of(cls, pair: Pair, digest: str) -> ScoreRow:
        """The row of a pair that no judge has answered yet."""
        proposal = pair.candidate.proposal
        return cls(
            id=pair.id,
            model=pair.candidate.maker,
            uid=proposal.id,
            task=str(proposal.task),
            instruction=_clean(proposal.instruction),
            digest=digest,
        )

    def answered(self, verdict: Verdict) -> ScoreRow:
        """The row with a verdict."""
        scored = verdict.scored
        return replace(
            self,
            status="scored" if scored else "unscored",
            reason="" if scored else _clean(verdict.unscored or "the verdict holds no scores"),
            sc=tuple(verdict.sc) if scored else (),
            pq=tuple(verdict.pq) if scored else (),
            overall=verdict.overall,
            sc_reasoning=_clean(verdict.sc_reasoning),
            pq_reasoning=_clean(verdict.pq_reasoning),
            transcript=_clean(verdict.transcript),
            judge=verdict.judge,
            version=verdict.version,
            rubric=verdict.rubric,
        )

    @property
    def stamp(self) -> tuple[str, str, str]:
        """Judge, version and rubric: scores are compared within one only."""
        return self.judge, self.version, self.rubric

    @property
    def sides(self) -> tuple[float, float, float]:
        """``(SC, PQ, O)`` of a scored row."""
        return min(self.sc), min(self.pq), self.overall or 0.0


FIELDS = tuple(field.name for field in fields(ScoreRow))
"""The columns, in order."""


def _clean(text: str) -> str:
    """``text`` with question marks for half characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


# Writing --------------------------------------------------------------------------------------------------------------


def check_ending(path: Path) -> None:
    """Check that a table can have this name.

    Raises:
        OutputError: It cannot.
    """
    if path.suffix.lower() not in WRITERS:
        raise OutputError(f"{path} is to be a table of scores: its name must end in {', '.join(WRITERS)}")


def write_table(path: Path, rows: Sequence[ScoreRow]) -> None:
    """Write a table whole or not at all; one that is there is replaced.

    Raises:
        OutputError: It cannot be written, or its name ends in nothing that is known.
    """
    check_ending(path)
    with written(path, "wb") as file:
        file.write(WRITERS[path.suffix.lower()](rows))


def _json_lines(rows: Iterable[ScoreRow]) -> bytes:
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows).encode()


def _csv(rows: Iterable[ScoreRow]) -> bytes:
    """Lists as ``[8.0, 7.0]``; an empty cell for what is not there."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)  # a bare \r would end a row
    lines.writerow(FIELDS)
    for row in rows:
        values = asdict(row)
        listed = {side: json.dumps(values[side]) if values[side] else "" for side in ("sc", "pq")}
        lines.writerow({**values, **listed}.values())
    return text.getvalue().encode()


def _parquet(rows: Iterable[ScoreRow]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows], _schema()), sink, compression="zstd")
    return bytes(sink.getvalue())


def _schema() -> pa.Schema:
    import pyarrow as pa

    kinds = {"sc": pa.list_(pa.float64()), "pq": pa.list_(pa.float64()), "overall": pa.float64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in FIELDS])


WRITERS: Mapping[str, Callable[[Sequence[ScoreRow]], bytes]] = {
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}
"""End of a name -> the bytes of such a table."""


# Reading --------------------------------------------------------------------------------------------------------------


def read_table(path: Path) -> list[ScoreRow]:
    """The rows of a table that `write_table` made, in order.

    Raises:
        DataError: There is none, or it is another kind of table, or a row makes no sense.
    """
    if path.suffix.lower() not in READERS:
        raise DataError(f"{path} is no table of scores: its name must end in {', '.join(READERS)}")
    try:
        entries = READERS[path.suffix.lower()](path)
    except FileNotFoundError as error:
        raise DataError(f"there is no table of scores {path}: make one with omniedit judge score") from error
    except (OSError, ValueError, csv.Error) as error:  # Arrow's errors are ValueErrors
        raise DataError(f"{path} cannot be read as {path.suffix[1:].upper()}: {error}") from error
    return [row_of(entry, f"{path}, row {number}") for number, entry in enumerate(entries, 1)]


def row_of(entry: Mapping[str, Any], where: str) -> ScoreRow:
    """The row of an ``entry`` with the columns as keys.

    Raises:
        DataError: A column is missing, or a value makes no sense.
    """
    missing = [name for name in FIELDS if name not in entry]
    if missing:
        raise DataError(f"{where} lacks {', '.join(missing)}: a table of omniedit judge score has {', '.join(FIELDS)}")
    try:
        sides = {side: _scores(entry[side]) for side in ("sc", "pq")}
        overall = entry["overall"]
        values = {**entry, **sides, "overall": None if overall in (None, "") else float(overall)}
        row = ScoreRow(**{name: values[name] for name in FIELDS})
        _check(row)
    except (ValueError, TypeError) as error:
        raise DataError(f"{where} makes no sense: {error}") from error
    return row


def _scores(cell: object) -> tuple[float, ...]:
    """A list of scores, or its JSON."""
    listed = json.loads(cell or "[]") if isinstance(cell, str) else cell
    if not isinstance(listed, list):
        raise ValueError(f"{cell!r} is no list of scores")
    return tuple(float(score) for score in listed)


def _check(row: ScoreRow) -> None:
    """Refuse what could not be counted."""
    numbers = (*row.sc, *row.pq, *([] if row.overall is None else [row.overall]))
    if not all(0 <= number <= TOP for number in numbers):
        raise ValueError(f"scores are on 0 to {TOP:g}, not {numbers}")
    if (row.status == "scored") != bool(row.sc and row.pq and row.overall is not None):
        raise ValueError(f"it is {row.status!r}, with sc {row.sc}, pq {row.pq} and overall {row.overall}")
    Task(row.task)


def _read_json_lines(path: Path) -> list[dict[str, Any]]:
    return [dict(json.loads(line)) for line in path.read_bytes().split(b"\n") if line.strip()]


def _read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return list(pq.ParquetFile(io.BytesIO(path.read_bytes())).read().to_pylist())


READERS: Mapping[str, Callable[[Path], list[dict[str, Any]]]] = {
    ".jsonl": _read_json_lines,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
"""End of a name -> how such a table is read."""
