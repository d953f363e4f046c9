"""The pipeline with an editor over SD3: sizes, masks, seeds, its own settings, and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from known_editor import photograph
from typer.testing import CliRunner

from omniedit import presets
from omniedit.cli.main import app
from omniedit.edit.pipeline import OmniEditPipeline
from omniedit.errors import InputError, InstructionError
from omniedit.model.sampling import Step
from omniedit.model.sd3 import editor_from_sd3
from tiny_sd3 import saved_sd3

SIZES = [(64, 64), (200, 90), (91, 203), (300, 40), (33, 8)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An editor of tiny real classes, with weights where they start at zero."""
    folder = tmp_path_factory.mktemp("editor")
    editor = editor_from_sd3(saved_sd3(folder / "sd3"), name="tiny-sd3", condition_attention="causal", length=24)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in editor.net.control_parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    editor.save_pretrained(folder / "editor")
    return folder / "editor"


@pytest.fixture(scope="module")
def pipe(bundle: Path) -> OmniEditPipeline:
    return OmniEditPipeline.from_pretrained(bundle, device="cpu")


@pytest.mark.parametrize("size", SIZES)
def test_the_result_has_the_size_of_the_photo(pipe: OmniEditPipeline, size: tuple[int, int]) -> None:
    photo = photograph(*size)
    result = pipe(photo, "turn it into glass", steps=1)
    assert result.images[0].shape == photo.shape


def test_the_model_sees_its_own_area_in_cells_of_a_patch(pipe: OmniEditPipeline) -> None:
    estimates: list[Step] = []
    pipe(photograph(200, 90), "turn it into glass", steps=1, callback=estimates.append)
    height, width = (8 * side for side in estimates[0].estimate.shape[-2:])
    assert width % 16 == height % 16 == 0
    assert width > height
    assert abs(width * height - 64 * 64) < 0.3 * 64 * 64


def test_what_lies_outside_a_mask_is_untouched(pipe: OmniEditPipeline) -> None:
    photo = photograph(150, 100)
    mask = np.zeros((100, 150), np.float32)
    mask[20:60, 30:90] = 1
    result = pipe(photo, "make it snow", mask=mask, steps=2)
    assert np.array_equal(result.images[0][mask == 0], photo[mask == 0])
    assert (result.images[0][mask == 1] != photo[mask == 1]).any()
    assert (result.reports[0].scope, result.reports[0].outside_max_abs_diff) == ("local", 0)


def test_the_same_seed_gives_the_same_bytes(pipe: OmniEditPipeline) -> None:
    photo = photograph(80, 60)
    first, again = (pipe(photo, "make it snow", steps=2, seed=3).images[0] for _ in range(2))
    assert np.array_equal(first, again)
    both = pipe(photo, "make it snow", steps=2, seed=2, num_images=2)
    assert np.array_equal(both.images[1], first)
    assert not np.array_equal(both.images[0], first)


def test_settings_that_are_not_given_are_the_models_own(pipe: OmniEditPipeline) -> None:
    photo, steps = photograph(64, 64), []
    own = pipe(photo, "make it snow", callback=lambda step: steps.append(step.total))
    assert set(steps) == {28}
    given = pipe(photo, "make it snow", steps=28, guidance_scale=7.5, image_guidance_scale=1.5)
    plain = pipe(photo, "make it snow", steps=28, guidance_scale=1.0, image_guidance_scale=1.0)
    assert np.array_equal(own.images[0], given.images[0])
    assert not np.array_equal(own.images[0], plain.images[0])


def test_an_instruction_that_is_too_long_is_refused(pipe: OmniEditPipeline) -> None:
    with pytest.raises(InstructionError, match="this model reads 24"):
        pipe(photograph(64, 64), "turn every single thing into the purest glass", steps=1)


def test_number_formats(bundle: Path) -> None:
    half = OmniEditPipeline.from_pretrained(bundle, device="cpu", dtype="bfloat16")
    assert half.editor.dtype == torch.bfloat16
    assert half(photograph(64, 64), "make it snow", steps=2).images[0].shape == (64, 64, 3)
    with pytest.raises(InputError, match="no number format 'int8'"):
        OmniEditPipeline.from_pretrained(bundle, dtype="int8")


def test_a_model_that_fills_masks_sees_nothing_under_them(tmp_path: Path) -> None:
    editor = editor_from_sd3(saved_sd3(tmp_path, with_t5=False), "inpaint")
    torch.nn.init.normal_(editor.net.condition_embed.weight)
    inpaint = OmniEditPipeline(editor)
    photo, mask = photograph(200, 40), np.zeros((40, 200), np.float32)
    mask[:32, 48:112] = 1
    other = np.where(mask[..., None] > 0, 255 - photo, photo)
    first, second = (inpaint(given, "a red dog", mask=mask, steps=2).images[0] for given in (photo, other))
    assert np.array_equal(first[mask == 0], photo[mask == 0])
    hidden = editor.hide([photo[:32, :64]], [mask[:32, :64]])
    assert torch.equal(hidden, editor.hide([other[:32, :64]], [mask[:32, :64]]))
    assert hidden.shape == (1, 5, 4, 8)
    assert first.shape == second.shape == photo.shape
    with pytest.raises(InputError, match="give a mask"):
        inpaint(photo, "a red dog", steps=1)


def test_the_preset_loader_takes_its_folder(bundle: Path) -> None:
    assert presets.load(bundle).name == "tiny-sd3"


def test_the_command_line_edits_with_it(bundle: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    PIL.Image.fromarray(photograph(120, 70)).save(photo)
    mask = np.zeros((70, 120), np.uint8)
    mask[10:50, 20:70] = 255
    PIL.Image.fromarray(mask).save(tmp_path / "mask.png")
    given = ["--model", str(bundle), "--mask", str(tmp_path / "mask.png"), "--steps", "2", "--seed", "4"]
    results = []
    for name in ("a", "b"):
        output, report = tmp_path / f"{name}.png", tmp_path / f"{name}.json"
        command = ["edit", str(photo), "make it snow", "-o", str(output), "--report", str(report), *given]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        results.append(output.read_bytes())
        assert json.loads(report.read_text())[0]["model"] == "tiny-sd3"
    assert results[0] == results[1]
    edited = np.asarray(PIL.Image.open(tmp_path / "a.png"))
    assert edited.shape == (70, 120, 3)
    assert np.array_equal(edited[mask == 0], photograph(120, 70)[mask == 0])
