from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from omniedit.data.proposals.grammar import article, indefinite, listing
from omniedit.data.proposals.lexicon import Vocabulary, embedded, vocabulary
from omniedit.data.proposals.phrases import HELD_OUT, TEMPLATES, Template
from omniedit.data.proposals.router import understand
from omniedit.data.proposals.template import MAX_WORDS, phrase, propose, propose_addition
from omniedit.seeding import stream
from omniedit.types import Layer, Photo, Proposal, Task

PHOTOS = 40
PLACES = ("left", "middle", "right", "bottom left", "top right")
LAYERED = [task for task in Task if task.local]
ARGUMENTS = ("object", "colour", "part", "target", "target_colour", "where")


def layer(name: str, colour: str = "", where: str = "") -> Layer:
    mask = np.ones((8, 8), np.float32)
    parts = embedded().objects[name].parts if name in embedded().objects else {}
    return Layer(name, mask, colour, dict.fromkeys(parts, mask / 2), where)


def photo_of(*layers: Layer, name: str = "photo", caption: str = "") -> Photo:
    return Photo(name, np.zeros((8, 8, 3), np.uint8), layers, caption)


def random_photo(index: int) -> Photo:
    rng = stream(1, "photo", index)
    names, places = rng.permutation(list(embedded().objects)), rng.permutation(PLACES)
    colours = rng.permutation(list(embedded().colours))
    count = 1 + int(rng.integers(3))
    return photo_of(
        *(layer(str(names[i]), str(colours[i]), str(places[i])) for i in range(count)), name=f"photo-{index}"
    )


def proposals(*, held_out: bool) -> Iterator[tuple[Photo, Proposal]]:
    for task in Task:
        for index in range(PHOTOS):
            photo, rng = random_photo(index), stream(2, task.value, index)
            made = [propose(photo, task, rng, held_out=held_out)]
            made += [propose_addition(photo, rng, held_out=held_out)] if task is Task.ADDITION else []
            yield from ((photo, proposal) for proposal in made if proposal)


ALL = {held_out: list(proposals(held_out=held_out)) for held_out in (False, True)}


@pytest.fixture(params=[False, True], ids=["training", "held out"])
def held_out(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_every_task_has_enough_templates() -> None:
    for templates in TEMPLATES.values():
        assert sum(not template.held_out for template in templates) >= 8
        assert sum(template.held_out for template in templates) >= 4


def test_every_photo_with_layers_gets_a_proposal_of_every_task(held_out: bool) -> None:
    tasks = [proposal.task for _, proposal in ALL[held_out]]
    assert {task: tasks.count(task) for task in Task} == {
        task: PHOTOS * (2 if task is Task.ADDITION else 1) for task in Task
    }


def test_wordings_all_differ(held_out: bool) -> None:
    for _, proposal in ALL[held_out]:
        lowered = {text.lower() for text in proposal.instructions}
        assert len(lowered) == len(proposal.instructions)
        assert 2 <= len(proposal.phrasings) <= 4


def test_sentences_are_well_formed(held_out: bool) -> None:
    for _, proposal in ALL[held_out]:
        for text in proposal.instructions:
            assert len(text.split()) <= MAX_WORDS
            assert not re.search(r"  |[{}\[\]()|~]| [,.?]|^\s|\s$", text), text
            assert not re.search(r"\b(\w+) \1\b", text), text


def test_articles_fit_the_next_word(held_out: bool) -> None:
    for _, proposal in ALL[held_out]:
        for text in (*proposal.instructions, proposal.source_caption, proposal.target_caption):
            for said, following in re.findall(r"\b(an?) (\S+)", text, re.IGNORECASE):
                assert said.lower() == article(following), text


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("umbrella", "an umbrella"),
        ("orange car", "an orange car"),
        ("unicorn", "a unicorn"),
        ("bus", "a bus"),
        ("8-bit look", "an 8-bit look"),
        ("flowers", "flowers"),
        ("cactus", "a cactus"),
        ("glass", "a glass"),
        ("hourglass", "an hourglass"),
    ],
)
def test_indefinite(phrase: str, expected: str) -> None:
    assert indefinite(phrase) == expected


