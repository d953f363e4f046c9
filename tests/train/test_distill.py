"""Distillation, for real on tiny models: the loss falls, a killed run goes on bit for bit, and the judge judges."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from omniedit.data.pairs import write_pairs
from omniedit.errors import OutputError, RecipeError
from omniedit.judge.local import LocalConfig, LocalJudge
from omniedit.judge.questions import Asking, stamp
from omniedit.judge.rubric import OMNIEDIT
from omniedit.train.checkpoint import checkpoints
from omniedit.train.distill import DistillRecipe, distill
from omniedit.train.distill.lora import Study, _student, picked
from omniedit.train.distill.rows import ChatRow, read_rows
from omniedit.train.log import read_log
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict
from tiny_vlm import FAMILIES

RECIPE = """
name = "tiny-judge"
pairs = "{root}/pairs"
base = "{root}/{family}"
out = "{out}"
mode = "{mode}"
max_new_tokens = 40
[asking]
reasoning_first = {first}
[data]
whole = true
held_out = 0.3
[lora]
rank = 16
alpha = 32
dropout = {dropout}
targets = "all-linear"
[train]
steps = {steps}
batch = 4
micro_batch = 2
learning_rate = 2e-2
warmup = 5
[run]
checkpoint_every = 3
validate_every = 20
log_every = 5
recompute = {recompute}
"""

MakeRecipe = Callable[..., Path]


def pair(index: int) -> Pair:
    """Noise that became bright, as asked and well; or dark, and badly."""
    source = np.random.default_rng(index).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    good = index % 2 == 0
    candidate = Candidate(
        f"photo-{index}",
        Proposal(f"p{index}", Task.STYLE, "make it bright"),
        source,
        np.full_like(source, 230 if good else 30),
        "test",
    )
    words = (
        {"sc_reasoning": "bright", "pq_reasoning": "clean"} if good else {"sc_reasoning": "dark", "pq_reasoning": ""}
    )
    return Pair(f"pair-{index}", candidate, Verdict((9, 10) if good else (2, 9), (10,) if good else (3,), **words))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distill")
    (folder / "pairs").mkdir()
    write_pairs(folder / "pairs" / "a.parquet", [pair(index) for index in range(12)])
    for name, make in FAMILIES.items():
        make(folder / name)
    return folder


@pytest.fixture
def recipe(root: Path, tmp_path: Path) -> MakeRecipe:
    """Writes a recipe: ``recipe(family="internvl", steps=6, out="run")``."""

    def write(
        family: str = "internvl", *, steps: int = 6, out: str = "run", first: bool = True, **other: object
    ) -> Path:
        values = {"mode": "text", "dropout": 0.0, "recompute": "false"} | other
        path = tmp_path / f"{out}.toml"
        path.write_text(
            RECIPE.format(root=root, family=family, steps=steps, out=tmp_path / out, first=str(first).lower(), **values)
        )
        return path

    return write


def test_a_judge_learns_to_speak_and_loads_like_any_other(recipe: MakeRecipe, tmp_path: Path) -> None:
    folder = distill(recipe(steps=40))
    losses = [entry["loss"] for entry in read_log(tmp_path / "run") if "loss" in entry]
    held = [entry["held_out_loss"] for entry in read_log(tmp_path / "run") if "held_out_loss" in entry]
    assert losses[-1] < 0.2 * losses[0]
    assert held[-1] < held[0]
    judge = LocalJudge.from_pretrained(folder)
    verdicts = list(judge.score_many([pair(index).candidate for index in range(4)]))
    assert judge.name == "local:tiny-judge"
    assert [verdict.unscored for verdict in verdicts] == [""] * 4
    assert {verdict.rubric for verdict in verdicts} == {stamp(OMNIEDIT, Asking())}
    assert all('"score": [' in verdict.transcript for verdict in verdicts)
    exact = LocalJudge.from_pretrained(folder, config=LocalConfig(mode="expected"))
    for said, expected in zip(verdicts, map(exact.score, (pair(index).candidate for index in range(4))), strict=True):
        assert expected.scored
        assert expected.sc_reasoning == said.sc_reasoning
        assert "[expected scores: " in expected.transcript


def test_a_judge_sees_the_difference_between_good_and_bad(recipe: MakeRecipe) -> None:
    judge = LocalJudge.from_pretrained(distill(recipe("qwen2.5-vl", steps=60, mode="expected", first=False)))
    assert (judge.config.mode, judge.asking.reasoning_first) == ("expected", False)
    verdicts = list(judge.score_many([pair(index).candidate for index in range(20, 26)]))  # photos it has never seen
    good, bad = ([verdict.overall or 0.0 for verdict in verdicts[start::2]] for start in (0, 1))
    assert min(good) > max(bad)


def test_stopped_and_resumed_equals_uninterrupted(recipe: MakeRecipe, tmp_path: Path) -> None:
    options = {"dropout": 0.3, "recompute": "true"}
    whole = distill(recipe(**options))
    path = recipe(out="parts", **options)
    shutil.copytree(tmp_path / "run" / "data", tmp_path / "parts" / "data")
    first = checkpoints(tmp_path / "run")[0]
    assert first.name == "step-00000003"
    shutil.copytree(first, tmp_path / "parts" / first.name)
    resumed = distill(path)
    one, two = (load_file(folder / "adapter_model.safetensors") for folder in (whole, resumed))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert LocalJudge.from_pretrained(whole).version == LocalJudge.from_pretrained(resumed).version
    assert distill(path) == resumed  # a finished run finishes at once


def test_only_the_adapter_learns(recipe: MakeRecipe) -> None:
    study = make_study(recipe)
    before = {name: tensor.clone() for name, tensor in study.student.model.state_dict().items()}
    optimizer = torch.optim.SGD(study.adapter().parameters(), lr=1.0)
    study.backward(some_rows(study))
    optimizer.step()
    changed = {
        name for name, tensor in study.student.model.state_dict().items() if not torch.equal(tensor, before[name])
    }
    assert changed
    assert all("lora_" in name for name in changed)


def test_micro_batches_change_nothing_but_the_rounding(recipe: MakeRecipe) -> None:
    gradients = []
    for size in (1, 4):
        study = make_study(recipe, size)
        loss = study.backward(some_rows(study))
        assert float(loss) == pytest.approx(study.loss(some_rows(study)), rel=1e-4)
        gradients.append([tensor.grad for tensor in study.adapter().values()])
    for one, four in zip(*gradients, strict=True):
        torch.testing.assert_close(one, four, rtol=1e-3, atol=1e-5)


def test_the_loss_is_over_the_reply_alone(recipe: MakeRecipe) -> None:
    study = make_study(recipe)
    row = some_rows(study)[0]
    tokens, tokenizer = study.tokens(row), study.student.tokenizer
    assert tokens[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(tokens[:-1]) == row.reply
    model, longer = study.student.model, [some_rows(study)[1]]
    alone = study.loss([row]) * len(tokens) + study.loss(longer) * len(study.tokens(longer[0]))
    both = study.loss([row, *longer]) * (len(tokens) + len(study.tokens(longer[0])))
    assert both == pytest.approx(alone, rel=1e-4)
    assert not model.training


def make_study(recipe: MakeRecipe, micro_batch: int = 2) -> Study:
    path = recipe()
    path.write_text(path.read_text().replace("micro_batch = 2", f"micro_batch = {micro_batch}"))
    distill(path, dry_run=True)
    read = DistillRecipe.read(path)
    return Study(_student(read), Path(read.out) / "data", read)


def some_rows(study: Study) -> list[ChatRow]:
    return read_rows(study.data / "train.parquet")[:4]


def test_every_row_comes_once_an_epoch(recipe: MakeRecipe) -> None:
    read = DistillRecipe.read(recipe())
    rows = [ChatRow(str(index), "sc", "swap", "p", 1.0, (), "", "") for index in range(10)]
    seen = [row.id for step in range(5) for row in picked(rows, read, step)]
    assert sorted(seen[:10]) == sorted(seen[10:]) == sorted(row.id for row in rows)
    assert seen[:10] != seen[10:]


def test_a_dry_run_makes_the_chat_set_and_nothing_else(
    recipe: MakeRecipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distill(recipe(), dry_run=True) == tmp_path / "run" / "judge"
    assert "rows to learn" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["data"]


def test_targets_that_fit_no_layer_and_a_folder_in_the_way_are_clear_errors(recipe: MakeRecipe, tmp_path: Path) -> None:
    path = recipe(out="none")
    path.write_text(path.read_text().replace("all-linear", "eyes"))
    with pytest.raises(RecipeError, match=r"fits \[lora\] targets = 'eyes'"):
        distill(path)
    (tmp_path / "run" / "judge").mkdir(parents=True)
    with pytest.raises(OutputError, match="is no judge"):
        distill(recipe(steps=1))
