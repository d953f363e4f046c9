"""The two stages of a model: the text-to-image base, then an editing network over it. One class each, in ``STAGES``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import torch
from diffusers import SD3Transformer2DModel
from torch import Tensor, nn

from omniedit.data.proposals.lexicon import world
from omniedit.errors import ModelError, RecipeError
from omniedit.model.base import Base, fetch
from omniedit.model.bundle import save_difference
from omniedit.model.codec import PixelCodec, VaeCodec
from omniedit.model.editor import Editor, EditorConfig
from omniedit.model.networks import NETWORKS, EditingNetwork, load_network
from omniedit.model.sd3 import config_from_sd3, network_from_sd3
from omniedit.model.text import Reads, SD3TextConfig, SD3TextEncoder, Text, TextEncoder
from omniedit.train.examples import Encoders, Reader, captioned, edits
from omniedit.train.objective import FlowBatch, Network
from omniedit.train.parts import PARTS
from omniedit.train.recipe import Recipe

VAE_FACTOR = 8
"""Pixels along the side of a cell of SD3's latents."""


class Stage(Protocol):
    """What the loop needs to know of a stage."""

    @property
    def read(self) -> Reader:
        """Which examples a pair gives."""
        ...

    @property
    def edits(self) -> bool:
        """Whether its network makes edits, which can be validated."""
        ...

    def encoders(self, recipe: Recipe) -> Encoders:
        """Codec and text encoder."""
        ...

    def build(self, recipe: Recipe) -> nn.Module:
        """A network to train, with ``requires_grad`` where it should."""
        ...

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """``net`` with the batch's condition and text given."""
        ...

    def editor(self, net: nn.Module, recipe: Recipe, encoders: Encoders) -> Editor:
        """An editor around ``net``."""
        ...

    def save(self, weights: Mapping[str, Tensor], recipe: Recipe) -> Path:
        """Write a finished model, with ``weights`` where it was trained, below ``recipe.out``; returns its folder."""
        ...


class BaseStage:
    """Text to picture: a small SD3 transformer on captioned scenes."""

    read = staticmethod(captioned)
    edits = False

    def encoders(self, recipe: Recipe) -> Encoders:
        """Pixels and the embedded text encoder."""
        return Encoders(PixelCodec(), TextEncoder.from_pretrained())

    def build(self, recipe: Recipe) -> SD3Transformer2DModel:
        """A randomly initialised transformer that reads the embedded text encoder's text."""
        torch.manual_seed(recipe.seed)
        return new_transformer(recipe, TextEncoder.from_pretrained())

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """The transformer with its text given."""
        return lambda x, sigma: net(x, text.tokens, text.pooled, sigma * 1000, return_dict=False)[0]

    def editor(self, net: nn.Module, recipe: Recipe, encoders: Encoders) -> Editor:
        """There is none: a base has no source picture. Raises RecipeError."""
        raise RecipeError("the base stage makes no edits: train the edit stage over it")

    def save(self, weights: Mapping[str, Tensor], recipe: Recipe) -> Path:
        """A transformer folder in the diffusers layout."""
        net, folder = self.build(recipe), Path(recipe.out) / "model"
        net.load_state_dict(weights, strict=False)
        net.save_pretrained(folder / "transformer")
        return folder


class EditStage:
    """An editing network for pixels, on judged pairs."""

    read = staticmethod(edits)
    edits = True

    def encoders(self, recipe: Recipe) -> Encoders:
        """Pixels and the embedded text encoder."""
        return Encoders(PixelCodec(), TextEncoder.from_pretrained())

    def build(self, recipe: Recipe) -> EditingNetwork:
        """The recipe's network over its base, which is frozen unless ``parts`` says otherwise."""
        torch.manual_seed(recipe.seed)
        start = _load_start(recipe.init) if recipe.init else new_transformer(recipe, TextEncoder.from_pretrained())
        base = start.base if isinstance(start, EditingNetwork) else start
        net: EditingNetwork = NETWORKS[recipe.model.network].from_transformer(base, **options(recipe))
        if isinstance(start, EditingNetwork):
            _carry_over(start, net, recipe.init)
        PARTS[recipe.train.parts](net, recipe.train)
        return net

    def network(self, net: nn.Module, batch: FlowBatch, text: Text) -> Network:
        """The network with its source pictures and text given."""
        return lambda x, sigma: net(x, batch.condition, text.tokens, text.pooled, sigma * 1000, return_dict=False)[0]

    def editor(self, net: nn.Module, recipe: Recipe, encoders: Encoders) -> Editor:
        """An editor around ``net``, which knows the words of the embedded world."""
        assert isinstance(net, EditingNetwork)
        model, known = recipe.model, world().known()
        config = EditorConfig(name=recipe.name, area=model.area, multiple=model.multiple, known=known)
        return Editor(net, recipe.flow, config, encoders.text, encoders.codec)

    def save(self, weights: Mapping[str, Tensor], recipe: Recipe) -> Path:
        """A whole editor, in half precision."""
        net, folder = self.build(recipe), Path(recipe.out) / "model"
        net.load_state_dict(weights, strict=False)
        self.editor(net, recipe, self.encoders(recipe)).save_pretrained(folder, half=True)
        return folder


