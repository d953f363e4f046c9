"""The words of the world: what people call the objects, colours, places, environments, styles and backdrops.

A concept has one name, which the tools know (``"fog"``), and wordings, which people use. Wordings are sorted by *form*,
the place in a sentence where they fit: an environment is a ``state`` ("make it *foggy*"), ``weather`` ("add *mist* to
the scene") and a ``setting`` ("show it *in thick fog*").

The lists read: wordings separated by commas, the plainest first; ``~`` marks one that is held out, never used in
training, so that evaluation can measure words never seen; ``?`` marks one that is understood but never proposed, since
it is vague.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from omniedit.data.colours import COLOURS
from omniedit.data.cutouts import BUNDLED, Collection, Cutout


@dataclass(frozen=True)
class Words:
    """Wordings of one concept in one form."""

    used: tuple[str, ...]
    """Used in training, the plainest first."""
    held_out: tuple[str, ...] = ()
    """Used in evaluation only."""
    understood: tuple[str, ...] = ()
    """Understood by the router, never proposed."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every wording."""
        return self.used + self.held_out + self.understood


def words(text: str) -> Words:
    """Read a list such as ``"night, nighttime, ~midnight, ?dark"`` (see the module's docstring)."""
    items = [item.strip() for item in text.split(",") if item.strip()]
    marked = {mark: tuple(item[1:] for item in items if item[0] == mark) for mark in "~?"}
    return Words(tuple(item for item in items if item[0] not in "~?"), marked["~"], marked["?"])


@dataclass(frozen=True)
class Concept:
    """One thing that can be named."""

    name: str
    """The name that tools and models know."""
    forms: Mapping[str, Words]
    """Form -> wordings."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Objects only: recolourable part -> its usual colour word, the main part first; none if it keeps its colours."""
    rests: str = "floor"
    """Objects only: ``"floor"`` or ``"air"``."""

    @property
    def colour(self) -> str:
        """Usual colour word of the main part, empty where it has none."""
        return next(iter(self.parts.values()), "")

    @property
    def wordings(self) -> tuple[str, ...]:
        """Every wording in any form, its name first."""
        return tuple(dict.fromkeys((self.name, *(word for form in self.forms.values() for word in form.all))))


def _concepts(table: Mapping[str, Mapping[str, str]]) -> dict[str, Concept]:
    return {name: Concept(name, {form: words(text) for form, text in forms.items()}) for name, forms in table.items()}


COLOUR_WORDS: Mapping[str, Words] = {
    "grey": words("grey, gray, ~silver"),
    "turquoise": words("turquoise, teal, ~cyan, ?aqua"),
    "purple": words("purple, violet, ?lilac"),
    "red": words("red, ~crimson, ?scarlet"),
    "yellow": words("yellow, ?golden"),
    "pink": words("pink, ?rose"),
    "blue": words("blue, ?navy"),
}
"""Colour words that have other names."""

PLACES: Mapping[str, Concept] = _concepts(
    {
        "left": {"where": "on the left, to the left, on the left side, ~at the left, ~on the left-hand side"},
        "right": {"where": "on the right, to the right, on the right side, ~at the right, ~on the right-hand side"},
        "middle": {"where": "in the middle, in the centre, ~at the centre, ?in the center, ?at the center"},
        "top left": {"where": "at the top left, in the top left corner, ~in the upper left"},
        "top": {"where": "at the top, ~near the top edge"},
        "top right": {"where": "at the top right, in the top right corner, ~in the upper right"},
        "bottom left": {"where": "at the bottom left, in the bottom left corner, ~in the lower left"},
        "bottom": {"where": "at the bottom, ~near the bottom edge"},
        "bottom right": {"where": "at the bottom right, in the bottom right corner, ~in the lower right"},
    }
)
"""Placement words. Each wording stands alone or before "of the image"."""

