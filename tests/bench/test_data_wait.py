"""The measuring of how long steps wait for data. Nothing here depends on how fast a machine is."""

from __future__ import annotations

from pathlib import Path

from omniedit.bench.data_wait import Blocks, Noise, waiting


def test_every_step_but_the_first_is_timed(tmp_path: Path) -> None:
    waits = waiting(tmp_path, steps=3, seconds=0.0, workers=0, area=64 * 64, text=4)
    assert len(waits) == 3
    assert min(waits) > 0


def test_latents_and_texts_have_the_shape_of_sd3s() -> None:
    import numpy as np

    assert Blocks().encode([np.zeros((64, 128, 3), np.uint8)]).shape == (1, 16, 8, 16)
    tokens, pooled = Noise()(["a", "b"])
    assert (tokens.shape, pooled.shape) == ((2, 333, 4096), (2, 2048))
