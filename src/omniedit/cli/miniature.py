"""The stages of the demo: each works in the demo's folder, and gives its section of the page.

What it shows is real but small: the pairs are made, judged and filtered as for nano, the training is nano's on a
network and in a time that are too short to be of use, and the edits at the end are the shipped nano's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from omniedit.bench.page import card, cards, curve, section, table
from omniedit.bench.sheet import Edit, contact_sheet
from omniedit.cli.console import progress
from omniedit.errors import OmniEditError
from omniedit.images import save_picture
from omniedit.types import Photo

SCENES_PER_MINUTE = 20
"""Scenes for the data, each asked for seven edits, per minute of the whole demo."""
STEPS_PER_MINUTE = 100
"""Training steps per minute of the whole demo."""

RECIPE = """\
# A miniature of nano's training: a network of three layers, from scratch, on the demo's own pairs.
name = "miniature"
stage = "edit"
pairs = {pairs!r}
out = {out!r}

[data]
memory = true

[model]
layers = 3
heads = 4

[train]
steps = {steps}
batch = 32
learning_rate = 2e-3
warmup = 20
parts = "all"
balance = 0.5

[run]
log_every = 10
checkpoint_every = 100
validate_every = 1000000
"""

PLAIN = {
    "china": "Make it snow.",
    "rocket": "Turn it into a pencil drawing.",
    "coffee": "Add a red car on the left.",
    "flower": "Make it look like night.",
}
"""Edits of whole photographs, as they are: bundled photograph -> instruction."""


def make_pairs(folder: Path, minutes: float) -> str:
    """Build pairs from scenes: proposals, specialists, judge, importance."""
    from omniedit.data.engine.recipe import BuildRecipe

    recipe = BuildRecipe(scenes=round(SCENES_PER_MINUTE * minutes), workers=2)
    with progress() as shown:
        task = shown.add_task("pairs", total=recipe.scenes * len(recipe.tasks))
        summary = recipe.run(folder / "pairs", progress=lambda done: shown.update(task, advance=len(done)))
    rows = [(tally.name, str(tally.judged), str(tally.kept)) for tally in summary.tallies]
    link = '<p>Funnel, histograms and a gallery: <a href="pairs/report.html">the build\'s own page</a>.</p>'
    note = "Specialists edit scenes, the oracle judges, and what scores 9 or more is kept."
    return section("1. Data", table(("task", "judged", "kept"), rows) + link, note)


def train_small(folder: Path, minutes: float) -> str:
    """Train a small EditNet from scratch on the pairs that were kept."""
    from omniedit.train.log import read_log
    from omniedit.train.loop import train

    recipe, run = folder / "train.toml", folder / "train"
    steps = round(STEPS_PER_MINUTE * minutes)
    recipe.write_text(RECIPE.format(pairs=str(folder / "pairs" / "kept"), out=str(run), steps=steps), encoding="utf-8")
    train(recipe)
    logged = {entry["step"]: entry["loss"] for entry in read_log(run) if "loss" in entry}
    losses = sorted(logged.items())  # a run that was stopped has logged some steps twice
    fall = f"The loss fell from {losses[0][1]:.3f} to {losses[-1][1]:.3f} in {losses[-1][0]:.0f} steps."
    return section("2. Training", curve(losses, "steps", "loss"), f"{fall} Nano was trained the same way, for an hour.")


def edit_photos(folder: Path, minutes: float) -> str:
    """Edit scenes and whole photographs with nano, and put all edits on one picture."""
    from omniedit import presets

    editor, pictures = presets.load("nano"), folder / "edits"
    pictures.mkdir(exist_ok=True)
    shown, made = [], []
    for number, (words, photo) in enumerate(_wishes()):
        try:
            result = editor(photo, words, seed=0).images[0]
        except OmniEditError as error:
            shown.append(card(words, (), (str(error),)))
            continue
        edit = Edit(words, photo.image, result)
        made.append(edit)
        paths = [pictures / f"{number:02d}-{kind}.png" for kind in ("before", "after")]
        for path, picture in zip(paths, (edit.before, edit.after), strict=True):
            save_picture(path, picture, overwrite=True)
        shown.append(card(words, zip(("before", "after"), paths, strict=True)))
    save_picture(folder / "edits.png", contact_sheet(made), overwrite=True)
    note = "By the shipped nano, on photographs, places and wordings that its training never saw. Nothing was picked."
    return section("3. Edits", cards(shown), note)


def _wishes() -> Iterator[tuple[str, Photo]]:
    """Instructions and photographs: scenes over all tasks and aspect ratios, then photographs as they are."""
    from omniedit.bench.suites.scenes import SceneSuite
    from omniedit.data.photos import bundled_photos

    suite = SceneSuite(limit=14)
    for name in suite.ids:
        item = suite.item(name)
        yield item.instruction, item.photo
    photos = {photo.id: photo for photo in bundled_photos("eval")}
    for name, words in PLAIN.items():
        if name in photos:
            yield words, photos[name]


STAGES: dict[str, Callable[[Path, float], str]] = {
    "1. Data: scenes, proposals, specialists, judge, importance": make_pairs,
    "2. Training: a small EditNet from scratch": train_small,
    "3. Edits: nano on photographs": edit_photos,
}
"""What is printed -> the stage."""
