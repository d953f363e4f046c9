"""``omniedit pairs``: take a set of pairs elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omniedit.cli.console import err, out

app = typer.Typer(no_args_is_help=True, help="Export sets of pairs, and bring them to the Hub.")


@app.command()
def export(
    pairs: Annotated[Path, typer.Argument(help="A shard, or a folder of shards (*.parquet).")],
    form: Annotated[str, typer.Option("--to", help="webdataset, jsonl or imagefolder.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the export; a new one.")],
    rejected: Annotated[bool, typer.Option("--rejected", help="Export the pairs of weight 0 too.")] = False,
) -> None:
    """Write pairs as WebDataset tars, as JSON Lines with pictures, or as a folder that `datasets` opens."""
    from omniedit.data.export import export as write

    count = write(pairs, form, folder, rejected=rejected)
    err.print(f"{folder}: {count:,} pairs", markup=False)


@app.command()
def push(
    pairs: Annotated[Path, typer.Argument(help="A shard, or a folder of shards (*.parquet).")],
    repo_id: Annotated[str, typer.Argument(help="The dataset on the Hub, such as someone/my-pairs.")],
    public: Annotated[bool, typer.Option("--public", help="Make a new dataset public; else it is private.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
) -> None:
    """Bring shards to the Hugging Face Hub, with a card by which `datasets` opens them."""
    from omniedit.data.hub import plan
    from omniedit.data.hub import push as send
    from omniedit.data.lint import demand_sound, quick_lint

    demand_sound(quick_lint(pairs))
    upload = plan(pairs, repo_id)
    err.print(f"{repo_id}: {len(upload.files):,} shards, {upload.size / 1e6:,.1f} MB", markup=False)
    if dry_run:
        for name in upload.files:
            out.print(name, markup=False)
        return
    out.print(send(pairs, repo_id, public=public), markup=False)
