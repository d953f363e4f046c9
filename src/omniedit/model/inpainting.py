"""What an inpainting network sees of a picture: the picture with grey under the mask, and the mask.

Training and editing both make it here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from omniedit.model.rivals.inpaint import inpaint_condition
from omniedit.types import Image, Mask


def erase(source: Image, mask: Mask) -> Image:
    """``source`` with grey where ``mask`` is one: what an inpainting model sees of the picture."""
    keep = (1 - mask)[..., None]
    return np.asarray((source * keep + 127.5 * (1 - keep)).round(), np.uint8)


def with_mask(latents: Tensor, masks: Sequence[Mask]) -> Tensor:
    """``[B, C, h, w]`` and masks of the pictures -> ``[B, C + 1, h, w]``, the mask averaged over a latent's cell."""
    stacked = torch.from_numpy(np.stack(masks))[:, None].to(latents)
    return inpaint_condition(latents, F.adaptive_avg_pool2d(stacked, (latents.shape[-2], latents.shape[-1])))
