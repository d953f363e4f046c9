from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from known_editor import known, photograph, real_editor

from omniedit.edit.inputs import as_picture
from omniedit.edit.pipeline import OmniEditPipeline
from omniedit.edit.result import before_after
from omniedit.errors import ImageError, InputError, InstructionError, ModelError
from omniedit.images import open_picture
from omniedit.model.sampling import Step
from omniedit.testing import hostile_files
from omniedit.types import Image, Photo

SIZES = [
    *((8, 8), (9, 300), (17, 1000), (800, 8), (97, 101), (300, 700), (128, 128), (30, 40)),
    *((400, 171), (500, 281), (123, 457), (31, 29)),
]


def darker(image: Image) -> Image:
    return image // 3


def patch(image: Image) -> Image:
    """A local edit: a red square."""
    result = image.copy()
    height, width = image.shape[:2]
    result[height // 3 : height // 2, width // 3 : width // 2] = (220, 30, 30)
    return result


@pytest.fixture(scope="module")
def tiny() -> OmniEditPipeline:
    return OmniEditPipeline(real_editor())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("instruction", ["Make it night.", "Remove the dog."])
def test_the_result_has_the_size_of_the_photo(size: tuple[int, int], instruction: str) -> None:
    photo = photograph(*size)
    (result,) = known(patch)(photo, instruction, steps=1).images
    assert result.shape == photo.shape


@pytest.mark.parametrize("size", [(40, 3), (3, 40), (1, 1), (7, 7)])
def test_photos_that_are_too_small_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match=f"{size[0]}×{size[1]}"):
        known(patch)(np.zeros((size[1], size[0], 3), np.uint8), "Make it night.")


def test_a_local_edit_leaves_all_else_bit_for_bit(photo: Image) -> None:
    result = known(patch)(photo, "Remove the dog.", steps=2)
    (image,), (report,) = result.images, result.reports
    changed = (image != photo).any(axis=-1)
    assert not changed[:80].any()
    assert not changed[170:].any()
    assert changed[110:140, 145:190].all()
    assert (report.scope, report.outside_max_abs_diff, report.shift_px) == ("local", 0, 0.0)
    assert report.changed_fraction == pytest.approx(changed.mean())


def test_a_global_edit_is_of_the_whole_photo(photo: Image) -> None:
    result = known(darker)(photo, "Make it night.", steps=1)
    (report,) = result.reports
    assert (report.scope, report.outside_max_abs_diff) == ("global", None)
    assert report.changed_fraction > 0.9
    assert report.shift_px == pytest.approx(0, abs=0.2)
    assert np.abs(result.images[0].astype(int) - darker(photo)).mean() < 2


