"""The reference of the command line, ``docs/cli.md``, made from the commands themselves by ``make docs``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from omniedit.cli.main import app

_HEAD = """# Command line

Made by `make docs` from the commands themselves; a test compares. Exit codes: 0 done, 1 a bug, 2 what was asked
cannot be done (with the reason), 130 interrupted.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name (``omniedit bench run``), in the order of ``--help``."""
    return _walk("omniedit", typer.main.get_command(app))


def options(command: Any) -> dict[str, str]:  # noqa: ANN401 (click's or typer's own command class)
    """Each option's names, or argument's name in capitals, with its help and default; ``--help`` left out."""
    parameters = [parameter for parameter in command.params if parameter.name != "help"]
    return {_names(parameter): _explained(parameter) for parameter in parameters}


def reference() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *(_section(name, command) for name, command in commands())])


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    yield name, command
    for child, below in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {child}", below)


def _section(name: str, command: Any) -> str:  # noqa: ANN401
    rows = [f"| `{names}` | {text} |" for names, text in options(command).items()]
    table = "\n".join(["| | |", "|---|---|", *rows, ""]) if rows else ""
    return f"## {name}\n\n{command.help}\n\n{table}"


def _names(parameter: Any) -> str:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        return f"{parameter.name}".upper()
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _explained(parameter: Any) -> str:  # noqa: ANN401
    words = (parameter.help or "").replace("|", "\\|")
    plain = parameter.default if not callable(parameter.default) else None
    if plain is None or plain is False or plain == "" or parameter.required:
        return words
    return f"{words} Default: {plain}."


if __name__ == "__main__":
    typer.echo(reference(), nl=False)
