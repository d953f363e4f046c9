"""Holes in photographs: each photograph has its row, masks are where they should be, the same again is the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from photo_piles import FILTERS, contents, picture, pile
from tiny_grounding import tiny_dino, tiny_sam

from omniedit.data.engine.chain import WHOLE
from omniedit.data.engine.estimate import estimate
from omniedit.data.engine.executors import Local
from omniedit.data.engine.groundings import GroundingTable
from omniedit.data.engine.holes import NO_CAPTION
from omniedit.data.engine.ledger import read_ledger, read_summary
from omniedit.data.engine.mask_recipe import MaskRecipe
from omniedit.data.engine.of_photos import SourceTable
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.engine.recipe import BuildRecipe, read_recipe
from omniedit.data.lint import quick_lint
from omniedit.data.pairs import read_pairs
from omniedit.data.specialists.base import radius
from omniedit.data.tools.compositing import dilate
from omniedit.data.tools.grounding import OpenGroundingRecipe
from omniedit.errors import RecipeError
from omniedit.testing import JudgeServer
from omniedit.testing.proposals import ProposalReplies
from omniedit.train.holdings import OF_INPAINTING
from omniedit.types import Pair, Task

ROOT = Path(__file__).parents[3]
COUNT = 4


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pile with a photograph without words, and some that the source drops."""
    folder = pile(tmp_path_factory.mktemp("pile") / "photos", COUNT, faulty=True)
    PIL.Image.fromarray(picture(50)).save(folder / "wordless.png")
    return folder


def recipe(photos: Path, masks: str, **changes: Any) -> MaskRecipe:
    return MaskRecipe(source=SourceTable({"path": str(photos)}, FILTERS), masks=masks, **changes)


