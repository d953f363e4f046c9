from __future__ import annotations

import pytest

from omniedit.data import cutouts
from omniedit.data.proposals.lexicon import PLACES, embedded, vocabulary
from omniedit.data.proposals.listening import one_slip, plain, take_place
from omniedit.data.proposals.patterns import EXAMPLES
from omniedit.data.proposals.router import MAX_WORDS, route, understand
from omniedit.errors import InstructionError
from omniedit.types import Task

FIELDS = ("object", "colour", "part", "target", "target_colour", "where")

# sentence | task | the fields that it fills, in the order of FIELDS, "-" for none
SENTENCES = """
pls remove the Dog!!                                     | removal     | dog
can you get rid of that cat please                       | removal     | cat
could you please delete the red car from the photo?      | removal     | car red
take the umbrella out of the picture                     | removal     | umbrella
Erase the tree on the left.                              | removal     | tree - - - - left
remove the left car                                      | removal     | car - - - - left
I don't want the chair here                              | removal     | chair
no car please                                            | removal     | car
I want the snowman gone                                  | removal     | snowman
the penguin has to go                                    | removal     | penguin
make the ball vanish from the image                      | removal     | ball
photo without the mushroom                               | removal     | mushroom
get the truck out of here                                | removal     | truck
remove all the cars                                      | removal     | car
remvoe the umbrela                                       | removal     | umbrella
i'd like to remove the house                             | removal     | house
let's lose the bicycle                                   | removal     | bicycle
edit out the suitcase pls                                | removal     | suitcase
REMOVE THE BLACK CAT FROM THE IMAGE                      | removal     | cat black
add a red car on the left                                | addition    | - - - car red left
Add a red car to the left side of the image.             | addition    | - - - car red left
place an umbrella at the top right corner                | addition    | - - - umbrella - top_right
add a cat bottom left                                    | addition    | - - - cat - bottom_left
insert tree right side                                   | addition    | - - - tree - right
draw a snowman in the center of the picture              | addition    | - - - snowman - middle
there should be a blue ball on the right                 | addition    | - - - ball blue right
can we have a butterfly in the top left?                 | addition    | - - - butterfly - top_left
bring in a horse                                         | addition    | - - - horse
on the right, add a blue mug                             | addition    | - - - mug blue right
add an automobile                                        | addition    | - - - car
add a snowman                                            | addition    | - - - snowman
swap the cat for a dog                                   | swap        | cat - - dog
Replace the black cat with a brown dog in the image.     | swap        | cat black - dog brown
change the car into a bus                                | swap        | car - - bus
turn the dog into a cat                                  | swap        | dog - - cat
substitute a dog for the cat                             | swap        | cat - - dog
substitute the cat with a dog                            | swap        | cat - - dog
put a bus where the car is                               | swap        | car - - bus
instead of the dog i want a cat                          | swap        | dog - - cat
I'd rather have a cat than the dog                       | swap        | dog - - cat
make the car a bus                                       | swap        | car - - bus
remove the dog and put a cat there                       | swap        | dog - - cat
replace dog by cat                                       | swap        | dog - - cat
replace the black cat wit a brwon dog                    | swap        | cat black - dog brown
make the car red                                         | attribute   | car - - red
paint the roof of the house blue                         | attribute   | house - roof blue
Make the house's roof blue!                              | attribute   | house - roof blue
house roof blue                                          | attribute   | house - roof blue
color the dog's collar green                             | attribute   | dog - collar green
change the car's color to teal                           | attribute   | car - - turquoise
Change the blue car to a red car.                        | attribute   | car blue - red
turn the blue car into a red one                         | attribute   | car blue - red
give the house a red roof                                | attribute   | house - roof red
i want the cat in orange                                 | attribute   | cat - - orange
make the car dark blue                                   | attribute   | car - - blue
can the truck be gray?                                   | attribute   | truck - - grey
change the dog from brown to white                       | attribute   | dog - - white
repaint the cars wheels yellow                           | attribute   | car - wheels yellow
switch the colour of the frame of the bench to green     | attribute   | bench - frame green
Change the ice cream's cone to brown                     | attribute   | ice_cream - cone brown
replace the background with a beach                      | background  | - - - beach
change background to forest                              | background  | - - - forest
put the dog on a beach                                   | background  | dog - - beach
make the background outer space                          | background  | - - - outer_space
i want a brick wall behind it                            | background  | - - - brick_wall
Replace the background with a space-ship interior.       | background  | - - - spaceship
move this to the desert                                  | background  | - - - desert
as though it was taken in a forest                       | background  | - - - forest
beach background please                                  | background  | - - - beach
make it night                                            | environment | - - - night
Change the scene from daytime to nighttime.              | environment | - - - night
let it snow                                              | environment | - - - snow
make it rain please                                      | environment | - - - rain
add some fog to the scene                                | environment | - - - fog
turn day into night                                      | environment | - - - night
change the season to winter                              | environment | - - - snow
what would it look like in autumn?                       | environment | - - - autumn
make the sky stormy                                      | environment | - - - storm
at sunset                                                | environment | - - - sunset
make it look like its raining                            | environment | - - - rain
turn this into a watercolour                             | style       | - - - watercolour
Apply a watercolor painting style to the image.          | style       | - - - watercolour
what would this look like as a pencil sketch             | style       | - - - pencil_sketch
convert to pixel art                                     | style       | - - - pixel_art
oil painting style                                       | style       | - - - oil_painting
draw it in charcoal                                      | style       | - - - charcoal
give it a vintage look                                   | style       | - - - sepia_photograph
paint this like monet                                    | style       | - - - impressionist
"""


