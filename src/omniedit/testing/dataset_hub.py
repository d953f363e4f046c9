"""A Hugging Face Hub on this machine with one data set to read, for testing what streams from it over real HTTP.

>>> with DatasetHub("someone/pairs", folder) as hub:
...     system = huggingface_hub.HfFileSystem(endpoint=hub.url)
...     table = pyarrow.parquet.read_table("datasets/someone/pairs/a.parquet", columns=["id"], filesystem=system)
...     assert sum(size for _, size in hub.ranges) < 100_000
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote

from omniedit.testing.local_server import Answer, LocalServer, Request, json_answer

COMMIT = "0" * 40
"""The only commit, which the branch ``main`` is at."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class DatasetHub(LocalServer):
    """What ``HfFileSystem`` asks about a data set, its files as they lie in a folder at that moment.

    It answers as the Hub does for what is not there, a file, a branch, the data set, and for a range past the end.
    """

    def __init__(self, repo: str, folder: Path) -> None:
        """Set it up; ``repo`` is as in ``someone/pairs``, and ``folder`` its root."""
        super().__init__()
        self.repo = repo
        self.folder = folder
        self.ranges: list[tuple[str, int]] = []
        """Path in the data set and bytes of each piece of a file that was served, a whole file among them."""

    def answer(self, request: Request) -> Answer:
        """What the Hub says: about the data set, about paths in it, or the content of a file."""
        place, _, query = request.target.partition("?")
        api, content = f"/api/datasets/{self.repo}", f"/datasets/{self.repo}/resolve/"
        if place == api:
            return self._info()
        if place.startswith(content):
            what, rest = "resolve", place.removeprefix(content)
        elif place.startswith(f"{api}/"):
            what, _, rest = place.removeprefix(f"{api}/").partition("/")
        else:
            return _missing("Repo")
        revision, _, path = rest.partition("/")
        if unquote(revision) not in ("main", COMMIT):
            return _missing("Revision")
        if what == "resolve":
            return self._content(unquote(path), request)
        if what == "tree":
            return self._tree(unquote(path), parse_qs(query).get("recursive") == ["true"])
        if what == "paths-info":
            return json_answer(200, self._entries(parse_qs(request.body.decode()).get("paths", [])))
        return self._info() if what == "revision" else json_answer(501, {"error": f"no {what} here"})

    def _paths(self) -> dict[str, Path]:
        """Every file and folder by its path in the data set, so that no other can be reached."""
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(self.folder.rglob("*"))}

    def _info(self) -> Answer:
        siblings = [{"rfilename": name} for name, path in self._paths().items() if path.is_file()]
        return json_answer(200, {"id": self.repo, "sha": COMMIT, "private": False, "siblings": siblings})

    def _tree(self, top: str, recursive: bool) -> Answer:
        """What lies in a folder; the Hub says of a file that it is none."""
        paths = self._paths()
        if top and not (top in paths and paths[top].is_dir()):
            return _missing("Entry")
        folder = PurePosixPath(top)
        inside = [
            name
            for name in paths
            if PurePosixPath(name).parent == folder or (recursive and folder in PurePosixPath(name).parents)
        ]
        return json_answer(200, self._entries(inside))

    def _entries(self, names: list[str]) -> list[dict[str, object]]:
        """What is told of each path; those that do not exist are left out."""
        paths = self._paths()
        return [_entry(name, paths[name]) for name in names if name in paths]

    def _content(self, name: str, request: Request) -> Answer:
        path = self._paths().get(name)
        if path is None or not path.is_file():
            return _missing("Entry")
        data = path.read_bytes()
        headers = {"Accept-Ranges": "bytes", "ETag": f'"{_oid(name, data)}"', "X-Repo-Commit": COMMIT}
        wanted = request.headers.get("Range")
        first, end = _span(wanted, len(data)) if wanted else (0, len(data))
        if wanted:
            of = f"{first}-{end - 1}" if first < end else "*"
            headers["Content-Range"] = f"bytes {of}/{len(data)}"
        if wanted and first >= end:
            return Answer(416, headers=headers)
        if request.method == "GET":
            self.ranges.append((name, end - first))
        return Answer(206 if wanted else 200, data[first:end], headers)


def _span(wanted: str, size: int) -> tuple[int, int]:
    """First byte and the one behind the last of a ``Range`` (RFC 9110, section 14.1.2); empty where none is there."""
    found = _RANGE.match(wanted)
    first, last = found.groups() if found else ("", "")
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1 if last else size)


def _missing(what: str) -> Answer:
    """404 with the Hub's own word for what is missing, by which its clients tell cases apart."""
    return json_answer(404, {"error": f"{what} not found"}, {"X-Error-Code": f"{what}NotFound"})


def _entry(name: str, path: Path) -> dict[str, object]:
    if path.is_dir():
        return {"type": "directory", "path": name, "oid": _oid(name, b""), "size": 0}
    return {"type": "file", "path": name, "oid": _oid(name, path.read_bytes()), "size": path.stat().st_size}


def _oid(name: str, data: bytes) -> str:
    """A mark of content, of git's form though not git's own."""
    return hashlib.sha1(name.encode() + b"\0" + data).hexdigest()
