from __future__ import annotations

import numpy as np
import pytest
from known_editor import photograph

from omniedit.edit.specialists import SpecialistsEditor
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image, Layer, Photo

EDITOR = SpecialistsEditor(error_rate=0.0)


@pytest.fixture
def scene() -> Photo:
    image = photograph(320, 240).copy()
    mask = np.zeros((240, 320), np.float32)
    mask[120:200, 100:180] = 1
    image[mask > 0] = (200, 40, 40)
    return Photo("scene", image, (Layer("car", mask, "red", {"body": mask}, "left"),))


@pytest.mark.parametrize(
    "instruction", ["Remove the car.", "Make the car blue.", "Replace the car with a cat.", "Add a dog."]
)
def test_local_edits_leave_the_rest_alone(scene: Photo, instruction: str) -> None:
    result = EDITOR(scene, instruction)
    (image,), (report,) = result.images, result.reports
    assert image.shape == scene.image.shape
    assert (report.scope, report.outside_max_abs_diff, report.shift_px) == ("local", 0, 0.0)
    assert 0 < report.changed_fraction < 0.5


@pytest.mark.parametrize("instruction", ["Make it night.", "Make it a pencil sketch."])
def test_global_edits_work_on_plain_photos(instruction: str, photo: Image) -> None:
    (report,) = EDITOR(photo, instruction).reports
    assert report.scope == "global"
    assert report.changed_fraction > 0.5


def test_an_object_in_a_plain_photo_has_to_be_marked(photo: Image) -> None:
    with pytest.raises(InputError, match="mask"):
        EDITOR(photo, "Remove the dog.")
    mask = np.zeros(photo.shape[:2], bool)
    mask[100:150, 100:150] = True
    result = EDITOR(photo, "Remove the dog.", mask=mask)
    changed = (result.images[0] != photo).any(axis=-1)
    assert changed[mask].mean() > 0.5
    assert not changed[~mask].any()


def test_a_mask_limits_global_edits_too(photo: Image) -> None:
    mask = np.zeros(photo.shape[:2], bool)
    mask[100:150, 100:150] = True
    result = EDITOR(photo, "Make it night.", mask=mask)
    assert not (result.images[0] != photo).any(axis=-1)[~mask].any()
    assert (result.reports[0].scope, result.reports[0].outside_max_abs_diff) == ("local", 0)


def test_results_of_one_call_are_those_of_single_calls(photo: Image) -> None:
    together = EDITOR(photo, "Add a dog.", seed=4, num_images=2)
    alone = EDITOR(photo, "Add a dog.", seed=5)
    assert np.array_equal(together.images[1], alone.images[0])
    assert together.reports[1] == alone.reports[0]


def test_what_no_specialist_knows_is_refused(photo: Image) -> None:
    with pytest.raises(InstructionError):
        EDITOR.check("Add a unicorn.")
    with pytest.raises(InstructionError, match="empty"):
        EDITOR(photo, " ")
