"""The student's network: (source, result, instruction) -> a distribution over each of the rubric's three scores.

    source, result, their difference, how rough each is -> convolutions -> tokens of 16 x 16 pixels
    tokens + words + one query per score -> transformer -> the tokens' maps: what is due there, what is wrong there
    the queries + what the maps add up to -> 21 bins -> expected scores

The maps are what the teacher's scores are made of: how much of a token the edit should change, and how much of it is
wrong in the result. They are learnt beside the scores, from an ideal edit where there is one; to judge, none is needed.

A query starts from the mean and the maximum of all tokens: most of what a score is made of is an amount, wherever it
lies, and attention alone takes long to learn to add up.

Scores are learnt as a distribution over bins ("Stop Regressing", arXiv 2403.03950), which trains better than a single
number and does not pull the tails to the middle. Most scores lie near 10, where candidates are kept or rejected, so the
bins are closer there: bin k of K stands for 10 (1 - (1 - k / (K - 1))^2).

The convolutions have no normalisation: how large a difference is decides the score, and a norm would divide it away.

Letters: B batch, H and W sides in pixels, T tokens, D width of a token, L words, E width of a word, S scores, K bins,
M maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SCORES = 3
"""S: success, over-editing, artefacts."""
MAPS = 2
"""M: due, wrong."""
FACTS = 4
"""What maps add up to: see `facts`."""


class Judged(NamedTuple):
    """What the network makes of candidates."""

    scores: Tensor
    """Logits of the bins, ``float32 [B, S, K]``."""
    maps: Tensor
    """Logits of the maps, ``float32 [B, T, M]``, tokens row by row."""


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """Sizes of the network, and of the pictures that it sees."""

    area: int = 128 * 128
    """Pixels at which pictures are compared, those of the oracle."""
    channels: tuple[int, ...] = (48, 64, 128, 192)
    """Channels of the convolutions; each stage halves the picture's sides."""
    blocks: tuple[int, ...] = (0, 1, 2, 1)
    """Residual blocks of each stage."""
    width: int = 192
    """D, a multiple of four and of ``heads``."""
    layers: int = 4
    """Transformer layers."""
    heads: int = 6
    """Attention heads."""
    text_width: int = 80
    """E, the token width of the text encoder."""
    bins: int = 21
    """K."""

    @property
    def multiple(self) -> int:
        """What the pictures' sides are multiples of: the side of a token in pixels."""
        return int(2 ** len(self.channels))


