"""One small turn of what is measured on a GPU, here on the CPU. Nothing depends on how fast a machine is."""

from __future__ import annotations

from omniedit.bench.gpu import HEAD, STEPS, Size, Timing, about, table, timings
from omniedit.train.estimate.outline import SD3_MEDIUM

SMALL = Size(
    transformer={
        **SD3_MEDIUM,
        "sample_size": 8,
        "num_layers": 2,
        "num_attention_heads": 1,
        "joint_attention_dim": 32,
        "caption_projection_dim": 64,
        "pooled_projection_dim": 16,
        "pos_embed_max_size": 8,
    },
    picture=(64, 48),
    text=4,
    training=2,
)


def test_all_is_measured_and_printed_as_a_table() -> None:
    rows = list(timings(2, SMALL, "cpu"))
    assert [(row.work, row.attention) for row in rows] == [(w, a) for w in STEPS for a in ("joint", "causal")]
    assert {row.samples for row in rows} == {2, 3}
    assert all(row.seconds and row.seconds > 0 for row in rows)
    assert all(row.memory is None and row.share is None for row in rows)  # what a CPU cannot say is not made up
    lines = list(table(iter(rows), about(SMALL)))
    assert "64 × 48, 4 text tokens, bfloat16" in lines[0]
    assert len({line.count("|") for line in lines[2:]}) == 1
    assert len(lines) == 4 + len(rows)


def test_work_grows_with_what_is_done_at_once() -> None:
    for work, make in STEPS.items():
        one, two = (make("joint", Size(SMALL.transformer, SMALL.picture, 4, n, n), "cpu")[1] for n in (1, 2))
        assert two == 2 * one > 0, work
    causal, joint = (STEPS["edit"](attention, SMALL, "cpu")[1] for attention in ("causal", "joint"))
    assert causal < joint  # the source picture is cached


def test_a_row_says_what_is_known() -> None:
    known = Timing("training", "joint", 4, 0.5, 3 * 2**30, 0.417)
    assert known.cells() == ("training", "joint", "4", "0.500", "8.00", "3.0 GiB", "42%")
    assert Timing("edit", "causal", 3).cells()[3] == "out of memory"
    assert len(known.cells()) == len(HEAD) == len(Timing("edit", "causal", 3).cells())
