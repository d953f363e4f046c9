"""The first half of a run: the contestant answers every item once, and what it answered is kept.

An item's pictures are on disk before the line of the journal that says so, and every item has its own seed: whatever
kills the run, the same command goes on, and comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from omniedit.bench.contestants import Contestant
from omniedit.bench.cost import Meter
from omniedit.bench.drift import outside, shift
from omniedit.bench.item import Item, Suite
from omniedit.bench.results import Cost
from omniedit.bench.run_folder import RunFolder
from omniedit.data.specialists import CannotEdit
from omniedit.errors import InputError, OmniEditError
from omniedit.hashing import hash_pixels
from omniedit.images import resize, save_picture
from omniedit.judge.remote.crew import Crew
from omniedit.seeding import derive
from omniedit.types import Image


@dataclass(frozen=True)
class Answer:
    """What a contestant made of an item."""

    id: str
    task: str
    ratio: str
    phrasing: str
    instruction: str
    status: Literal["answered", "refused", "crashed"]
    """``refused``: the contestant declined; ``crashed``: it raised something that is no answer."""
    reason: str = ""
    """Why there is no answer; or what is to be known of it."""
    outside: float | None = None
    """See `drift.outside`."""
    shift: float | None = None
    """See `drift.shift`."""
    photo: str = ""
    """Hash of the photo."""


def answers(
    suite: Suite,
    contestant: Contestant,
    folder: RunFolder,
    *,
    seed: int = 0,
    retry_crashed: bool = False,
    tick: Callable[[Answer], None] = lambda answer: None,
) -> list[Answer]:
    """Let the contestant answer what is not answered yet.

    Args:
        suite: The items.
        contestant: The editor under test.
        folder: Where answers go, and where earlier ones are.
        seed: Seed of the contestant's random streams.
        retry_crashed: Whether items that it crashed on are asked again.
        tick: Called with every answer, known or new.

    Returns:
        The answers to all items of the suite, in its order.

    Raises:
        OmniEditError: The contestant cannot be asked at all, or an item cannot be made.
    """
    known = _known(folder)
    done = {name for name, answer in known.items() if not (retry_crashed and answer.status == "crashed")}
    for name in suite.ids:
        if name in done:
            tick(known[name])
    items = (suite.item(name) for name in suite.ids if name not in done)
    for made in _each(items, lambda item: _asked(item, contestant, seed), getattr(contestant, "concurrency", 1)):
        known[made.item.id] = _kept(made, folder)
        tick(known[made.item.id])
    return [known[name] for name in suite.ids]


def _known(folder: RunFolder) -> dict[str, Answer]:
    """The newest answer to each item."""
    return {entry["id"]: Answer(**entry) for entry in folder.answers.entries()}


@dataclass(frozen=True, eq=False)
class _Made:
    """What came of asking, before it is kept."""

    item: Item
    answer: Answer
    result: Image | None
    """The picture at the photo's size, where there is one."""
    cost: Cost | None
    """What it took, where there is a picture."""


def _each(items: Iterable[Item], ask: Callable[[Item], _Made], hands: int) -> Iterator[_Made]:
    """What ``ask`` makes of each item, in order; several at once where there are ``hands``."""
    if hands == 1:
        return map(ask, items)
    crew: Crew[Item, Item, _Made] = Crew(lambda item: item, lambda item, stop: ask(item), OmniEditError)
    return crew.each(items, hands, 2 * hands)


def _asked(item: Item, contestant: Contestant, seed: int) -> _Made:
    """What the contestant makes of one item.

    Raises:
        OmniEditError: There is no such model, no key …: no other item would fare better.
    """
    result, cost = None, None
    photo = hash_pixels(item.photo.image)[:12]
    blank = Answer(item.id, item.task, item.ratio, item.phrasing, item.instruction, "answered", photo=photo)
    meter = Meter()
    try:
        given = contestant(item, seed_of(seed, item.id))
        cost = meter.cost(item.id, here=getattr(contestant, "here", True))
        if hash_pixels(item.photo.image)[:12] != photo:
            raise ValueError("it painted into the photo that it was given; it is to return a new picture")
        result, note = _fitted(given, item.photo.size)
        answer = replace(blank, reason=note)
    except (InputError, CannotEdit) as error:
        answer = replace(blank, status="refused", reason=str(error))
    except OmniEditError:
        raise
    except Exception as error:
        answer = replace(blank, status="crashed", reason=f"{type(error).__name__}: {error}")
        _free_memory()
    return _Made(item, answer, result, cost)


def _kept(made: _Made, folder: RunFolder) -> Answer:
    """The answer, with its pictures and then its line on disk."""
    item, answer = made.item, made.answer
    if made.result is not None and made.cost is not None:
        answer = replace(answer, outside=outside(item, made.result), shift=shift(item, made.result))
        _save(item, made.result, folder)
        folder.costs.append(asdict(made.cost))
    folder.answers.append(asdict(answer))
    return answer


def seed_of(seed: int, item: str) -> int:
    """The seed that a contestant gets for an item in a run with ``seed``."""
    return derive(seed, "bench", item) % 2**31


def _fitted(result: Any, size: tuple[int, int]) -> tuple[Image, str]:  # noqa: ANN401 (whatever a contestant returns)
    """The picture at the photo's size, and what is to be known of it.

    Raises:
        TypeError: It is no picture.
    """
    shape: tuple[int, ...] = getattr(result, "shape", ())
    kind = getattr(result, "dtype", type(result).__name__)
    if kind != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise TypeError(f"an answer is to be a picture, uint8 [height, width, 3], not {kind} {list(shape)}")
    given = shape[1], shape[0]
    if given == size:
        return result, ""
    words = [f"{width} × {height}" for width, height in (given, size)]
    return resize(result, size), f"the answer of {words[0]} pixels was brought to the photo's {words[1]}"


def _save(item: Item, result: Image, folder: RunFolder) -> None:
    pictures = {
        "source": item.photo.image,
        "result": result,
        "ideal": None if item.ideal is None else item.ideal.image,
        "reference": item.reference,
    }
    for kind, picture in pictures.items():
        if picture is not None:
            save_picture(folder.picture(item.id, kind), picture, overwrite=True)


def _free_memory() -> None:
    """What a crash for want of memory left behind is not to make the next item crash as well."""
    import gc
    import sys

    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
