"""``omniedit model``: put a trained model together with its base, and take it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omniedit.cli.console import err, out
from omniedit.errors import OutputError

app = typer.Typer(no_args_is_help=True, help="Merge a trained model with its base, and bring models to the Hub.")


@app.command()
def merge(
    model: Annotated[Path, typer.Argument(help="Folder of a model of which only what was trained is kept.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the whole model; a new one.")],
    base: Annotated[str | None, typer.Option(help="Where the base is now: a folder or a Hub id.")] = None,
) -> None:
    """Write a model that loads on its own: its base, with what was trained in it."""
    from omniedit.model.bundle import merge as write

    if folder.exists():
        raise OutputError(f"{folder} already exists; choose another folder")
    write(model, folder, base=base)
    err.print(f"{folder}: omniedit edit --model {folder} …", markup=False)


@app.command()
def push(
    model: Annotated[str, typer.Argument(help="A model's folder, or the name of one that comes with the package.")],
    repo: Annotated[str, typer.Argument(help="The model on the Hub, such as someone/my-editor.")],
    recipe: Annotated[Path | None, typer.Option(help="Recipe of its training, for the card.")] = None,
    licence: Annotated[str, typer.Option(help="Licence of the base, for the card.")] = "",
    trained_only: Annotated[bool, typer.Option("--trained-only", help="Leave out the base.")] = False,
    public: Annotated[bool, typer.Option("--public", help="Make a new repository public; else it is private.")] = False,
) -> None:
    """Bring a model to the Hugging Face Hub, with a card that says what it is and how it is used."""
    from omniedit.edit.weights import resolve
    from omniedit.model.card import Card
    from omniedit.model.editor import Editor

    words = recipe.read_text(encoding="utf-8") if recipe else ""
    card = Card(recipe=words, licence=licence)
    out.print(Editor.from_pretrained(resolve(model)).push_to_hub(repo, card, trained_only=trained_only, public=public))
