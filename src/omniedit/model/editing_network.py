"""What EditNet and its rivals have in common: an SD3 transformer that is given a source picture too.

Letters: B batch, C latent channels, N image tokens, L text tokens, D width.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import torch
from diffusers import ModelMixin, SD3Transformer2DModel
from diffusers.configuration_utils import ConfigMixin
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from torch import Tensor, nn

from omniedit.model.condition import ConditionCache

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class EditingNetwork(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """An SD3 transformer, ``base``, and what lets it edit a picture. Abstract.

    A subclass registers its options in its config, builds what it adds, and says in :meth:`predict` how it computes.
    It is saved and loaded as diffusers' models are (``save_pretrained``, ``from_pretrained``).
    """

    _supports_gradient_checkpointing = True
    _no_split_modules = ("JointTransformerBlock",)

    trains_base: ClassVar[bool] = False
    """Whether the method trains the base too: what it adds is then too little to learn editing by itself."""

    def __init__(self, base_config: dict[str, Any]) -> None:
        """Build the base, with random weights, from the ``config`` of an ``SD3Transformer2DModel`` as a plain dict."""
        super().__init__()
        self.base = SD3Transformer2DModel.from_config(base_config)
        self.gradient_checkpointing = False

    @classmethod
    def from_transformer(cls, base: SD3Transformer2DModel, **options: Any) -> Self:  # noqa: ANN401 (each has its own)
        """An untrained network over ``base``, an SD3 or SD3.5 transformer whose weights are copied.

        Only what the network adds requires gradients (:meth:`control_parameters`), also where its method trains the
        base (:attr:`trains_base`). The base's config is copied, never shared: diffusers' FrozenDict is not frozen.

        Args:
            base: the transformer to start from; it is left alone.
            options: those of the class.
        """
        config = {key: value for key, value in dict(base.config).items() if not key.startswith("_")}
        net: Self = cls(base_config=copy.deepcopy(config), **options)
        net.base.load_state_dict(base.state_dict())
        net.start_from_base()
        net.base.requires_grad_(False)
        if (net.dtype, net.device) != (base.dtype, base.device):
            net.to(dtype=base.dtype, device=base.device)
        return net

    @property
    def causal(self) -> bool:
        """Whether the condition can be computed once per picture (:meth:`cache_condition`)."""
        return False

    @property
    def condition_channels(self) -> int:
        """Channels of the condition that :meth:`forward` takes."""
        channels: int = self.base.config.in_channels
        return channels

    def added_parts(self) -> tuple[nn.Module, ...]:
        """The modules that the network adds to its base."""
        raise NotImplementedError

    def start_from_base(self) -> None:
        """Copy the base's weights to those added parts that start as copies; nothing unless a subclass says so."""

    def control_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters that the network adds to its base."""
        for part in self.added_parts():
            yield from part.parameters()

    def idle_parameters(self) -> Iterator[nn.Parameter]:
        """Those that no output depends on, which cannot be trained; none unless a subclass says so."""
        yield from ()

    def forward(
        self,
        hidden_states: Tensor,
        condition: Tensor | None,
        encoder_hidden_states: Tensor,
        pooled_projections: Tensor,
        timestep: Tensor,
        condition_cache: ConditionCache | None = None,
        return_dict: bool = True,
    ) -> Transformer2DModelOutput | tuple[Tensor]:
        """Predict from noisy latents, a source picture and text (argument names are diffusers' own).

        Args:
            hidden_states: noisy latents ``[B, C, height, width]``, sides multiples of the patch size.
            condition: latents of the source picture ``[B, condition_channels, height, width]``; may be None when
                ``condition_cache`` is given to a network that is :attr:`causal`.
            encoder_hidden_states: text tokens ``[B, L, joint_attention_dim]``.
            pooled_projections: pooled text ``[B, pooled_projection_dim]``.
            timestep: ``[B]``, 0..1000 (1000 sigma).
            condition_cache: from :meth:`cache_condition` (causal networks only).
            return_dict: a ``Transformer2DModelOutput`` when True, else a 1-tuple.

        Returns:
            ``sample [B, out_channels, height, width]``.

        Raises:
            ValueError: neither a condition nor a cache that can stand for it is given.
        """
        cache = condition_cache if self.causal else None
        if condition is None and cache is None:
            name = type(self).__name__
            raise ValueError(f"{name} needs a condition (or a condition_cache, where its attention is causal)")
        text = encoder_hidden_states, pooled_projections
        sample = self.predict(hidden_states, condition, *text, timestep, cache)
        return Transformer2DModelOutput(sample=sample) if return_dict else (sample,)

    def predict(
        self,
        x: Tensor,
        condition: Any,  # noqa: ANN401 (None only beside a cache: see forward)
        text: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        cache: ConditionCache | None,
    ) -> Tensor:
        """What :meth:`forward` gives, from its arguments in order; one of ``condition`` and ``cache`` is there."""
        raise NotImplementedError

    def cache_condition(self, condition: Tensor) -> ConditionCache:
        """What is computed of the source picture ``[B, condition_channels, height, width]`` once.

        Raises:
            ValueError: the network is not :attr:`causal`.
        """
        raise ValueError(f"only causal condition attention can be cached; {type(self).__name__} is not causal")

    def _embed(self, x: Tensor, text: Tensor, pooled: Tensor, timestep: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Image tokens ``h [B, N, D]``, text tokens ``p [B, L, D]`` and modulation ``t [B, D]`` of the base."""
        base = self.base
        h = base.pos_embed(x).contiguous()
        return h, base.context_embedder(text), base.time_text_embed(timestep, pooled)

    def _transform(self, h: Tensor, p: Tensor, t: Tensor) -> Tensor:
        """Image tokens after all blocks of the base."""
        for block in self.base.transformer_blocks:
            p, h = self._run(block, h, p, t)
        return h

    def _draw(self, h: Tensor, t: Tensor, size: tuple[int, ...]) -> Tensor:
        """Last image tokens ``[B, N, D]`` -> ``[B, out_channels, *size]``."""
        return self._unpatchify(self.base.proj_out(self.base.norm_out(h, t)), size)

    def _run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call ``function``, with gradient checkpointing where that is switched on."""
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            result: T = self._gradient_checkpointing_func(function, *arguments)
            return result
        return function(*arguments)

    def _unpatchify(self, tokens: Tensor, size: tuple[int, ...]) -> Tensor:
        """``[B, N, patch * patch * C]`` -> ``[B, C, height, width]``, in SD3's order."""
        patch, channels = self.base.config.patch_size, self.base.out_channels
        rows, columns = (side // patch for side in size)
        grid = tokens.reshape(-1, rows, columns, patch, patch, channels)
        return torch.einsum("nhwpqc->nchpwq", grid).reshape(-1, channels, *size)


def patches(embed: nn.Conv2d, picture: Tensor) -> Tensor:
    """Tokens ``[B, N, D]`` of a picture, by a patch embedding without positions."""
    tokens: Tensor = embed(picture).flatten(2).transpose(1, 2)
    return tokens
