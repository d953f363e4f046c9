"""A little English: articles, lists, plurals, and the small words that the router looks past."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SOUNDS_LIKE_CONSONANT = re.compile(r"(?:uni|use|usu|eu|one\b|ufo)", re.IGNORECASE)
_SOUNDS_LIKE_VOWEL = re.compile(r"(?:[aeiou]|hour|honest|8|11|18)", re.IGNORECASE)
_PLURAL = re.compile(r"[^su]s$")
_IRREGULAR = {"mice": "mouse", "geese": "goose", "men": "man", "women": "woman", "people": "person"}
_ENDINGS = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _set(
    """
    the a an this that these those my our your his her their its
    some any one every all both extra more new other another
    """
)
"""What stands before a noun and says nothing about it."""

PRONOUNS = _set("it this that them these those him her everything")
"""What stands for a noun."""

RELATIONS = _set(
    """
    next near beside behind under above below beneath on in at with from that which who standing sitting lying parked by
    walking flying wearing inside and to instead where over onto into against between around
    """
)
"""What follows a noun and tells more of it: "the dog *next* to the tree"."""

SHADES = _set(
    """
    a an the more very really completely all entirely bright light dark deep pale vivid shiny hot neon pastel solid
    plain pure nice beautiful navy sky royal lime forest baby blood lemon snow jet metallic matte glossy
    """
)
"""What stands before a colour and leaves it that colour: "a *bright* red"."""

FILLERS = DETERMINERS | _set(
    """
    in on at by up among to into with of and be is it was were being like as over during very really bit little much
    lot lots completely totally instead there outside look looks looking nice beautiful realistic heavy thick light full
    old fashioned falling scene mood style painting photo picture image day sky weather time atmosphere effect version
    background backdrop painted drawn made taken shot
    """
)
"""What stands around the name of a backdrop, an environment or a style and leaves it that one."""


def article(phrase: str) -> str:
    """``"a"`` or ``"an"``, as the first sound of ``phrase`` wants it."""
    return "an" if _SOUNDS_LIKE_VOWEL.match(phrase) and not _SOUNDS_LIKE_CONSONANT.match(phrase) else "a"


def indefinite(phrase: str) -> str:
    """``phrase`` with its indefinite article; a plural gets none ("an umbrella", "flowers")."""
    return phrase if _PLURAL.search(phrase) else f"{article(phrase)} {phrase}"


def join(words: Iterable[str]) -> str:
    """The words that are not empty, one space between them."""
    return " ".join(word for word in words if word)


def listing(items: Sequence[str]) -> str:
    """``"a, b and c"``."""
    return " and ".join(item for item in (", ".join(items[:-1]), *items[-1:]) if item)


def squeeze(text: str) -> str:
    """``text`` with single spaces and none before a comma, full stop or question mark."""
    return re.sub(r"\s+([,.?])", r"\1", re.sub(r"\s+", " ", text)).strip()


def singulars(word: str) -> tuple[str, ...]:
    """What ``word`` may be a plural of, itself first."""
    forms = [word, _IRREGULAR.get(word, word)]
    for ending, singular in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            forms.append(word.removesuffix(ending) + singular)
    return tuple(forms)


def after_determiners(words: Sequence[str]) -> Sequence[str]:
    """``words`` without the determiners before them."""
    first = next((i for i, word in enumerate(words) if word not in DETERMINERS and word != "of"), 0)
    return words[first:]
