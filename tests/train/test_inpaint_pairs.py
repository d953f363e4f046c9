"""From photographs to an inpainter: what a recipe with masks builds, the shipped inpaint recipes train on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.data.engine.mask_recipe import MaskRecipe
from omniedit.data.engine.of_photos import SourceTable
from omniedit.data.sources import FilterConfig
from omniedit.errors import DataError
from omniedit.train.log import read_log
from omniedit.train.loop import train

ROOT = Path(__file__).parents[2]
SMALL = """[model]
network = "inpaint"
layers = 2
heads = 2
head_width = 8
patch = 8
area = 1024
"""
CHANGED = {
    "epochs": "0",
    "batch": "4\nsteps = 3",
    "accumulate": "1",
    "warmup": "1",
    "workers": "0",
    "checkpoint_every": "3\nlog_every = 1\nthreads = 1",
}
"""What is too large for a test."""
MASKS = {"inpaint_swap": "objects", "inpaint_removal": "strokes"}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Discs on noise, each with its caption."""
    folder = tmp_path_factory.mktemp("photos")
    v, u = np.mgrid[:48, :64]
    for number in range(6):
        rng = np.random.default_rng(number)
        coarse = PIL.Image.fromarray(rng.integers(90, 160, (4, 5, 3), dtype=np.uint8))
        image = np.asarray(coarse.resize((64, 48), PIL.Image.Resampling.BICUBIC)).copy()
        image[(u - 20 - 4 * number) ** 2 + (v - 24) ** 2 < 9**2] = (230, 30, 30)
        PIL.Image.fromarray(image).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text("a red ball on a lawn")
    return folder


def tiny(name: str, pairs: Path, out: Path, folder: Path, network: str = "inpaint") -> Path:
    """A shipped recipe with a small network."""
    text = (ROOT / "recipes" / f"{name}.toml").read_text()
    text = re.sub(r"\[model\].*?\n\n", SMALL.replace("inpaint", network) + "\n", text, flags=re.DOTALL)
    for key, value in {**CHANGED, "pairs": f'"{pairs}"', "out": f'"{out}"'}.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        assert count == 1, key
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", MASKS)
def test_photographs_become_pairs_and_these_an_inpainter(name: str, photos: Path, tmp_path: Path) -> None:
    source = SourceTable({"path": str(photos)}, FilterConfig(min_megapixels=0.001, min_sharpness=0.0))
    summary = MaskRecipe(source=source, masks=MASKS[name], count=2).run(tmp_path / "pairs")
    assert summary.kept >= 4
    folder = train(tiny(name, tmp_path / "pairs" / "kept", tmp_path / "run", tmp_path))
    losses = [entry["loss"] for entry in read_log(tmp_path / "run") if "loss" in entry]
    assert len(losses) == 3
    assert all(np.isfinite(losses))
    assert (folder / "network").exists() or any(folder.iterdir())
    with pytest.raises(DataError, match="target-equals-source"):  # no edits: nothing for an editor to learn from
        train(tiny(name, tmp_path / "pairs" / "kept", tmp_path / "other", tmp_path, "editnet"))
