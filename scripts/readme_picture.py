"""Make docs/images/nano.png, the README's picture: edits of bundled photographs, each under who made it.

python scripts/readme_picture.py
"""

from __future__ import annotations

from omniedit import presets
from omniedit.bench.sheet import Edit, contact_sheet
from omniedit.data.photos import bundled_photos
from omniedit.images import save_picture

EDITS = (
    ("nano", "coffee", "Make it night."),
    ("nano", "china", "Make it foggy."),
    ("nano", "flower", "Show it at sunset."),
    ("nano", "rocket", "Make it frosty."),
    ("specialists", "china", "Turn it into a watercolour."),
    ("specialists", "chelsea", "Make it a pencil drawing."),
    ("specialists", "flower", "Make it autumn."),
    ("specialists", "coffee", "Make it snow."),
)
"""Model, photograph, instruction."""


def main() -> None:
    """Edit and lay out."""
    photos = {photo.id: photo.image for photo in bundled_photos("eval")}
    models = {name: presets.load(name) for name in ("nano", "specialists")}
    edits = [
        Edit(f"{model}: {words}", photos[photo], models[model](photos[photo], words, seed=0).images[0])
        for model, photo, words in EDITS
    ]
    save_picture("docs/images/nano.png", contact_sheet(edits), overwrite=True)


if __name__ == "__main__":
    main()