ENVIRONMENTS: Mapping[str, Concept] = _concepts(
    {
        "night": {
            "time": "night, nighttime, ~midnight",
            "state": "night, nighttime, ~midnight, ?dark",
            "setting": "at night, at nighttime, ~after dark, ~in the dead of night",
        },
        "sunset": {
            "time": "sunset, ~dusk, ?evening, ?twilight",
            "state": "sunset, ~dusk, ?evening, ?twilight",
            "setting": "at sunset, during sunset, ~at dusk, ?in the evening",
        },
        "sunrise": {
            "time": "sunrise, dawn, ~daybreak, ?morning",
            "state": "sunrise, dawn, ~daybreak, ?morning",
            "setting": "at sunrise, at dawn, ~at daybreak, ?in the morning",
        },
        "sunny": {
            "weather": "sunshine, ~bright sunlight, ?sun",
            "state": "sunny, ~sunlit, ?bright",
            "setting": "on a sunny day, in the sunshine, ~in bright sunlight",
        },
        "fog": {
            "weather": "fog, mist, ~haze",
            "state": "foggy, misty, ~hazy",
            "setting": "in the fog, in thick fog, in the mist, ~shrouded in haze",
        },
        "rain": {
            "weather": "rain, rainfall, ~a downpour, ?showers",
            "state": "rainy, ~drizzly, ?raining, ?wet",
            "setting": "in the rain, on a rainy day, ~during a downpour",
        },
        "storm": {
            "weather": "a storm, a thunderstorm, ~a tempest, ?lightning",
            "state": "stormy, ~tempestuous",
            "setting": "in a storm, during a thunderstorm, ~in a tempest",
        },
        "snow": {
            "weather": "snow, snowfall, ~a snowstorm, ?a blizzard",
            "season": "winter, ~wintertime",
            "state": "snowy, ~wintry, ?winter, ?snowing",
            "setting": "in the snow, in winter, ~covered in snow",
        },
        "frost": {
            "weather": "frost, ~hoarfrost, ?ice",
            "state": "frosty, icy, ~frozen",
            "setting": "on a frosty day, in the frost, ~covered in hoarfrost",
        },
        "autumn": {
            "season": "autumn, ~fall",
            "state": "autumn, ~autumnal",
            "setting": "in autumn, on an autumn day, ~in the fall",
        },
        "spring": {
            "season": "spring, ~springtime",
            "state": "spring, ~springtime",
            "setting": "in spring, on a spring day, ~in the springtime",
        },
        "sandstorm": {
            "weather": "a sandstorm, a dust storm, ~blowing sand",
            "state": "dusty, ~sand-swept",
            "setting": "in a sandstorm, in a dust storm, ~in blowing sand",
        },
    }
)
"""Weather, light and season, as :mod:`omniedit.data.tools.weather` renders them."""

STYLES: Mapping[str, Concept] = _concepts(
    {
        "pencil sketch": {
            "as": "a pencil sketch, a pencil drawing, ~a graphite sketch, ?a sketch, ?a drawing",
            "kind": "pencil sketch, pencil drawing, ~graphite, ?pencil, ?sketch, ?sketchy",
        },
        "charcoal": {
            "as": "a charcoal drawing, ~a charcoal study",
            "kind": "charcoal, charcoal drawing, ~charcoal study",
        },
        "ink drawing": {
            "as": "an ink drawing, ~a pen drawing, ?an ink sketch",
            "kind": "ink drawing, ~pen drawing, ?ink, ?pen and ink",
        },
        "woodcut": {"as": "a woodcut, ~a linocut, ?a woodblock print", "kind": "woodcut, ~linocut, ?woodblock"},
        "chalk drawing": {
            "as": "a chalk drawing, ~a blackboard drawing, ?a chalkboard drawing",
            "kind": "chalk drawing, chalk, ~blackboard, ?chalkboard",
        },
        "blueprint": {"as": "a blueprint, ~a cyanotype", "kind": "blueprint, ~cyanotype"},
        "oil painting": {
            "as": "an oil painting, ~a painting in oils, ?a painting",
            "kind": "oil painting, oil paint, ~oil on canvas, ?oil",
        },
        "watercolour": {
            "as": "a watercolour, a watercolour painting, a watercolor painting, ~an aquarelle",
            "kind": "watercolour, watercolor painting, ~aquarelle, ?watercolor",
        },
        "impressionist": {
            "as": "an impressionist painting, ~a painting by monet",
            "kind": "impressionist, ~monet, ?impressionism",
        },
        "cartoon": {
            "as": "a cartoon, ~an animated film, ?anime",
            "kind": "cartoon, ~animated film, ?cartoonish, ?cartoonify, ?anime",
        },
        "comic": {"as": "a comic, a comic book page, ~a comic strip", "kind": "comic, comic book, ~comic strip"},
        "pop art": {"as": "pop art, ~a warhol print", "kind": "pop art, ~warhol"},
        "sepia photograph": {
            "as": "a sepia photograph, a sepia photo, ~an old-time photo, ?an old photo, ?an old photograph",
            "kind": "sepia, ~old-time, ?vintage",
        },
        "pixel art": {
            "as": "pixel art, ~8-bit graphics",
            "kind": "pixel art, pixelated, ~8-bit, ?pixels, ?pixel, ?pixelate",
        },
        "mosaic": {"as": "a mosaic, ~a tiled mosaic", "kind": "mosaic, ~tiled mosaic, ?mosaic tiles"},
        "stained glass": {
            "as": "stained glass, a stained glass window, ~a church window",
            "kind": "stained glass, ~church window",
        },
    }
)
"""Looks of the whole picture, as :mod:`omniedit.data.tools.painterly` paints them."""

