"""From what was typed to plain words: without capitals, punctuation, politeness, slips, and the place."""

from __future__ import annotations

import re
from collections.abc import Collection

from omniedit.data.proposals import grammar

_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": " ", "”": " "})
_SHORT_FORMS = {
    "i'd": "i would",
    "i'm": "i am",
    "don't": "do not",
    "dont": "do not",
    "shouldn't": "should not",
    "it's": "it is",
    "what's": "what is",
    "there's": "there is",
    "let's": "let us",
    "wanna": "want to",
    "teh": "the",
    "wit": "with",
    "adn": "and",
}
_POLITENESS = (
    "please|pls|plz|kindly|thanks|thank you|thx|cheers|hey|hi|hello|ok|okay|just|simply|now|maybe|perhaps|for me",
    "(can|could|would|will) (you|we|u)( be so kind as to)?",
    "i (want|would like|need|wish|am trying|would love) (you )?to(?! be| become| see| have)",
    "if possible|if you can|let us|go ahead and|try to|help me( to)?|is it possible to|how (do|can) i|so that",
)
_PICTURE = "(the |this |that |my |a )?(whole |entire |same |original )?(image|photo|picture|pic|photograph|scene)"

_ROW, _COLUMN = "top|upper|bottom|lower", "left|right|middle|centre|center"
_SPAN = "hand|most|side|corner|edge|half|part|area|section"
_WHERE = rf"(?:(?P<row>{_ROW}) )?(?:(?P<column>{_COLUMN}) )?(?:(?:{_SPAN}) )*"
_PLACES = (
    re.compile(
        r"\b(?:on|at|in|to|into|onto|near|towards|toward|by|along|from) (?:the )?(?:far |very |extreme |exact )?"
        rf"(?=(?:{_ROW}|{_COLUMN}) ){_WHERE}(?:of it )?(?!of |(?:{_ROW}|{_COLUMN}|{_SPAN}) )"
    ),
    re.compile(rf"\b(?:the )?(?=(?:{_ROW}|{_COLUMN}) (?:{_COLUMN}|{_SPAN}) ){_WHERE}$"),
    re.compile(rf"(?<=\bthe )(?P<column>left|right|middle)(?P<row>) (?:hand |most )?(?=\w)(?!(?:{_SPAN}|of) )"),
)
"""After a preposition, as the last words, and as an adjective: "on the left", "top left corner", "the *left* car"."""
_SAME_PLACE = {"upper": "top", "lower": "bottom", "centre": "middle", "center": "middle"}

_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
_SHORTEST_MENDED = 5


def plain(text: str) -> str:
    """Lower-case words, a space after each: no punctuation, no politeness, no "in the picture"."""
    text = re.sub(r"[^\w' ]+|_", " ", text.translate(_TYPOGRAPHY).lower())
    text = "".join(f"{_SHORT_FORMS.get(word, word)} " for word in text.split())
    for polite in _POLITENESS:
        text = re.sub(rf"\b(?:{polite}) ", "", text)
    text = re.sub(rf"\bout of {_PICTURE} ", "out ", text)
    text = re.sub(rf"\b(in|from|of|on|within|inside) {_PICTURE} ", "", text)
    return text.replace("black and white ", "monochrome ")


def take_place(text: str) -> tuple[str, str]:
    """``(text without its placement words, the place)``; the place is a name such as ``"top left"``, or empty."""
    match = next((match for match in (place.search(text) for place in _PLACES) if match), None)
    if match is None:
        return text, ""
    row, column = (_SAME_PLACE.get(word or "", word or "") for word in match.group("row", "column"))
    place = row if row and column == "middle" else grammar.join((row, column))
    return text[: match.start()] + text[match.end() :], place


def mend(text: str, known: Collection[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Replace each unknown word that is one slip of the keyboard away from exactly one known word.

    A slip is a letter too many, too few, swapped with its neighbour, hit on the next key, or a wrong vowel. Other
    substitutions are no slips: a mouse is no house. Short words are left alone.

    Returns:
        The text, and ``(as written, as read)`` for each word replaced.
    """
    words, mended = text.split(), []
    for index, word in enumerate(words):
        if len(word) < _SHORTEST_MENDED or word in known:
            continue
        near = [other for other in known if one_slip(word, other)]
        if len(near) == 1:
            mended.append((word, near[0]))
            words[index] = near[0]
    return "".join(f"{word} " for word in words), tuple(mended)


def one_slip(written: str, meant: str) -> bool:
    """Whether ``written`` is ``meant`` with one slip of the keyboard (see :func:`mend`)."""
    if abs(len(written) - len(meant)) > 1 or written == meant:
        return False
    same = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    a, b = written[same:], meant[same:]
    if len(a) != len(b):
        return a[1:] == b or a == b[1:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return swapped or (a[1:] == b[1:] and _confusable(a[0], b[0]))


def _confusable(a: str, b: str) -> bool:
    return {a, b} <= _VOWELS or any(a + b in row or b + a in row for row in _KEYBOARD)
