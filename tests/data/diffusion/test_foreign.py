from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_pipelines import pix2pix

from omniedit import presets
from omniedit.edit.result import Editing
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image

SIZE = (52, 41)
PICTURE: Image = np.random.default_rng(0).integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)
FEW = {"steps": 2, "guidance_scale": 3.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pix2pix")
    pix2pix().save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def editor(folder: Path) -> Editing:
    return presets.load(str(folder))


def test_a_pipeline_of_diffusers_is_an_editor_by_its_folder(editor: Editing, folder: Path) -> None:
    result = editor(PICTURE, "the cat", **FEW)
    assert editor.name == str(folder)
    assert result.images[0].shape == PICTURE.shape
    assert (result.reports[0].scope, result.reports[0].model) == ("global", str(folder))


def test_results_of_one_call_are_those_of_single_calls(editor: Editing) -> None:
    together = editor(PICTURE, "the cat", seed=4, num_images=2, **FEW)
    alone = editor(PICTURE, "the cat", seed=5, **FEW)
    assert np.array_equal(together.images[1], alone.images[0])
    assert not np.array_equal(together.images[0], together.images[1])


def test_a_mask_protects_the_rest(editor: Editing) -> None:
    mask = np.zeros(PICTURE.shape[:2], bool)
    mask[10:20, 10:20] = True
    result = editor(PICTURE, "the cat", mask=mask, **FEW)
    changed = (result.images[0] != PICTURE).any(axis=-1)
    assert not changed[~mask].any()
    assert changed[mask].any()
    assert result.reports[0].outside_max_abs_diff == 0


def test_what_cannot_be_is_refused(editor: Editing) -> None:
    with pytest.raises(InstructionError, match="empty"):
        editor.check(" ")
    with pytest.raises(InputError, match="steps"):
        editor(PICTURE, "the cat", steps=0)
