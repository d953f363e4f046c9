"""The two stages of a model: the text-to-image base, then EditNet over it. One class each, found in ``STAGES``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from diffusers import SD3Transformer2DModel
from torch import Tensor, nn

from omniedit.errors import ModelError
from omniedit.model.editnet import EditNet
from omniedit.model.editor import Editor, EditorConfig
from omniedit.model.text import Text, TextEncoder
from omniedit.train.loader import Reader, captioned, edits
from omniedit.train.objective import FlowBatch, Network
from omniedit.train.recipe import Recipe


class Stage(Protocol):
    """What the loop needs to know of a stage."""

    @property
    def read(self) -> Reader:
        """Which examples a pair gives."""
        ...

    def build(self, recipe: Recipe, text: TextEncoder) -> nn.Module:
        """A network to train, with ``requires_grad`` where it should."""
        ...

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """``net`` with the batch's condition and text given."""
        ...

    def save(self, net: nn.Module, weights: Mapping[str, Tensor], recipe: Recipe, known: Mapping[str, Any]) -> Path:
        """Write a finished model with ``weights`` below ``recipe.out``; returns its folder."""
        ...


class BaseStage:
    """Text to picture: a small SD3 transformer on captioned scenes."""

    read = staticmethod(captioned)

    def build(self, recipe: Recipe, text: TextEncoder) -> SD3Transformer2DModel:
        """A randomly initialised transformer that reads ``text``."""
        return new_transformer(recipe, text)

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """The transformer with its text given."""
        return lambda x, sigma: net(x, text.tokens, text.pooled, sigma * 1000, return_dict=False)[0]

    def save(self, net: nn.Module, weights: Mapping[str, Tensor], recipe: Recipe, known: Mapping[str, Any]) -> Path:
        """A transformer folder in the diffusers layout."""
        assert isinstance(net, SD3Transformer2DModel)
        fresh = SD3Transformer2DModel.from_config(net.config)
        fresh.load_state_dict(dict(weights))
        folder = Path(recipe.out) / "model"
        fresh.save_pretrained(folder / "transformer")
        return folder


class EditStage:
    """EditNet on judged pairs."""

    read = staticmethod(edits)

    def build(self, recipe: Recipe, text: TextEncoder) -> EditNet:
        """EditNet over the base stage's transformer (``recipe.init``), the base frozen unless ``train_base``."""
        base = _load_base(Path(recipe.init)) if recipe.init else new_transformer(recipe, text)
        net: EditNet = EditNet.from_transformer(
            base, condition_attention=recipe.model.condition_attention, detail=recipe.model.detail
        )
        net.base.requires_grad_(recipe.train.train_base)
        return net

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """EditNet with its source pictures and text given."""
        return lambda x, sigma: net(x, batch.condition, text.tokens, text.pooled, sigma * 1000, return_dict=False)[0]

    def save(self, net: nn.Module, weights: Mapping[str, Tensor], recipe: Recipe, known: Mapping[str, Any]) -> Path:
        """An editor folder."""
        folder = Path(recipe.out) / "model"
        self.editor(net, weights, recipe, known).save_pretrained(folder, half=True)
        return folder

    def editor(self, net: nn.Module, weights: Mapping[str, Tensor], recipe: Recipe, known: Mapping[str, Any]) -> Editor:
        """An editor with a copy of ``net`` that has ``weights``."""
        assert isinstance(net, EditNet)
        fresh = EditNet.from_config(net.config)
        fresh.load_state_dict(dict(weights))
        config = EditorConfig(name=recipe.name, area=recipe.model.area, multiple=recipe.model.patch, known=known)
        return Editor(fresh, recipe.flow, config)


STAGES: dict[str, Stage] = {"base": BaseStage(), "edit": EditStage()}
"""Stage name in a recipe -> the stage."""


def new_transformer(recipe: Recipe, text: TextEncoder) -> SD3Transformer2DModel:
    """A randomly initialised SD3 transformer for pixels, with the recipe's sizes.

    A blending head has a weight for every channel beside the channel itself
    (:func:`omniedit.model.flow.blend_to_sample`).
    """
    model = recipe.model
    return SD3Transformer2DModel(
        sample_size=8 * model.patch,
        patch_size=model.patch,
        in_channels=3,
        out_channels=6 if recipe.flow.prediction == "blend" else 3,
        num_layers=model.layers,
        attention_head_dim=model.head_width,
        num_attention_heads=model.heads,
        joint_attention_dim=text.token_width,
        caption_projection_dim=model.width,
        pooled_projection_dim=text.pooled_width,
        pos_embed_max_size=model.grid,
    )


def _load_base(folder: Path) -> SD3Transformer2DModel:
    """The base stage's transformer."""
    try:
        return SD3Transformer2DModel.from_pretrained(folder / "transformer")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder} holds no transformer to start from: train the base stage first ({error})"
        ) from error
