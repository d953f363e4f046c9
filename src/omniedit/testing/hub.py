"""A Hugging Face Hub on this machine that keeps what is pushed to it, for testing pushes over real HTTP.

>>> with HubServer() as hub:
...     editor.push_to_hub("someone/editor", endpoint=hub.url)
...     assert "README.md" in hub.files["someone/editor"]
"""

from __future__ import annotations

import base64
import json

from omniedit.testing.local_server import Answer, LocalServer, Request, json_answer


class HubServer(LocalServer):
    """Takes the commits of ``huggingface_hub``, every file in the commit itself; a context manager."""

    def __init__(self, *, refuses: bool = False) -> None:
        """Set it up; ``refuses`` answers every request with 403."""
        super().__init__()
        self.refuses = refuses
        self.files: dict[str, dict[str, bytes]] = {}
        """Repository -> path -> content."""
        self.private: dict[str, bool] = {}
        """Repository -> whether it was made as a private one."""

    def answer(self, request: Request) -> Answer:
        """What the Hub says to a POST; it knows nothing else."""
        if self.refuses:
            return json_answer(403, {"error": "no rights"})
        if request.method != "POST":
            return json_answer(501, {"error": "only pushes"})
        return json_answer(*self._pushed(request.target, request.body))

    def _pushed(self, path: str, body: bytes) -> tuple[int, object]:
        """Status and JSON."""
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
