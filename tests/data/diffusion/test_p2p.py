"""Prompt-to-Prompt on the real pipeline classes with tiny weights: what is locked, injected, scaled, and restored."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from diffusers import DDPMPipeline, DDPMScheduler, DiffusionPipeline, StableDiffusionXLPipeline, UNet2DModel
from diffusers.models.attention_processor import Attention, AttnProcessor, IPAdapterAttnProcessor2_0
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from p2p_tiny import SIDE, tiny_sd, tiny_sdxl
from torch import Tensor

from omniedit.data.diffusion.p2p import LocalBlend, PairPrompts, Recipe, Schedule, edit_pairs, prompt_to_prompt
from omniedit.data.diffusion.p2p.attention import Control, PromptToPromptAttention, controlled
from omniedit.data.diffusion.p2p.masks import WordMaps, coarser, free_cells, pixel_mask
from omniedit.data.diffusion.p2p.prompts import read_prompt
from omniedit.data.diffusion.p2p.sampler import sample
from omniedit.errors import InputError, InstructionError, ModelError, RecipeError
from omniedit.types import Mask

STEPS = 5
SIZE = (32, 32)
PLAIN = Recipe(blend=None, steps=STEPS)
WORDY = Recipe(blend=LocalBlend(threshold=0.9, scale=2), steps=STEPS)
CAT, DOG = "a red cat on the bench", "a red dog on the bench"
CAT_TOKEN, RED_TOKEN = 3, 2


@pytest.fixture(params=["sdxl", "sd"])
def pipeline(request: pytest.FixtureRequest) -> DiffusionPipeline:
    return tiny_sdxl() if request.param == "sdxl" else tiny_sd()


@pytest.fixture
def stochastic() -> DiffusionPipeline:
    parts = {**tiny_sdxl().components, "scheduler": DDPMScheduler(clip_sample=False)}
    return StableDiffusionXLPipeline(**parts, add_watermarker=False)


@dataclass
class Recorder:
    """Keeps every cross-attention map: one entry for each layer and step, ``[R, heads, n, L]``."""

    maps: list[Tensor] = field(default_factory=list)

    def see(self, layer: str, maps: Tensor) -> None:
        self.maps.append(maps.clone())


def recorded(source: str, target: str, recipe: Recipe, **pair: object) -> list[Tensor]:
    recorder = Recorder()
    sample(tiny_sdxl(), [PairPrompts(source, (target,), **pair)], recipe, SIZE, watchers=[recorder])
    return recorder.maps


def trajectory(pipeline: DiffusionPipeline, source: str, target: str, recipe: Recipe, **more: object) -> list[Tensor]:
    """The latents after each step, ``[R, C, h, w]``."""
    steps: list[Tensor] = []
    prompt_to_prompt(pipeline, source, target, recipe=recipe, on_step=lambda _, z: steps.append(z.clone()), **more)
    assert len(steps) == recipe.steps
    return steps


def square() -> Mask:
    mask = np.zeros(SIZE, np.float32)
    mask[8:20, 6:15] = 1
    return mask


# The latents ----------------------------------------------------------------------------------------------------------


def test_outside_the_mask_the_latents_are_the_sources_at_every_step(pipeline: DiffusionPipeline) -> None:
    inside = free_cells(square(), (SIDE, SIDE))[0]
    for source, edit in trajectory(pipeline, CAT, DOG, PLAIN, mask=square()):
        assert torch.equal(source[:, ~inside], edit[:, ~inside])
        assert not torch.equal(source[:, inside], edit[:, inside])


def test_the_lock_ends_after_its_share_of_the_steps(pipeline: DiffusionPipeline) -> None:
    inside = free_cells(square(), (SIDE, SIDE))[0]
    recipe = replace(PLAIN, steps=10, schedule=Schedule(lock=0.7))
    steps = trajectory(pipeline, CAT, DOG, recipe, mask=square())
    held = [torch.equal(source[:, ~inside], edit[:, ~inside]) for source, edit in steps]
    assert held == [True] * 7 + [False] * 3


def test_the_lock_leaves_the_source_as_it_is(pipeline: DiffusionPipeline) -> None:
    free, locked = (trajectory(pipeline, CAT, DOG, PLAIN, mask=mask) for mask in (None, square()))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(free, locked, strict=True))


@pytest.mark.parametrize("recipe", [PLAIN, WORDY, replace(PLAIN, guidance=1), replace(PLAIN, swap=False)])
def test_with_identical_prompts_the_edit_is_the_source(pipeline: DiffusionPipeline, recipe: Recipe) -> None:
    assert all(torch.equal(source, edit) for source, edit in trajectory(pipeline, CAT, CAT, recipe))


def test_a_stochastic_sampler_draws_the_same_noise_for_source_and_edit(stochastic: DiffusionPipeline) -> None:
    assert all(torch.equal(source, edit) for source, edit in trajectory(stochastic, CAT, CAT, PLAIN))


def test_the_source_is_what_the_pipeline_itself_generates(pipeline: DiffusionPipeline) -> None:
    noise = torch.randn(1, 4, SIDE, SIDE, generator=torch.Generator().manual_seed(7))
    own = pipeline(CAT, num_inference_steps=STEPS, guidance_scale=7.5, latents=noise, output_type="latent").images
    ours = trajectory(pipeline, CAT, DOG, PLAIN, seed=7)[-1][:1]
    torch.testing.assert_close(ours, own, rtol=1e-4, atol=1e-5 * float(own.abs().max()))


def test_pairs_are_the_same_alone_and_together(stochastic: DiffusionPipeline) -> None:
    prompts = [(CAT, DOG, None), ("a dog in the snow", "a blue dog in the snow", square()), (DOG, CAT, square())]
    pairs = [PairPrompts(p, (q,), seed, mask) for seed, (p, q, mask) in enumerate(prompts)]
    alone, together = (edit_pairs(stochastic, pairs, recipe=WORDY, batch=batch) for batch in (1, 3))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.source, other.source)
        np.testing.assert_array_equal(one.edits, other.edits)
        np.testing.assert_array_equal(one.masks, other.masks)
    assert not np.array_equal(alone[0].source, alone[2].source)


def test_several_edits_of_one_picture_are_those_made_one_by_one() -> None:
    both = prompt_to_prompt(tiny_sdxl(), CAT, [DOG, "a blue cat on the bench"], recipe=WORDY)
    for index, target in enumerate([DOG, "a blue cat on the bench"]):
        alone = prompt_to_prompt(tiny_sdxl(), CAT, target, recipe=WORDY)
        np.testing.assert_array_equal(both.source, alone.source)
        np.testing.assert_array_equal(both.edits[index], alone.edits[0])
        np.testing.assert_array_equal(both.masks[index], alone.masks[0])


def test_pairs_of_several_sizes_come_back_in_their_order() -> None:
    sizes = [(32, 32), (34, 30), (32, 32), (24, 40)]  # 34 × 30 has an odd grid of 17 × 15 cells
    pairs = [PairPrompts(CAT, (DOG,), seed, size=size) for seed, size in enumerate(sizes)]
    made = edit_pairs(tiny_sdxl(), pairs, recipe=WORDY, batch=2)
    assert [picture.source.shape for picture in made] == [(height, width, 3) for width, height in sizes]
    assert [picture.masks[0].shape for picture in made] == [(height, width) for width, height in sizes]


# The attention --------------------------------------------------------------------------------------------------------


def test_replacing_a_word_changes_only_that_tokens_attention() -> None:
    for source, edit in recorded(CAT, DOG, replace(PLAIN, swap=False, schedule=Schedule(cross=1))):
        changed = (source != edit).any(0).any(0)
        assert changed.nonzero().tolist() == [[CAT_TOKEN]]


def test_a_swapped_word_has_the_attention_of_the_word_that_it_replaces() -> None:
    maps = recorded(CAT, DOG, replace(PLAIN, schedule=Schedule(cross=1)))
    assert maps
    assert all(torch.equal(source, edit) for source, edit in maps)


def test_a_new_word_has_its_own_attention_and_the_others_theirs() -> None:
    for source, edit in recorded("a cat on the bench", CAT, replace(PLAIN, schedule=Schedule(cross=1))):
        assert torch.equal(source[..., : RED_TOKEN - 1], edit[..., : RED_TOKEN - 1])
        assert torch.equal(source[..., RED_TOKEN:7], edit[..., RED_TOKEN + 1 : 8])
        assert bool((edit[..., RED_TOKEN] > 0).any())


@pytest.mark.parametrize("weight", [2, 0, -1.5])
def test_reweighting_scales_exactly_that_tokens_attention(weight: float) -> None:
    for source, edit in recorded(CAT, CAT, replace(PLAIN, schedule=Schedule(cross=1)), weights={"red": weight}):
        others = torch.arange(source.shape[-1]) != RED_TOKEN
        assert torch.equal(edit[..., RED_TOKEN], weight * source[..., RED_TOKEN])
        assert torch.equal(edit[..., others], source[..., others])


def test_attention_is_injected_for_its_share_of_the_steps() -> None:
    recipe = replace(PLAIN, schedule=Schedule(cross=0.4, self_attention=0))
    maps = recorded(CAT, DOG, recipe)
    same = [torch.equal(source, edit) for source, edit in maps]
    layers = len(maps) // STEPS
    assert same == [True] * 2 * layers + [False] * 3 * layers


def control(rows: int, tokens: int = 6, **settings: object) -> Control:
    identity = torch.eye(tokens).repeat(rows, 1, 1)
    return Control(
        torch.zeros(rows, dtype=torch.int64),
        identity,
        torch.zeros(rows, tokens, dtype=torch.int64),
        torch.ones(rows, tokens),
        **settings,
    )


def test_self_attention_injection_is_the_sources_map_over_the_edits_values() -> None:
    torch.manual_seed(0)
    attention = Attention(8, heads=2, dim_head=4).eval()
    x = torch.randn(4, 9, 8)  # two unguided rows, then source and edit
    maps = attention.get_attention_scores(
        *(attention.head_to_batch_dim(part(x)) for part in (attention.to_q, attention.to_k))
    )
    maps = maps.view(4, 2, 9, 9)
    maps[3] = maps[2]
    values = attention.head_to_batch_dim(attention.to_v(x))
    expected = attention.to_out[0](attention.batch_to_head_dim(maps.flatten(0, 1) @ values))
    attention.set_processor(PromptToPromptAttention("layer", control(2, self_until=1, self_pixels=9)))
    torch.testing.assert_close(attention(x), expected)


@pytest.mark.parametrize("limits", [{"self_until": 0, "self_pixels": 9}, {"self_until": 1, "self_pixels": 8}])
@pytest.mark.parametrize("words", [None, torch.linspace(-1, 1, 4 * 6 * 8).view(4, 6, 8)])
def test_without_anything_to_edit_attention_is_diffusers_own(limits: dict[str, int], words: Tensor | None) -> None:
    torch.manual_seed(0)
    attention = Attention(8, heads=2, dim_head=4, processor=AttnProcessor()).eval()
    x = torch.randn(4, 9, 8)
    own = attention(x, words)
    attention.set_processor(PromptToPromptAttention("layer", control(2, **limits)))
    torch.testing.assert_close(attention(x, words), own)


# No traces ------------------------------------------------------------------------------------------------------------


def test_the_pipeline_is_as_before_even_after_an_error(pipeline: DiffusionPipeline) -> None:
    processors, scheduler = pipeline.unet.attn_processors, repr(vars(pipeline.scheduler))

    def fail(step: int, latents: Tensor) -> None:
        assert pipeline.unet.attn_processors != processors
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prompt_to_prompt(pipeline, CAT, DOG, recipe=PLAIN, on_step=fail)
    assert pipeline.unet.attn_processors == processors
    assert repr(vars(pipeline.scheduler)) == scheduler


@pytest.fixture
def adapted() -> Iterator[DiffusionPipeline]:
    unet = tiny_sd().unet
    own = unet.attn_processors
    name = next(name for name in own if "attn2" in name)
    unet.set_attn_processor({**own, name: IPAdapterAttnProcessor2_0(8, 16)})
    yield tiny_sd()
    unet.set_attn_processor(own)


def test_processors_with_weights_are_refused_and_left(adapted: DiffusionPipeline) -> None:
    before = adapted.unet.attn_processors
    with pytest.raises(ModelError, match="unload them"), controlled(adapted.unet, control(1)):
        pass
    assert adapted.unet.attn_processors == before


def test_half_precision_works_and_the_decoder_is_put_back() -> None:
    half = StableDiffusionXLPipeline(**deepcopy(tiny_sdxl().components), add_watermarker=False).to(torch.float16)
    inside = free_cells(square(), (SIDE, SIDE))[0]
    steps = trajectory(half, CAT, DOG, PLAIN, mask=square())
    assert all(torch.equal(source[:, ~inside], edit[:, ~inside]) for source, edit in steps)
    assert {steps[-1].dtype, half.vae.dtype, half.unet.dtype} == {torch.float16}


def test_a_model_without_words_is_refused() -> None:
    wordless = DDPMPipeline(
        UNet2DModel(
            4,
            block_out_channels=(8,),
            norm_num_groups=4,
            down_block_types=("DownBlock2D",),
            up_block_types=("UpBlock2D",),
        ),
        DDPMScheduler(),
    )
    with pytest.raises(ModelError, match="not DDPMPipeline with this network"):
        prompt_to_prompt(wordless, CAT, DOG)


# The masks ------------------------------------------------------------------------------------------------------------


def test_without_a_mask_the_edit_stays_where_the_words_are_looked_at(pipeline: DiffusionPipeline) -> None:
    made = prompt_to_prompt(pipeline, CAT, DOG, recipe=WORDY)
    source, edit = trajectory(pipeline, CAT, DOG, WORDY)[-1]
    free = torch.from_numpy(made.masks[0][::2, ::2]) > 0
    assert 0 < free.float().mean() < 1
    assert torch.equal(source[:, ~free], edit[:, ~free])
    assert not torch.equal(source[:, free], edit[:, free])


def test_words_free_the_cells_that_look_at_them_in_source_or_edit() -> None:
    maps = torch.zeros(2, 3, 16, 4)
    maps[0, :, 0, 1] = 1  # the source's word is looked at in the first corner
    maps[1, :, 15, 2] = 0.5  # the edit's in the last, and little in the third
    maps[1, :, 3, 2] = 0.14
    ours, theirs = torch.tensor([[0, 0, 0, 0], [0, 0, 1, 0]]), torch.tensor([[0, 0, 0, 0], [0, 1, 0, 0]])
    words = WordMaps(LocalBlend(scale=2), torch.tensor([0, 0]), ours.bool(), theirs.bool(), (8, 8))
    words.see("coarse", maps)
    words.see("another grid", torch.ones(2, 3, 64, 4))
    expected = torch.zeros(8, 8, dtype=torch.bool)
    expected[:4, :4] = expected[4:, 4:] = True
    assert torch.equal(words.free()[1, 0], expected)
    assert not words.free()[0].any()


@given(arrays.arrays(np.float32, (24, 36), elements=st.sampled_from([0, 0, 0, 0.4, 0.5, 1])))
def test_a_cell_is_free_where_a_pixel_of_it_is_the_masks(mask: Mask) -> None:
    free = free_cells(mask, (6, 9))
    blocks = mask.reshape(6, 4, 9, 4)
    np.testing.assert_array_equal(free[0].numpy(), (blocks >= 0.5).any(axis=(1, 3)))
    assert (pixel_mask(free, (36, 24)) >= (mask >= 0.5)).all()


def test_grids_halve_as_a_unet_halves_them() -> None:
    assert [coarser((128, 95), scale) for scale in (1, 2, 4)] == [(128, 95), (64, 48), (32, 24)]


def test_the_mask_that_comes_back_is_what_was_free() -> None:
    made = prompt_to_prompt(tiny_sdxl(), CAT, DOG, mask=square(), recipe=PLAIN)
    np.testing.assert_array_equal(made.masks[0], pixel_mask(free_cells(square(), (SIDE, SIDE)), SIZE))
    unlocked = prompt_to_prompt(tiny_sdxl(), CAT, DOG, mask=square(), recipe=replace(PLAIN, schedule=Schedule(lock=0)))
    assert unlocked.masks[0].all()


# The words ------------------------------------------------------------------------------------------------------------


def test_words_are_cut_from_their_marks_and_have_their_tokens(pipeline: DiffusionPipeline) -> None:
    prompt = read_prompt(pipeline, "A cat, on the dog's bench")
    assert prompt.words == ("A", "cat", ",", "on", "the", "dog's", "bench")
    assert prompt.counts == (1, 1, 1, 1, 1, 3, 1)
    assert read_prompt(pipeline, "").words == ()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
def test_every_short_prompt_can_be_read(text: str) -> None:
    prompt = read_prompt(tiny_sdxl(), text)
    assert "".join(prompt.words) == "".join(text.split())
    assert sum(prompt.counts) == len(tiny_sdxl().tokenizer(text, add_special_tokens=False).input_ids)


def test_what_cannot_be_done_is_refused_with_the_limit(pipeline: DiffusionPipeline) -> None:
    with pytest.raises(InstructionError, match="the text encoder reads 22: shorten it"):
        prompt_to_prompt(pipeline, CAT, "a cat " * 12, recipe=PLAIN)
    with pytest.raises(InstructionError, match="no word 'green'"):
        prompt_to_prompt(pipeline, CAT, CAT, weights={"green": 2}, recipe=PLAIN)
    with pytest.raises(InputError, match="multiples of 2 pixels, not 33 × 32"):
        prompt_to_prompt(pipeline, CAT, DOG, size=(33, 32), recipe=PLAIN)
    with pytest.raises(InputError, match="the mask has 8 × 6 pixels, the picture 32 × 32"):
        prompt_to_prompt(pipeline, CAT, DOG, mask=np.zeros((6, 8), np.float32), recipe=PLAIN)
    with pytest.raises(InputError, match="1 step or more, not 0"):
        prompt_to_prompt(pipeline, CAT, DOG, recipe=replace(PLAIN, steps=0))
    with pytest.raises(RecipeError, match=r"lock is a share of the steps, from 0 to 1, not 1\.5"):
        Schedule(lock=1.5)