class LatentStage(EditStage):
    """An editing network over a model of SD3's, on judged pairs or on a cache of their latents."""

    def encoders(self, recipe: Recipe) -> Encoders:
        """Those of the SD3 folder."""
        model = recipe.model
        folder = fetch(model.sd3, t5=model.t5)
        text = SD3TextEncoder.from_pretrained(folder, t5=model.t5, length=model.text_length)
        return Encoders(VaeCodec.from_pretrained(folder), text)

    def build(self, recipe: Recipe) -> EditingNetwork:
        """The recipe's network over SD3's transformer, which is frozen unless ``parts`` says otherwise.

        In ``bf16`` what is frozen is held in bfloat16: it is multiplied in nothing else.
        """
        net = self._network(recipe)[0]
        if recipe.train.precision == "bf16":
            for parameter in net.parameters():
                parameter.data = parameter.data if parameter.requires_grad else parameter.data.bfloat16()
        return net

    def editor(self, net: nn.Module, recipe: Recipe, encoders: Encoders) -> Editor:
        """An editor around ``net``, which may be asked for anything."""
        assert isinstance(net, EditingNetwork)
        return Editor(net, recipe.flow, self._config(net, recipe), encoders.text, encoders.codec)

    def save(self, weights: Mapping[str, Tensor], recipe: Recipe) -> Path:
        """Only what was trained, with a reference to its base; a whole editor where the base was trained too."""
        (net, base), folder = self._network(recipe), Path(recipe.out) / "model"
        config = self._config(net, recipe)
        net.load_state_dict(weights, strict=False)
        if recipe.train.parts == "all":
            encoders = self.encoders(recipe)
            Editor(net, recipe.flow, config, encoders.text, encoders.codec, base).save_pretrained(folder)
        else:
            width = int(net.base.config.joint_attention_dim)
            text = SD3TextConfig(length=recipe.model.text_length, t5=recipe.model.t5, token_width=width)
            save_difference(net, folder, config=config, flow=recipe.flow, text=text, base=base)
        return folder

    def _network(self, recipe: Recipe) -> tuple[EditingNetwork, Base]:
        torch.manual_seed(recipe.seed)
        net, base = network_from_sd3(recipe.model.sd3, recipe.model.network, **options(recipe))
        PARTS[recipe.train.parts](net, recipe.train)
        return net, base

    def _config(self, net: EditingNetwork, recipe: Recipe) -> EditorConfig:
        return replace(config_from_sd3(net, VAE_FACTOR, recipe.name), area=recipe.model.area)


def options(recipe: Recipe) -> dict[str, Any]:
    """What the recipe says of its network alone."""
    model = recipe.model
    if model.network != "editnet":
        return {}
    return {
        "condition_attention": model.condition_attention,
        "detail": model.detail,
        "detail_sees": model.detail_sees,
    }


STAGES: dict[str, Stage] = {"base": BaseStage(), "edit": EditStage(), "latent": LatentStage()}
"""Name -> stage; a recipe's ``edit`` over SD3 is ``latent`` (:func:`stage_of`)."""


def stage_of(recipe: Recipe) -> Stage:
    """The stage that a recipe asks for."""
    return STAGES["latent" if recipe.model.sd3 else recipe.stage]


def new_transformer(recipe: Recipe, text: Reads) -> SD3Transformer2DModel:
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


def _load_start(folder: str) -> SD3Transformer2DModel | EditingNetwork:
    """The transformer of a base stage, or the network of an editing model."""
    transformer = Path(folder) / "transformer"
    try:
        kind = SD3Transformer2DModel.load_config(transformer)["_class_name"]
        if kind == SD3Transformer2DModel.__name__:
            return SD3Transformer2DModel.from_pretrained(transformer)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder} holds no transformer to start from: train the base stage first ({error})"
        ) from error
    return load_network(transformer)


def _carry_over(start: EditingNetwork, net: EditingNetwork, folder: str) -> None:
    """Give ``net`` the weights of ``start``; what it has beside them stays as new.

    Raises:
        ModelError: ``start`` has weights that ``net`` has no place for.
    """
    weights, places = start.state_dict(), net.state_dict()
    lost = [name for name, weight in weights.items() if name not in places or places[name].shape != weight.shape]
    if lost:
        raise ModelError(
            f"the recipe's network has no place for {len(lost)} of the weights in {folder}, {lost[0]} among them: "
            "its [model] must be that of the model it starts from, or more"
        )
    net.load_state_dict(weights, strict=False)
