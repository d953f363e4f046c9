"""Helpers: a photograph, and two editors: one whose flow is known exactly, one real but tiny and untrained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from diffusers import SD3Transformer2DModel
from torch import Tensor

from omniedit.edit.pipeline import OmniEditPipeline
from omniedit.images import resize
from omniedit.model.codec import PixelCodec
from omniedit.model.editnet import EditNet
from omniedit.model.editor import Editor, EditorConfig
from omniedit.model.flow import FlowConfig, sigma_schedule
from omniedit.model.text import Text, TextEncoder

Image = np.ndarray[Any, np.dtype[np.uint8]]
Paint = Callable[[Image], Image]


class KnownEditor:
    """An editor whose flow leads straight to ``paint(source)``: ``v = (x - x_0) / sigma``. It knows the whole world."""

    inpaints = False

    def __init__(self, paint: Paint, known: dict[str, tuple[str, ...]] | None = None) -> None:
        self.paint = paint
        self.codec = PixelCodec()
        self.config = EditorConfig(name="known", known=MappingProxyType(known or {}))
        self.sha256 = "0" * 64
        self.calls = 0

    def embed(self, instructions: Sequence[str]) -> Text:
        return Text(torch.zeros(len(instructions), 1, 1), torch.zeros(len(instructions), 1))

    def encode(self, images: Sequence[Image]) -> Tensor:
        return self.codec.encode(images)

    def decode(self, latents: Tensor) -> list[Image]:
        return self.codec.decode(latents)

    def null_condition(self, condition: Tensor) -> Tensor:
        return torch.zeros_like(condition)

    def cache(self, condition: Tensor) -> None:
        return None

    def velocity(self, x: Tensor, sigma: Tensor, condition: Tensor, text: Text, cache: object = None) -> Tensor:
        self.calls += 1
        target = self.encode([self.paint(picture) for picture in self.decode(condition)])
        return (x - target) / sigma.view(-1, 1, 1, 1)

    def sigmas(self, steps: int) -> Tensor:
        return sigma_schedule(steps, 3.0)


def known(paint: Paint, **options: Any) -> OmniEditPipeline:
    return OmniEditPipeline(KnownEditor(paint, **options))


def real_editor(**config: Any) -> Editor:
    """A real EditNet of two small layers, with random weights in all places that start at zero."""
    torch.manual_seed(0)
    text = TextEncoder.from_pretrained()
    base = SD3Transformer2DModel(
        sample_size=64,
        patch_size=4,
        in_channels=3,
        out_channels=3,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=text.token_width,
        caption_projection_dim=16,
        pooled_projection_dim=text.pooled_width,
        pos_embed_max_size=16,
    )
    net = EditNet(dict(base.config), condition_attention="causal")
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    settings = {"name": "tiny", "area": 1024, "multiple": 8} | config
    return Editor(net, FlowConfig(prediction="velocity"), EditorConfig(**settings), text)


def photograph(width: int, height: int) -> Image:
    """A real photograph, cropped about its middle to the ratio asked for."""
    from sklearn.datasets import load_sample_image

    picture = np.asarray(load_sample_image("china.jpg"), np.uint8)
    scale = max(width / 640, height / 427)
    w, h = max(1, round(width / scale)), max(1, round(height / scale))
    top, left = (427 - h) // 2, (640 - w) // 2
    return resize(picture[top : top + h, left : left + w], (width, height))
