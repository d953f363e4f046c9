"""The columns of a shard: those of the released dataset, in its order and types, then ours.

The released columns hold what its users expect: whole scores, and six task names, since a background swap is a swap
there. Ours begin with ``x_`` and hold the rest, so that a pair comes back as it was. A shard without them (the released
dataset's own) reads as well; what it does not say stays empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from omniedit.images import decode, encode
from omniedit.types import Candidate, Image, Mask, Pair, Proposal, Task, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]

RELEASED_TASKS: Mapping[Task, str] = {
    Task.SWAP: "swap",
    Task.REMOVAL: "removal",
    Task.ADDITION: "addition",
    Task.ATTRIBUTE: "attribute_modification",
    Task.BACKGROUND: "swap",
    Task.ENVIRONMENT: "env",
    Task.STYLE: "style",
}
"""Our task -> the released dataset's name of it."""


@dataclass(frozen=True)
class Column:
    """One column of a shard."""

    kind: str
    """``string``, ``int64``, ``uint64``, ``float64``, ``image``, or a list of one of these, as ``[string]``."""
    of: Callable[[Pair], Any]
    """What a pair has there."""
    about: str
    """What it holds."""


def _score(scores: tuple[float, ...], index: int) -> int | None:
    """A score as a whole number; None where there is none."""
    return round(scores[index]) if index < len(scores) else None


def _picture(image: Image) -> dict[str, Any]:
    """A picture as the Hub's Image feature stores it, without loss."""
    return {"bytes": encode(image, "PNG"), "path": None}


def _mask(mask: Mask | None) -> dict[str, Any] | None:
    """A mask as a grey picture."""
    if mask is None:
        return None
    grey = np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
    return _picture(np.repeat(grey[..., None], 3, axis=2))


def _words(proposal: Proposal) -> str:
    """All fields of a proposal, as JSON."""
    return json.dumps(asdict(proposal), ensure_ascii=False)


RELEASED_COLUMNS: Mapping[str, Column] = {
    "omni_edit_id": Column("string", lambda p: p.id, "id of the pair"),
    "task": Column("string", lambda p: RELEASED_TASKS[p.candidate.proposal.task], "one of the six released names"),
    "src_img": Column("image", lambda p: _picture(p.candidate.source), "the picture before"),
    "edited_img": Column("image", lambda p: _picture(p.candidate.result), "the picture after"),
    "edited_prompt_list": Column("[string]", lambda p: list(p.candidate.proposal.instructions), "wordings of the edit"),
    "width": Column("int64", lambda p: p.candidate.source.shape[1], "of the pictures, in pixels"),
    "height": Column("int64", lambda p: p.candidate.source.shape[0], "of the pictures, in pixels"),
    "sc_score_1": Column("int64", lambda p: _score(p.verdict.sc, 0), "editing success, 0..10; null: unscored"),
    "sc_score_2": Column("int64", lambda p: _score(p.verdict.sc, 1), "over-editing, 0..10 (10: none); null: unscored"),
    "sc_reasoning": Column("string", lambda p: p.verdict.sc_reasoning, "why"),
    "pq_score": Column("int64", lambda p: _score(p.verdict.pq, 0), "artefacts, 0..10 (10: none); null: unscored"),
    "pq_reasoning": Column("string", lambda p: p.verdict.pq_reasoning, "why"),
    "o_score": Column("float64", lambda p: p.verdict.overall, "sqrt(min SC * min PQ) of the exact scores"),
}
"""The released dataset's columns, in its order."""

EXTRA_COLUMNS: Mapping[str, Column] = {
    "x_task": Column("string", lambda p: str(p.candidate.proposal.task), "one of our seven task names"),
    "x_proposal": Column("string", lambda p: _words(p.candidate.proposal), "the whole proposal, as JSON"),
    "x_photo_id": Column("string", lambda p: p.candidate.photo_id, "id of the photo that was edited"),
    "x_maker": Column("string", lambda p: p.candidate.maker, "specialist or model that made the edit"),
    "x_seed": Column("uint64", lambda p: p.candidate.seed, "seed of its random stream"),
    "x_mask": Column(
        "image", lambda p: _mask(p.candidate.mask), "where the maker edited, in 255 steps; null: not said"
    ),
    "x_details": Column("string", lambda p: json.dumps(dict(p.candidate.details)), "settings, diagnostics; JSON"),
    "x_sc": Column("[float64]", lambda p: list(p.verdict.sc), "exact SC scores; empty: unscored"),
    "x_pq": Column("[float64]", lambda p: list(p.verdict.pq), "exact PQ scores; empty: unscored"),
    "x_judge": Column("string", lambda p: p.verdict.judge, "name of the judge"),
    "x_judge_version": Column("string", lambda p: p.verdict.version, "its version"),
    "x_rubric": Column("string", lambda p: p.verdict.rubric, "hash of its rubric"),
    "x_unscored": Column("string", lambda p: p.verdict.unscored, "why there are no scores; empty: there are"),
    "x_transcript": Column("string", lambda p: p.verdict.transcript, "what the judge said, verbatim"),
    "x_weight": Column("float64", lambda p: p.weight, "importance weight; 0: rejected"),
    "x_reason": Column("string", lambda p: p.reason, "why it was rejected; empty: kept"),
}
"""Our columns, after those."""

