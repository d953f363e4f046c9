from __future__ import annotations

import itertools

import pytest

from omniedit.data import cutouts
from omniedit.data.colours import COLOURS
from omniedit.data.proposals.lexicon import PLACES, Concept, Words, embedded, vocabulary, words
from omniedit.data.proposals.reading import bare
from omniedit.data.tools.backdrops import BACKDROPS
from omniedit.data.tools.painterly import STYLES
from omniedit.data.tools.weather import ENVIRONMENTS

KINDS = ("objects", "colours", "places", "environments", "styles", "backdrops")


def test_words_are_sorted_by_their_marks() -> None:
    assert words("night, nighttime, ~midnight, ?dark") == Words(("night", "nighttime"), ("midnight",), ("dark",))


@pytest.mark.parametrize(
    ("kind", "known_to_the_tools"),
    [
        ("objects", cutouts.names()),
        ("colours", COLOURS),
        ("environments", ENVIRONMENTS),
        ("styles", STYLES),
        ("backdrops", BACKDROPS),
    ],
)
def test_names_are_those_of_the_tools(kind: str, known_to_the_tools: list[str]) -> None:
    assert set(getattr(embedded(), kind)) == set(known_to_the_tools)


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_has_a_word_for_training(kind: str) -> None:
    concepts: dict[str, Concept] = getattr(embedded(), kind)
    assert all(form.used for concept in concepts.values() for form in concept.forms.values())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "places"])
def test_no_wording_means_two_things_of_a_kind(kind: str) -> None:
    concepts: dict[str, Concept] = getattr(embedded(), kind)
    wordings = {name: {bare(word) for word in concept.wordings} for name, concept in concepts.items()}
    for (one, its), (other, others) in itertools.combinations(wordings.items(), 2):
        assert not its & others, f"{one} and {other} share {its & others}"


def test_forms_are_the_same_for_all_of_a_kind() -> None:
    assert {tuple(concept.forms) for concept in embedded().styles.values()} == {("as", "kind")}
    assert {tuple(concept.forms) for concept in embedded().backdrops.values()} == {("scene", "setting")}
    for concept in embedded().environments.values():
        assert {"state", "setting"} <= set(concept.forms)
        assert {"weather", "season", "time"} & set(concept.forms)


def test_about_a_quarter_of_the_wordings_is_held_out() -> None:
    forms = [
        form for kind in KINDS for concept in getattr(embedded(), kind).values() for form in concept.forms.values()
    ]
    synonyms = sum(len(form.used) + len(form.held_out) - 1 for form in forms)
    assert 0.2 < sum(len(form.held_out) for form in forms) / synonyms < 0.6


def test_held_out_words_are_never_used_in_training() -> None:
    known = embedded()
    used = {
        word
        for kind in KINDS
        for concept in getattr(known, kind).values()
        for form in concept.forms.values()
        for word in form.used
    }
    assert known.held_out
    assert not known.held_out & used


def test_the_last_of_several_synonyms_of_an_object_is_held_out() -> None:
    car = embedded().objects["car"]
    *used, last = cutouts.get("car").synonyms
    assert car.forms["name"] == Words(("car", *used), (last,))


def test_a_vocabulary_can_have_fewer_objects() -> None:
    small = vocabulary([cutouts.get("car")])
    assert set(small.objects) == {"car"}
    assert small.objects["car"].colour == cutouts.get("car").parts["body"]


def test_places_cover_the_grid() -> None:
    rows, columns = ("top", "bottom"), ("left", "right")
    corners = {f"{row} {column}" for row in rows for column in columns}
    assert set(PLACES) == {*rows, *columns, *corners, "middle"}
