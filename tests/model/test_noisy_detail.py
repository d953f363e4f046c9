"""The detail head that sees the noisy picture too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_networks import CHANNELS, small_base
from torch import Tensor

from omniedit.model.editnet import EditNet

SIZE = (16, 128)


def network() -> EditNet:
    torch.manual_seed(1)
    net = EditNet.from_transformer(small_base(patch_size=8, pos_embed_max_size=16), detail=6, detail_sees="noisy")
    return net.eval()


def pictures(seed: int) -> Tensor:
    return torch.randn(2, CHANNELS, *SIZE, generator=torch.Generator().manual_seed(seed))


def predicted(net: EditNet, x: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    words, pooled = torch.randn(2, 5, 12, generator=generator), torch.randn(2, 10, generator=generator)
    with torch.inference_mode():
        out: Tensor = net(x, pictures(2), words, pooled, torch.tensor([900.0, 300.0])).sample
    return out


def test_untrained_it_is_its_base_exactly() -> None:
    net, x = network(), pictures(1)
    generator = torch.Generator().manual_seed(3)
    words, pooled = torch.randn(2, 5, 12, generator=generator), torch.randn(2, 10, generator=generator)
    with torch.inference_mode():
        expected = net.base(x, words, pooled, torch.tensor([900.0, 300.0])).sample
    assert torch.equal(predicted(net, x), expected)


@torch.no_grad()
def test_the_noisy_pixels_change_the_details_nearby() -> None:
    """Seen by the head alone: the base's own output layer is silenced."""
    net, x = network(), pictures(1)
    generator = torch.Generator().manual_seed(4)
    for layer in (net.detail_head.paint, *net.detail_head.noisy_out):
        torch.nn.init.normal_(layer.weight, generator=generator)
    torch.nn.init.zeros_(net.base.proj_out.weight)
    net.base.pos_embed.proj.weight.zero_()  # so that no token sees the noisy picture
    changed = x.clone()
    changed[:, :, 8:10, 120:122] += 1
    moved = (predicted(net, x) - predicted(net, changed)).abs()
    assert moved[:, :, 8:10, 120:122].max() > 1e-2
    assert moved[:, :, :, :64].max() < 1e-6


def test_it_is_saved_with_what_it_sees(tmp_path: Path) -> None:
    net = network()
    net.save_pretrained(tmp_path)
    loaded = EditNet.from_pretrained(tmp_path).eval()
    assert loaded.config.detail_sees == "noisy"
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in net.state_dict().items())


def test_it_sees_one_of_two_things() -> None:
    with pytest.raises(ValueError, match="'both', not one of"):
        EditNet.from_transformer(small_base(patch_size=8), detail=6, detail_sees="both")
