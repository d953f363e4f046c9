"""What was bought: an SQLite file of replies, shared safely by many threads and processes of one machine.

    claim(key) -> Reply    it was bought before: use it
               -> True     nobody has it, nobody is asking: the key is yours, ask, then keep() or release() it
               -> False    someone is asking just now: come back in a moment

A reply is on disk before anyone sees it (WAL, synchronous = FULL), so a process that is killed loses only calls that
were still under way. Its claims do not outlive it: a claim falls when its process is gone, or at its time of expiry.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from omniedit.errors import JudgeError

SCHEMA = 1
"""Version of the tables; a file of another version is refused, never converted."""
PATIENCE = 60.0
"""Seconds to wait for another process that writes."""

_TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, refusal TEXT NOT NULL, finish TEXT NOT NULL, model TEXT NOT NULL,
    input_tokens INTEGER, output_tokens INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, host TEXT NOT NULL, process INTEGER NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Reply:
    """What a model answered, as it came."""

    text: str
    """Its words; may be empty."""
    refusal: str = ""
    """Its words where it refused in the field made for that."""
    finish: str = ""
    """Why it stopped: ``"stop"``, ``"length"``, ``"content_filter"`` …"""
    model: str = ""
    """The model that says it answered, for example the dated name behind an alias."""
    input_tokens: int | None = None
    """Tokens read, as billed; None where the endpoint does not say."""
    output_tokens: int | None = None
    """Tokens written, as billed; None where the endpoint does not say."""


_COLUMNS = ", ".join(field.name for field in fields(Reply))


class ReplyCache:
    """Replies by key, in a file that is made when it is first needed. It must lie on a local disk, not on NFS.

    Every method raises `JudgeError` where the file cannot be used.
    """

    def __init__(self, path: Path | str, claim_seconds: float) -> None:
        """Name the file, and for how long a key that is being asked for stays claimed."""
        self.path = Path(path)
        self._claim_seconds = claim_seconds
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def find(self, key: str) -> Reply | None:
        """The reply that was kept under ``key``, or None."""
        with self._lock, self._using() as connection:
            return _find(connection, key)

    def claim(self, key: str) -> Reply | bool:
        """The reply under ``key``; True if it is now this caller's to ask for; False if someone else is asking."""
        with self._lock, self._writing() as connection:
            found = _find(connection, key)
            if found is not None:
                return found
            if _is_claimed(connection, key):
                return False
            claim = (key, socket.gethostname(), os.getpid(), time.time() + self._claim_seconds)
            connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?)", claim)
            return True

    def keep(self, key: str, reply: Reply) -> None:
        """Write ``reply`` to disk under ``key``, whose claim ends. The first reply stays, should there be one."""
        with self._lock, self._writing() as connection:
            marks = ", ".join("?" * (1 + len(fields(Reply))))
            connection.execute(
                f"INSERT OR IGNORE INTO replies (key, {_COLUMNS}) VALUES ({marks})", (key, *astuple(reply))
            )
            connection.execute("DELETE FROM claims WHERE key = ?", (key,))

    def release(self, key: str) -> None:
        """End the claim of ``key`` without a reply: whoever waits for it may ask."""
        with self._lock, self._writing() as connection:
            connection.execute("DELETE FROM claims WHERE key = ?", (key,))

    def totals(self) -> tuple[int, int, int]:
        """Replies in the file, and the tokens that were read and written for them."""
        with self._lock, self._using() as connection:
            row = connection.execute("SELECT COUNT(*), TOTAL(input_tokens), TOTAL(output_tokens) FROM replies")
            count, read, written = row.fetchone()
        return int(count), int(read), int(written)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The open file, for one thread at a time: whoever holds the lock, which is not taken here (see `crew`)."""
        try:
            if self._connection is None:
                self._connection = _open(self.path)
                weakref.finalize(self, self._connection.close)
            yield self._connection
        except (sqlite3.Error, OSError) as error:
            raise JudgeError(
                f"the cache of replies {self.path} cannot be used: {error}; "
                "free the disk, or name another file (replies that were paid for are in this one)"
            ) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process writes beside."""
        with self._using() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file; refuse one that is something else."""
    if _version(connection) != SCHEMA:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            _make_tables(connection, path)
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)  # again: another process may have been quicker
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if version != SCHEMA and (version or tables):
        raise JudgeError(f"{path} is no cache of replies that this version of OmniEdit knows: name another file")
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL; SQLite does not wait here by itself when several processes open a new file at once."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _find(connection: sqlite3.Connection, key: str) -> Reply | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM replies WHERE key = ?", (key,)).fetchone()
    return None if row is None else Reply(*row)


def _is_claimed(connection: sqlite3.Connection, key: str) -> bool:
    """Whether someone who still lives is asking for ``key``, and has not been at it for too long."""
    row = connection.execute("SELECT host, process, expires FROM claims WHERE key = ?", (key,)).fetchone()
    return row is not None and time.time() < row[2] and not _is_gone(row[0], row[1])


def _is_gone(host: str, process: int) -> bool:
    """Whether a process is known to have ended: only where that can be asked, which is on POSIX and on its own host."""
    if os.name != "posix" or host != socket.gethostname():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, and belongs to someone else
        return False
    return False
