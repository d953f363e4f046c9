"""The student judge: its network's numbers, and a judge that says the same whoever stands beside a candidate."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.errors import JudgeError
from omniedit.judge.rubric import OMNIEDIT
from omniedit.judge.student import StudentConfig, StudentJudge, StudentNet
from omniedit.judge.student.net import MAPS, SCORES, bin_centres, compressed, facts, roughness, soft_labels
from omniedit.model.text import TextEncoder
from omniedit.types import Candidate, Ideal, Proposal, Task

TINY = StudentConfig(area=1024, channels=(4, 8, 8), blocks=(0, 1, 1), width=16, layers=2, heads=2)
TEXT = TextEncoder.from_pretrained()
SHAPES = [(32, 32), (48, 20), (20, 60), (9, 7), (100, 100)]


def tiny_judge(seed: int = 0) -> StudentJudge:
    """A judge with random weights everywhere."""
    torch.manual_seed(seed)
    net = StudentNet(TINY)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return StudentJudge(net.eval(), TEXT, "oracle 1")


def candidate(index: int, **changes: Any) -> Candidate:
    rng = np.random.default_rng(index)
    source, result = rng.integers(0, 256, (2, *SHAPES[index % len(SHAPES)], 3), np.uint8)
    proposal = Proposal(f"p{index}", Task.SWAP, f"Replace the cat with dog number {index}.")
    return replace(Candidate(f"photo{index}", proposal, source, result, "noise"), **changes)


def instructed(words: str) -> Candidate:
    one = candidate(0)
    return replace(one, proposal=replace(one.proposal, instruction=words))


# The network ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.floats(0, 10, width=32), min_size=SCORES, max_size=SCORES), st.integers(2, 40))
def test_labels_are_distributions_with_the_score_as_mean(scores: list[float], bins: int) -> None:
    centres, wanted = bin_centres(bins), torch.tensor([scores])
    labels = soft_labels(wanted, centres)
    torch.testing.assert_close(labels @ centres, wanted, atol=1e-4, rtol=0)
    torch.testing.assert_close(labels.sum(-1), torch.ones(1, SCORES))
    assert bool((labels >= 0).all())
    assert int((labels > 0).sum(-1).max()) <= 2


def test_bins_span_the_scale_and_are_closer_towards_ten() -> None:
    centres = bin_centres(21)
    assert (float(centres[0]), float(centres[-1])) == (0.0, 10.0)
    gaps = centres.diff()
    assert bool((gaps > 0).all())
    assert bool((gaps.diff() < 0).all())


@settings(deadline=None)
@given(st.floats(-2, 2, width=32))
def test_compressing_keeps_signs_and_can_be_undone(value: float) -> None:
    shown = float(compressed(torch.tensor(value)))
    assert shown * abs(shown) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("size", [(32, 32), (16, 64), (64, 16)])
def test_any_grid_gives_a_distribution_for_each_score(size: tuple[int, int]) -> None:
    net = tiny_judge().net
    source, result = torch.rand(2, 3, 3, *size)
    judged = net(source, result, TEXT(["a", "make it red", ""]).tokens)
    assert judged.scores.shape == (3, SCORES, TINY.bins)
    assert judged.maps.shape == (3, size[0] * size[1] // TINY.multiple**2, MAPS)
    scores = net.scores(judged.scores)
    assert bool(((scores >= 0) & (scores <= 10)).all())


def test_every_input_and_every_weight_counts() -> None:
    net = tiny_judge().net
    source, result = torch.rand(2, 1, 3, 32, 32)
    words = TEXT(["make it red"]).tokens.requires_grad_()
    inputs = [source.requires_grad_(), result.requires_grad_(), words]
    torch.autograd.backward(net.scores(net(*inputs).scores).prod())
    assert all(one.grad is not None and bool(one.grad.any()) for one in [*inputs, *net.parameters()])


def test_facts_are_what_the_maps_add_up_to() -> None:
    due, wrong = torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 0.5, 0.0])
    [found] = facts(torch.stack([due, wrong], dim=1).unsqueeze(0))
    assert found.square().tolist() == pytest.approx([0.5, 0.375, 0.25 / 0.51, 0.125], abs=2e-4)


def test_grain_is_rough_and_straight_edges_are_not() -> None:
    edge = torch.zeros(1, 3, 32, 32)
    edge[..., 16:] = 1
    grain = 0.1 * torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert float(roughness(grain).mean()) > 5 * float(roughness(edge).mean())


def test_the_default_student_is_small_enough_to_ship() -> None:
    assert 2 * sum(p.numel() for p in StudentNet(StudentConfig()).parameters()) < 15_000_000
    assert StudentConfig().text_width == TEXT.token_width


# The judge ------------------------------------------------------------------------------------------------------------


def test_a_verdict_is_stamped_and_on_the_scale() -> None:
    judge = tiny_judge()
    verdict = judge.score(candidate(1))
    assert verdict.scored
    assert (len(verdict.sc), len(verdict.pq)) == (len(OMNIEDIT.sc), len(OMNIEDIT.pq))
    assert all(0 <= score <= 10 and round(score, 2) == score for score in verdict.sc + verdict.pq)
    assert (verdict.judge, verdict.version, verdict.rubric) == ("student", judge.version, OMNIEDIT.hash)


def test_the_neighbours_do_not_matter() -> None:
    judge, candidates = tiny_judge(), [candidate(index) for index in range(7)]
    alone = [judge.score(one) for one in candidates]
    assert [*judge.score_many(candidates)] == alone
    assert [*judge.score_many(iter(candidates[::-1]))] == alone[::-1]
    assert len(set(alone)) > 1


def test_a_mirrored_pair_gets_the_same_scores_unless_a_side_is_named() -> None:
    judge = tiny_judge()
    for words, same in (("make it red", True), ("remove the cat on the left", False)):
        one = candidate(2)
        one = replace(one, proposal=replace(one.proposal, instruction=words))
        other = replace(one, source=one.source[:, ::-1], result=one.result[:, ::-1])
        first, second = judge.score(one), judge.score(other)
        assert (first.sc + first.pq == pytest.approx(second.sc + second.pq, abs=0.011)) is same


def test_the_ideal_is_not_looked_at() -> None:
    judge, one = tiny_judge(), candidate(2)
    ideal = Ideal(one.source, np.ones(one.source.shape[:2], np.float32), one.source)
    assert judge.score(one, ideal) == judge.score(one)


def test_the_instruction_matters() -> None:
    net = tiny_judge().net
    pictures = torch.zeros(2, 3, 32, 32)
    red, gone = net(pictures, pictures, TEXT(["Make it red.", "Remove the dog."]).tokens).scores
    assert not torch.allclose(red, gone, atol=1e-4)


@pytest.mark.parametrize("size", [(128, 96), (96, 128), (200, 40), (1, 1)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    assert tiny_judge().score(candidate(0, source=picture, result=picture)).scored


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (instructed(" "), "no instruction"),
        (instructed("very " * 40), "word pieces"),
        (candidate(0, result=np.zeros((8, 9, 3), np.uint8)), "32×32 and 9×8 pixels"),
    ],
)
def test_what_cannot_be_read_is_unscored(bad: Candidate, reason: str) -> None:
    judge = tiny_judge()
    first, second = judge.score_many([bad, candidate(1)])
    assert not first.scored
    assert reason in first.unscored
    assert first.version == judge.version
    assert second.scored


def test_saved_and_loaded_it_is_the_same_judge(tmp_path: Path) -> None:
    tiny_judge().save_pretrained(tmp_path / "first")
    loaded = StudentJudge.from_pretrained(tmp_path / "first")
    loaded.save_pretrained(tmp_path / "second")
    again = StudentJudge.from_pretrained(tmp_path / "second")
    assert again.version == loaded.version
    assert again.teacher == "oracle 1"
    assert again.score(candidate(3)) == loaded.score(candidate(3))
    assert {path.name for path in (tmp_path / "second").iterdir()} == {"config.json", "student.safetensors"}


def test_other_weights_are_another_version() -> None:
    assert tiny_judge(0).version == tiny_judge(0).version != tiny_judge(1).version
    assert repr(tiny_judge()) == f"StudentJudge({tiny_judge().version})"


def test_it_travels_to_other_processes() -> None:
    judge = tiny_judge()
    assert pickle.loads(pickle.dumps(judge)).score(candidate(4)) == judge.score(candidate(4))  # noqa: S301


def test_a_missing_or_broken_student_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match=r"no student judge in .*nowhere.*train one"):
        StudentJudge.from_pretrained(tmp_path / "nowhere")
    tiny_judge().save_pretrained(tmp_path)
    whole = (tmp_path / "student.safetensors").read_bytes()
    (tmp_path / "student.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(JudgeError, match="cannot be loaded"):
        StudentJudge.from_pretrained(tmp_path)
    (tmp_path / "student.safetensors").unlink()
    with pytest.raises(JudgeError, match=r"student\.safetensors is missing"):
        StudentJudge.from_pretrained(tmp_path)


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    tiny_judge().save_pretrained(tmp_path)
    card = tmp_path / "config.json"
    card.write_text(card.read_text().replace('"bins": 21', '"bins": 11'))
    with pytest.raises(JudgeError, match="cannot be loaded"):
        StudentJudge.from_pretrained(tmp_path)
