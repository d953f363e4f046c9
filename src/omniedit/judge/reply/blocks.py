"""Objects in a text: where they begin and end, and what they say as JSON or as what models take for it.

Besides JSON: single and typographic quotes, quotes and line breaks inside strings, bare keys and words, ``True`` and
``None``, comments, tuples, trailing commas. An object that the text's end cuts off counts up to its last whole entry.
Every character is looked at once, whatever the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_DEPTH = 32
"""Brackets within brackets, beyond which an object is not read."""

_TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<bracket>[{}\[\](),:])
      | (?P<quote>["'“”„‘’«「＂＇`])
      | (?P<bare>(?:[^{}\[\](),:\n"“”„«「＂\#/]+|/(?![/*]))+|.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"“": '“”"', "„": "“”", "‘": "‘’'", "«": "»", "「": "」"}  # other quotes close themselves
_FOLLOWS = r"(?=\s*(?:[,:}\])#]|//|/\*|\Z))"  # a quote ends a string only where an entry goes on or ends
_ENDS = {quote: re.compile(rf"\\.|[{_CLOSING.get(quote, quote)}]{_FOLLOWS}", re.DOTALL) for quote in "\"'“”„‘’«「＂＇`"}
_OPENING = {"}": "{", "]": "[", ")": "("}
_OPENS = frozenset(_OPENING.values())
_AS_JSON = {"(": "[", ")": "]"}
_CONSTANTS = {"true": "true", "false": "false", "null": "null", "none": "null", "undefined": "null"}
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NO_KEY = re.compile(r'["{}\[\]\n]')
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Block:
    """An object in a text, from its brace to the one that closes it."""

    start: int
    """Where its opening brace is."""
    end: int
    """Where the text goes on behind it; the text's end where nothing closes it."""
    whole: bool
    """Whether a brace closes it."""
    json: str
    """What it says up to its last whole entry, as JSON, if it can be read at all."""
    rest: str
    """The entry that the end of the text cuts off, if any."""


def blocks(text: str) -> list[Block]:
    """The outermost objects of ``text``, in order."""
    found = []
    start = text.find("{")
    while start >= 0:
        found.append(_block(text, start))
        start = text.find("{", found[-1].end)
    return found


def parse(block: Block, verbatim: str) -> object:
    """What a ``block`` says, numbers as strings of their digits; None where it cannot be read, or repeats a key.

    Args:
        block: Where it is.
        verbatim: The text as the judge wrote it, in which ``block`` lies. What is JSON already is taken from it.
    """
    for text in (verbatim[block.start : block.end], block.json) if block.whole else (block.json,):
        try:
            return json.loads(
                text, strict=False, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once
            )
        except (ValueError, RecursionError):
            continue
    return None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys all differ and hold nothing that belongs between entries, as where a quote is missing."""
    data = dict(pairs)
    if len(data) != len(pairs) or any(_NO_KEY.search(key) for key in data):
        raise ValueError("a key is there twice, or is none")
    return data


def _block(text: str, start: int) -> Block:
    """The object that opens at ``start``."""
    tokens: list[tuple[str, int]] = []
    opened: list[str] = []
    for token, end in _tokens(text, start):
        tokens.append((token, end))
        _follow(token, opened)
        if not opened:
            return Block(start, end, True, _as_json(token for token, _ in tokens), "")
        if len(opened) > MAX_DEPTH:
            break
    return _cut_off(text, start, tokens)


def _cut_off(text: str, start: int, tokens: list[tuple[str, int]]) -> Block:
    """An object that nothing closes, up to its last whole entry: a comma ends it, or the text does, after a bracket."""
    kept, end, closers = 0, start, ""
    opened: list[str] = []
    last = len(text.rstrip(" \t\r\n`"))
    for index, (token, behind) in enumerate(tokens):
        _follow(token, opened)
        if opened[-1:] == ["{"] and (token == "," or (token in _OPENING and behind == last)):
            kept, end = index + 1, behind
            closers = "".join("}" if bracket == "{" else "]" for bracket in reversed(opened))
    return Block(start, len(text), False, _as_json((*(token for token, _ in tokens[:kept]), *closers)), text[end:])


def _follow(token: str, opened: list[str]) -> None:
    """Open or close a bracket; one that closes an outer bracket closes those within."""
    if token in _OPENS:
        opened.append(token)
    elif token in _OPENING and _OPENING[token] in opened:
        while opened.pop() != _OPENING[token]:
            pass


def _as_json(tokens: Iterable[str]) -> str:
    """Tokens as JSON, tuples as lists, without commas before a closing bracket."""
    out: list[str] = []
    for token in tokens:
        if token in _OPENING and out and out[-1] == ",":
            out.pop()
        out.append(_AS_JSON.get(token, token))
    return "".join(out)


def _tokens(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The brackets, commas and colons of ``text`` as they are, and its strings and words as JSON, each with its end."""
    position = start
    while match := _TOKEN.match(text, position):
        position = match.end()
        if match.lastgroup == "quote":
            token, position = _string(text, position, match[0])
            yield token, position
        elif match.lastgroup != "gap":
            yield match[0] if match.lastgroup == "bracket" else _word(match[0].strip()), position


def _string(text: str, start: int, quote: str) -> tuple[str, int]:
    """The string that begins at ``start`` behind ``quote``, as JSON, and where the text goes on behind it."""
    for match in _ENDS[quote].finditer(text, start):
        if match[0][0] != "\\":
            return json.dumps(_ESCAPED.sub(_unescaped, text[start : match.start()])), match.end()
    return json.dumps(text[start:]), len(text)


def _unescaped(match: re.Match[str]) -> str:
    """The character that an escape stands for."""
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _CONTROL.get(code, code)


def _word(word: str) -> str:
    """A word without quotes, as JSON: a constant, or a string (numbers, too: what is one is decided elsewhere)."""
    return _CONSTANTS.get(word.lower()) or json.dumps(word)
