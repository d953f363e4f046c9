"""A folder of your own cutouts, all the way: scenes, proposals, specialists, ideals, the oracle."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omniedit.data import cutouts
from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.cutouts import collection as collections
from omniedit.data.ideals import ideal
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.naming import open_cutouts
from omniedit.data.proposals.router import route
from omniedit.data.proposals.template import propose, propose_addition
from omniedit.data.scenes import Scene, SceneMaker, place
from omniedit.data.specialists import SPECIALISTS, CannotEdit, ensemble
from omniedit.data.specialists.addition import AdditionSpecialist
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.data.tools.placement import CutoutPainter, choose_box
from omniedit.errors import DataError, InputError
from omniedit.judge.oracle import Oracle
from omniedit.seeding import stream
from omniedit.types import Candidate, Photo, Proposal, Task

PICTURES = {"wagon": "car", "oak": "tree", "drake": "duck", "airship": "balloon"}
"""Name in the folder -> the drawing that is its picture."""
TEMPLATE = "tankard"
WORDS = '[wagon]\nsynonyms = ["cart", "carriage"]\n[airship]\nrests = "air"\n'
EXACT = LayerGrounding(error_rate=0)
SCENES = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cutouts")
    for name, drawing in PICTURES.items():
        picture = np.pad(cutouts.get(drawing).render(160).rgba, ((7, 7), (7, 7), (0, 0)))
        PIL.Image.fromarray(picture).save(made / f"{name}.png")
    drawings = Path(collections.__file__).parents[1] / "assets" / "cutouts"
    shutil.copy(drawings / "mug.svg", made / f"{TEMPLATE}.svg")
    (made / "cutouts.toml").write_text(WORDS, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def own(folder: Path) -> Collection:
    return open_cutouts(folder)


@pytest.fixture(scope="module")
def scenes(own: Collection) -> list[Scene]:
    maker = SceneMaker(tuple(bundled_photos("train")[:3]), seed=4, cutouts=own)
    return [maker(index, ratio="1:1", objects=3) for index in range(SCENES)]


def proposals(scenes: list[Scene], task: Task, per_scene: int = 2) -> Iterator[tuple[Scene, Photo, Proposal]]:
    for scene in scenes:
        photo = scene.photo
        for turn in range(per_scene):
            proposal = propose(photo, task, stream(1, scene.id, str(task), turn), known=world(scene.cutouts))
            if proposal:
                yield scene, photo, proposal


def test_scenes_are_made_of_them_alone(own: Collection, scenes: list[Scene]) -> None:
    placements = [placement for scene in scenes for placement in scene.placements]
    assert {placement.name for placement in placements} == set(own.names)
    for placement in placements:
        assert bool(placement.colour) == (placement.name == TEMPLATE)
    for scene in scenes:
        for layer, placement in zip(scene.photo.layers, scene.placements, strict=True):
            assert bool(layer.parts) == bool(layer.colour) == (layer.name == TEMPLATE)
            shown = scene.image[layer.mask > 0.99].astype(int)
            hidden = scene.without(placement)[layer.mask > 0.99]
            assert np.abs(shown - hidden).mean() > 5
            if layer.name == "airship":
                assert placement.row <= (scene.cells[1] - placement.size) // 2


def test_a_picture_looks_in_a_scene_like_the_picture(scenes: list[Scene]) -> None:
    scene, placement = next((s, p) for s in scenes for p in s.placements if p.name == "drake")
    left, top, sprite = scene.sprite(placement)
    drawn = cutouts.get("duck").render(max(sprite.rgba.shape)).rgba
    assert abs(drawn.shape[0] - sprite.rgba.shape[0]) <= 1
    height, width = (min(a, b) for a, b in zip(drawn.shape[:2], sprite.rgba.shape[:2], strict=True))
    solid = drawn[:height, :width, 3] == 255
    shown = scene.image[top : top + height, left : left + width]
    assert np.abs(shown[solid].astype(int) - drawn[:height, :width, :3][solid]).mean() < 20


def test_the_same_folder_makes_the_same_scene_in_any_process(scenes: list[Scene]) -> None:
    again = pickle.loads(pickle.dumps(scenes[0]))  # noqa: S301
    assert (again.image == scenes[0].image).all()
    assert again.placements == scenes[0].placements


def test_ids_tell_scenes_of_other_pictures_apart(folder: Path, own: Collection, tmp_path: Path) -> None:
    photos = tuple(bundled_photos("train")[:1])
    other = shutil.copytree(folder, tmp_path / "other")
    PIL.Image.open(other / "oak.png").transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT).save(other / "oak.png")
    makers = [SceneMaker(photos, cutouts=it) for it in (BUNDLED, own, open_cutouts(other))]
    ids = [maker(0).id for maker in makers]
    assert ids[0] == "train-0-0"
    assert ids[1] == f"train-0-0-{own.digest[:8]}"
    assert len(set(ids)) == 3


def test_a_scene_has_no_more_objects_than_there_are(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "oak.png", tmp_path)
    lonely = open_cutouts(tmp_path)
    scene = SceneMaker(tuple(bundled_photos("train")[:1]), cutouts=lonely)(0, objects=3)
    assert [placement.name for placement in scene.placements] == ["oak"]
    assert place(scene, stream(0)) is None
    assert propose(scene.photo, Task.SWAP, stream(0), known=world(lonely)) is None
    assert propose_addition(scene.photo, stream(0), known=world(lonely)) is None


# What is asked --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", Task)
def test_proposals_name_them_and_recolour_no_picture(task: Task, own: Collection, scenes: list[Scene]) -> None:
    found = [proposal for *_, proposal in proposals(scenes, task, per_scene=6)]
    assert len(found) >= 6
    for proposal in found:
        things = {proposal.object, proposal.target} - {""} if task.local else set()
        if task is Task.ATTRIBUTE:
            assert proposal.object == TEMPLATE
            continue
        assert things <= set(own.names)
        assert not proposal.colour or proposal.object == TEMPLATE
        assert not proposal.target_colour or proposal.target == TEMPLATE


def test_synonyms_are_used_and_the_last_is_held_out(own: Collection, scenes: list[Scene]) -> None:
    scene = next(scene for scene in scenes if any(placement.name == "wagon" for placement in scene.placements))

    def said(held_out: bool) -> str:
        rngs = (stream(0, "synonyms", index) for index in range(60))
        made = [propose(scene.photo, Task.REMOVAL, rng, held_out=held_out, known=world(own)) for rng in rngs]
        return " ".join(text.lower() for it in made if it and it.object == "wagon" for text in it.instructions)

    seen, unseen = said(False), said(True)
    assert "wagon" in seen
    assert "cart" in seen
    assert "carriage" not in seen
    assert "carriage" in unseen


def test_instructions_with_their_names_are_understood(own: Collection) -> None:
    proposal = route("Please swap the carriage for an airship", world(own))
    assert (proposal.task, proposal.object, proposal.target) == (Task.SWAP, "wagon", "airship")


# What is made of it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", Task)
def test_the_ideal_scores_ten_and_nothing_done_scores_none(task: Task, scenes: list[Scene]) -> None:
    asked = list(proposals(scenes[:4], task, per_scene=1))
    assert asked
    for scene, photo, proposal in asked:
        best = ideal(scene, proposal)
        perfect, same = (Candidate(photo.id, proposal, best.source, it, "test") for it in (best.image, best.source))
        assert Oracle().score(perfect, best).overall == 10
        assert Oracle().score(same, best).overall == 0


@pytest.mark.parametrize("task", Task)
def test_specialists_work_with_them(task: Task, own: Collection, scenes: list[Scene]) -> None:
    overall = []
    for scene, photo, proposal in proposals(scenes[:4], task, per_scene=1):
        candidate = ensemble(own)[task](photo, proposal, grounding=EXACT, seed=0)
        again = ensemble(own)[task](photo, proposal, grounding=EXACT, seed=0)
        assert (candidate.result == again.result).all()
        overall.append(Oracle().score(candidate, ideal(scene, proposal)).overall or 0.0)
    assert np.mean(overall) > 5


def test_a_new_object_is_of_the_same_collection(own: Collection) -> None:
    scene = SceneMaker(tuple(bundled_photos("train")[:1]), names=("oak",), cutouts=own)(0)
    proposal = Proposal("a", Task.ADDITION, "add an airship", target="airship")
    candidate = ensemble(own)[Task.ADDITION](scene.photo, proposal, grounding=EXACT, seed=0)
    assert candidate.mask is not None
    rows = np.flatnonzero(candidate.mask.max(axis=1) > 0.5)
    assert rows.mean() < scene.image.shape[0] / 2
    with pytest.raises(CannotEdit, match="no cutout 'airship'"):
        SPECIALISTS[Task.ADDITION](scene.photo, proposal, grounding=EXACT, seed=0)
    assert (Oracle().score(candidate, ideal(scene, proposal)).overall or 0) > 5


def test_a_picture_cannot_be_asked_for_in_another_colour(own: Collection, scenes: list[Scene]) -> None:
    scene = next(scene for scene in scenes if any(it.name == "oak" for it in scene.placements))
    swap = Proposal("a", Task.SWAP, "swap the oak for a blue drake", "oak", target="drake", target_colour="blue")
    with pytest.raises(CannotEdit, match="drake cannot be made blue"):
        ensemble(own)[Task.SWAP](scene.photo, swap, grounding=EXACT, seed=0)
    with pytest.raises(InputError, match="drake cannot be made blue"):
        ideal(scene, swap)
    with pytest.raises(DataError, match="no part of a 'oak' that could be blue"):
        ideal(scene, Proposal("a", Task.ATTRIBUTE, "make the oak blue", "oak", target="blue"))
    with pytest.raises(InputError, match="drake cannot be made blue"):
        CutoutPainter(cutouts=own)(scene.image, None, (0, 0, 32), "drake", "blue", rng=stream(0))


def test_the_bundled_ensemble_is_the_usual_one(own: Collection) -> None:
    assert ensemble() is SPECIALISTS
    assert ensemble(own) is ensemble(Collection(own.folder, own.digest))
    addition = ensemble(own)[Task.ADDITION]
    assert isinstance(addition, AdditionSpecialist)
    assert addition.cutouts == own


def test_things_of_the_air_go_up(own: Collection) -> None:
    image = np.full((128, 128, 3), 120, np.uint8)
    tops = {name: choose_box(name, image, "middle", 0.4, cutouts=own)[1] for name in own.names}
    assert max(tops, key=lambda name: -tops[name]) == "airship"
    assert choose_box("airship", image, "middle", 0.4)[1] == tops["oak"]
