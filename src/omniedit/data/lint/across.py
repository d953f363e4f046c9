"""Checks of the rows against each other. Each remembers some bytes of a row, never a picture or a text."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from omniedit.data.lint.check import Check, Hit, SetCheck, dropped
from omniedit.data.lint.rows import PICTURES, Row, digest
from omniedit.data.lint.words import spoken
from omniedit.data.sources.hashes import NearHashes
from omniedit.types import Task

NEAR = 2
"""Bits of 64 in which the perceptual hashes of near duplicates differ at most, before and after."""
LEAKS = 4
"""Bits of 64 in which a leaked picture's hash differs at most."""
OFTEN = 10
"""Kept pairs that may have the same instruction, however few there are in all."""
SHARE = 0.2
"""Share of all kept pairs that may have it."""
WITNESSES = 3
"""Pairs of one photo that must agree on which picture it is."""


class _Keys:
    """64-bit keys with the numbers of their rows: 16 bytes a row."""

    def __init__(self) -> None:
        self.keys, self.places = array("Q"), array("Q")

    def add(self, key: int, place: int) -> None:
        self.keys.append(key)
        self.places.append(place)

    def groups(self) -> Iterator[NDArray[np.uint64]]:
        """Rows, in order, of each key that several have, ordered by the first."""
        keys, places = (
            np.frombuffer(values, np.uint64) if values else np.zeros(0, np.uint64)
            for values in (self.keys, self.places)
        )
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[order])) + 1
        found = [places[part] for part in np.split(order, edges) if len(part) > 1]
        yield from sorted(found, key=lambda group: int(group[0]))


class Repeats:
    """Rows that share a key with an earlier one."""

    message = ""

    def __init__(self) -> None:
        """Begin with no row."""
        self._seen = _Keys()

    def see(self, row: Row, place: int) -> None:
        """Remember its key, if it has one."""
        key = self.key(row)
        if key is not None:
            self._seen.add(key, place)

    def finish(self) -> Iterator[Hit]:
        """All but the first of each key."""
        for first, *later in self._seen.groups():
            yield from (Hit(int(place), self.message, int(first)) for place in later)

    def key(self, row: Row) -> int | None:
        """What makes two rows the same."""
        raise NotImplementedError


class SameIds(Repeats):
    """Ids that several rows have."""

    message = "its id is also that of"

    def key(self, row: Row) -> int | None:
        """The id."""
        return digest(row.id) if row.id else None


class SamePairs(Repeats):
    """The same pictures under the same words."""

    message = "its pictures and instruction are those of"

    def key(self, row: Row) -> int | None:
        """Pixels and words."""
        digests = row.digests
        return None if digests is None else digest(*digests, _words(row))


class SamePictures:
    """The same pictures under other words, among the pairs that training would take."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._pictures = _Keys()
        self._words, self._places = array("Q"), array("Q")

    def see(self, row: Row, place: int) -> None:
        """Remember pixels and words."""
        if row.kept and row.digests is not None:
            self._pictures.add(digest(*row.digests), len(self._places))
            self._words.append(_words(row))
            self._places.append(place)

    def finish(self) -> Iterator[Hit]:
        """Each later row whose words differ from the first row's."""
        for first, *later in self._pictures.groups():
            for one in later:
                if self._words[int(one)] != self._words[int(first)]:
                    yield Hit(
                        self._places[int(one)],
                        "its pictures, under other words, are those of",
                        self._places[int(first)],
                    )


class NearDuplicates:
    """The same words for nearly the same pictures, among the pairs that training would take."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._words = _Keys()
        self._places = array("Q")
        self._hashes = array("Q")
        self._digests = array("Q")

    def see(self, row: Row, place: int) -> None:
        """Remember the words, both perceptual hashes, and what tells exact duplicates."""
        if not row.kept or row.digests is None or row.hashes is None:
            return
        self._words.add(digest(_words(row), str(row.task)), len(self._places))
        self._places.append(place)
        self._hashes.extend(row.hashes)
        self._digests.append(digest(*row.digests))

    def finish(self) -> Iterator[Hit]:
        """Each row with the first earlier one that it is near, but not equal to."""
        hashes = np.array(self._hashes, np.uint64).reshape(-1, 2)
        digests = np.array(self._digests, np.uint64)
        for group in self._words.groups():
            for index in range(1, len(group)):
                one, earlier = group[index], group[:index]
                near = (_distances(hashes[earlier], hashes[one]) <= NEAR).all(axis=1) & (
                    digests[earlier] != digests[one]
                )
                if near.any():
                    other = int(earlier[int(near.argmax())])
                    yield Hit(
                        self._places[int(one)],
                        "its words are those of, and its pictures nearly so,",
                        self._places[other],
                    )


def _distances(hashes: NDArray[np.uint64], one: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Bits in which each pair of hashes ``[n, 2]`` differs from ``one`` ``[2]``."""
    bits = np.unpackbits((hashes ^ one).view(np.uint8).reshape(len(hashes), 2, 8), axis=2)
    return np.asarray(bits.sum(axis=2, dtype=np.int64))