def test_a_new_background_keeps_the_foreground(photo: Image) -> None:
    def before_a_wall(image: Image) -> Image:
        height, width = image.shape[:2]
        result = np.full_like(image, (90, 160, 240))
        spot = np.s_[height // 4 : -height // 4, width // 4 : -width // 4]
        result[spot] = image[spot]
        return result

    result = known(before_a_wall)(photo, "Change the background to a beach.", steps=1)
    assert np.array_equal(result.images[0][100:200, 130:270], photo[100:200, 130:270])
    assert (result.reports[0].scope, result.reports[0].outside_max_abs_diff) == ("global", 0)


@pytest.mark.parametrize(("paint", "scope"), [(patch, "local"), (darker, "global")])
def test_what_no_rule_understands_is_measured(photo: Image, paint: Any, scope: str) -> None:
    assert known(paint)(photo, "Zxqv wkrr pflug.", steps=1).reports[0].scope == scope


@pytest.mark.parametrize("instruction", ["Make it night.", "Remove the dog."])
def test_outside_the_mask_every_pixel_stays(photo: Image, instruction: str) -> None:
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[50:150, 60:200] = 1
    mask[50:150, 200:210] = 0.5
    result = known(darker)(photo, instruction, mask=mask, steps=1)
    changed = (result.images[0] != photo).any(axis=-1)
    assert not changed[mask == 0].any()
    assert changed[60:140, 70:190].mean() > 0.9
    assert (result.reports[0].scope, result.reports[0].outside_max_abs_diff) == ("local", 0)


@pytest.mark.parametrize("form", ["bool", "uint8", "pillow", "path"])
def test_a_mask_may_have_any_form(photo: Image, form: str, tmp_path: Path) -> None:
    marked = np.zeros(photo.shape[:2], bool)
    marked[50:150, 60:200] = True
    grey = marked.astype(np.uint8) * 255
    PIL.Image.fromarray(grey).save(tmp_path / "mask.png")
    forms: dict[str, Any] = {"bool": marked, "uint8": grey, "pillow": PIL.Image.fromarray(grey)}
    result = known(darker)(photo, "Make it night.", mask=forms.get(form, tmp_path / "mask.png"), steps=1)
    changed = (result.images[0] != photo).any(axis=-1)
    assert not changed[~marked].any()
    assert changed[marked].mean() > 0.9


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((10, 10), np.float32), "10×10"),
        (np.zeros((300, 400), bool), "marks nothing"),
        (np.full((300, 400), 2.0), "0..1"),
        (np.full((300, 400), np.nan), "0..1"),
        ("no-such-mask.png", "does not exist"),
    ],
)
def test_a_useless_mask_is_refused(photo: Image, mask: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        known(darker)(photo, "Make it night.", mask=mask)


def test_opacity_and_orientation_come_back(tmp_path: Path) -> None:
    rgba = np.dstack([photograph(60, 40), np.arange(2400, dtype=np.uint16).reshape(40, 60).astype(np.uint8)])
    exif = PIL.Image.Exif()
    exif[274] = 6
    PIL.Image.fromarray(rgba).save(tmp_path / "turned.png", exif=exif)
    upright = np.rot90(rgba, -1)
    result = known(darker)(tmp_path / "turned.png", "Make it night.", steps=1)
    result.save(tmp_path / "result.png")
    saved = np.asarray(PIL.Image.open(tmp_path / "result.png"))
    assert saved.shape == upright.shape
    assert np.array_equal(saved[..., 3], upright[..., 3])
    assert np.array_equal(np.asarray(result.pillow())[..., 3], upright[..., 3])


def test_every_form_of_a_photo_gives_the_same_result(photo: Image, tmp_path: Path) -> None:
    PIL.Image.fromarray(photo).save(tmp_path / "photo.png")
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).save(buffer, "BMP")
    forms = (
        *(photo, PIL.Image.fromarray(photo), tmp_path / "photo.png", os.fspath(tmp_path / "photo.png")),
        *(buffer.getvalue(), open_picture(tmp_path / "photo.png"), Photo("p", photo)),
    )
    for form in forms:
        assert np.array_equal(as_picture(form).image, photo)


@pytest.mark.parametrize("given", [3, None, np.zeros((9, 9, 3), np.float32), np.zeros((9, 9), np.uint8), b"", b"GIF"])
def test_what_is_no_photo_is_refused(given: Any) -> None:
    with pytest.raises(ImageError):
        as_picture(given)


def test_hostile_files_are_refused(tmp_path: Path) -> None:
    pipe = known(darker)
    for hostile in hostile_files(tmp_path):
        with pytest.raises(ImageError):
            pipe(hostile.path, "Make it night.", steps=1)