BACKDROPS: Mapping[str, Concept] = _concepts(
    {
        "beach": {"scene": "a beach, a sandy beach, ~the seaside", "setting": "on a beach, at the beach, ~by the sea"},
        "meadow": {
            "scene": "a meadow, a green meadow, ~a grassy field, ?grass",
            "setting": "in a meadow, ~in a grassy field",
        },
        "forest": {"scene": "a forest, a green forest, ~woodland, ?a jungle", "setting": "in a forest, ~in the woods"},
        "snowy mountains": {
            "scene": "snowy mountains, ~alpine peaks, ?mountains",
            "setting": "in the snowy mountains, in front of snowy mountains, ~up in the alps, ?in the mountains",
        },
        "desert": {
            "scene": "a desert, the desert, ~sand dunes",
            "setting": "in a desert, in the desert, ~among the dunes",
        },
        "underwater": {
            "scene": "an underwater scene, an underwater world, ~the ocean floor, ?the ocean",
            "setting": "underwater, under water, ~under the sea, ?below the sea",
        },
        "sunset sky": {
            "scene": "a sunset sky, ~an evening sky, ?a red sky",
            "setting": "in front of a sunset sky, ~under an evening sky",
        },
        "outer space": {
            "scene": "outer space, space, ~a starry galaxy, ?the stars",
            "setting": "in outer space, in space, ~among the stars",
        },
        "city skyline": {
            "scene": "a city skyline, a city, ~skyscrapers",
            "setting": "in front of a city skyline, in a city, ~downtown",
        },
        "city at night": {
            "scene": "a city at night, a night city, ~a neon-lit street",
            "setting": "in a city at night, ~in a neon-lit street",
        },
        "brick wall": {
            "scene": "a brick wall, a wall of bricks, ~masonry",
            "setting": "in front of a brick wall, ~against masonry",
        },
        "library": {
            "scene": "a library, the inside of a library, ~bookshelves",
            "setting": "in a library, ~between bookshelves",
        },
        "stage": {
            "scene": "a stage, a theatre stage, ~a red curtain, ?a theater stage, ?a theatre",
            "setting": "on a stage, on a theatre stage, ~in front of a red curtain",
        },
        "kitchen": {"scene": "a kitchen, ~a cookhouse", "setting": "in a kitchen, ~in a cookhouse"},
        "spaceship": {
            "scene": "a spaceship interior, the inside of a spaceship, ~a starship deck, ?a spaceship, ?a space ship",
            "setting": "inside a spaceship, in a spaceship, ~aboard a starship",
        },
    }
)
"""Backgrounds, as :mod:`omniedit.data.tools.backdrops` renders them."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All concepts that can be named. The embedded world's is :func:`embedded`; a model may know fewer."""

    objects: Mapping[str, Concept]
    colours: Mapping[str, Concept]
    places: Mapping[str, Concept] = field(default_factory=lambda: PLACES)
    environments: Mapping[str, Concept] = field(default_factory=lambda: ENVIRONMENTS)
    styles: Mapping[str, Concept] = field(default_factory=lambda: STYLES)
    backdrops: Mapping[str, Concept] = field(default_factory=lambda: BACKDROPS)

    def known(self) -> dict[str, tuple[str, ...]]:
        """The names of each kind, as a model's configuration lists them."""
        kinds = ("objects", "colours", "environments", "styles", "backdrops")
        return {kind: tuple(getattr(self, kind)) for kind in kinds}

    @cached_property
    def held_out(self) -> frozenset[str]:
        """Every wording that training never uses."""
        kinds = (self.objects, self.colours, self.places, self.environments, self.styles, self.backdrops)
        forms = [form for kind in kinds for concept in kind.values() for form in concept.forms.values()]
        return frozenset(word for form in forms for word in form.held_out) - {
            word for form in forms for word in form.used
        }


def object_concept(cutout: Cutout) -> Concept:
    """The words of one cutout. Of two or more synonyms the last is held out."""
    *used, last = cutout.synonyms or ("",)
    names = Words((cutout.name, *used), (last,)) if used else Words((cutout.name, *cutout.synonyms))
    return Concept(cutout.name, {"name": names}, parts=dict(cutout.parts), rests=cutout.rests)


def vocabulary(objects: Iterable[Cutout]) -> Vocabulary:
    """The vocabulary of a world of those objects, with all colours, places, environments, styles and backdrops."""
    colours = {name: Concept(name, {"name": COLOUR_WORDS.get(name, Words((name,)))}) for name in COLOURS}
    return Vocabulary(objects={cutout.name: object_concept(cutout) for cutout in objects}, colours=colours)


@lru_cache(maxsize=1)
def embedded() -> Vocabulary:
    """The vocabulary of the embedded world, with the bundled cutouts (omniedit-nano's)."""
    return vocabulary(map(BUNDLED.get, BUNDLED.names))


@lru_cache(maxsize=4)
def world(cutouts: Collection = BUNDLED) -> Vocabulary:
    """The vocabulary of scenes made of ``cutouts``; of the bundled ones: what omniedit-nano is taught."""
    return vocabulary(map(cutouts.get, cutouts.world))
