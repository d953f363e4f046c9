"""ControlNet over SD3 (Figure 4b of arXiv 2411.07199), and its TextControl variant (its section 5.2).

With base block ``B_i``, trainable copy ``C_j``, noisy latents ``x``, source picture ``c``, text ``y``, time ``t``:

    g_0 = E'(x) + Z^e(c),   q_0 = T'(y)             states of the branch's own: embeddings E', T' are copies too
    g_{j+1}, q_{j+1} = C_j(g_j, q_j, t')
    h_{i+1} = B_i^h(h_i, p_i, t) + Z_j^h(g_{j+1})
    p_{i+1} = B_i^p(h_i, p_i, t)                    + Z_j^p(q_{j+1}) in the TextControl variant

The ``Z`` start at zero. The branch never sees ``h_i``, ``p_i``: that is what EditNet adds. diffusers' SD3 gives base
layer ``i`` of L the residual ``j = int(i / (L / layers))`` of a branch of ``layers``, and none to its last layer.

Letters: B batch, L layers, M layers of the branch that are built, N image tokens, T text tokens, D width.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from diffusers import SD3ControlNetModel, SD3Transformer2DModel
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from omniedit.model.condition import ConditionCache
from omniedit.model.detail import zeroed
from omniedit.model.editing_network import EditingNetwork


class Residual(NamedTuple):
    """What one layer of the branch adds to layers of the base."""

    image: Tensor
    """``[B, N, D]``, to be added to the image tokens."""
    text: Tensor | None
    """``[B, T, D]``, to be added to the text tokens; None leaves them alone."""


class ControlNet(EditingNetwork):
    """The paper's rival (b), equal to diffusers' ``SD3ControlNetModel`` beside its ``SD3Transformer2DModel``.

    A layer of the branch whose residual reaches no layer of the base is not built: with ``layers = L`` that is the
    last one, so that M = L - 1.

    * Extra parameters: M blocks of ``36 D^2 + 30 D`` (SD3.5: ``4 d`` more for d-wide heads that are normalised, and in
      a layer with dual attention ``7 D^2 + 7 D + 2 d``), M zero layers of ``D^2 + D``, copies of the embeddings of
      time (``256 D + D^2 + 2 D``), pooled text (``W D + D^2 + 2 D``), text (``J D + D``) and patches
      (``P^2 C D + D``), and the condition's patch embedding (as many again).
    * Cost of a step: with ``F = 24 D^2 (N + T) + 4 D (N + T)^2`` FLOPs a block, ``L F`` for the base (without control)
      and ``M (F + 2 D^2 N)`` for the branch: nearly twice the base.

    Args:
        base_config: configuration of the ``SD3Transformer2DModel`` (its ``config``, as a plain dict).
        layers: layers of the branch by diffusers' count, 1..L; None: L, one for each layer of the base. (diffusers'
            own training script takes 12 of SD3-medium's 24.)
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, base_config: dict[str, Any], layers: int | None = None) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__(base_config)
        self._reach = reach(self.base.config.num_layers, layers)
        self.control = SD3ControlNetModel(**control_config(self.base, self._reach[-1] + 1))

    @classmethod
    def from_diffusers(cls, base: SD3Transformer2DModel, control: SD3ControlNetModel) -> ControlNet:
        """A base and a ControlNet that was trained for it, as one network.

        Raises:
            ValueError: the ControlNet is not of the base's size, or of a kind that SD3-medium has none of (further
                conditioning channels, no embeddings of its own).
        """
        net: ControlNet = cls.from_transformer(base, layers=control.config.num_layers)
        weights = control.state_dict()
        try:
            left = net.control.load_state_dict(weights, strict=False)
        except RuntimeError as error:
            raise ValueError(f"the ControlNet is not one for this base: {error}") from error
        built = len(net.control.transformer_blocks)
        beyond = {f"{part}.{built}." for part in ("transformer_blocks", "controlnet_blocks")}
        unknown = [name for name in left.unexpected_keys if not name.startswith(tuple(beyond))]
        if left.missing_keys or unknown:
            raise ValueError(f"the ControlNet is not one for this base: {(left.missing_keys + unknown)[0]}")
        return net

    def to_diffusers(self) -> SD3ControlNetModel:
        """The branch as diffusers' pipelines take it, with as many layers as it was asked for.

        A layer that was not built is there with random weights and a zero layer: diffusers computes it, and its
        residual reaches nothing.
        """
        layers = self.config.layers or self.base.config.num_layers
        control = SD3ControlNetModel(**control_config(self.base, layers))
        control.load_state_dict(self.control.state_dict(), strict=False)
        return control.to(device=self.device, dtype=self.dtype)

    def added_parts(self) -> tuple[nn.Module, ...]:
        """The branch."""
        return (self.control,)

    def idle_parameters(self) -> Iterator[nn.Parameter]:
        """Of the branch's last block, the text's way out leads nowhere."""
        last = self.control.transformer_blocks[-1]
        for part in (last.ff_context, last.attn.to_add_out):
            yield from part.parameters()

    def start_from_base(self) -> None:
        """Blocks and embeddings of the branch start as copies of the base's."""
        base, control = self.base, self.control
        control.pos_embed.load_state_dict(base.pos_embed.state_dict())
        control.time_text_embed.load_state_dict(base.time_text_embed.state_dict())
        control.context_embedder.load_state_dict(base.context_embedder.state_dict())
        for copied, block in zip(control.transformer_blocks, base.transformer_blocks, strict=False):
            copied.load_state_dict(block.state_dict())

    def predict(
        self,
        x: Tensor,
        condition: Tensor,
        text: Tensor,
        pooled: Tensor,
        timestep: Tensor,
        cache: ConditionCache | None,
    ) -> Tensor:
        """The formulas above."""
        residuals = self._residuals(x, condition, text, pooled, timestep)
        h, p, t = self._embed(x, text, pooled, timestep)
        for i, block in enumerate(self.base.transformer_blocks):
            p, h = self._run(block, h, p, t)
            if i < len(self._reach):
                residual = residuals[self._reach[i]]
                h = h + residual.image
                p = p if residual.text is None else p + residual.text
        return self._draw(h, t, x.shape[-2:])

    def _residuals(
        self, x: Tensor, condition: Tensor, text: Tensor, pooled: Tensor, timestep: Tensor
    ) -> list[Residual]:
        """What every layer of the branch adds."""
        control = self.control
        g = control.pos_embed(x) + control.pos_embed_input(condition)
        q, t = control.context_embedder(text), control.time_text_embed(timestep, pooled)
        residuals = []
        for j, (block, zero) in enumerate(zip(control.transformer_blocks, control.controlnet_blocks, strict=True)):
            q, g = self._run(block, g, q, t)
            residuals.append(Residual(zero(g), self._text_residual(j, q)))
        return residuals

    def _text_residual(self, j: int, q: Tensor) -> Tensor | None:
        """Nothing: ControlNet leaves the text alone."""
        return None