def test_listing() -> None:
    assert [listing(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_about_half_of_the_sentences_start_with_a_capital(held_out: bool) -> None:
    texts = [text for _, proposal in ALL[held_out] for text in proposal.instructions]
    assert 0.4 < sum(text[0].isupper() for text in texts) / len(texts) < 0.6


def test_training_never_hears_what_is_held_out() -> None:
    secrets = re.compile("|".join(rf"\b{re.escape(words)}\b" for words in (*HELD_OUT, *embedded().held_out)))
    for _, proposal in ALL[False]:
        for text in proposal.instructions:
            assert not secrets.search(text.lower()), text


def test_training_templates_have_no_held_out_verb() -> None:
    verbs = re.compile("|".join(rf"\b{words}\b" for words in HELD_OUT))
    for templates in TEMPLATES.values():
        assert not [template for template in templates if not template.held_out and verbs.search(template.text)]


def test_held_out_sentences_are_never_training_sentences() -> None:
    training = {text.lower() for _, proposal in ALL[False] for text in proposal.instructions}
    evaluation = {text.lower() for _, proposal in ALL[True] for text in proposal.instructions}
    assert not training & evaluation


def test_everything_that_is_mentioned_is_said(held_out: bool) -> None:
    """Round trip: the router finds task and arguments again in every wording."""
    for _, proposal in ALL[held_out]:
        for text in proposal.instructions:
            routed = understand(text)
            assert routed.proposal.task is proposal.task, text
            assert not routed.unknown, text
            assert not routed.corrections, text
            for name in ARGUMENTS:
                assert getattr(routed.proposal, name) == getattr(proposal, name), (text, name)


def test_objects_are_in_the_photo_and_targets_are_new() -> None:
    for photo, proposal in ALL[False]:
        names = {layer.name for layer in photo.layers}
        assert not proposal.object or proposal.object in names
        if proposal.task is Task.SWAP:
            assert proposal.target not in names


def test_an_addition_is_the_reverse_of_a_removal() -> None:
    photo = photo_of(layer("car", "blue", "left"), layer("tree", "green", "right"))
    for index in range(20):
        proposal = propose(photo, Task.ADDITION, stream(0, index))
        assert proposal is not None
        (added,) = (layer for layer in photo.layers if layer.name == proposal.target)
        assert proposal.where == added.where
        assert added.name not in proposal.source_caption
        assert added.name in proposal.target_caption
        if added.name == "car":
            assert proposal.target_colour == "blue", "a colour that is not the usual one has to be said"


def test_a_free_addition_is_new_at_a_free_place() -> None:
    photo = photo_of(layer("car", "red", "left"), layer("tree", "green", "right"))
    for index in range(40):
        proposal = propose_addition(photo, stream(0, index))
        assert proposal is not None
        assert proposal.target not in ("car", "tree")
        assert proposal.where not in ("left", "right")
        assert proposal.source_caption == "a photo of a red car on the left and a green tree on the right"


def test_an_attribute_changes_to_another_colour() -> None:
    photo = photo_of(layer("house", "white", "left"))
    edits = [propose(photo, Task.ATTRIBUTE, stream(0, index)) for index in range(200)]
    parts = embedded().objects["house"].parts
    assert {edit.part for edit in edits if edit} == {"", *list(parts)[1:]}
    for edit in edits:
        assert edit is not None
        assert edit.target != (parts[edit.part] if edit.part else "white")


def test_a_hidden_part_is_never_named() -> None:
    mask = np.ones((8, 8), np.float32)
    house = Layer("house", mask, "white", {"walls": mask, "roof": np.zeros_like(mask)})
    edits = [propose(photo_of(house), Task.ATTRIBUTE, stream(0, index)) for index in range(60)]
    assert {edit.part for edit in edits if edit} == {""}


@pytest.mark.parametrize("task", [Task.SWAP, Task.REMOVAL, Task.ATTRIBUTE])
def test_twins_are_told_apart_by_colour(task: Task) -> None:
    photo = photo_of(layer("car", "red", "left"), layer("car", "blue", "right"))
    for index in range(20):
        proposal = propose(photo, task, stream(0, index))
        assert proposal is not None
        assert proposal.colour in ("red", "blue")


@pytest.mark.parametrize("task", LAYERED)
def test_what_cannot_be_told_apart_is_not_edited(task: Task) -> None:
    photo = photo_of(layer("car", "red", "left"), layer("car", "red", "right"))
    assert propose(photo, task, stream(0, "twins")) is None


@pytest.mark.parametrize("task", list(Task))
def test_a_plain_photo_has_global_edits_only(task: Task) -> None:
    proposal = propose(photo_of(caption="a photo of a harbour"), task, stream(0, "plain"))
    assert (proposal is None) == task.local
    if proposal:
        assert proposal.source_caption == "a photo of a harbour"
        assert "harbour" in proposal.target_caption


def test_unknown_layers_can_be_named_too() -> None:
    proposal = propose(photo_of(layer("gondola", "black", "left")), Task.REMOVAL, stream(0, "gondola"))
    assert proposal is not None
    assert "gondola" in proposal.instruction


def test_no_swap_where_nothing_else_is_known() -> None:
    only_cars = vocabulary([]), photo_of(layer("car", "red"))
    assert propose(only_cars[1], Task.SWAP, stream(0, "swap"), known=only_cars[0]) is None
    assert propose_addition(only_cars[1], stream(0, "add"), known=only_cars[0]) is None


@pytest.mark.parametrize("task", list(Task))
def test_same_stream_same_proposal(task: Task) -> None:
    photo = random_photo(3)
    assert propose(photo, task, stream(7, "a")) == propose(photo, task, stream(7, "a"))
    assert propose(photo, task, stream(7, "a")) != propose(photo, task, stream(7, "b"))


def test_ids_differ_and_tell_photo_and_task() -> None:
    for held in (False, True):
        ids = [proposal.id for _, proposal in ALL[held]]
        assert len(set(ids)) == len(ids)
    assert all(proposal.id.startswith(f"{photo.id}-{proposal.task}-") for photo, proposal in ALL[False])


def test_captions_tell_before_and_after() -> None:
    photo = photo_of(layer("car", "red", "left"), layer("umbrella"))
    removal = propose(photo_of(layer("car", "red", "left")), Task.REMOVAL, stream(0, 1))
    style = propose(photo, Task.STYLE, stream(0, 1))
    assert removal is not None
    assert style is not None
    assert removal.source_caption == "a photo of a red car on the left"
    assert removal.target_caption == "a photo"
    assert style.target_caption.endswith(" of a red car on the left and an umbrella")


def test_an_edit_can_be_worded_anew() -> None:
    edit = Proposal("", Task.SWAP, "", object="car", colour="red", target="umbrella")
    said = phrase(edit, stream(0, "words"), count=6)
    assert len(set(said)) == 6
    assert all(understand(text).proposal.target == "umbrella" for text in said)


def test_a_template_needs_its_slots() -> None:
    template = Template("add {new} [{where}]")
    rng = stream(0, "template")
    assert not template.fits({"where": "on the left"})
    assert template.fill({"new": "a car", "where": ""}, rng) == "add a car"
    assert template.fill({"new": "a car", "where": "on the left"}, rng) == "add a car on the left"


def test_a_smaller_vocabulary_is_respected() -> None:
    full = embedded()
    small = Vocabulary(
        {name: full.objects[name] for name in ("car", "dog")}, {name: full.colours[name] for name in ("red", "blue")}
    )
    for index in range(20):
        proposal = propose(photo_of(layer("car", "red")), Task.SWAP, stream(0, index), known=small)
        assert proposal is not None
        assert proposal.target == "dog"
        assert proposal.target_colour in ("", "red", "blue")
