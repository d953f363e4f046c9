"""Every hostile or broken file is an ``ImageError`` with its name: at once, in bounded memory, without a word."""

from __future__ import annotations

import subprocess
import sys

import pytest

from omniedit.errors import ImageError
from omniedit.images import open_mask, open_picture
from omniedit.testing import HostileFile, hostile_files

_OPEN_ALL = """
import pathlib, resource, sys
from omniedit.errors import ImageError
from omniedit.images import open_picture

resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
for path in sys.argv[1:]:
    try:
        open_picture(path)
    except ImageError:
        continue
    print("opened", path)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[HostileFile]:
    return hostile_files(tmp_path_factory.mktemp("hostile"))


def test_there_are_many_and_no_two_alike(hostile: list[HostileFile]) -> None:
    assert len({file.name for file in hostile}) == len({file.path for file in hostile}) == len(hostile) >= 34


def test_each_is_refused_by_name(hostile: list[HostileFile]) -> None:
    for file in hostile:
        with pytest.raises(ImageError) as caught:
            open_picture(file.path)
        assert file.name in str(caught.value), file.wrong
        with pytest.raises(ImageError):
            open_mask(file.path, (8, 8))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("page.jpg", "HTML"),
        ("document.png", "PDF"),
        ("drawing.png", "SVG"),
        ("archive.png", "ZIP"),
        ("program.eps", "PostScript"),
        ("text.png", "is text"),
        ("photo.heic", "convert it to JPEG"),
        ("pointer.png", "git lfs pull"),
        ("empty.png", "empty"),
        ("cut.png", "cut off"),
        ("pixels.png", "20000×20000"),
        ("canvas.gif", "the limit is 32,768"),
        ("heavy.png", "the limit is 100,000,000"),
        ("folder.png", "a folder"),
        ("pipe.png", "a named pipe"),
        ("device.png", "a device"),
        ("broken-link.png", "a link to a file that does not exist"),
        ("missing.png", "does not exist"),
    ],
)
def test_the_message_says_what_is_wrong(hostile: list[HostileFile], name: str, words: str) -> None:
    (file,) = (file for file in hostile if file.name == name)
    with pytest.raises(ImageError, match=words):
        open_picture(file.path)


def test_all_stay_silent_within_two_gigabytes(hostile: list[HostileFile]) -> None:
    command = [sys.executable, "-W", "error", "-c", _OPEN_ALL, *(str(file.path) for file in hostile)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
