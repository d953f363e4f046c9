"""One question with its reply, as a chat; and the tables that hold them, as JSON lines and as parquet.

``messages`` are as chat templates take them, with pictures as paths relative to the tables' folder, so that other
trainers read them as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.errors import DataError
from omniedit.writing import beside, publish

if TYPE_CHECKING:
    import pyarrow as pa

ABOUT = ("id", "side", "task", "photo", "overall")
"""Fields of a row that a table holds as they are."""


@dataclass(frozen=True)
class ChatRow:
    """One question with its reply."""

    id: str
    """Unique id: the pair's, and the side."""
    side: str
    """``sc`` or ``pq``."""
    task: str
    """Name of the task."""
    photo: str
    """Id of the photo, by which the set is divided."""
    overall: float
    """The teacher's O, 0..10, by which it is balanced."""
    pictures: tuple[str, ...]
    """Paths of the pictures that are shown, in order, relative to the set's folder."""
    question: str
    """The words behind them."""
    reply: str
    """What the student is to say."""

    def record(self) -> dict[str, Any]:
        """The row as it stands in a table."""
        shown: list[dict[str, str | None]] = [{"type": "image", "path": path, "text": None} for path in self.pictures]
        user = [*shown, {"type": "text", "path": None, "text": self.question}]
        assistant = [{"type": "text", "path": None, "text": self.reply}]
        values = asdict(self)
        return {name: values[name] for name in ABOUT} | {
            "messages": [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ChatRow:
        """The row of a record."""
        user, assistant = (message["content"] for message in record["messages"])
        pictures = tuple(part["path"] for part in user if part["type"] == "image")
        about = {name: record[name] for name in ABOUT}
        return cls(**about, pictures=pictures, question=user[-1]["text"], reply=assistant[0]["text"])


def write_rows(folder: Path, part: str, rows: Sequence[ChatRow]) -> None:
    """Write ``PART.jsonl`` and ``PART.parquet`` with the same rows; each appears whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    records = [row.record() for row in rows]
    lines = (json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)
    publish(folder / f"{part}.jsonl", lines)
    with beside(folder / f"{part}.parquet") as temporary:
        pq.write_table(pa.Table.from_pylist(records, _schema()), temporary, compression="zstd")


def read_rows(path: Path | str) -> list[ChatRow]:
    """The rows of a table, ``.jsonl`` or ``.parquet``.

    Raises:
        DataError: There is no such table, or it is none of chats.
    """
    path = Path(path)
    try:
        return [ChatRow.of(record) for record in READERS[path.suffix](path)]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"{path} is no table of chats ({error!r}): remove its folder and distil again") from error


def _read_json_lines(path: Path) -> list[Mapping[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:  # other ends of lines may stand inside a text
        return [json.loads(line) for line in file]


def _read_parquet(path: Path) -> list[Mapping[str, Any]]:
    import pyarrow.parquet as pq

    return list(pq.read_table(path).to_pylist())


READERS = {".jsonl": _read_json_lines, ".parquet": _read_parquet}
"""How a table is read, by the end of its name."""


def _schema() -> pa.Schema:
    import pyarrow as pa

    content = pa.list_(pa.struct([(name, pa.string()) for name in ("type", "path", "text")]))
    messages = pa.list_(pa.struct([("role", pa.string()), ("content", content)]))
    about = [(name, pa.float64() if name == "overall" else pa.string()) for name in ABOUT]
    return pa.schema([*about, ("messages", messages)])