def test_a_seed_decides_everything(tiny: OmniEditPipeline, photo: Image) -> None:
    first, again, other = (tiny(photo, "Make it night.", seed=seed, steps=2).images[0] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("guidance", [{}, {"guidance_scale": 3.0, "image_guidance_scale": 1.5, "sampler": "heun"}])
def test_many_results_at_once_are_the_bytes_of_one_by_one(
    tiny: OmniEditPipeline, photo: Image, guidance: dict[str, Any]
) -> None:
    together = tiny(photo, "Remove the dog.", seed=3, num_images=3, steps=2, **guidance)
    for i in range(3):
        alone = tiny(photo, "Remove the dog.", seed=3 + i, steps=2, **guidance)
        assert np.array_equal(together.images[i], alone.images[0])
        assert together.reports[i] == alone.reports[0]


def test_each_step_is_told(photo: Image) -> None:
    steps: list[Step] = []
    known(darker)(photo, "Make it night.", num_images=2, steps=3, callback=steps.append)
    assert [(step.index, step.total) for step in steps] == [(i, 6) for i in range(1, 7)]


def test_a_callback_can_stop_the_work(photo: Image) -> None:
    def stop(step: Step) -> None:
        raise KeyboardInterrupt

    pipe = known(darker)
    with pytest.raises(KeyboardInterrupt):
        pipe(photo, "Make it night.", steps=50, callback=stop)
    assert pipe.editor.calls == 1  # type: ignore[attr-defined]


def test_the_photo_itself_is_never_written_to(photo: Image) -> None:
    photo.setflags(write=False)
    result = known(patch)(photo, "Remove the dog.", steps=1)
    assert not np.shares_memory(result.images[0], photo)


@pytest.mark.parametrize(
    "settings",
    [
        *({"steps": 0}, {"steps": 10**6}, {"num_images": 0}, {"num_images": 10**6}, {"seed": -1}),
        *({"sampler": "magic"}, {"guidance_scale": float("nan")}, {"image_guidance_scale": -1.0}),
    ],
)
def test_impossible_settings_are_refused(photo: Image, settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        known(darker)(photo, "Make it night.", **settings)


@pytest.mark.parametrize("instruction", ["", " \n\t"])
def test_an_empty_instruction_is_refused(photo: Image, instruction: str) -> None:
    with pytest.raises(InstructionError, match="empty"):
        known(darker)(photo, instruction)


def test_a_model_says_what_it_was_taught(photo: Image) -> None:
    pipe = known(darker, known={"objects": ("dog", "car"), "environments": ("night", "fog")})
    pipe.check("Remove the dog.")
    with pytest.raises(InstructionError, match=r"(?s)unicorn.*dog"):
        pipe(photo, "Remove the unicorn.", steps=1)
    with pytest.raises(InstructionError, match="fog"):
        pipe(photo, "Make it snow.", steps=1)
    assert pipe.editor.calls == 0  # type: ignore[attr-defined]


def test_force_tries_anyway_and_a_mask_stands_for_a_name(photo: Image) -> None:
    pipe = known(patch, known={"objects": ("dog", "car")})
    assert pipe(photo, "Remove the unicorn.", force=True, steps=1).reports[0].scope == "local"
    assert pipe(photo, "Remove the unicorn.", mask=np.ones(photo.shape[:2], bool), steps=1).images
    assert pipe(photo, "Zxqv wkrr pflug.", force=True, steps=1).images


def test_notes_tell_what_a_user_should_know() -> None:
    long = known(lambda image: image)(photograph(640, 40), "Make it night.", steps=1)
    assert any("176×11" in note for note in long.notes)
    still = known(lambda image: image)(photograph(64, 64), "Remove the dog.", steps=1)
    assert any("changed nothing" in note for note in still.notes)


def test_a_saved_model_edits_as_before(tiny: OmniEditPipeline, photo: Image, tmp_path: Path) -> None:
    tiny.editor.save_pretrained(tmp_path / "model")
    loaded = OmniEditPipeline.from_pretrained(tmp_path / "model")
    ask = {"instruction": "Make it night.", "seed": 1, "steps": 2}
    before, after = tiny(photo, **ask), loaded(photo, **ask)
    assert np.array_equal(before.images[0], after.images[0])
    assert before.reports == after.reports
    assert len(before.reports[0].model_sha256) == 64


@pytest.mark.parametrize("name", ["nanoo", "./nowhere", "", "a b"])
def test_an_unknown_model_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ModelError, match="nano"):
        OmniEditPipeline.from_pretrained(name)


def test_the_hub_without_a_network_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="no folder 'nobody/nothing'"):
        OmniEditPipeline.from_pretrained("nobody/nothing")


@pytest.mark.parametrize(("size", "shape"), [((40, 30), (30, 82, 3)), ((90, 30), (62, 90, 3))])
def test_before_and_after_stand_side_by_side(size: tuple[int, int], shape: tuple[int, int, int]) -> None:
    photo = photograph(*size)
    picture = before_after(photo, 255 - photo)
    assert picture.shape == shape
    assert np.array_equal(picture[:30, : size[0]], photo)
    assert np.array_equal(picture[-30:, -size[0] :], 255 - photo)