def sentences() -> list[tuple[str, Task, dict[str, str]]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in SENTENCES.strip().splitlines()]
    values = [[value.strip("-").replace("_", " ") for value in row[2].split()] for row in rows]
    return [
        (row[0], Task(row[1]), dict(zip(FIELDS, [*filled, *[""] * len(FIELDS)], strict=False)))
        for row, filled in zip(rows, values, strict=True)
    ]


@pytest.mark.parametrize(("sentence", "task", "fields"), sentences(), ids=[row[0] for row in sentences()])
def test_what_people_type(sentence: str, task: Task, fields: dict[str, str]) -> None:
    proposal = route(sentence)
    assert proposal.task is task
    assert {name: getattr(proposal, name) for name in FIELDS} == fields
    assert proposal.instruction == sentence


@pytest.mark.parametrize("task", list(Task))
def test_examples_are_understood(task: Task) -> None:
    assert route(EXAMPLES[task]).task is task


@pytest.mark.parametrize("place", PLACES)
def test_every_wording_of_a_place(place: str) -> None:
    for wording in PLACES[place].forms["where"].all:
        assert take_place(plain(f"add a car {wording}")) == ("add a car ", place)


@pytest.mark.parametrize("sentence", ["add a hat on top of the car", "make the top of the table red"])
def test_a_place_on_a_thing_is_no_place_in_the_picture(sentence: str) -> None:
    assert take_place(plain(sentence))[1] == ""


def test_every_wording_of_the_world_is_understood() -> None:
    known = embedded()
    for task, concepts, form, sentence in (
        (Task.ENVIRONMENT, known.environments, "setting", "show this {}"),
        (Task.STYLE, known.styles, "as", "turn this into {}"),
        (Task.BACKGROUND, known.backdrops, "scene", "replace the background with {}"),
    ):
        for name, concept in concepts.items():
            for wording in concept.forms[form].all:
                proposal = route(sentence.format(wording))
                assert (proposal.task, proposal.target) == (task, name), wording


def test_every_wording_of_an_object_is_understood() -> None:
    for name, concept in embedded().objects.items():
        for wording in concept.wordings:
            assert route(f"remove the {wording}").object == name


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("umbrela", "umbrella", True),
        ("umbrellaa", "umbrella", True),
        ("elefant", "elephant", False),
        ("hosue", "house", True),
        ("elaphant", "elephant", True),
        ("hoise", "house", True),
        ("mouse", "house", False),
        ("house", "house", False),
    ],
)
def test_slips_of_the_keyboard(written: str, meant: str, slip: bool) -> None:
    assert one_slip(written, meant) is slip


def test_corrections_are_told() -> None:
    assert understand("remvoe the umbrela").corrections == (("remvoe", "remove"), ("umbrela", "umbrella"))


def test_words_that_were_not_used_are_told() -> None:
    routed = understand("remove the dog next to the tree")
    assert routed.proposal.object == "dog"
    assert routed.ignored == ("next", "to", "the", "tree")


def test_an_unknown_object_stays_free_text_and_needs_a_mask() -> None:
    routed = understand("remove the tall giraffe")
    assert (routed.proposal.object, routed.unknown) == ("tall giraffe", ("object",))
    assert route("remove the tall giraffe", mask_given=True).object == "tall giraffe"
    with pytest.raises(InstructionError, match="mask"):
        route("remove the tall giraffe")


def test_a_mask_stands_for_it() -> None:
    proposal = route("make it red", mask_given=True)
    assert (proposal.task, proposal.object, proposal.target) == (Task.ATTRIBUTE, "", "red")
    with pytest.raises(InstructionError, match="does not say what to edit"):
        route("make it red")


def test_an_unknown_target_is_refused_even_with_a_mask() -> None:
    with pytest.raises(InstructionError, match=r'"giraffe" is not among the \d+ objects known.*--try.*--model'):
        route("add a giraffe on the left", mask_given=True)


def test_the_nearest_known_thing_is_named_first() -> None:
    with pytest.raises(InstructionError, match="Nearest first: charcoal,"):
        route("turn this into a charcole")


def test_a_model_may_know_fewer_objects() -> None:
    small = vocabulary([cutouts.get("car")])
    assert route("add a car", small).target == "car"
    with pytest.raises(InstructionError, match="1 objects known"):
        route("add a dog", small)


@pytest.mark.parametrize(
    ("instruction", "message"),
    [
        ("", "empty"),
        ("  ?! ", "empty"),
        ("rotate the car", "did not understand"),
        ("asdf qwer", "did not understand"),
        ("move the car to the left", "did not understand"),
        ("don't remove the car", "what not to do"),
        ("remove the car and add a dog", "two edits"),
        ("remove the car and then make it night", "two edits"),
        ("make the car spotted", '"spotted" is not among the 12 colours'),
        ("change the background to a volcano", '"volcano" is not among the'),
        ("give the car a red antenna", 'no part "antenna" of "car"'),
        ("very " * (MAX_WORDS + 1), f"at most {MAX_WORDS}"),
    ],
)
def test_what_cannot_be_done_is_said(instruction: str, message: str) -> None:
    with pytest.raises(InstructionError, match=message):
        route(instruction)


def test_the_same_instruction_is_the_same_proposal() -> None:
    assert route("remove the dog") == route("remove the dog")
    assert route("remove the dog").id != route("remove the cat").id


def test_captions_are_usable() -> None:
    proposal = route("replace the black cat with a brown dog")
    assert proposal.source_caption == "a photo of a black cat"
    assert proposal.target_caption == "a photo of a brown dog"
