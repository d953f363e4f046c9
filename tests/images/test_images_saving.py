"""Saving: lossless, like the picture that came in, whole or not at all, and never over another file unasked."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.errors import OutputError
from omniedit.images import Picture, check_destination, decode, encode, open_picture, save_picture
from omniedit.types import Image


@pytest.mark.parametrize("name", ["out.png", "OUT.PNG", "out.webp", "out.tif", "out.tiff", "out.bmp", "out.ppm"])
def test_lossless_formats_come_back_exactly(tmp_path: Path, photo: Image, name: str) -> None:
    save_picture(tmp_path / name, photo)
    assert np.array_equal(open_picture(tmp_path / name).image, photo)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["out.jpg", "out.jpeg"])
def test_jpeg_has_full_colour_resolution(tmp_path: Path, photo: Image, name: str) -> None:
    save_picture(tmp_path / name, photo)
    with PIL.Image.open(tmp_path / name) as image:
        assert all(layer[1:3] == (1, 1) for layer in image.layer)  # type: ignore[attr-defined]
    smooth = np.abs(open_picture(tmp_path / name).image.astype(int) - photo)[8:, 8:]
    assert smooth.mean() < 2


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_alpha_and_the_colours_under_it_are_restored(photo: Image, format: str) -> None:
    alpha = np.zeros((30, 40), np.uint8)
    alpha[:, 10:] = photo[:, 10:, 0]
    again = decode(encode(photo, format, like=Picture(photo, alpha)))
    assert again.alpha is not None
    assert np.array_equal(again.alpha, alpha)
    assert np.array_equal(again.image, photo)


@pytest.mark.parametrize("name", ["out.jpg", "out.bmp", "out.ppm"])
def test_transparency_is_not_lost_silently(tmp_path: Path, photo: Image, name: str) -> None:
    holes = Picture(photo, photo[..., 0].copy())
    with pytest.raises(OutputError, match="transparency"):
        save_picture(tmp_path / name, photo, like=holes)
    with pytest.raises(OutputError, match="transparency"):
        check_destination(tmp_path / name, like=holes)
    assert list(tmp_path.iterdir()) == []
    save_picture(tmp_path / name, photo, like=Picture(photo, np.full((30, 40), 255, np.uint8)))


def test_no_exif_is_written(photo: Image) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).save(buffer, "JPEG", exif=exif)
    picture = decode(buffer.getvalue())
    for format in ("PNG", "JPEG", "WEBP"):
        with PIL.Image.open(io.BytesIO(encode(picture.image, format, like=picture))) as image:
            assert dict(image.getexif()) == {}
            assert image.size == picture.size == (30, 40)


def test_nothing_is_overwritten_unasked(tmp_path: Path, photo: Image) -> None:
    path = tmp_path / "out.png"
    path.write_text("precious")
    with pytest.raises(OutputError, match=r"out\.png already exists"):
        save_picture(path, photo)
    assert path.read_text() == "precious"
    save_picture(path, photo, overwrite=True)
    assert np.array_equal(open_picture(path).image, photo)


def test_a_broken_link_counts_as_something_there(tmp_path: Path, photo: Image) -> None:
    (tmp_path / "out.png").symlink_to("nowhere.png")
    with pytest.raises(OutputError, match="already exists"):
        save_picture(tmp_path / "out.png", photo)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out", r"extension ''; use one of \.png, \.jpg"),
        ("out.xyz", "extension '.xyz'"),
        ("out.gif", "extension '.gif'"),
        ("no/such/out.png", "folder .* does not exist"),
        ("file/out.png", "folder .* does not exist"),
        ("folder.png", "is a folder"),
        ("n" * 300 + ".png", "cannot be written"),
    ],
)
def test_a_bad_place_is_said(tmp_path: Path, photo: Image, name: str, words: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=words):
        save_picture(tmp_path / name, photo, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_folder_without_permission_is_said(
    photo: Image, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which nobody may look into
        folder = Path(name)
        folder.chmod(0o555)
        with as_nobody(), pytest.raises(OutputError, match=r"out\.png.*[Pp]ermission"):
            save_picture(folder / "out.png", photo)
        folder.chmod(0o755)
        assert list(folder.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, photo: Image) -> None:
    path = tmp_path / "out.png"
    path.write_text("precious")
    with pytest.raises(ValueError, match="uint8"):
        save_picture(path, photo.astype(np.float32), overwrite=True)  # type: ignore[arg-type]
    assert path.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_new_files_follow_the_umask(tmp_path: Path, photo: Image) -> None:
    (tmp_path / "plain").touch()
    save_picture(tmp_path / "out.png", photo)
    assert (tmp_path / "out.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_a_format_cannot_hold_is_said() -> None:
    wide = np.zeros((1, 20_000, 3), np.uint8)
    with pytest.raises(OutputError, match="16,383"):
        encode(wide, "WEBP")
    with pytest.raises(OutputError, match="GIF cannot be written"):
        encode(wide, "GIF")


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_other_arrays_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        encode(np.zeros(shape, np.uint8))


def test_the_result_has_the_size_of_its_picture(photo: Image) -> None:
    with pytest.raises(ValueError, match="20×30"):
        encode(photo[:, :20].copy(), like=Picture(photo))
