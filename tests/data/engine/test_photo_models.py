"""Whole chains of real classes with tiny weights: a model proposes, GroundingDINO and SAM ground, diffusers edits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from p2p_tiny import tiny_sdxl
from photo_piles import asked, contents, pile, recipe
from tiny_grounding import tiny_dino, tiny_sam
from tiny_pipelines import pix2pix, sd_inpaint

from omniedit.data.diffusion.inpainter import InpaintRecipe
from omniedit.data.diffusion.instruct import InstructRecipe
from omniedit.data.diffusion.pipelines import load_generator
from omniedit.data.engine.estimate import estimate, outline
from omniedit.data.engine.groundings import GroundingTable
from omniedit.data.engine.judges import JudgeTable
from omniedit.data.engine.ledger import read_ledger, read_summary
from omniedit.data.engine.photo_recipe import PhotoRecipe
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.engine.specialists import PromptRecipe, SpecialistTable
from omniedit.data.engine.times import read_times
from omniedit.data.pairs import read_pairs
from omniedit.data.tools.grounding import OpenGroundingRecipe
from omniedit.errors import ModelError
from omniedit.testing import JudgeServer
from omniedit.testing.completions import question_of, reply_by_hash
from omniedit.testing.proposals import ProposalReplies
from omniedit.types import Pair, Task

FORMS = ("tight", "dilated", "box")
COUNT = 2


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders as from the Hub."""
    folder = tmp_path_factory.mktemp("models")
    tiny_dino(folder / "dino")
    tiny_sam(folder / "sam")
    for name, made in (("inpaint", sd_inpaint()), ("words", tiny_sdxl()), ("instruct", pix2pix())):
        made.save_pretrained(folder / name)
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[JudgeServer]:
    """One that judges, and proposes."""
    proposals = ProposalReplies()

    def reply(request: dict[str, object]) -> object:
        return (proposals if "Kind of edit:" in question_of(request) else reply_by_hash)(request)

    with JudgeServer(reply) as listening:  # type: ignore[arg-type]
        yield listening


@pytest.fixture(scope="module")
def full(models: Path, server: JudgeServer, tmp_path_factory: pytest.TempPathFactory) -> PhotoRecipe:
    """The paper's, in small."""
    folder = tmp_path_factory.mktemp("full")
    inpaint = SpecialistTable("inpaint", "cpu", recipe=InpaintRecipe(str(models / "inpaint"), steps=2))
    prompt = SpecialistTable("prompt", "cpu", recipe=PromptRecipe(str(models / "words"), steps=2))
    style = SpecialistTable("instruct", "cpu", recipe=InstructRecipe(str(models / "instruct"), steps=2))
    found = OpenGroundingRecipe(str(models / "dino"), str(models / "sam"), 0.0, 0.0, 0.0, 1.0, FORMS)
    return recipe(
        pile(folder / "photos", COUNT),
        specialists={
            **dict.fromkeys((Task.SWAP, Task.REMOVAL, Task.ADDITION), inpaint),
            Task.ATTRIBUTE: prompt,
            Task.BACKGROUND: inpaint,
            Task.ENVIRONMENT: prompt,
            Task.STYLE: style,
        },
        proposals=ProposalsTable("openai:tester", 2, base_url=server.url, cache=str(folder / "said.sqlite")),
        grounding=GroundingTable("open", "cpu", recipe=found),
        judge=asked(server.url, folder / "scores.sqlite"),
        threshold=6.0,
    )


