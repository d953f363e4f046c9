"""What chance decides of a training sample: a function of (seed, step, position in the global batch).

So a run that resumes, or runs on another number of devices, sees the same samples with the same noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from omniedit.model.flow import FlowConfig, draw_sigma
from omniedit.seeding import derive
from omniedit.train.recipe import TrainConfig


@dataclass(frozen=True, eq=False)
class Draw:
    """The chances of one sample."""

    seed: int
    """Of this sample alone."""
    text_dropped: bool
    """The instruction is emptied."""
    image_dropped: bool
    """The source picture is emptied."""
    words: np.random.Generator
    """Chooses its wording."""

    @classmethod
    def of(cls, config: TrainConfig, seed: int, step: int, position: int) -> Draw:
        """The draw for the sample at ``position`` of the global batch of ``step``."""
        own = derive(seed, "sample", step, position)
        words = np.random.default_rng(own)
        both = config.both_dropout
        text = both + config.text_dropout
        fate = words.random()
        return cls(own, bool(fate < text), bool(fate < both or text <= fate < text + config.image_dropout), words)

    def noise(self, flow: FlowConfig, shape: torch.Size) -> tuple[Tensor, Tensor]:
        """Its time ``[]`` and its noise of ``shape``, drawn on the CPU: the same on every device."""
        generator = torch.Generator().manual_seed(self.seed % 2**63)
        return draw_sigma(1, flow, generator)[0], torch.randn(shape, generator=generator)
