"""``omniedit cache``: latents and embedded texts of a recipe's pairs, computed once for all trainings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal
from rich.table import Table

from omniedit.cli.build import part_of as part
from omniedit.cli.console import err, out, progress
from omniedit.errors import InputError

if TYPE_CHECKING:
    from omniedit.train.cache.sizes import Outlook


def cache(
    recipe: Annotated[Path, typer.Argument(help="Recipe of the training, a TOML file.")],
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the cache; by default the one that the recipe names.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; each takes a GPU, where there are any.")] = 1,
    shard: Annotated[str, typer.Option(help="Begin with part i of n: i/n, from 0/n on, of n machines.")] = "0/1",
    batch: Annotated[int, typer.Option(min=1, help="Pictures or texts that are encoded at once.")] = 8,
    dtype: Annotated[str, typer.Option(help="Number format: float16, bfloat16 or float32.")] = "float16",
    wordings: Annotated[int, typer.Option(min=0, help="Wordings of each pair, the first ones; 0: all.")] = 0,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file again, and make broken ones anew.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how large it will be, and leave.")] = False,
) -> None:
    """Encode the pictures and texts of a recipe's pairs once. The same command again continues, repairs and extends.

    Training from the cache (cache = "FOLDER" in the recipe's [data]) loads neither codec nor text encoders.
    """
    from omniedit.train.cache.config import CacheConfig
    from omniedit.train.cache.make import make_cache
    from omniedit.train.cache.opening import open_subject
    from omniedit.train.cache.sizes import outlook
    from omniedit.train.recipe import Recipe

    plan = Recipe.read(recipe)
    place = folder or Path(plan.data.cache or Path(plan.out) / "cache")
    if place.resolve().is_relative_to(Path(plan.pairs).resolve()):
        raise InputError(
            f"{place} is in the folder of the pairs and would be taken for some: choose another with --out"
        )
    opened = partial(open_subject, plan, CacheConfig(dtype=dtype, batch=batch, wordings=wordings))
    if dry_run:
        show(outlook(opened(0)))
        return
    with progress() as shown:
        task = shown.add_task("", total=None)

        def tick(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total)

        about = make_cache(opened, place, share=part(shard), workers=workers, thorough=verify, progress=tick)
    out.print(
        f"{place}: {about.pairs:,} pairs, {about.pictures:,} different pictures, {about.texts:,} different texts, "
        f"{decimal(about.size)}"
    )
    if about.left_out:
        err.print(f"{about.left_out:,} pairs are left out, see {place / 'left_out.jsonl'}", markup=False)
        err.print(f"once they are mended, delete {place / 'rows'}: the same command then looks again", markup=False)


def show(found: Outlook) -> None:
    """Print what a cache will take."""
    table = Table("ratio", "size", "pairs", "latents", box=None)
    for name, (size, pairs, count) in found.buckets.items():
        table.add_row(name, f"{size[0]} × {size[1]}", f"{pairs:,}", decimal(count))
    out.print(table)
    saved = found.unshared - found.latents
    lines = {
        "pairs": f"{found.pairs:,}",
        "different pictures": f"{round(2 * found.pairs * found.pictures):,} of {2 * found.pairs:,}",
        "their latents": f"{decimal(found.latents)}; {decimal(saved)} saved by sharing",
        "different texts": f"{round(found.pairs * found.texts) + 1:,}, {decimal(round(found.text_bytes))} each",
        "embedded": decimal(found.embedded),
        "together": decimal(found.latents + found.embedded),
    }
    rows = Table("", "", box=None, show_header=False)
    for name, words in lines.items():
        rows.add_row(name, words)
    out.print(rows)
    err.print(f"what pairs share was measured on the first {found.looked_at:,}; {found.left_out:,} of them are no use")
