"""A detail head: what a token cannot say about the pixels of its patch, it reads from the source picture.

A model that works on pixels has one token for 16 x 16 of them. All that a patch becomes has to pass through the few
hundred numbers of its token, and outlines, lines and mattes do not. DiP (arXiv 2511.18822) lets a small convolutional
head, guided by the tokens, draw the details from the noisy picture; here it draws them from the *source* picture, where
an editor finds them:

    fine, coarse, deep = look(source)                       at a half, a quarter and an eighth of the picture's size
    y = deep (1 + scale_k) + shift_k                        k the token of the patch: how to read the features here
    y = coarse (1 + scale_k) + grow(mix(y))
    y = fine (1 + scale_k) + grow(mix(y))
    details = paint(mix(y))

``look`` also gives the condition tokens, since a convolution sees shapes better than a linear map of a patch does. Both
ways end in layers that start at zero, so an untrained head changes nothing.

That is for a model that says in one step what it has to say. One that refines its picture from step to step has to see
what it has so far: :class:`NoisyDetail` adds features of the noisy picture to those of the source, as DiP has it.

Letters: B batch, N tokens (rows x columns), D width, C channels of a latent, F features, P patch size.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Features = tuple[Tensor, ...]
"""What a detail head sees of a picture: nothing, or features that are fine ``[B, F, height / 2, width / 2]``, coarse
``[B, 2 F, height / 4, width / 4]`` and deep ``[B, 4 F, height / 8, width / 8]``."""


class NoDetail(nn.Module):
    """No detail head: for latents, whose tokens stand for few numbers (the paper)."""

    def look(self, condition: Tensor) -> Features:
        """Nothing."""
        return ()

    def tokens(self, embedded: Tensor, features: Features) -> Tensor:
        """``embedded`` itself."""
        return embedded

    def draw(self, sample: Tensor, tokens: Tensor, features: Features, x: Tensor) -> Tensor:
        """``sample`` itself."""
        return sample


class SourceDetail(nn.Module):
    """Details from the source picture, as in the formulas above."""

    def __init__(self, width: int, patch: int, channels: int, out_channels: int, features: int) -> None:
        """Build it with random weights.

        Args:
            width: D.
            patch: P, a multiple of 8.
            channels: C.
            out_channels: Channels of what is predicted.
            features: F.
        """
        super().__init__()
        if patch % 8:
            raise ValueError(f"a detail head needs patches whose side is a multiple of 8, not {patch}")
        self.cells = patch // 8
        self.sizes = [features, 2 * features, 4 * features]
        fine, coarse, deep = self.sizes
        self.look_fine = convolution(4 * channels, fine)
        self.look_coarse = nn.Sequential(convolution(fine, coarse, stride=2), nn.SiLU(), convolution(coarse, coarse))
        self.look_deep = nn.Sequential(convolution(coarse, deep, stride=2), nn.SiLU(), convolution(deep, deep))
        self.embed = zeroed(nn.Conv2d(deep, width, self.cells, self.cells))
        self.scale = zeroed(nn.Linear(width, sum(self.sizes)))
        self.shift = nn.Linear(width, self.cells**2 * deep)
        self.mix_deep, self.grow_deep = convolution(deep, deep), nn.Linear(deep, 4 * coarse)
        self.mix_coarse, self.grow_coarse = convolution(coarse, coarse), nn.Linear(coarse, 4 * fine)
        self.mix_fine, self.paint = convolution(fine, fine), zeroed(convolution(fine, 4 * out_channels))

    def look(self, condition: Tensor) -> Features:
        """Features of the source picture ``[B, C, height, width]``."""
        halves = F.pixel_unshuffle(condition, 2).contiguous(memory_format=torch.channels_last)
        fine = F.silu(self.look_fine(halves))
        coarse = F.silu(self.look_coarse(fine))
        return fine, coarse, F.silu(self.look_deep(coarse))

    def tokens(self, embedded: Tensor, features: Features) -> Tensor:
        """Condition tokens ``[B, N, D]`` with what the features say added."""
        added: Tensor = self.embed(features[2]).flatten(2).transpose(1, 2)
        return embedded + added

    def draw(self, sample: Tensor, tokens: Tensor, features: Features, x: Tensor) -> Tensor:
        """Prediction ``[B, out_channels, height, width]`` with details added, as the last ``tokens`` ask for them.

        Args:
            sample: The prediction so far.
            tokens: ``[B, N, D]``.
            features: Of the source picture.
            x: The noisy picture ``[B, C, height, width]``; not looked at here.
        """
        fine, coarse, deep = features
        rows, columns = (side // self.cells for side in deep.shape[-2:])
        grid = tokens.reshape(len(tokens), rows, columns, -1)
        scale_fine, scale_coarse, scale_deep = self.scale(grid).split(self.sizes, dim=-1)
        y = F.silu(scaled(deep, scale_deep) + grown(self.shift(grid), self.cells))
        y = F.silu(self.mix_deep(y)).permute(0, 2, 3, 1)
        y = F.silu(scaled(coarse, scale_coarse) + grown(self.grow_deep(y), 2))
        y = F.silu(self.mix_coarse(y)).permute(0, 2, 3, 1)
        y = F.silu(scaled(fine, scale_fine) + grown(self.grow_coarse(y), 2))
        y = self.paint(F.silu(self.mix_fine(y))).permute(0, 2, 3, 1)
        return sample + grown(y, 2)


class NoisyDetail(SourceDetail):
    """Details from the source picture and the noisy one (DiP, arXiv 2511.18822)."""

    def __init__(self, width: int, patch: int, channels: int, out_channels: int, features: int) -> None:
        """Build it with random weights, as :class:`SourceDetail`; what the noisy picture adds starts at zero."""
        super().__init__(width, patch, channels, out_channels, features)
        fine, coarse, deep = self.sizes
        self.noisy_fine = convolution(4 * channels, fine)
        self.noisy_coarse, self.noisy_deep = convolution(fine, coarse, stride=2), convolution(coarse, deep, stride=2)
        self.noisy_out = nn.ModuleList(zeroed(nn.Conv2d(size, size, 1)) for size in self.sizes)

    def draw(self, sample: Tensor, tokens: Tensor, features: Features, x: Tensor) -> Tensor:
        """As :meth:`SourceDetail.draw`, with features of the noisy picture ``x`` added to those of the source."""
        seen = [out(noisy) for out, noisy in zip(self.noisy_out, self._look_at_noisy(x), strict=True)]
        return super().draw(sample, tokens, tuple(map(torch.add, features, seen)), x)

    def _look_at_noisy(self, x: Tensor) -> Features:
        halves = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        fine = F.silu(self.noisy_fine(halves))
        coarse = F.silu(self.noisy_coarse(fine))
        return fine, coarse, F.silu(self.noisy_deep(coarse))


DETAILS: dict[str, type[SourceDetail]] = {"source": SourceDetail, "noisy": NoisyDetail}
"""What a detail head sees -> its class."""


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size, or halves it with ``stride`` 2."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1)


Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


def zeroed(layer: Layer) -> Layer:
    """``layer`` with weights and bias set to zero (ControlNet, arXiv 2302.05543, section 3.1)."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def scaled(features: Tensor, scale: Tensor) -> Tensor:
    """Features ``[B, F, height, width]`` times ``1 + scale`` of their token, ``scale [B, rows, columns, F]``."""
    batch, channels, height, width = features.shape
    rows, columns = scale.shape[1:3]
    patches = features.permute(0, 2, 3, 1).reshape(batch, rows, height // rows, columns, width // columns, channels)
    product = patches * (1 + scale[:, :, None, :, None])
    return product.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


def grown(cells: Tensor, factor: int) -> Tensor:
    """``[B, h, w, factor * factor * F]`` -> ``[B, F, factor * h, factor * w]``, channels last in memory."""
    batch, height, width = cells.shape[:3]
    split = cells.reshape(batch, height, width, factor, factor, -1).permute(0, 1, 3, 2, 4, 5)
    return split.reshape(batch, factor * height, factor * width, -1).permute(0, 3, 1, 2)
