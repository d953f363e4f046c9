"""A folder of cutouts: pictures and templates by their names; what is wrong is said; its content is its identity."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.data import cutouts
from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.cutouts.picture import LARGEST
from omniedit.errors import DataError, InputError

TEMPLATE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" data-category="toy"
  data-synonyms="block" data-rests="floor" data-parts="side:red"><rect width="90" height="60" fill="{side}"/></svg>"""


def write_picture(path: Path, colour: tuple[int, int, int, int] = (200, 40, 40, 255)) -> Path:
    rgba = np.zeros((40, 60, 4), np.uint8)
    rgba[5:30, 10:50] = colour
    PIL.Image.fromarray(rgba).save(path)
    return path


def test_pictures_are_cutouts_without_parts(tmp_path: Path) -> None:
    write_picture(tmp_path / "Old_red-box.png")
    write_picture(tmp_path / "tin.webp", (60, 150, 70, 255))
    write_picture(tmp_path / ".hidden.png")
    (tmp_path / "brick.svg").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a picture", encoding="utf-8")
    box, brick, tin = cutouts.load_folder(tmp_path)
    assert [(it.name, it.rests, dict(it.parts)) for it in (box, brick, tin)] == [
        ("old red box", "floor", {}),
        ("brick", "floor", {"side": "red"}),
        ("tin", "floor", {}),
    ]
    sprite = box.render(64)
    assert (sprite.rgba.shape, sprite.parts) == ((40, 64, 4), {})
    assert (sprite.rgba == (200, 40, 40, 255)).all()


def test_a_picture_keeps_its_colours(tmp_path: Path) -> None:
    write_picture(tmp_path / "tin.png")
    (tin,) = cutouts.load_folder(tmp_path)
    assert tin.colours() == ()
    with pytest.raises(InputError, match="tin cannot be made blue: it is a picture"):
        tin.colours("blue")
    with pytest.raises(InputError, match="tin has no part 'body'; it has none"):
        tin.render(64, {"body": "blue"})


def test_what_is_transparent_does_not_show_when_it_shrinks(tmp_path: Path) -> None:
    rgba = np.zeros((90, 90, 4), np.uint8)
    rgba[...] = (0, 255, 0, 0)
    rgba[20:70, 20:71] = (200, 40, 40, 255)
    PIL.Image.fromarray(rgba).save(tmp_path / "tin.png")
    seen = cutouts.load_folder(tmp_path)[0].render(17).rgba
    assert np.abs(seen[seen[..., 3] > 0][:, :3].astype(int) - (200, 40, 40)).max() <= 2


def test_a_large_picture_is_kept_no_larger_than_it_is_needed(tmp_path: Path) -> None:
    rgba = np.zeros((LARGEST + 500, 300, 4), np.uint8)
    rgba[1:, 1:] = 255
    PIL.Image.fromarray(rgba).save(tmp_path / "pole.png")
    (pole,) = cutouts.load_folder(tmp_path)
    assert isinstance(pole, cutouts.PictureCutout)
    assert max(pole.picture.shape) == LARGEST
    assert max(pole.render(2000).rgba.shape) == 2000


def test_cutouts_toml_says_more_of_a_picture(tmp_path: Path) -> None:
    write_picture(tmp_path / "paper_kite.png")
    write_picture(tmp_path / "tin.png")
    (tmp_path / "cutouts.toml").write_text('[paper-kite]\nsynonyms = ["kite", "dragon"]\nrests = "air"\n')
    kite, tin = cutouts.load_folder(tmp_path)
    assert (kite.name, kite.synonyms, kite.rests) == ("paper kite", ("kite", "dragon"), "air")
    assert (tin.synonyms, tin.rests) == ((), "floor")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tin]\nsynonyms = "can"', "'tin': synonyms are a list of words"),
        ("[tin]\nsynonyms = [1]", "'tin': synonyms are a list of words"),
        ('[tin]\nrests = "ceiling"', "'tin': rests is to be \"floor\" or \"air\", not 'ceiling'"),
        ('[tin]\nnames = ["can"]', "'tin': unknown setting 'names'"),
        ('tin = "can"', "'tin': write a table for each picture"),
        ("[tin]\n['Tin']", "two tables for 'tin'"),
        ("[box]", "no picture for 'box'"),
        ("[brick]", "no picture for 'brick'"),
        ("[tin", "is not a readable TOML file"),
    ],
)
def test_what_is_wrong_with_cutouts_toml_is_said(tmp_path: Path, text: str, message: str) -> None:
    write_picture(tmp_path / "tin.png")
    (tmp_path / "brick.svg").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "cutouts.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"cutouts\.toml") as caught:
        cutouts.load_folder(tmp_path)
    assert message in str(caught.value)