@pytest.fixture(scope="module")
def built(full: PhotoRecipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    full.run(out)
    return out


def pairs_of(out: Path, task: Task) -> list[Pair]:
    return [pair for pair in read_pairs(out) if pair.candidate.proposal.task is task]


def test_every_task_comes_to_judged_pairs_or_to_reasons(built: Path) -> None:
    outcomes, summary = list(read_ledger(built)), read_summary(built)
    assert summary.failed == 0, [row.reason for row in outcomes if row.status == "failed"]
    proposed = Counter((row.scene, row.task) for row in outcomes if row.instruction)
    assert proposed == {(f"{number:03}.png", str(task)): 2 for number in range(COUNT) for task in Task}
    assert min(summary.kept, summary.rejected) > 0
    assert summary.items > summary.proposals >= summary.grounded >= summary.candidates == summary.scored
    makers = {pair.candidate.maker for pair in read_pairs(built)}
    assert makers >= {"inpaint-swap", "inpaint-removal", "inpaint-background", "environment_p2p", "instruct-style"}
    clock = read_times(built)
    assert clock.calls["proposal"] == COUNT * (len(Task) - 1)  # an addition is a removal, reversed
    assert summary.grounded <= clock.calls["grounding"] + 2 * COUNT <= summary.proposals  # a style needs none
    assert 0 < clock.bills["judge"].calls <= 2 * clock.calls["judge"]  # pictures that are the same are asked about once
    assert clock.bills["judge"].input_tokens > 0


def test_a_pair_says_who_proposed_it_and_what_else_was_tried(built: Path) -> None:
    tried = 0
    for pair in read_pairs(built):
        details = pair.candidate.details
        assert details["proposer"]["model"] == "openai:tester"
        assert details["proposer"]["hash"]
        if "tried" not in details:
            continue
        tried += 1
        assert details["tried"].keys() <= set(FORMS)
        assert details["tried"][details["form"]] == pair.verdict.overall == max(details["tried"].values())
    assert tried


def test_an_addition_is_a_removal_reversed(built: Path) -> None:
    pairs = pairs_of(built, Task.ADDITION)
    assert pairs
    for pair in pairs:
        proposal = pair.candidate.proposal
        assert proposal.target in proposal.instruction
        assert pair.candidate.details["reversed"].endswith(proposal.id[-8:])
        assert not np.array_equal(pair.candidate.source, pair.candidate.result)
    kept = {pair.candidate.photo_id: pair.candidate.source for pair in pairs_of(built, Task.STYLE)}
    assert any(np.array_equal(pair.candidate.result, kept[pair.candidate.photo_id]) for pair in pairs)


def test_what_is_made_from_words_has_its_source_generated(built: Path) -> None:
    pairs = pairs_of(built, Task.ENVIRONMENT)
    assert pairs
    for pair in pairs:
        assert pair.candidate.details["source"] == "generated"
        assert pair.candidate.source.shape == pair.candidate.result.shape


def test_what_is_not_found_ends_at_the_grounding(full: PhotoRecipe, tmp_path: Path) -> None:
    blind = replace(full.grounding, recipe=replace(full.grounding.recipe, box_threshold=1.0))
    swap = {Task.SWAP: full.specialists[Task.SWAP]}
    summary = replace(full, grounding=blind, specialists=swap, judge=JudgeTable()).run(tmp_path)
    rows = [row for row in read_ledger(tmp_path) if row.instruction]
    assert {(row.status, row.stage) for row in rows} == {("rejected", "grounding")}
    assert any(row.reason == "not found: no 'brown dog' found at the left" for row in rows)
    assert (summary.proposals, summary.grounded, summary.candidates) == (2 * COUNT, 0, 0)


def test_the_same_again_gives_the_same_bytes(full: PhotoRecipe, built: Path, tmp_path: Path) -> None:
    full.run(tmp_path)
    assert contents(tmp_path) == contents(built)


def test_an_estimate_counts_calls_and_finds_a_missing_model(full: PhotoRecipe, tmp_path: Path) -> None:
    found = outline(full, tmp_path)
    assert (found.photos, found.proposals, found.questions) == (COUNT, 2 * COUNT * 7, 6 * COUNT)
    assert found.verdicts == 2 * COUNT * (3 + 4 * 3)
    measured = estimate(full, tmp_path)
    assert (measured.scenes, measured.waiting, measured.sample) == (COUNT, COUNT, COUNT)
    assert 0 < measured.judge_calls <= found.verdicts
    assert not list(tmp_path.iterdir())
    lost = SpecialistTable("inpaint", "cpu", recipe=InpaintRecipe(str(tmp_path)))
    with pytest.raises(ModelError, match="to fill masks"):
        estimate(replace(full, specialists={**full.specialists, Task.SWAP: lost}), tmp_path)


def test_a_pipeline_that_wants_a_picture_makes_none_from_words(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="starts from words"):
        load_generator(str(models / "instruct"), device="cpu")
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "NoPipeline"}))
    with pytest.raises(ModelError, match="from words"):
        load_generator(str(tmp_path), device="cpu")
