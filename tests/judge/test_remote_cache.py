"""The cache of replies: what is in it stays, is never bought twice, and is shared by threads and processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.errors import JudgeError
from omniedit.judge.remote.cache import Reply, ReplyCache

REPLY = Reply("eight", "", "stop", "tester-2", 170, 12)
CLAIM = """
import sys
from omniedit.judge.remote.cache import ReplyCache
print(ReplyCache(sys.argv[1], 600).claim("key"), flush=True)
input()
"""


def count_key(path: Path, asked: list[str]) -> None:
    """Ask for twenty keys as a judge does: each is claimed, and bought by whoever got the claim."""
    cache = ReplyCache(path, 600)
    for number in range(20):
        while (found := cache.claim(f"key{number}")) is False:
            pass
        if found is True:
            asked.append(f"key{number}")
            cache.keep(f"key{number}", REPLY)
    cache.close()


def test_what_is_kept_is_found_by_everyone(tmp_path: Path) -> None:
    first, second = ReplyCache(tmp_path / "a" / "c.sqlite", 600), ReplyCache(tmp_path / "a" / "c.sqlite", 600)
    assert first.find("key") is None
    assert first.claim("key") is True
    first.keep("key", REPLY)
    assert second.find("key") == second.claim("key") == REPLY
    assert second.totals() == (1, 170, 12)


@given(st.text(), st.text(), st.none() | st.integers(0, 2**40))
def test_replies_come_back_as_they_were(text: str, refusal: str, tokens: int | None) -> None:
    cache = ReplyCache(":memory:", 600)
    plain = text.encode("utf-8", "replace").decode()
    reply = Reply(plain, refusal.encode("utf-8", "replace").decode(), "stop", "m", tokens, tokens)
    cache.keep("key", reply)
    assert cache.find("key") == reply


def test_the_first_reply_stays(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "c.sqlite", 600)
    cache.keep("key", REPLY)
    cache.keep("key", Reply("nine"))
    assert cache.find("key") == REPLY


def test_a_claimed_key_is_for_one_alone_until_released(tmp_path: Path) -> None:
    first, second = ReplyCache(tmp_path / "c.sqlite", 600), ReplyCache(tmp_path / "c.sqlite", 600)
    assert first.claim("key") is True
    assert second.claim("key") is False
    first.release("key")
    assert second.claim("key") is True


def test_a_claim_expires(tmp_path: Path) -> None:
    first, second = ReplyCache(tmp_path / "c.sqlite", 0), ReplyCache(tmp_path / "c.sqlite", 600)
    assert first.claim("key") is True
    assert second.claim("key") is True


def test_a_claim_dies_with_its_process(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "c.sqlite", 600)
    command = [sys.executable, "-c", CLAIM, str(tmp_path / "c.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert cache.claim("key") is False
        other.kill()
    assert cache.claim("key") is True


def test_threads_and_connections_buy_each_key_once(tmp_path: Path) -> None:
    asked: list[str] = []
    threads = [threading.Thread(target=count_key, args=(tmp_path / "c.sqlite", asked)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked) == sorted(f"key{number}" for number in range(20))


def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("a text " * 1000)
    with pytest.raises(JudgeError, match=r"text\.sqlite cannot be used"):
        ReplyCache(tmp_path / "text.sqlite", 600).find("key")
    assert (tmp_path / "text.sqlite").read_text() == "a text " * 1000


@pytest.mark.parametrize("statement", ["CREATE TABLE songs (name)", "PRAGMA user_version = 99"])
def test_another_database_is_refused(tmp_path: Path, statement: str) -> None:
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute(statement)
    connection.close()
    with pytest.raises(JudgeError, match="no cache of replies that this version"):
        ReplyCache(tmp_path / "other.sqlite", 600).find("key")


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JudgeError, match="cannot be used"):
        ReplyCache(tmp_path / "file" / "c.sqlite", 600).find("key")