def test_a_folder_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        Collection.read(tmp_path / "missing")
    with pytest.raises(DataError, match="has no cutouts"):
        Collection.read(tmp_path)


def test_every_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    write_picture(tmp_path / "good.png")
    PIL.Image.new("RGB", (8, 8), "red").save(tmp_path / "opaque.png")
    PIL.Image.new("RGB", (8, 8), "red").save(tmp_path / "photo.jpg")
    PIL.Image.new("RGBA", (8, 8), (9, 9, 9, 255)).save(tmp_path / "full.png")
    PIL.Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "empty.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "plain.svg").write_text("<svg/>", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        Collection.read(tmp_path)
    said = str(caught.value).splitlines()
    wanted = {
        "broken.png": "give a picture as PNG",
        "empty.png": "has nothing visible",
        "full.png": "has no transparent background",
        "opaque.png": "has no transparent background",
        "photo.jpg": "has no transparent background",
        "plain.svg": "export a plain drawing as PNG",
    }
    assert len(said) == len(wanted)
    assert all(name in line and what in line for (name, what), line in zip(wanted.items(), said, strict=True))


def test_two_cutouts_of_one_name_are_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "Tin-can.png")
    write_picture(tmp_path / "tin_can.webp")
    with pytest.raises(DataError, match="2 cutouts named 'tin can'"):
        Collection.read(tmp_path)


# Collections ----------------------------------------------------------------------------------------------------------


def test_the_bundled_collection_is_what_the_module_gives() -> None:
    assert BUNDLED.names == cutouts.names()
    assert BUNDLED.world == cutouts.WORLD
    assert BUNDLED.get("car") is cutouts.get("car")
    assert "car" in BUNDLED
    assert "unicorn" not in BUNDLED
    assert BUNDLED.digest == ""


def test_a_collection_travels_without_its_pictures(tmp_path: Path) -> None:
    write_picture(tmp_path / "tin.png")
    collection = Collection.read(tmp_path)
    letter = pickle.dumps(collection)
    assert len(letter) < 1000
    assert pickle.loads(letter) == collection  # noqa: S301
    assert (collection.names, collection.world) == (("tin",), ("tin",))
    assert "car" not in collection
    with pytest.raises(InputError, match="no cutout 'car'; there are tin"):
        collection.get("car")


def test_a_relative_folder_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(tmp_path / "tin.png")
    monkeypatch.chdir(tmp_path)
    collection = Collection.read(".")
    monkeypatch.chdir("/")
    assert Collection(collection.folder, collection.digest).get("tin").name == "tin"


def test_what_is_in_the_files_is_what_counts(tmp_path: Path) -> None:
    digests: list[str] = []
    for colour, name, words in ((200, "tin", ""), (201, "tin", ""), (200, "can", ""), (200, "tin", "[tin]")):
        folder = tmp_path / str(len(digests))
        folder.mkdir()
        write_picture(folder / f"{name}.png", (colour, 40, 40, 255))
        if words:
            (folder / "cutouts.toml").write_text(words, encoding="utf-8")
        digests.append(Collection.read(folder).digest)
        (folder / "notes.txt").write_text("looked at by nobody", encoding="utf-8")
        assert Collection.read(folder).digest == digests[-1]
    assert len(set(digests)) == 4


def test_a_folder_that_changes_under_way_is_noticed(tmp_path: Path) -> None:
    write_picture(tmp_path / "tin.png")
    before = Collection.read(tmp_path)
    write_picture(tmp_path / "tin.png", (9, 9, 9, 255))
    with pytest.raises(DataError, match="have changed meanwhile"):
        _ = Collection(before.folder, f"{before.digest[:-1]}!").names  # as a new process would find it
    assert Collection.read(tmp_path) != before
