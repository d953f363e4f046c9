"""Instructions worded anew: other sentences for the same edit, strange ones among them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from omniedit.data.proposals.lexicon import embedded
from omniedit.data.proposals.phrases import HELD_OUT
from omniedit.data.proposals.router import understand
from omniedit.errors import InstructionError
from omniedit.model.text import TextEncoder
from omniedit.train.wording import Rewording
from omniedit.types import Proposal, Task

RECOLOUR = Proposal("a", Task.ATTRIBUTE, "make the car blue", object="car", target="blue", colour="red")
STYLE = Proposal("b", Task.STYLE, "make it a mosaic", target="mosaic")
FOREIGN = Proposal("c", Task.STYLE, "make it a daguerreotype", target="daguerreotype")


@pytest.fixture(scope="module")
def text() -> TextEncoder:
    return TextEncoder.from_pretrained()


def said(rewording: Rewording, edit: Proposal | None, count: int = 200) -> list[str]:
    rng = np.random.default_rng(0)
    return [rewording(edit, rng) for _ in range(count)]


@pytest.mark.parametrize("edit", [RECOLOUR, STYLE], ids=lambda edit: str(edit.task))
def test_new_wordings_ask_for_the_same_edit(text: TextEncoder, edit: Proposal) -> None:
    texts = set(said(Rewording(text, 1, 0), edit))
    assert len(texts) > 20
    for wording in texts:
        found = understand(wording).proposal
        assert (found.task, found.object, found.target) == (edit.task, edit.object, edit.target), wording


def test_the_share_is_kept(text: TextEncoder) -> None:
    assert 60 < said(Rewording(text, 0.6, 0), RECOLOUR).count("") < 100
    assert set(said(Rewording(text, 0, 0), RECOLOUR)) == {""}


@pytest.mark.parametrize("edit", [None, FOREIGN])
def test_what_cannot_be_named_keeps_its_own_words(text: TextEncoder, edit: Proposal | None) -> None:
    assert set(said(Rewording(text, 1, 0.5), edit)) == {""}


def test_strange_sentences_keep_the_arguments(text: TextEncoder) -> None:
    texts = said(Rewording(text, 1, 1), RECOLOUR)
    for wording in filter(None, texts):
        assert re.search(r"\b(car|automobile)\b", wording.lower()), wording
        assert "blue" in wording.lower()
    assert sum(not _understood(wording) for wording in texts) > len(texts) / 2


def _understood(wording: str) -> bool:
    try:
        return understand(wording).proposal.task is RECOLOUR.task
    except InstructionError:
        return False


def test_random_words_are_none_that_evaluation_asks_with(text: TextEncoder) -> None:
    words = set(Rewording(text, 1, 1).words)
    assert len(words) > 10_000
    assert not words & {*HELD_OUT, *embedded().held_out}
