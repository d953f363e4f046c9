"""``omniedit judge``: scores, how far they can be trusted, and judges of one's own."""

from __future__ import annotations

import typer

from omniedit.cli.judge.agree import agree
from omniedit.cli.judge.report import report
from omniedit.cli.judge.score import score
from omniedit.cli.judge.teach import distill, train

app = typer.Typer(no_args_is_help=True, help="Score edits, and measure the judges that do.")
for command in (score, report, agree, distill, train):
    app.command()(command)