COLUMNS: Mapping[str, Column] = {**RELEASED_COLUMNS, **EXTRA_COLUMNS}
"""All columns, in the order of the file."""


def row_of(pair: Pair) -> dict[str, Any]:
    """The row of a pair."""
    return {name: column.of(pair) for name, column in COLUMNS.items()}


def pair_of(row: Row, where: str = "the row") -> Pair:
    """The pair of a row; pictures are decoded.

    Args:
        row: All released columns; any of ours.
        where: What messages call the row.

    Raises:
        ImageError: A picture cannot be decoded.
        ValueError: A value makes no sense, such as an unknown task.
    """
    mask = row.get("x_mask")
    candidate = Candidate(
        photo_id=row.get("x_photo_id") or "",
        proposal=_proposal_of(row),
        source=_decoded(row["src_img"], f"{where}, src_img"),
        result=_decoded(row["edited_img"], f"{where}, edited_img"),
        maker=row.get("x_maker") or "",
        seed=row.get("x_seed") or 0,
        mask=None if mask is None else _mask_of(mask, f"{where}, x_mask"),
        details=json.loads(row.get("x_details") or "{}"),
    )
    weight = row.get("x_weight")
    return Pair(
        id=row["omni_edit_id"],
        candidate=candidate,
        verdict=verdict_of(row),
        weight=1.0 if weight is None else weight,
        reason=row.get("x_reason") or "",
    )


def _decoded(picture: Row, where: str) -> Image:
    """Pixels of a stored picture."""
    return decode(picture["bytes"] or b"", where).image


def _mask_of(picture: Row, where: str) -> Mask:
    """The mask of a stored grey picture."""
    return np.asarray(_decoded(picture, where)[..., 0] / np.float32(255), np.float32)


def _proposal_of(row: Row) -> Proposal:
    """The proposal as it was, or what the released columns say of it."""
    if row.get("x_proposal"):
        words = json.loads(row["x_proposal"])
        return Proposal(**{**words, "task": Task(words["task"]), "phrasings": tuple(words["phrasings"])})
    names = {RELEASED_TASKS[task]: task for task in Task if task is not Task.BACKGROUND}
    if row["task"] not in names:
        raise ValueError(f"{row['task']!r} is no task; there are {', '.join(sorted(names))}")
    first, *others = row["edited_prompt_list"] or [""]
    return Proposal(row["omni_edit_id"], names[row["task"]], first, phrasings=tuple(others))


def verdict_of(row: Row) -> Verdict:
    """The verdict of a row as it was, or what the released columns say of it; of none of its columns, an empty one."""
    whole = {"sc": ("sc_score_1", "sc_score_2"), "pq": ("pq_score",)}
    scores = {
        side: row.get(f"x_{side}") or [float(row[name]) for name in names if row.get(name) is not None]
        for side, names in whole.items()
    }
    text = {field.name: row.get(_TEXTS[field.name]) or "" for field in fields(Verdict) if field.name in _TEXTS}
    return Verdict(sc=tuple(scores["sc"]), pq=tuple(scores["pq"]), **text)


VERDICT_COLUMNS = (
    *("sc_score_1", "sc_score_2", "sc_reasoning", "pq_score", "pq_reasoning", "o_score"),
    *("x_sc", "x_pq", "x_judge", "x_judge_version", "x_rubric", "x_unscored", "x_transcript"),
)
"""The columns that hold a pair's verdict."""

_TEXTS = {
    "judge": "x_judge",
    "version": "x_judge_version",
    "rubric": "x_rubric",
    "sc_reasoning": "sc_reasoning",
    "pq_reasoning": "pq_reasoning",
    "unscored": "x_unscored",
    "transcript": "x_transcript",
}
"""Text field of a verdict -> its column."""


def schema() -> pa.Schema:
    """The Arrow schema, with the metadata by which ``datasets`` sees pictures in the image columns."""
    import pyarrow as pa

    types = {"image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]), "string": pa.string()}
    types |= {"int64": pa.int64(), "uint64": pa.uint64(), "float64": pa.float64()}
    types |= {f"[{name}]": pa.list_(types[name]) for name in ("string", "float64")}
    features = {name: _feature(column.kind) for name, column in COLUMNS.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.schema([(name, types[column.kind]) for name, column in COLUMNS.items()], metadata=metadata)


def _feature(kind: str) -> dict[str, Any]:
    """A column in the words of ``datasets.Features.to_dict``."""
    if kind == "image":
        return {"_type": "Image"}
    if kind.startswith("["):
        return {"feature": _feature(kind[1:-1]), "_type": "Sequence"}
    return {"dtype": kind, "_type": "Value"}