class RepeatedInstruction:
    """One instruction for much of the set."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._words = _Keys()

    def see(self, row: Row, place: int) -> None:
        """Remember the main wording of a pair that training would take."""
        if row.kept and spoken("".join(row.wordings[:1])):
            self._words.add(_words(row), place)

    def finish(self) -> Iterator[Hit]:
        """The first row of each instruction that is too frequent."""
        total = len(self._words.keys)
        for group in self._words.groups():
            if len(group) > max(OFTEN, SHARE * total):
                yield Hit(int(group[0]), f"its instruction is that of {len(group):,} of {total:,} kept pairs")


class SwappedPhotos:
    """Pairs whose picture after is the photo from which the other edits of that photo start."""

    def __init__(self) -> None:
        """Begin with no row."""
        self._photos = _Keys()
        self._places = array("Q")
        self._digests = array("Q")

    def see(self, row: Row, place: int) -> None:
        """Remember photo and pixels; additions are left out, since a reversed removal ends at the photo."""
        photo = row.values.get("x_photo_id")
        if row.kept and photo and row.task is not Task.ADDITION and row.digests is not None:
            self._photos.add(digest(photo), len(self._places))
            self._places.append(place)
            self._digests.extend(row.digests)

    def finish(self) -> Iterator[Hit]:
        """Rows that end at the picture which more pairs of the photo have than any other."""
        digests = np.array(self._digests, np.uint64).reshape(-1, 2)
        for group in self._photos.groups():
            ours = digests[group]
            pictures, counts = np.unique(ours, return_counts=True)
            first, second = np.sort(np.append(counts, 0))[::-1][:2]
            photo = pictures[counts.argmax()]
            if first < WITNESSES or first == second:
                continue
            for one in group[(ours[:, 1] == photo) & (ours[:, 0] != photo)]:
                yield Hit(self._places[int(one)], f"it ends at the picture which {first} pairs of its photo have")


class Leakage:
    """Pictures of a benchmark."""

    def __init__(self, hashes: Sequence[tuple[int, str]] = ()) -> None:
        """Begin with the benchmark's hashes and their names."""
        self._known = NearHashes(LEAKS, hashes) if hashes else None
        self._found: list[Hit] = []

    def see(self, row: Row, place: int) -> None:
        """Look its pictures up."""
        if self._known is None or row.hashes is None:
            return
        for value, side in zip(row.hashes, PICTURES, strict=True):
            near = self._known.near(value)
            if near is not None:
                name, bits = near
                self._found.append(Hit(place, f"{side} is {name} of the list ({bits} of 64 bits differ)"))

    def finish(self) -> Iterator[Hit]:
        """What was found."""
        yield from self._found


def _words(row: Row) -> int:
    """A key of its main wording."""
    return digest(spoken("".join(row.wordings[:1])))


_WORDS = ("edited_prompt_list",)

CHECKS: dict[str, Check] = {
    "swapped-photo": SetCheck(
        severity="warning",
        about="an edit ends at the picture from which the other edits of its photo start",
        advice="Look at it, and exchange source and target if so; if many are, the whole set may be.",
        begin=SwappedPhotos,
        needs=(*PICTURES, "x_photo_id"),
        limits="Wants three pairs of a photo that share a picture to the pixel. Additions are passed over: the paper "
        "makes them as removals reversed, which end at the photo on purpose. Several edits that lead to one picture "
        "look the same.",
    ),
    "duplicate-id": SetCheck(
        severity="error",
        about="two pairs have the same id",
        advice="Give each its own: scores that come later are joined by it.",
        begin=SameIds,
        needs=("omni_edit_id",),
    ),
    "duplicate-pair": SetCheck(
        severity="error",
        about="two pairs have the same pictures and the same instruction",
        advice="Drop one, as --fix does with the later.",
        begin=SamePairs,
        needs=(*PICTURES, *_WORDS),
        repair=dropped,
    ),
    "same-pictures": SetCheck(
        severity="warning",
        about="two pairs with weights have the same pictures under other instructions",
        advice="Make them one pair with several wordings, or give one less weight.",
        begin=SamePictures,
        needs=(*PICTURES, *_WORDS),
    ),
    "near-duplicate": SetCheck(
        severity="warning",
        about="two pairs with weights have the same instruction and nearly the same pictures",
        advice="Keep the better one: together they count twice.",
        begin=NearDuplicates,
        needs=(*PICTURES, *_WORDS),
        limits="By perceptual hashes (64 bits, of which 2 may differ): blind to what is small in the picture, so two "
        "answers of one model to one request look alike.",
    ),
    "repeated-instruction": SetCheck(
        severity="warning",
        about="one instruction is that of more than a fifth of all pairs with weights",
        advice="Word it anew, or thin these pairs: the model would read nothing else.",
        begin=RepeatedInstruction,
        needs=_WORDS,
    ),
    "leakage": SetCheck(
        severity="error",
        about="a picture is one of a list of hashes, a benchmark's for example",
        advice="Drop the pair: a benchmark that was trained on measures nothing.",
        begin=Leakage,
        needs=PICTURES,
        limits="Asked for with --leakage. By perceptual hashes (64 bits, of which 4 may differ): misses crops, and may "
        "name a picture that only has the same composition.",
    ),
}
"""Checks of the rows against each other, by name."""