class StudentNet(nn.Module):
    """The network."""

    def __init__(self, config: StudentConfig) -> None:
        """Draw random weights."""
        super().__init__()
        self.config = config
        incoming = (11, *config.channels[:-1])
        stages = zip(incoming, config.channels, config.blocks, strict=True)
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, stride=2, padding=1), *(Residual(after) for _ in range(blocks)))
            for before, after, blocks in stages
        )
        self.picture = nn.Linear(config.channels[-1], config.width)
        self.words = nn.Linear(config.text_width, config.width)
        self.queries = nn.Parameter(0.5 * torch.randn(SCORES, config.width))
        self.amounts = nn.Linear(2 * config.channels[-1], SCORES * config.width)
        self.layers = nn.ModuleList(Layer(config.width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.maps = nn.Linear(config.width, MAPS)
        self.heads = nn.ModuleList(nn.Linear(config.width + FACTS, config.bins) for _ in range(SCORES))
        self.register_buffer("centres", bin_centres(config.bins), persistent=False)
        self.centres: Tensor
        for layer in (*self.stages.modules(), self.picture, self.words):
            if isinstance(layer, nn.Conv2d | nn.Linear) and layer.weight.any():
                keep_loudness(layer)

    def forward(self, source: Tensor, result: Tensor, words: Tensor) -> Judged:
        """Scores and maps.

        Args:
            source: ``[B, 3, H, W]`` with values -1..1; sides are multiples of ``config.multiple``.
            result: Alike.
            words: ``[B, L, E]``, the tokens of a :class:`~omniedit.model.text.TextEncoder`.
        """
        rough = [roughness(picture) for picture in (source, result)]
        x = torch.cat([source, result, compressed(result - source), *rough], dim=1)
        x = x.contiguous(memory_format=torch.channels_last)
        for index, stage in enumerate(self.stages):
            x = stage(F.silu(x) if index else x)
        places = grid_places(x.shape[-2], x.shape[-1], self.config.width).to(x.device)
        pictures = self.picture(x.flatten(2).transpose(1, 2)) + places
        amounts = self.amounts(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)).unflatten(1, (SCORES, -1))
        tokens = torch.cat([self.queries + amounts, self.words(words), pictures], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.norm(tokens)
        maps = self.maps(tokens[:, -pictures.shape[1] :]).float()
        known = facts(maps.sigmoid()).to(tokens.dtype)
        answers = [head(torch.cat([tokens[:, index], known], 1)) for index, head in enumerate(self.heads)]
        return Judged(torch.stack(answers, dim=1).float(), maps)

    def scores(self, logits: Tensor) -> Tensor:
        """Expected scores ``[B, S]`` on 0..10 of ``logits [B, S, K]``."""
        return logits.softmax(-1) @ self.centres


def facts(maps: Tensor) -> Tensor:
    """``[B, T, M]`` with values 0..1 -> ``[B, 4]``: due, wrong, wrong as a share of due, wrong elsewhere.

    The third is one minus the oracle's success before its curve. Roots, since most amounts are small.
    """
    due, wrong = maps.unbind(-1)
    share = (due * wrong).mean(1) / (due.mean(1) + 0.01)
    amounts = torch.stack([due.mean(1), wrong.mean(1), share, ((1 - due) * wrong).mean(1)], dim=1)
    return (amounts + 1e-4).sqrt()


class Residual(nn.Module):
    """``x + conv(silu(conv(silu(x))))``, nothing but ``x`` before training."""

    def __init__(self, channels: int) -> None:
        """Keep ``channels``."""
        super().__init__()
        self.inner = nn.Conv2d(channels, channels, 3, padding=1)
        self.outer = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """``[B, C, h, w]`` -> the same shape."""
        return torch.as_tensor(x + self.outer(F.silu(self.inner(F.silu(x)))))


class Layer(nn.Module):
    """A transformer layer with the norms in front (arXiv 2002.04745)."""

    def __init__(self, width: int, heads: int) -> None:
        """Attend with ``heads`` over tokens of ``width``."""
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend_in, self.attend_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """``[B, T, D]`` -> the same shape."""
        batch, count, width = tokens.shape
        parts = self.attend_in(self.first(tokens)).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(batch, count, width)
        tokens = tokens + self.attend_out(seen)
        return torch.as_tensor(tokens + self.think(self.second(tokens)))


def keep_loudness(layer: nn.Conv2d | nn.Linear) -> None:
    """Draw weights that pass a signal on as loud as it came (arXiv 1502.01852, Eq. 10).

    With torch's own the pictures reach the transformer 250 times fainter than the places of their tokens.
    """
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def compressed(difference: Tensor) -> Tensor:
    """``sign(d) sqrt(|d|)``, in single precision: a difference that one can just see is not lost beside a large one."""
    difference = difference.float()
    return difference.sign() * difference.abs().sqrt()


def roughness(pictures: Tensor) -> Tensor:
    """``[B, 3, H, W]`` -> the root of the local noise level ``[B, 1, H, W]``, which grain raises and blur lowers.

    The level is the response to the difference of two Laplacians, which straight edges hardly have (Immerkær, "Fast
    noise variance estimation", 1996): an energy, for which convolutions would first have to learn to rectify.
    """
    kernel = pictures.new_tensor([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]).view(1, 1, 3, 3) / 6
    grey = F.pad(pictures.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    return F.conv2d(grey.float(), kernel.float()).abs().add(1e-4).sqrt()


def grid_places(rows: int, columns: int, width: int) -> Tensor:
    """Sinusoids ``[rows * columns, width]`` of a token's row and column (arXiv 1706.03762, section 3.5), base 100."""
    rate = 100.0 ** (-torch.arange(width // 4) / (width // 4))
    down, across = (torch.arange(count).unsqueeze(1) * rate for count in (rows, columns))
    down = torch.cat([down.sin(), down.cos()], 1).unsqueeze(1).expand(-1, columns, -1)
    across = torch.cat([across.sin(), across.cos()], 1).unsqueeze(0).expand(rows, -1, -1)
    return torch.cat([down, across], dim=2).flatten(0, 1)


def bin_centres(bins: int) -> Tensor:
    """Scores ``float32 [K]`` that the bins stand for: 0 first, 10 last, closer towards 10."""
    return 10 * (1 - (1 - torch.linspace(0, 1, bins)) ** 2)


def soft_labels(scores: Tensor, centres: Tensor) -> Tensor:
    """Distributions ``[B, S, K]`` over the two bins beside each score, whose expected values are ``scores [B, S]``."""
    upper = torch.searchsorted(centres, scores.contiguous()).clamp(1, len(centres) - 1)
    low, high = centres[upper - 1], centres[upper]
    share = ((scores - low) / (high - low)).clamp(0, 1).unsqueeze(-1)
    labels = torch.zeros(*scores.shape, len(centres))
    labels.scatter_(-1, (upper - 1).unsqueeze(-1), 1 - share)
    return labels.scatter_(-1, upper.unsqueeze(-1), share)
