"""A set of pairs on the Hugging Face Hub: its shards as they are, and a card by which ``datasets`` opens them.

push("pairs", "someone/my-pairs")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from omniedit.data.pairs.shards import shard_paths
from omniedit.model.hub import bringing, check, connected

SPLITS: Mapping[str, str] = {"kept": "train", "rejected": "rejected"}
"""Folder of shards -> split of the dataset; shards in any other folder are ``train``."""


@dataclass(frozen=True)
class Upload:
    """What a push brings to the Hub."""

    repo: str
    """Id of the dataset, ``name/dataset``."""
    files: Mapping[str, Path]
    """Path in the dataset -> file."""
    card: str
    """``README.md``, for a dataset that has none."""

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.stat().st_size for file in self.files.values())


def plan(path: Path | str, repo: str) -> Upload:
    """What a push of the set at ``path`` would bring; nothing is asked of the network.

    Raises:
        DataError: There is no shard.
        InputError: ``repo`` is no id of a dataset.
    """
    check(repo, "a dataset", "someone/my-pairs")
    path = Path(path)
    files = {shard.name if shard == path else shard.relative_to(path).as_posix(): shard for shard in shard_paths(path)}
    return Upload(repo, files, _card(repo, files))


def push(path: Path | str, repo: str, *, public: bool = False, endpoint: str | None = None) -> str:
    """Bring the set at ``path`` to the Hub in one commit; return its address. Files that are there are not sent again.

    Args:
        path: A shard or a folder of shards.
        repo: Id of the dataset; it is made if it does not exist.
        public: Whether a dataset that is made is public.
        endpoint: Another Hub than huggingface.co.

    Raises:
        DataError: There is no shard.
        InputError: ``repo`` is no id of a dataset.
        OutputError: There is no token, the Hub cannot be reached, or it refuses.
    """
    from huggingface_hub import CommitOperationAdd

    upload, api = plan(path, repo), connected(endpoint)
    operations = [CommitOperationAdd(name, file) for name, file in upload.files.items()]
    with bringing(repo):
        api.create_repo(repo, repo_type="dataset", private=not public, exist_ok=True)
        if not api.file_exists(repo, "README.md", repo_type="dataset"):
            operations.append(CommitOperationAdd("README.md", upload.card.encode()))
        api.create_commit(repo, operations, repo_type="dataset", commit_message=f"{len(upload.files)} shards of pairs")
    return f"{api.endpoint}/datasets/{repo}"


def _card(repo: str, names: Iterable[str]) -> str:
    """A dataset card: which files are which split, and what the columns are."""
    splits: dict[str, set[str]] = {}
    for name in names:
        folder = Path(name).parent.as_posix()
        split = SPLITS.get(Path(folder).name, "train")
        splits.setdefault(split, set()).add("*.parquet" if folder == "." else f"{folder}/*.parquet")
    lines = ["---", "tags: [image-editing, omniedit]", "configs:", "- config_name: default", "  data_files:"]
    for split in sorted(splits, key=lambda name: name != "train"):
        lines += [f"  - split: {split}", "    path:", *(f"    - {pattern}" for pattern in sorted(splits[split]))]
    lines += ["---", "", f"# {repo.split('/')[-1]}", "", _ABOUT]
    return "\n".join(lines)


_ABOUT = """Pairs of pictures before and after an edit, with its instruction and a judge's scores, in the columns of
[TIGER-Lab/OmniEdit-Filtered-1.2M](https://huggingface.co/datasets/TIGER-Lab/OmniEdit-Filtered-1.2M); those that begin
with `x_` are further columns of OmniEdit's own engine. `rejected`, if there is such a split, holds the pairs that did
not pass, each with its reason.
"""
