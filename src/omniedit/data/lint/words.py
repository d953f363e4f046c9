"""Checks of the words: instructions, captions, task names, the proposal that is stored as JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from omniedit.data.lint.check import Check, RowCheck
from omniedit.data.lint.rows import RELEASED_NAMES, TASK_NAMES, Row
from omniedit.data.pairs.schema import RELEASED_TASKS
from omniedit.types import Proposal, Task


def tidy(text: str) -> str:
    """``text`` on one line with single spaces, without control characters."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def spoken(text: str) -> str:
    """What two wordings are compared by: tidy, without case and the full stop."""
    return tidy(text).casefold().rstrip(".! ")


def find_no_id(row: Row) -> str:
    """An empty id."""
    return "" if row.id.strip() else "it has no id"


# Instructions ---------------------------------------------------------------------------------------------------------


def find_no_instruction(row: Row) -> str:
    """Nothing in any wording."""
    return "" if any(map(tidy, row.wordings)) else "it has no instruction"


def find_blank_wording(row: Row) -> str:
    """Wordings that say nothing, beside some that do."""
    blank = sum(not tidy(wording) for wording in row.wordings)
    return f"{blank} of its {len(row.wordings)} wordings are empty" if 0 < blank < len(row.wordings) else ""


def find_untidy_instruction(row: Row) -> str:
    """Space at the ends, doubled spaces, line ends, control characters."""
    untidy = [wording for wording in row.wordings if tidy(wording) not in ("", wording)]
    return f"white space or control characters in {untidy[0]!r}" if untidy else ""


def find_repeated_wording(row: Row) -> str:
    """The same words twice in the list."""
    heard = [spoken(wording) for wording in row.wordings if tidy(wording)]
    twice = [wording for number, wording in enumerate(heard) if wording in heard[:number]]
    return f"its wordings hold {twice[0]!r} twice" if twice else ""


def find_wordings_disagree(row: Row) -> str:
    """The list says one thing and the proposal, from which training reads, another."""
    if not row.proposal:
        return ""
    phrasings = row.proposal.get("phrasings")
    said = [row.proposal.get("instruction"), *(phrasings if isinstance(phrasings, list) else [])]
    return "" if said == row.wordings else f"the list begins {row.wordings[:1]}, the proposal {said[:1]}"


def repair_wordings(row: Row) -> Mapping[str, Any]:
    """Tidy wordings, each once, none empty; in the list and in the proposal."""
    first: dict[str, str] = {}
    for wording in filter(tidy, row.wordings):
        first.setdefault(spoken(wording), tidy(wording))
    kept = list(first.values())
    found: dict[str, Any] = {"edited_prompt_list": kept}
    if row.proposal and kept:
        words = {**row.proposal, "instruction": kept[0], "phrasings": kept[1:]}
        found["x_proposal"] = json.dumps(words, ensure_ascii=False)
    return found


# Captions, proposals, tasks -------------------------------------------------------------------------------------------


def find_equal_captions(row: Row) -> str:
    """Captions that tell no difference between before and after."""
    before, after = (spoken(row.said(f"{side}_caption")) for side in ("source", "target"))
    return f"both captions are {before!r}" if before and before == after else ""


def find_broken_json(row: Row) -> str:
    """A proposal or details that cannot be read back."""
    try:
        words = json.loads(row.values["x_proposal"] or "null")
        if words is not None:
            Proposal(**{**words, "task": Task(words["task"]), "phrasings": tuple(words["phrasings"])})
    except (ValueError, KeyError, TypeError) as error:
        return f"x_proposal is no proposal ({type(error).__name__}: {error})"
    try:
        details = json.loads(row.values["x_details"] or "{}")
    except ValueError as error:
        return f"x_details is no JSON ({error})"
    return "" if isinstance(details, dict) else "x_details is no JSON object"


def find_unknown_task(row: Row) -> str:
    """A task that nobody knows."""
    ours, released = row.values.get("x_task"), row.values.get("task")
    if released not in RELEASED_NAMES:
        return f"task is {released!r}; there are {', '.join(RELEASED_NAMES)}"
    if ours and ours not in TASK_NAMES:
        return f"x_task is {ours!r}; there are {', '.join(TASK_NAMES)}"
    return ""


def find_task_disagrees(row: Row) -> str:
    """Its three task columns do not name one task."""
    ours = TASK_NAMES.get(row.values["x_task"] or "")
    if ours is None:
        return ""
    others = {"task": row.values["task"], "x_proposal": row.said("task") or str(ours)}
    wanted = {"task": RELEASED_TASKS[ours], "x_proposal": str(ours)}
    wrong = [f"{name} {others[name]!r}" for name in others if others[name] != wanted[name]]
    return f"x_task is {str(ours)!r}, but {', '.join(wrong)}" if wrong else ""


_WORDS = ("edited_prompt_list",)

CHECKS: dict[str, Check] = {
    "no-id": RowCheck(
        severity="error",
        about="a pair has no id",
        advice="Give every pair an id: scores that come later are joined by it.",
        find=find_no_id,
        needs=("omni_edit_id",),
    ),
    "unknown-task": RowCheck(
        severity="error",
        about="a task is none of the known ones",
        advice="Name one of the tasks that the message lists.",
        find=find_unknown_task,
        needs=("task",),
    ),
    "task-disagrees": RowCheck(
        severity="error",
        about="`task`, `x_task` and the proposal name different tasks",
        advice="Find out which is right; training reads the proposal's.",
        find=find_task_disagrees,
        needs=("task", "x_task", "x_proposal"),
    ),
    "broken-json": RowCheck(
        severity="error",
        about="`x_proposal` or `x_details` cannot be read back",
        advice="Write the shard again from its source; the pair cannot be read as it is.",
        find=find_broken_json,
        needs=("x_proposal", "x_details"),
    ),
    "no-instruction": RowCheck(
        severity="error",
        about="all wordings of the instruction are empty",
        advice="Write an instruction, or drop the pair: it teaches to edit unasked.",
        find=find_no_instruction,
        needs=_WORDS,
    ),
    "blank-wording": RowCheck(
        severity="warning",
        about="some of the wordings are empty",
        advice="Drop the empty ones, as --fix does.",
        find=find_blank_wording,
        needs=_WORDS,
        repair=repair_wordings,
    ),
    "untidy-instruction": RowCheck(
        severity="warning",
        about="white space at the ends, doubled, or control characters in an instruction",
        advice="Tidy it, as --fix does.",
        find=find_untidy_instruction,
        needs=_WORDS,
        repair=repair_wordings,
    ),
    "repeated-wording": RowCheck(
        severity="warning",
        about="the wordings of a pair hold the same words twice",
        advice="Keep one of them, as --fix does.",
        find=find_repeated_wording,
        needs=_WORDS,
        repair=repair_wordings,
    ),
    "wordings-disagree": RowCheck(
        severity="error",
        about="the list of wordings is not what the proposal says",
        advice="Make both the same; training reads the proposal, users of the released columns read the list.",
        find=find_wordings_disagree,
        needs=(*_WORDS, "x_proposal"),
    ),
    "equal-captions": RowCheck(
        severity="warning",
        about="the captions before and after are the same",
        advice="Caption the picture after anew, or leave both captions empty.",
        find=find_equal_captions,
        needs=("x_proposal",),
    ),
}
"""Checks of ids, tasks and words, by name."""
