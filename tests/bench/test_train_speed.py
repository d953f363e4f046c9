"""One small turn of the training benchmark. Nothing here depends on how fast a machine is."""

from __future__ import annotations

import pytest

from omniedit.bench.train_speed import CONTESTANTS, REFERENCE, Setup, measurements
from omniedit.model.networks import NETWORKS

SMALL = Setup(layers=2, heads=1, side=8, text=4, batch=1)


def test_every_network_takes_part() -> None:
    assert {name.split(",")[0] for name in CONTESTANTS} >= {*NETWORKS, REFERENCE}


@pytest.mark.parametrize("name", CONTESTANTS)
def test_every_step_can_be_taken_again(name: str) -> None:
    step = CONTESTANTS[name](SMALL)
    step()
    step()


def test_results_are_beside_the_references() -> None:
    results = dict(measurements(1, SMALL, (REFERENCE, "channel_concat")))
    assert list(results) == [REFERENCE, "channel_concat"]
    assert "1.00 times the reference's time" in results[REFERENCE]
    assert "1.00 times its memory" in results[REFERENCE]