@pytest.fixture(scope="module")
def strokes(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("strokes")
    recipe(photos, "strokes", count=3, unit=2).run(out)
    return out


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> OpenGroundingRecipe:
    folder = tmp_path_factory.mktemp("models")
    return OpenGroundingRecipe(str(tiny_dino(folder / "dino")), str(tiny_sam(folder / "sam")), 0.0, 0.0, 0.0, 1.0)


def kept(out: Path) -> list[Pair]:
    return list(read_pairs(out / "kept"))


def test_every_photograph_is_accounted_for(strokes: Path) -> None:
    rows = Counter((row.scene, row.status) for row in read_ledger(strokes))
    wanted = {(f"{number:03}.png", "kept"): 3 for number in range(COUNT)}
    wanted |= {(name, "dropped"): 1 for name in ("small.png", "torn.png", "zero_again.jpg")}
    assert rows == wanted | {("wordless.png", "rejected"): 1}
    assert {row.reason for row in read_ledger(strokes) if row.status == "rejected"} == {NO_CAPTION}
    summary = read_summary(strokes)
    assert (summary.kept, summary.rejected, summary.dropped, summary.failed) == (3 * COUNT, 1, 3, 0)


def test_a_photograph_is_its_own_result_with_holes_of_its_own(strokes: Path) -> None:
    pairs = kept(strokes)
    masks = set()
    for pair in pairs:
        made = pair.candidate
        assert made.mask is not None
        assert np.array_equal(made.source, made.result)
        assert made.mask.shape == made.source.shape[:2]
        assert set(np.unique(made.mask)) == {0.0, 1.0}
        assert made.proposal.instruction == f"yard number {int(made.photo_id[:3])}"
        assert made.proposal.task is Task.REMOVAL
        assert (pair.weight, pair.verdict.scored) == (1.0, False)
        masks.add(made.mask.tobytes())
    assert len(masks) == len({pair.id for pair in pairs}) == 3 * COUNT


def test_lint_finds_nothing_but_that_they_are_no_edits(strokes: Path) -> None:
    assert {finding.check for finding in quick_lint(strokes / "kept")} == set(OF_INPAINTING)


def test_the_same_again_gives_the_same_bytes(photos: Path, strokes: Path, tmp_path: Path) -> None:
    recipe(photos, "strokes", count=3, unit=2).run(tmp_path, executor=Local(2))
    assert contents(tmp_path) == contents(strokes)


def test_a_lost_unit_is_made_again(photos: Path, strokes: Path, tmp_path: Path) -> None:
    plan = recipe(photos, "strokes", count=3, unit=2)
    plan.run(tmp_path)
    (tmp_path / "kept" / "00001.parquet").unlink()
    (tmp_path / "units" / "00000.json").unlink()
    plan.run(tmp_path)
    assert contents(tmp_path) == contents(strokes)


def test_what_stands_out_is_told_by_the_picture(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    disc = np.full((80, 80, 3), 200, np.uint8)
    v, u = np.mgrid[:80, :80]
    thing = (u - 40) ** 2 + (v - 40) ** 2 < 15**2
    disc[thing] = (200, 30, 30)
    PIL.Image.fromarray(disc).save(folder / "disc.png")
    (folder / "disc.txt").write_text("a red disc")
    recipe(folder, "objects", dilation=0.05).run(tmp_path / "out")
    (pair,) = kept(tmp_path / "out")
    mask = pair.candidate.mask
    assert mask is not None
    assert mask[thing].mean() > 0.98
    assert thing.sum() < mask.sum() < 3 * thing.sum()
    assert pair.candidate.proposal.instruction == "a red disc"
    assert pair.candidate.proposal.task is Task.SWAP


def test_a_caption_says_what_to_look_for(models: OpenGroundingRecipe, tmp_path: Path) -> None:
    folder = pile(tmp_path / "photos", COUNT)
    for number in range(1, COUNT):
        (folder / f"{number:03}.txt").write_text("a red car and a dog.")
    recipe(folder, "objects", count=2, grounding=GroundingTable("open", "cpu", recipe=models)).run(tmp_path / "out")
    states = {row.scene: (row.status, row.reason) for row in read_ledger(tmp_path / "out")}
    assert states["000.png"] == ("rejected", "nothing that the caption names was found")  # a yard is no word of its
    pairs = kept(tmp_path / "out")
    assert {pair.candidate.photo_id for pair in pairs} == {f"{number:03}.png" for number in range(1, COUNT)}
    assert max(Counter(pair.candidate.photo_id for pair in pairs).values()) == 2
    for pair in pairs:
        proposal = pair.candidate.proposal
        assert proposal.source_caption == "a red car and a dog."
        assert proposal.instruction
        assert set(proposal.instruction.split()) <= {"red", "car", "dog"}


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with JudgeServer(ProposalReplies()) as listening:  # type: ignore[arg-type]
        yield listening


@pytest.mark.parametrize("masks", ["objects", "strokes"])
def test_a_model_names_objects_and_writes_captions(
    masks: str, photos: Path, models: OpenGroundingRecipe, server: JudgeServer, tmp_path: Path
) -> None:
    asked = ProposalsTable("openai:tester", 2, base_url=server.url, cache=str(tmp_path / "said.sqlite"))
    table = GroundingTable("open", "cpu", recipe=models)
    recipe(photos, masks, count=2, grounding=table, proposals=asked).run(tmp_path / "out")
    pairs = kept(tmp_path / "out")
    assert {pair.candidate.photo_id for pair in pairs} == {*(f"{n:03}.png" for n in range(COUNT)), "wordless.png"}
    for pair in pairs:
        proposal = pair.candidate.proposal
        assert proposal.instruction
        assert "yard number" not in proposal.source_caption
        assert (proposal.instruction == proposal.source_caption) == (masks == "strokes")


def test_of_a_scene_the_layers_are_known() -> None:
    scene = BuildRecipe(scenes=1).make_scenes()[0]
    chain = replace(
        recipe(ROOT / "recipes", "objects", count=9), source=SourceTable({"path": str(ROOT / "docs")})
    ).chain()
    entries = chain.part(scene, WHOLE)
    photo = scene.photo
    assert len(entries) == len(photo.layers)
    for (outcome, pair), layer in zip(entries, photo.layers, strict=True):
        assert outcome.instruction == " ".join(filter(None, (layer.colour, layer.name)))
        assert pair is not None
        wide = dilate((layer.mask > 0.5).astype(np.float32), radius(chain.dilation, photo.image))
        assert pair.candidate.mask is not None
        assert np.array_equal(pair.candidate.mask, wide)


def test_an_estimate_and_the_report(photos: Path, strokes: Path, tmp_path: Path) -> None:
    found = estimate(recipe(photos, "strokes", count=3), tmp_path)
    assert found.judge_calls == 0
    assert not list(tmp_path.iterdir())
    page = (strokes / "report.html").read_text()
    assert "yard number" in page
    assert json.loads((strokes / "plan.json").read_text())["settings"]["masks"] == "strokes"


@pytest.mark.parametrize("name", ["masks_objects", "masks_strokes"])
def test_the_recipes_can_be_read(name: str) -> None:
    plan = read_recipe(ROOT / "recipes" / f"{name}.toml")
    assert isinstance(plan, MaskRecipe)
    assert plan.masks == name.removeprefix("masks_")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('masks = "blobs"', "no masks 'blobs'; there are objects, strokes"),
        ('masks = "strokes"\ncount = 0', "count is 1 or more"),
        ('masks = "strokes"\n[proposals]\nby = "templates"', "captions are the source's"),
        ('masks = "strokes"\nstrokes = 3', "strokes is to be a table"),
        ('masks = "strokes"\nworkers = 0', "workers and unit are to be 1"),
        ('masks = "strokes"\nthreshold = 9', "unknown setting 'threshold'"),
    ],
)
def test_impossible_recipes_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message):
        read_recipe(path)
