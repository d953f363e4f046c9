"""The alignment of two prompts: what every mapper is, whatever the words and the tokens that they have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.data.diffusion.p2p.alignment import Prompt, align, token_weights
from omniedit.errors import InstructionError

LENGTH = 40
VOCABULARY = {"a": 1, "the": 1, "cat": 1, "on": 1, "backpack": 2, "turquoise": 3, "marmalade": 4}
words = st.lists(st.sampled_from(sorted(VOCABULARY)), max_size=8).map(tuple)


def prompt(text: tuple[str, ...] | str, length: int = LENGTH) -> Prompt:
    chosen = tuple(text.split()) if isinstance(text, str) else text
    return Prompt(chosen, tuple(VOCABULARY[word.lower()] for word in chosen), length)


@given(words, st.booleans())
def test_a_prompt_is_aligned_with_itself_by_the_identity(text: tuple[str, ...], swap: bool) -> None:
    alignment = align(prompt(text), prompt(text), swap=swap)
    np.testing.assert_array_equal(alignment.mapper, np.eye(LENGTH))
    assert alignment.taken.all()
    assert alignment.source_words == alignment.target_words == ()


@given(words, words)
def test_a_refinement_takes_whole_maps_of_equal_words_in_order(
    source: tuple[str, ...], target: tuple[str, ...]
) -> None:
    theirs, ours = prompt(source), prompt(target)
    alignment = align(theirs, ours, swap=False)
    assert set(np.unique(alignment.mapper)) <= {0, 1}
    assert (alignment.mapper.sum(axis=0) == alignment.taken).all()
    origin = [int(alignment.mapper[:, j].argmax()) for j in range(ours.end + 1) if alignment.taken[j]]
    assert origin == sorted(set(origin))
    for index, span in enumerate(ours.spans):
        taken = alignment.taken[slice(*span)]
        assert taken.all() != (index in alignment.target_words)
        assert taken.any() == taken.all()
        if taken.all():
            first = int(alignment.mapper[:, span[0]].argmax())
            (word,) = (i for i, (start, _) in enumerate(theirs.spans) if start == first)
            assert source[word] == target[index]


@given(words, words)
def test_a_swap_adds_to_the_refinement_and_loses_no_attention(source: tuple[str, ...], target: tuple[str, ...]) -> None:
    theirs, ours = prompt(source), prompt(target)
    refined, swapped = (align(theirs, ours, swap=swap) for swap in (False, True))
    np.testing.assert_array_equal(swapped.mapper[:, refined.taken], refined.mapper[:, refined.taken])
    given_away = swapped.mapper[: theirs.end + 1].sum(axis=1)
    np.testing.assert_allclose(given_away[given_away > 0], 1, rtol=1e-6)


@given(words, words, st.booleans())
def test_start_end_and_padding_always_take_a_map(source: tuple[str, ...], target: tuple[str, ...], swap: bool) -> None:
    theirs, ours = prompt(source), prompt(target)
    mapper = align(theirs, ours, swap=swap).mapper
    assert mapper[0, 0] == mapper[theirs.end, ours.end] == 1
    padding = mapper[:, ours.end + 1 :]
    assert (padding.argmax(axis=0) > theirs.end).all()
    assert (padding.sum(axis=0) == 1).all()


def test_a_word_in_anothers_place_takes_its_maps_alike() -> None:
    alignment = align(prompt("a cat on the backpack"), prompt("a marmalade on the backpack"))
    np.testing.assert_array_equal(alignment.mapper[2, 2:6], [0.25] * 4)
    assert (alignment.source_words, alignment.target_words) == ((1,), (1,))


def test_a_phrase_in_anothers_place_takes_its_maps_as_a_whole() -> None:
    alignment = align(prompt("a cat on the backpack"), prompt("a turquoise marmalade on the backpack"))
    np.testing.assert_array_equal(alignment.mapper[2, 2:9], np.float32([1 / 7] * 7))
    assert alignment.target_words == (1, 2)


def test_a_new_word_keeps_its_own_map() -> None:
    alignment = align(prompt("a cat on the backpack"), prompt("a turquoise cat on the backpack"))
    assert not alignment.taken[2:5].any()
    assert alignment.mapper[2, 5] == 1
    assert (alignment.source_words, alignment.target_words) == ((), (1,))


def test_the_case_of_words_does_not_matter() -> None:
    assert align(prompt("A cat"), prompt("a Cat")).target_words == ()


def test_weights_are_those_of_all_tokens_of_a_word() -> None:
    weights = token_weights(prompt("a backpack on the backpack"), {"Backpack": -1.5})
    assert {position for position, weight in enumerate(weights) if weight == -1.5} == {2, 3, 6, 7}
    assert (np.delete(weights, [2, 3, 6, 7]) == 1).all()


def test_what_cannot_be_aligned_is_refused() -> None:
    with pytest.raises(InstructionError, match="no word 'dog' in the prompt 'a cat'"):
        token_weights(prompt("a cat"), {"dog": 2})
    with pytest.raises(InstructionError, match="has 4 tokens, the text encoder reads 3"):
        prompt("marmalade", length=5)
    with pytest.raises(InstructionError, match="one length, not 40 and 20"):
        align(prompt("a"), prompt("a", length=20))
    with pytest.raises(InstructionError, match="one token or more"):
        Prompt(("a", "b"), (1,), LENGTH)
