from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest
from piles import blotches, encoded

from omniedit.data.photos import bundled_photos
from omniedit.data.sources import FilterConfig, Look
from omniedit.data.sources.filters import filters, refusal, sharpness
from omniedit.data.sources.hashes import perceptual_hash, write_hashes
from omniedit.errors import DataError, ModelError, RecipeError
from omniedit.images import decode
from omniedit.types import Image

ANY = FilterConfig(min_megapixels=0, min_sharpness=0)


def look(image: Image) -> Look:
    return Look(decode(encoded(image)))


def reason(image: Image, **limits: object) -> str:
    config = FilterConfig(**{"min_megapixels": 0, "min_sharpness": 0, **limits})  # type: ignore[arg-type]
    return refusal(look(image), filters(config))


def test_each_limit_refuses_with_what_was_measured() -> None:
    picture = blotches(0, (300, 200))
    assert reason(picture) == ""
    assert reason(picture, min_megapixels=1) == "megapixels: 0.06; the limit is at least 1"
    assert reason(picture, max_megapixels=0.05) == "megapixels: 0.06; the limit is at most 0.05"
    assert reason(picture, min_ratio=1.6) == "ratio: 1.5; the limit is at least 1.6"
    assert reason(picture, max_ratio=1.4) == "ratio: 1.5; the limit is at most 1.4"
    assert reason(picture, min_sharpness=1e6).startswith("sharpness: ")
    assert reason(picture, max_ratio=1.4, min_megapixels=1).startswith("megapixels")  # the first that refuses


def test_photographs_in_focus_pass_and_blurred_ones_do_not() -> None:
    limit = FilterConfig().min_sharpness
    for photo in bundled_photos("eval"):
        blurred = PIL.Image.fromarray(photo.image).filter(PIL.ImageFilter.GaussianBlur(max(photo.size) / 50))
        assert sharpness(look(photo.image)) > limit > sharpness(look(np.asarray(blurred)))


def test_sharpness_hardly_depends_on_the_size_of_the_file() -> None:
    photo = PIL.Image.fromarray(bundled_photos("eval")[0].image)
    large = photo.resize((2 * photo.width, 2 * photo.height), PIL.Image.Resampling.LANCZOS)
    one, other = (sharpness(look(np.asarray(image.resize(image.size)))) for image in (photo.reduce(1), large))
    assert 0.5 < one / other < 2


def test_what_a_benchmark_has_is_refused_even_changed_a_little(tmp_path: Path) -> None:
    picture = blotches(1, (320, 200))
    write_hashes(tmp_path / "bench.txt", [(perceptual_hash(picture), "item 7")])
    leakage = (str(tmp_path / "bench.txt"),)
    smaller = np.asarray(PIL.Image.fromarray(picture).resize((160, 100)))
    assert "bits from the listed item 7; the limit is more than 8" in reason(smaller, leakage=leakage)
    assert reason(blotches(2, (320, 200)), leakage=leakage) == ""
    assert reason(picture, known=leakage).startswith("duplicate: 0 bits from the listed item 7")
    with pytest.raises(DataError, match="cannot be read"):
        filters(FilterConfig(leakage=("nowhere.txt",)))


@pytest.mark.parametrize(
    "limits", [{"min_ratio": 3.0}, {"min_megapixels": 200.0}, {"duplicate_bits": 64}, {"leakage_bits": -1}]
)
def test_limits_that_nothing_could_meet_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(RecipeError):
        FilterConfig(**limits)  # type: ignore[arg-type]


def test_a_narrow_picture_can_be_measured() -> None:
    assert refusal(look(np.zeros((1, 3000, 3), np.uint8)), filters(ANY)).startswith("ratio")
    assert reason(np.zeros((1, 3000, 3), np.uint8), max_ratio=1e9) == ""


def test_indecent_pictures_are_refused_by_a_model_in_a_folder(tmp_path: Path) -> None:
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    labels = {0: "normal", 1: "nsfw"}
    config = ViTConfig(
        image_size=32,
        patch_size=16,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=labels,
        label2id={name: index for index, name in labels.items()},
    )
    ViTForImageClassification(config).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    picture, model = blotches(3, (64, 64)), str(tmp_path)
    assert reason(picture, nsfw_model=model, max_nsfw=1.0) == ""
    assert reason(picture, nsfw_model=model, max_nsfw=0.0).endswith("nsfw; the limit is at most 0")
    with pytest.raises(ModelError, match="has no label 'naked'; it has normal, nsfw"):
        filters(FilterConfig(nsfw_model=model, nsfw_label="naked"))
    with pytest.raises(ModelError, match="is no folder"):
        filters(FilterConfig(nsfw_model=str(tmp_path / "nowhere")))
