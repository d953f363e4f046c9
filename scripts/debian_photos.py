"""Fetch real photographs from Debian's wallpaper packages into a folder, for training on more than the bundled ones.

    python scripts/debian_photos.py OUT            (needs apt-get and dpkg-deb; nothing is installed)

The packages are unpacked, the pictures named below are saved with their longer side at 1280 pixels, and the packages'
copyright files go to OUT/copyright.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import PIL.Image

PACKAGES = (
    "gnome-backgrounds",
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "mate-backgrounds",
    "plasma-workspace-wallpapers",
    "ukui-wallpapers",
)
PICTURES = tuple(
    """
    Bridge_by Dragonfly_by Kleiber_by Picture_0B_by Picture_1A_by Wine_by aitzgorri_by analogpattern_by free_by
    friends_by greentock_by life_by picosdeeuropa_by seeding_by sunset_by Infinite-Sea_by umang_by gnome/wood-l
    nature/Aqua nature/Blinds nature/Dune nature/FreshFlower nature/Garden nature/GreenMeadow nature/LadyBird
    nature/RainDrops nature/Storm nature/TwoWings nature/Wood nature/YellowFlower Autumn/ BytheWater/ ColdRipple/
    ColorfulCups/ DarkestHour/ EveningGlow/ FallenLeaf/ Grey/ Kite/ OneStandsOut/ Path/ Volna/ summer_1am/
    Altai/contents/images/5120 Cluster/ IceCold/ PastelHills/ SafeLanding/contents/images/5120 Opal/
    """.split()
)
"""Parts of the paths of photographs, and of a few painted landscapes."""
LONGER_SIDE = 1280


def main() -> None:
    """Fetch, unpack, choose, shrink."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    PIL.Image.MAX_IMAGE_PIXELS = None  # files of Debian's own packages
    with tempfile.TemporaryDirectory() as folder:
        unpack(Path(folder))
        chosen = [path for path in sorted(Path(folder).rglob("*")) if wanted(path)]
        for path in chosen:
            name = path.stem if path.stem[0].isalpha() else path.parts[-4]
            with PIL.Image.open(path) as image:
                image.draft("RGB", (LONGER_SIDE, LONGER_SIDE))
                picture = image.convert("RGB")
            picture.thumbnail((LONGER_SIDE, LONGER_SIDE), PIL.Image.Resampling.LANCZOS)
            picture.save(out / f"{name}.jpg", quality=95, subsampling=0)
        for notice in Path(folder).rglob("copyright"):
            (out / "copyright").mkdir(exist_ok=True)
            shutil.copy(notice, out / "copyright" / f"{notice.parent.name}.txt")
    print(f"{len(chosen)} photographs in {out}")


def unpack(folder: Path) -> None:
    """Download the packages and unpack them below ``folder``."""
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, folder / package.stem], check=True)


def wanted(path: Path) -> bool:
    """Whether a path is one of the pictures, and not a duplicate or a link to one."""
    text = path.as_posix()
    picture = path.suffix.lower() in (".jpg", ".png", ".webp") and path.is_file() and not path.is_symlink()
    return picture and "screenshot" not in text and "_dark" not in text and any(part in text for part in PICTURES)


if __name__ == "__main__":
    main()
