"""Judges by name: what ``--judge`` takes. Importing this loads none of them.

student                    the small judge that comes with the package; needs nothing else
student:FOLDER             one that was trained by recipes/student.toml
openai:MODEL               a model behind any OpenAI-compatible endpoint (``base_url``)
local:MODEL_OR_FOLDER      a model of the Hub, or a distilled judge, on this machine
oracle                     needs the ideal edit, which only a scene has: for stored pairs, its stored verdicts
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from omniedit.errors import JudgeError
from omniedit.judge.rubric import OMNIEDIT, RUBRICS, Judge, Rubric

DEFAULT = "student"
"""Who judges when nobody is named."""
NAMES = ("student", "student:FOLDER", "openai:MODEL", "local:MODEL_OR_FOLDER", "oracle")
"""The forms of a name, for messages."""
VARIED = 0.7
"""Temperature of an endpoint that is asked in several passes, which would all be the same at 0."""
FIELDS = ("temperature", "seed", "max_tokens")
"""Fields of a request that have a setting of their own."""


def load(name: str = DEFAULT, **options: Any) -> Judge:  # noqa: ANN401 (each loader says its own)
    """The judge called ``name``.

    Args:
        name: One of the forms above.
        options: What its loader in :data:`JUDGES` takes; those that are None count as not given.

    Raises:
        JudgeError: There is no such judge, it has no such option, or it cannot be loaded.
        MissingExtraError: It needs a package that is not installed.
    """
    scheme, _, which = name.partition(":")
    if scheme not in JUDGES:
        raise JudgeError(f"there is no judge {name!r}; there are {', '.join(NAMES)}")
    loader, given = JUDGES[scheme], {option: value for option, value in options.items() if value is not None}
    foreign = sorted(given.keys() - inspect.signature(loader).parameters.keys())
    if foreign:
        raise JudgeError(f"the judge {name} has no use for {', '.join(foreign)}: leave it out, or name another judge")
    return loader(which, **given)


def stamp_of(judge: Judge) -> str:
    """The hash that the judge's verdicts carry: of its rubric, and of how it is put into words, if it is."""
    return str(getattr(judge, "stamp", judge.rubric.hash))


def _oracle(which: str, *, rubric: str = OMNIEDIT.name) -> Judge:
    from omniedit.judge.oracle import Oracle

    if which:
        raise JudgeError(f"there is one oracle only, and no oracle:{which}")
    _only_omniedit("oracle", rubric)
    return Oracle()


def _student(which: str, *, rubric: str = OMNIEDIT.name) -> Judge:
    from omniedit.judge.student import StudentJudge

    _only_omniedit("student", rubric)
    return StudentJudge.from_pretrained(which or None)


def _openai(
    which: str,
    *,
    base_url: str | None = None,
    rubric: str = OMNIEDIT.name,
    passes: int = 1,
    concurrency: int = 8,
    max_calls: int | None = None,
    max_money: float | None = None,
    input_price: float = 0.0,
    output_price: float = 0.0,
    request: Mapping[str, Any] | None = None,
    cache: Path | str | None = None,
) -> Judge:
    """A remote judge; ``request`` holds further fields of each request, and None for a field that is to be left out."""
    from omniedit.judge.questions import Asking
    from omniedit.judge.remote import BudgetConfig, RemoteConfig, RemoteJudge
    from omniedit.judge.remote.judge import OPENAI

    extra = dict(request or {})
    fields: dict[str, Any] = {} if passes == 1 else {"temperature": VARIED}
    fields |= {name: extra.pop(name) for name in FIELDS if name in extra}
    config = RemoteConfig(
        model=which,
        base_url=base_url or OPENAI,
        concurrency=concurrency,
        asking=Asking(passes=passes),
        budget=BudgetConfig(max_calls, max_money, input_price, output_price),
        extra=extra,
        **fields,
    )
    return RemoteJudge(config, cache=cache, rubric=_rubric(rubric))


def _local(which: str, *, rubric: str | None = None, passes: int = 1, batch: int = 8) -> Judge:
    from omniedit.judge.local import LocalConfig, LocalJudge

    if not which:
        raise JudgeError("which model is to judge? Name a folder or a Hub id, as local:Qwen/Qwen2.5-VL-7B-Instruct")
    if passes != 1:
        raise JudgeError(f"a local judge is greedy: all {passes} passes would be the same; ask for 1")
    asked = None if rubric is None else _rubric(rubric)
    return LocalJudge.from_pretrained(which, rubric=asked, config=LocalConfig(batch=batch))


def _rubric(name: str) -> Rubric:
    if name not in RUBRICS:
        raise JudgeError(f"there is no rubric {name!r}; there are {', '.join(RUBRICS)}")
    return RUBRICS[name]


def _only_omniedit(judge: str, rubric: str) -> None:
    if _rubric(rubric) != OMNIEDIT:
        raise JudgeError(f"the {judge} knows the rubric {OMNIEDIT.name} only, and cannot be asked by {rubric}")


JUDGES: dict[str, Callable[..., Judge]] = {
    "student": _student,
    "openai": _openai,
    "local": _local,
    "oracle": _oracle,
}
"""Scheme -> loader of what stands behind the colon; its keywords are the options that it takes."""
