"""Builds of photographs under fire: kills, errors, and photographs that end the process that opens them."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from photo_piles import FILTERS, contents, picture, pile, recipe

from omniedit.data.engine.build import run
from omniedit.data.engine.executors import Inline, Local
from omniedit.data.engine.groundings import Watched
from omniedit.data.engine.intake import SHARDS, take_in
from omniedit.data.engine.ledger import read_ledger
from omniedit.data.engine.photo_chain import PhotoChain, singly
from omniedit.data.engine.photo_recipe import PhotoRecipe
from omniedit.data.engine.proposers import Offered
from omniedit.data.engine.sources import Pile
from omniedit.data.sources import KeptPhotos, Look, open_source
from omniedit.data.sources.ledger import part_path, read_lines
from omniedit.errors import JudgeError, OmniEditError
from omniedit.seeding import derive
from omniedit.testing.kills import harass
from omniedit.types import Candidate, Photo, Task

TASKS = (Task.ENVIRONMENT, Task.STYLE)


# Kills ----------------------------------------------------------------------------------------------------------------


def test_a_build_of_photographs_survives_kills(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'[source]\npath = "{pile(tmp_path / "photos", 36, faulty=True)}"\n'
        "[source.filters]\nmin_megapixels = 0.001\nmin_sharpness = 0.0\n"
        '[specialists]\nenvironment = "cpu"\nstyle = "cpu"\n',
        encoding="utf-8",
    )
    PhotoRecipe.read(path).run(tmp_path / "whole")

    def command(out: Path) -> list[str]:
        return [sys.executable, "-m", "omniedit.cli.main", "build", str(path), "--out", str(out), "--workers", "2"]

    result = harass(command, whole=tmp_path / "whole", folder=tmp_path, kills=3, seed=1, longest=3.0)
    assert result.whole
    assert contents(tmp_path / f"{result.builds - 1:03}") == contents(tmp_path / "whole")


# Errors and poison ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frail(PhotoChain):
    """While ``ill`` is there, some parts are errors, and one kills; it notes what is asked of it."""

    ill: str = ""

    def part(self, scene: Any, part: str, /) -> Any:
        with Path(f"{self.ill}.asked").open("a", encoding="utf-8") as file:
            file.write(f"{scene.id} {part}\n")
        if Path(self.ill).exists() and (scene.id, part) == ("001.png", "style"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().part(scene, part)

    def _made(
        self, task: Task, photo: Photo, offered: Sequence[Offered], grounding: Watched, judged: bool
    ) -> list[tuple[Candidate, ...] | Exception]:
        if Path(self.ill).exists() and derive(5, photo.id, str(task)) % 6 == 0:
            return singly(_break, offered)
        return super()._made(task, photo, offered, grounding, judged)


def _break(items: Sequence[Any]) -> list[Any]:
    raise RuntimeError("out of order")


def test_failed_rows_say_why_and_a_retry_does_exactly_these(tmp_path: Path) -> None:
    plan = recipe(pile(tmp_path / "photos", 6), *TASKS, unit=4)
    ill, marks = tmp_path / "ill", tmp_path / "ill.asked"
    chain, photos = plan.prepare(tmp_path / "out", Local(1))
    frail = Frail(**vars(chain), ill=str(ill))
    ill.touch()
    run(frail, photos, out=tmp_path / "out", unit=4, executor=Local(1))
    failed = {(row.scene, row.task): row.reason for row in read_ledger(tmp_path / "out") if row.status == "failed"}
    broken = {
        (f"{n:03}.png", str(task)) for n in range(6) for task in TASKS if derive(5, f"{n:03}.png", str(task)) % 6 == 0
    }
    assert broken
    assert failed.keys() == broken | {("001.png", "style")}
    assert "SIGSEGV, 3 times in a row" in failed["001.png", "style"]
    assert {failed[place] for place in broken - {("001.png", "style")}} == {"RuntimeError: out of order"}

    ill.unlink()
    marks.unlink()
    run(frail, photos, out=tmp_path / "out", unit=4, retry_failed=True, executor=Local(1))
    assert {tuple(line.split()) for line in marks.read_text(encoding="utf-8").splitlines()} == set(failed)
    plan.run(tmp_path / "whole")
    assert (contents(tmp_path / "out")["ledger.jsonl"]) == contents(tmp_path / "whole")["ledger.jsonl"]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_of_many_at_once_an_error_is_of_one_only_and_some_end_all() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 0 in items:
            raise ZeroDivisionError
        if 7 in items:
            raise JudgeError("no key")
        return [10 // item for item in items]

    first, second, third = singly(work, [1, 0, 2])
    assert (first, third) == (10, 5)
    assert isinstance(second, ZeroDivisionError)
    with pytest.raises(JudgeError):
        singly(work, [1, 7])


# A source that is hard to swallow -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deadly:
    """A filter in which a certain picture is the end of the process."""

    size: tuple[int, int]

    def __call__(self, look: Look) -> str:
        if look.size == self.size:
            os.kill(os.getpid(), signal.SIGSEGV)
        return ""


def test_a_photograph_that_ends_whoever_opens_it_is_dropped_for_that(tmp_path: Path) -> None:
    photos = pile(tmp_path / "photos", 8, faulty=True)
    PIL.Image.fromarray(picture(50, (44, 44))).save(photos / "deadly.png")
    folder = take_in(open_source(photos), FILTERS, tmp_path / "out", Local(2), extra=[Deadly((44, 44))])
    reasons = {line.id: line.reason for line in read_lines(folder / "ledger.jsonl") if line.reason}
    assert reasons.keys() == {"deadly.png", "small.png", "torn.png", "zero_again.jpg"}
    assert "was ended by SIGSEGV, 3 times in a row" in reasons["deadly.png"]
    assert len(Pile(str(folder))) == len(KeptPhotos(str(folder))) == 8


def test_workers_that_end_before_any_photograph_are_an_error(tmp_path: Path) -> None:
    source = open_source(pile(tmp_path / "photos", 1))
    with pytest.raises(OmniEditError, match=r"before they came to a photograph .*exit code 3"):
        take_in(source, FILTERS, tmp_path / "out", Local(1), extra=[Unborn()])


def test_a_shard_at_which_another_process_is_waited_for(tmp_path: Path) -> None:
    source = open_source(pile(tmp_path / "photos", 3))
    partial = part_path(tmp_path / "out" / "photos", (0, SHARDS)).with_suffix(".partial")
    partial.parent.mkdir(parents=True)
    with partial.open("wb") as file, ThreadPoolExecutor(1) as pool:
        fcntl.flock(file, fcntl.LOCK_EX)
        taken = pool.submit(take_in, source, FILTERS, tmp_path / "out", Inline())
        assert not wait([taken], 0.5).done
        fcntl.flock(file, fcntl.LOCK_UN)
        assert len(KeptPhotos(str(taken.result()))) == 3


class Unborn:
    """A filter with which no worker comes to anything."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _die, (os.getpid(),)

    def __call__(self, look: Look) -> str:
        raise AssertionError


def _die(parent: int) -> None:
    if os.getpid() != parent:
        os._exit(3)
