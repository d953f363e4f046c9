"""A Hugging Face Hub on this machine that keeps what is pushed to it, for testing pushes over real HTTP.

>>> with HubServer() as hub:
...     editor.push_to_hub("someone/editor", endpoint=hub.url)
...     assert "README.md" in hub.files["someone/editor"]
"""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class HubServer:
    """Takes the commits of ``huggingface_hub``, every file in the commit itself; a context manager."""

    def __init__(self, *, refuses: bool = False) -> None:
        """Set it up; ``refuses`` answers every request with 403."""
        self.refuses = refuses
        self.files: dict[str, dict[str, bytes]] = {}
        """Repository -> path -> content."""
        self.private: dict[str, bool] = {}
        """Repository -> whether it was made as a private one."""
        self._http = _Http(self)

    @property
    def url(self) -> str:
        """What is given as ``endpoint``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> HubServer:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path: str, body: bytes) -> tuple[int, object]:
        """Status and JSON of the answer to a POST."""
        if self.refuses:
            return 403, {"error": "no rights"}
        parts = path.split("?")[0].strip("/").split("/")
        if parts[1:] == ["repos", "create"]:
            return self._create(json.loads(body))
        if parts[1:] == ["validate-yaml"]:
            return 200, {"errors": [], "warnings": []}
        repo, action = "/".join(parts[2:4]), parts[4]
        if action == "preupload":
            wanted = json.loads(body)["files"]
            modes = [{"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in wanted]
            return 200, {"files": modes}
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.files[repo][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        return 200, {"commitUrl": f"{self.url}/{repo}/commit/{'0' * 40}", "commitOid": "0" * 40}

    def _create(self, wanted: dict[str, object]) -> tuple[int, object]:
        repo = f"{wanted['organization']}/{wanted['name']}" if wanted.get("organization") else str(wanted["name"])
        self.private.setdefault(repo, bool(wanted.get("private")) or wanted.get("visibility") == "private")
        known = repo in self.files
        self.files.setdefault(repo, {})
        return (409 if known else 200), {"url": f"{self.url}/{repo}", "name": repo}


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: HubServer) -> None:
        self.hub = hub
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_POST(self) -> None:
        status, answer = self.server.hub.answer(self.path, self._body())
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
