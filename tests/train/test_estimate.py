"""Estimates against what PyTorch counts, on tiny models of every network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from diffusers import SD3Transformer2DModel
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from omniedit.model.editnet import EditNet
from omniedit.model.lora import LoraSettings, add_lora
from omniedit.model.networks import NETWORKS, EditingNetwork
from omniedit.train.estimate.cards import PEAKS, peak, utilisation
from omniedit.train.estimate.flops import Lengths, flops
from omniedit.train.estimate.memory import activations, between, memory
from omniedit.train.estimate.outline import SD3_MEDIUM, SD35_MEDIUM, outline
from omniedit.train.estimate.plan import USUAL, Plan, amount, describe_plan, duration
from omniedit.train.optimise import Average, make_optimizer
from omniedit.train.recipe import ModelConfig, Recipe, TrainConfig

TEXT = 40


def transformer(**changes: Any) -> SD3Transformer2DModel:
    sizes: dict[str, Any] = {
        "sample_size": 24,
        "patch_size": 2,
        "in_channels": 4,
        "num_layers": 3,
        "attention_head_dim": 16,
        "num_attention_heads": 4,
        "joint_attention_dim": 24,
        "caption_projection_dim": 64,
        "pooled_projection_dim": 20,
        "pos_embed_max_size": 24,
    }
    torch.manual_seed(0)
    return SD3Transformer2DModel(**{**sizes, **changes})


PIXELS = {"patch_size": 8, "pos_embed_max_size": 12}
SD35 = {"dual_attention_layers": (0, 1), "qk_norm": "rms_norm"}
CASES: dict[str, Callable[[], nn.Module]] = {
    "base": transformer,
    "causal": lambda: EditNet.from_transformer(transformer(), condition_attention="causal"),
    "LoRA": lambda: with_lora(EditNet.from_transformer(transformer())),
    "LoRA, concat": lambda: with_lora(NETWORKS["channel_concat"].from_transformer(transformer())),
    "SD3.5": lambda: EditNet.from_transformer(transformer(**SD35)),
    "pixels": lambda: EditNet.from_transformer(transformer(**PIXELS), detail=4),
    **{name: partial(lambda kind: kind.from_transformer(transformer()), kind) for name, kind in NETWORKS.items()},
}
"""Every network, and every way of attention."""


def with_lora(net: EditingNetwork) -> EditingNetwork:
    add_lora(net, LoraSettings(rank=2))
    return net


def run(net: nn.Module) -> Tensor:
    """A loss of one sample."""
    generator = torch.Generator().manual_seed(1)

    def normal(*shape: int) -> Tensor:
        return torch.randn(1, *shape, generator=generator)

    size = sides(net)[::-1]
    pictures = [normal(4, *size)]
    if isinstance(net, EditingNetwork):
        pictures.append(normal(net.condition_channels, *size))
    sample: Tensor = net(*pictures, normal(TEXT, 24), normal(20), torch.full((1,), 500.0), return_dict=False)[0]
    return sample.square().mean()


def sides(net: nn.Module) -> tuple[int, int]:
    """Width and height of the latents: 8 × 12 tokens."""
    patch = getattr(net, "base", net).config.patch_size
    return 8 * patch, 12 * patch


def lengths(net: nn.Module) -> Lengths:
    return Lengths.of(net, sides(net), TEXT, factor=1)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("whole", [False, True])
def test_flops_are_those_that_pytorch_counts(name: str, whole: bool) -> None:
    net = CASES[name]()
    if whole:
        net.requires_grad_(True)
    with sdpa_kernel(SDPBackend.MATH):
        with FlopCounterMode(display=False) as forward:
            loss = run(net)
        with FlopCounterMode(display=False) as backward:
            loss.backward()
    ours = flops(net, lengths(net))
    assert ours.forward == pytest.approx(forward.get_total_flops(), rel=0.01)
    assert ours.backward == pytest.approx(backward.get_total_flops(), rel=0.01)


def kept_by_autograd(net: nn.Module) -> int:
    """Bytes that a forward pass keeps beside parameters and buffers."""
    known = {tensor.untyped_storage().data_ptr() for tensor in [*net.parameters(), *net.buffers()]}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in known:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        run(net)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"pixels"}))  # whose detail head is not counted
def test_activations_are_what_autograd_keeps(name: str) -> None:
    net = CASES[name]()
    ours = activations(net, lengths(net), half=False, checkpointing=False)
    assert ours == pytest.approx(kept_by_autograd(net), rel=0.1)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"pixels"}))
def test_with_checkpointing_what_is_kept_between_blocks_is_left(name: str) -> None:
    net = CASES[name]()
    net.enable_gradient_checkpointing()  # type: ignore[operator]
    ours = between(net, lengths(net), half=False, checkpointing=True)
    assert ours == pytest.approx(kept_by_autograd(net), rel=0.3)  # a tiny model's embeddings and head count for more


def bytes_of(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"controlnet"}))  # the text of whose last block has no gradient
def test_weights_gradients_and_optimiser_are_exact(name: str) -> None:
    net, config = CASES[name](), TrainConfig(precision="fp32", batch=1)
    optimizer = make_optimizer(net, config)
    torch.autograd.backward(run(net))
    optimizer.step()
    states = (slot for state in optimizer.state.values() for slot in state.values() if slot.ndim)
    ours = memory(net, lengths(net), config)
    assert ours.weights == bytes_of([*net.parameters(), *net.buffers()])
    assert ours.gradients == bytes_of(p.grad for p in net.parameters() if p.grad is not None)
    assert ours.optimizer == bytes_of(states)
    assert ours.average == bytes_of(
        Average({n: p for n, p in net.named_parameters() if p.requires_grad}, 0.9).weights.values()
    )


def test_half_of_the_bytes_for_what_is_not_trained() -> None:
    net = CASES["editnet"]()
    whole, half = (memory(net, lengths(net), TrainConfig(precision=p)) for p in ("fp32", "bf16"))
    frozen = bytes_of([*(p for p in net.parameters() if not p.requires_grad), *net.buffers()])
    assert whole.weights - half.weights == frozen // 2
    assert whole.casts == 0 < half.casts


def test_sharing_divides_what_does_not_move() -> None:
    net, config = CASES["editnet"](), TrainConfig(batch=8)
    one, copies, shares = (
        memory(net, lengths(net), config, devices=n, sharded=s) for n, s in ((1, False), (4, False), (4, True))
    )
    assert copies.weights == one.weights
    assert copies.gradients == 2 * one.gradients  # DDP's buckets
    assert shares.weights == one.weights // 4
    assert shares.optimizer == one.optimizer // 4
    assert shares.activations == one.activations // 4
    assert shares.gathered > 0


def test_what_saves_memory_saves_memory() -> None:
    net = CASES["editnet"]()
    usual = memory(net, lengths(net), TrainConfig())
    assert memory(net, lengths(net), TrainConfig(gradient_checkpointing=True)).activations < usual.activations
    assert memory(net, lengths(net), TrainConfig(accumulate=4)).activations == usual.activations // 4
    assert memory(net, lengths(net), TrainConfig(optimizer="adamw8bit")).optimizer < usual.optimizer
    away = memory(net, lengths(net), TrainConfig(ema_device="cpu"))
    assert (away.average, away.host) == (0, usual.average)


# Cards ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "name"),
    [
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA H100 NVL", "H100 NVL"),
        ("NVIDIA H200", "H200"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA A100 80GB PCIe", "A100"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("NVIDIA GeForce RTX 3090 Ti", "RTX 3090 Ti"),
    ],
)
def test_cards_are_known_by_the_names_that_drivers_give(card: str, name: str) -> None:
    assert peak(card) == PEAKS[name]


@pytest.mark.parametrize(
    "card",
    [
        "",
        "cpu",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 4080 SUPER",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
        "NVIDIA H100",
        "NVIDIA A1000",
        "Tesla T4",
    ],
)
def test_a_card_that_is_not_known_is_not_guessed(card: str) -> None:
    assert peak(card) is None
    assert utilisation(1e15, 1.0, card) is None


def test_utilisation_is_the_share_of_what_all_cards_could_do() -> None:
    assert utilisation(312e12 * 8 * 0.45, 1.0, "NVIDIA A100-SXM4-80GB", devices=8) == pytest.approx(0.45)


# The plan -------------------------------------------------------------------------------------------------------------


def plan(**changes: Any) -> Plan:
    net = CASES["editnet"]()
    recipe = Recipe(name="tiny", stage="edit", pairs="pairs", out="run", train=TrainConfig(batch=8, epochs=2))
    usual = Plan(recipe=recipe, net=net, samples=100, steps=25, size=(16, 24), text=TEXT, factor=1, about="a table")
    return replace(usual, **changes)


def test_the_plan_tells_what_will_be_done() -> None:
    text = describe_plan(plan())
    for words in ("a table", "tiny", "editnet", "25 of 8 samples", "2 epochs of 100", "96 image and 40 text", "FLOP"):
        assert words in text
    assert "time" not in text


def test_the_plan_tells_the_time_of_a_known_card_only() -> None:
    assert "on 2 × NVIDIA H200 at 40%" in describe_plan(plan(card="NVIDIA H200", devices=2))
    assert "not known" in describe_plan(plan(card="a toaster"))


def test_the_time_counts_what_is_computed_again() -> None:
    usual = plan(card="H200")
    train = replace(usual.recipe.train, gradient_checkpointing=True)
    again = replace(usual, recipe=replace(usual.recipe, train=train))
    assert again.step_flops == usual.step_flops
    assert again.seconds > usual.seconds  # type: ignore[operator]
    assert usual.seconds == pytest.approx(25 * usual.step_flops / (PEAKS["H200"] * USUAL))


def test_a_plan_of_a_recipe_is_of_its_area_and_text() -> None:
    recipe = Recipe(name="n", stage="edit", pairs="p", out="o")
    pixels = Plan.of(recipe, CASES["editnet"](), samples=1, steps=1)
    assert (pixels.size, pixels.text, pixels.factor) == ((128, 128), 24, 1)
    latents = replace(recipe, model=ModelConfig(sd3="x", area=2**20, text_length=100))
    plan = Plan.of(latents, CASES["editnet"](), samples=1, steps=1)
    assert (plan.size, plan.text, plan.factor) == ((1024, 1024), 177, 8)
    assert plan.lengths == (4096, 177)


@pytest.mark.parametrize(
    ("number", "words"), [(999, "999 "), (2.028e9, "2.03 G"), (9375e12, "9.38 P"), (0, "0 "), (2e18, "2,000 P")]
)
def test_amounts_have_three_digits(number: float, words: str) -> None:
    assert amount(number) == words


@pytest.mark.parametrize(("seconds", "words"), [(30, "30 seconds"), (3600, "60 minutes"), (1e5, "27.8 hours")])
def test_durations_have_the_unit_that_suits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("config", "billions"), [(SD3_MEDIUM, 2.028), (SD35_MEDIUM, 2.243)])
def test_outlines_have_sd3s_parameters_and_no_weights(config: dict[str, Any], billions: float) -> None:
    net = outline(Recipe(name="n", stage="edit", pairs="p", out="o"), config)
    assert sum(p.numel() for p in net.base.parameters()) == pytest.approx(billions * 1e9, rel=1e-3)
    assert {p.device.type for p in net.parameters()} == {"meta"}
    assert not any(p.requires_grad for p in net.base.parameters())