class ControlNetText(ControlNet):
    """The paper's TextControl ablation: a ControlNet that updates the base's text tokens too.

    As :class:`ControlNet`, with M further zero layers of ``D^2 + D`` parameters, ``2 D^2 T`` FLOPs each.

    Args:
        base_config: as in :class:`ControlNet`.
        layers: as in :class:`ControlNet`.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, base_config: dict[str, Any], layers: int | None = None) -> None:
        """Build it with random weights; :meth:`from_transformer` starts from a base's."""
        super().__init__(base_config, layers)
        width = self.base.inner_dim
        self.text_out = nn.ModuleList(zeroed(nn.Linear(width, width)) for _ in self.control.transformer_blocks)

    def added_parts(self) -> tuple[nn.Module, ...]:
        """The branch, and its way to the text."""
        return self.control, self.text_out

    def idle_parameters(self) -> Iterator[nn.Parameter]:
        """None: here the text's way out of the last block leads to the base."""
        yield from ()

    def _text_residual(self, j: int, q: Tensor) -> Tensor | None:
        """``Z_j^p(q_{j+1})``."""
        added: Tensor = self.text_out[j](q)
        return added


def reach(layers: int, branch: int | None) -> list[int]:
    """For each layer of the base but the last, which has no text output: the layer of the branch that adds to it.

    diffusers' own rule (``SD3Transformer2DModel.forward``), in the same floating-point arithmetic.

    Args:
        layers: of the base, two or more.
        branch: layers of the branch; None: as many.

    Raises:
        ValueError: no branch of that many layers fits.
    """
    branch = layers if branch is None else branch
    if layers < 2 or not 1 <= branch <= layers:
        raise ValueError(f"a branch of {branch} layers does not fit a base of {layers}: 1 to {layers}, and a base of 2")
    return [int(i / (layers / branch)) for i in range(layers - 1)]


def control_config(base: SD3Transformer2DModel, layers: int) -> dict[str, Any]:
    """Settings of an ``SD3ControlNetModel`` of that many layers for ``base``."""
    settings = {name: value for name, value in dict(base.config).items() if not name.startswith("_")}
    return settings | {"num_layers": layers, "extra_conditioning_channels": 0}
