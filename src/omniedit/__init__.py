"""OmniEdit: an open implementation of the generalist image editor of arXiv 2411.07199, from photo to benchmark number.

    photos -> proposals -> specialists -> judge -> importance -> pairs -> train -> edit -> bench

| stage        | module                 | in -> out                                                     |
|--------------|------------------------|---------------------------------------------------------------|
| photos       | `data.photos`, `data.scenes` | a folder, or the embedded world -> `Photo`              |
| proposals    | `data.proposals`       | `Photo` -> `Proposal`, the edit to make and its instruction   |
| specialists  | `data.specialists`     | `Photo` + `Proposal` -> `Candidate`, one specialist per `Task` |
| judge        | `judge`                | `Candidate` -> `Verdict`, or unscored with the reason         |
| importance   | `data.importance`      | `Verdict`s -> weights; rejects keep their reasons             |
| pairs        | `data.pairs`           | `Pair`s <-> parquet shards in the released schema             |
| train        | `train`, `model`       | pairs -> an EditNet                                           |
| edit         | `edit`                 | a photo and an instruction -> the edited photo                |
| bench        | `bench`                | an editor -> scores per task and aspect ratio                 |

Edit a photo:

    from omniedit import OmniEditPipeline
    pipe = OmniEditPipeline.from_pretrained("nano")
    result = pipe(image, "Make it snow.", seed=0)

Importing this package loads nothing heavy: each name below is fetched from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omniedit.edit.pipeline import EditResult, OmniEditPipeline
    from omniedit.errors import OmniEditError
    from omniedit.judge.oracle import Oracle
    from omniedit.types import Candidate, Pair, Photo, Proposal, Task, Verdict

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "EditResult",
    "OmniEditError",
    "OmniEditPipeline",
    "Oracle",
    "Pair",
    "Photo",
    "Proposal",
    "Task",
    "Verdict",
]

_HOMES = {
    "Candidate": "types",
    "EditResult": "edit.pipeline",
    "OmniEditError": "errors",
    "OmniEditPipeline": "edit.pipeline",
    "Oracle": "judge.oracle",
    "Pair": "types",
    "Photo": "types",
    "Proposal": "types",
    "Task": "types",
    "Verdict": "types",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a name can be anything)
    """Fetch a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'omniedit' has no attribute {name!r}")
    return getattr(import_module(f"omniedit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Public names, for completion."""
    return [*__all__, "__version__"]
