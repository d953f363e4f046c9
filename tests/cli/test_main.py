"""How errors reach a person, and that asking for help costs nothing."""

from __future__ import annotations

import pytest
from leaving import leave

from omniedit import __version__
from omniedit.cli.main import shielded
from omniedit.errors import ImageError


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--version") == 0
    assert capsys.readouterr().out == f"omniedit {__version__}\n"


def test_no_arguments_show_help(capsys: pytest.CaptureFixture[str]) -> None:
    leave()
    shown = "".join(capsys.readouterr())
    assert all(command in shown for command in ("edit", "build", "train", "bench", "demo", "doctor"))


def test_a_mistyped_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("edti") == 2
    assert "edit" in capsys.readouterr().err


def raises(error: BaseException) -> None:
    raise error


def test_an_expected_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        shielded(lambda: raises(ImageError("a[b].png: not a picture")), debug=False)
    assert left.value.code == 2
    assert capsys.readouterr().err == "error: a[b].png: not a picture\n"


def test_an_unexpected_error_names_itself_and_the_way_to_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        shielded(lambda: raises(ZeroDivisionError("division by zero")), debug=False)
    assert left.value.code == 1
    shown = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: division by zero" in shown
    assert "--debug" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("error", [ImageError("x"), ZeroDivisionError("y")])
def test_debug_lets_errors_through(error: Exception) -> None:
    with pytest.raises(type(error)):
        shielded(lambda: raises(error), debug=True)
