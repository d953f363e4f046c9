"""``omniedit``: the commands, and how an error reaches a person.

Exit codes: 0 done; 1 something unexpected (a bug); 2 what was asked cannot be done, with the reason; 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from omniedit import __version__
from omniedit.cli import bench, build, cache, demo, doctor, edit, judge, lint, model, pairs, train
from omniedit.cli.console import err, fail, out
from omniedit.errors import OmniEditError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.command()(edit.edit)
app.add_typer(build.app, name="build")
app.command()(cache.cache)
app.command()(train.train)
app.add_typer(model.app, name="model")
app.add_typer(bench.app, name="bench")
app.add_typer(judge.app, name="judge")
app.command()(lint.lint)
app.add_typer(pairs.app, name="pairs")
app.command()(demo.demo)
app.command()(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        out.print(f"omniedit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """OmniEdit: edit photos by instruction; build the data, train the editor and measure it."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line with ``args`` (default: the process's own), and leave through `SystemExit`."""
    # Without this MKL rounds by where in memory a matrix lies, and promise 5 (same seed, same bytes) rests on luck.
    os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
    # diffusers imports it wherever it is installed, and it tells of kernels that nothing here needs.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    debug = "--debug" in (sys.argv[1:] if args is None else args)
    shielded(lambda: app(args, prog_name="omniedit"), debug=debug)


def shielded(action: Callable[[], object], *, debug: bool) -> None:
    """Do ``action``; an error becomes a message and an exit code, or with ``debug`` stays an exception."""
    try:
        action()
    except OmniEditError as error:
        if debug:
            raise
        fail(str(error))
        sys.exit(2)
    except Exception as error:
        if debug:
            raise
        fail(f"unexpected {type(error).__name__}: {error}")
        err.print("This is a bug in omniedit. For the traceback, run it again as: omniedit --debug …", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
