"""How people ask for each task: the sentence templates, as data.

One template a line. ``{slot}`` is filled (see :mod:`omniedit.data.proposals.template`), ``(a|b)`` is one of several,
``[x]`` may be left out: at random, or where a slot in it has nothing to say. A line that starts with ``~`` is held out:
training never sees it, so that evaluation can measure phrasings never seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from omniedit.data.proposals.grammar import squeeze
from omniedit.types import Task

_SLOT = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_CHOICE = re.compile(r"\(([^)]*)\)")
_KEEP_OPTIONAL = 0.3


@dataclass(frozen=True)
class Template:
    """One way to ask."""

    text: str
    """See the module's docstring."""
    held_out: bool = False
    """Never used in training."""

    @cached_property
    def required(self) -> frozenset[str]:
        """The slots that it cannot do without."""
        return frozenset(_SLOT.findall(_OPTIONAL.sub("", self.text)))

    def fits(self, slots: Mapping[str, str]) -> bool:
        """Whether ``slots`` fill it."""
        return all(slots.get(slot) for slot in self.required)

    def fill(
        self, slots: Mapping[str, str], rng: np.random.Generator, change: Callable[[str], str] | None = None
    ) -> str:
        """A sentence without capital letter or full stop; ``slots`` must fit. ``change`` may change its own words."""

        def optional(match: re.Match[str]) -> str:
            named = _SLOT.findall(match[1])
            kept = all(slots.get(slot) for slot in named) if named else rng.random() < _KEEP_OPTIONAL
            return match[1] if kept else ""

        def choice(match: re.Match[str]) -> str:
            options = match[1].split("|")
            return options[int(rng.integers(len(options)))]

        text = _CHOICE.sub(choice, _OPTIONAL.sub(optional, self.text))
        if change:
            text = " ".join(change(word) if word.isalpha() else word for word in text.split())
        return squeeze(_SLOT.sub(lambda match: slots[match[1]], text))


def _templates(lines: str) -> tuple[Template, ...]:
    texts = [line.strip() for line in lines.strip().splitlines()]
    return tuple(Template(text.lstrip("~ "), held_out=text.startswith("~")) for text in texts)


TEMPLATES: Mapping[Task, tuple[Template, ...]] = {
    Task.SWAP: _templates(
        """
        [please] replace {object} with {new} [in the (image|photo|picture)]
        swap {object} for {new} [please]
        [please] change {object} (to|into) {new}
        turn {object} into {new}
        put {new} in place of {object}
        put {new} where {object} is
        remove {object} and put {new} there [instead]
        show {new} instead of {object}
        i (want|would like) {new} instead of {object}
        {object} should be {new} [instead]
        there should be {new} where {object} is
        swap out {object} for {new}
        (can|could) you replace {object} (with|by) {new}?
        convert {object} into {new}
        morph {object} (to|into) {new}
        interchange {object} with {new}
        change out {object} for {new}
        instead of {object} (show|use) {new}
        i need {new} in place of {object}
        delete {object} and place {new} (there|in its place)
        take out {object} and put {new} there
        {object} (must|has to) become {new}
        include {new} in the place of {object}
        ~ substitute {new} for {object}
        ~ exchange {object} for {new} [in the picture]
        ~ could you transform {object} into {new}?
        ~ trade {object} for {new}
        ~ let {object} become {new}
        ~ use {new} rather than {object}
        """
    ),
    Task.REMOVAL: _templates(
        """
        [please] remove {object} [from the (image|photo|picture)]
        delete {object} [please]
        [please] take {object} out of the (image|photo|picture)
        take away {object}
        cut {object} out of the (photo|picture)
        make {object} disappear
        there should be no {bare} [in the (image|photo|picture)]
        (leave|take) out {object}
        the same (image|photo|picture) without {object}
        i do not want {object} in the (photo|picture)
        i (want|would like) the (photo|picture) without {object}
        clear away {object} [please]
        hide {object}
        omit {object} [from the (image|photo|picture)]
        wipe out {object}
        scrub out {object}
        cut {object}
        crop {object} out of the (image|photo)
        (can|could) you remove {object}?
        {object} (must|should|has to) be (removed|deleted)
        {object} has to (go|disappear)
        make {object} (vanish|invisible)
        i no longer want {object}
        no {bare} [please]
        without {object} [please]
        ~ get rid of {object} [in the picture]
        ~ erase {object} [please]
        ~ could you edit {object} out of this photo?
        ~ {object} should be gone
        ~ lose {object}
        ~ eliminate {object} from the scene
        """
    ),
    Task.ADDITION: _templates(
        """
        [please] add {new} [{where}] [of the (image|photo|picture)]
        put {new} [{where}] [please]
        [please] place {new} [{where}]
        insert {new} [{where}]
        i (want|would like) {new} [{where}]
        there should be {new} [{where}] [of the (image|photo|picture)]
        include {new} [{where}]
        show {new} [{where}]
        the same (image|photo|picture) with {new} [{where}]
        {where}, add {new}
        add one more thing: {new} [{where}]
        (can|could) you add {new} [{where}]?
        set {new} [{where}]
        draw {new} [{where}]
        create {new} [{where}]
        generate {new} [{where}]
        introduce {new} [{where}]
        stick {new} [{where}]
        put in {new} [{where}]
        throw in {new} [{where}]
        i need {new} [{where}]
        give me {new} [{where}]
        have {new} [{where}]
        there has to be {new} [{where}]
        ~ paste {new} [{where}]
        ~ let {new} appear [{where}]
        ~ could you drop in {new} [{where}]?
        ~ (it|the photo) needs {new} [{where}]
        ~ bring in {new} [{where}]
        ~ what about {new} [{where}]?
        """
    ),
    Task.ATTRIBUTE: _templates(
        """
        [please] make {thing} {colour}
        turn {thing} {colour} [please]
        [please] paint {thing} {colour}
        (colour|color) {thing} {colour}
        [please] change the (colour|color) of {thing} to {colour}
        change {thing} to {colour} [in the (image|photo|picture)]
        change {object} (to|into) {recoloured}
        {thing} should be {colour} [instead]
        give {thing} {shade} (colour|color)
        i (want|would like) {thing} (in|to be) {colour}
        show {thing} in {colour}
        repaint {thing} [in] {colour}
        spray {thing} {colour}
        stain {thing} {colour}
        shade {thing} {colour}
        (can|could) you make {thing} {colour}?
        convert {thing} to {colour}
        (set|alter|adjust|modify) the (colour|color) of {thing} to {colour}
        have {thing} in {colour}
        {thing} (must|has to) be {colour}
        {thing} in {colour} [please]
        i need {thing} in {colour}
        give {thing} {shade} finish
        ~ recolour {thing} {colour}
        ~ could you dye {thing} {colour}?
        ~ tint {thing} {colour}
        ~ switch the (colour|color) of {thing} to {colour}
        ~ let {thing} become {colour}
        ~ the colour of {thing} has to be {colour}
        """
    ),
    Task.BACKGROUND: _templates(
        """
        [please] replace the background with {scene}
        [please] change the background to {scene}
        set the background to {scene}
        make the background {scene}
        make it look like this was taken {setting}
        put everything {setting}
        use {scene} as the background
        the background should be {scene} [instead]
        i (want|would like) {scene} in the background
        show {scene} in the background
        move (everything|the scene) to {scene}
        (can|could) you change the background to {scene}?
        (alter|modify|convert) the background to {scene}
        turn the background into {scene}
        change the (surroundings|scenery) to {scene}
        add {scene} as the background
        {scene} as the background [please]
        the background (must|has to) be {scene}
        have {scene} in the background
        (place|transport) everything {setting}
        make it look as if it was taken {setting}
        show {scene} behind everything
        ~ swap the background for {scene}
        ~ could you switch the backdrop to {scene}?
        ~ let the background become {scene}
        ~ exchange what is behind for {scene}
        ~ as if it had been shot {setting}
        """
    ),
    Task.ENVIRONMENT: _templates(
        """
        [please] make it {state}
        turn (it|this) into {ambience} scene
        change the scene to {moment}
        change the weather to {weather}
        change the season to {season}
        change the time of day to {time}
        [please] add {weather} to the (scene|photo|picture)
        show (it|the scene) {setting}
        make it look like it is {state}
        it should be {state} [in the (image|photo|picture)]
        the same (scene|place) {setting}
        i (want|would like) {ambience} scene
        what would (this|it) look like {setting}?
        (can|could) you make it {state}?
        convert (it|this) into {ambience} scene
        turn it {state}
        change the (light|lighting|sky) to {moment}
        set the scene to {moment}
        (depict|display|see) (this|the scene) {setting}
        how would (this|it) look {setting}?
        it (must|has to) be {state}
        i need {ambience} scene
        have it {setting}
        ~ let it be {state}
        ~ could you give this {ambience} mood?
        ~ transform (it|this) into {ambience} scene
        ~ imagine (this|the scene) {setting}
        ~ switch the scene to {moment}
        ~ how about {climate}?
        """
    ),
    Task.STYLE: _templates(
        """
        [please] turn (it|this) into {style}
        [please] make it {style}
        make it look like {style}
        apply {kind} style [to the (image|photo|picture)]
        in the style of {style}
        convert the (image|photo|picture) (to|into) {style}
        what would (this|it) look like as {style}?
        draw this as {style}
        show (it|the scene) as {style}
        give the (image|photo|picture) {kind} (style|look)
        use {kind} style [please]
        i (want|would like) this as {style}
        (can|could) you turn this into {style}?
        redraw (this|it) as {style}
        repaint (this|it) as {style}
        depict (this|the scene) as {style}
        recreate (this|it) as {style}
        present (this|it) as {style}
        stylise (this|it) as {style}
        morph (this|it) into {style}
        try {kind} (style|look)
        choose {kind} (style|effect)
        how would (this|it) look as {style}?
        i need this as {style}
        change the style to {style}
        ~ render (this|it) as {style}
        ~ could you restyle this as {style}?
        ~ transform the photo into {style}
        ~ imagine this as {style}
        ~ go for {kind} look
        ~ do this in {kind} style
        """
    ),
}
"""Task -> its templates."""

HELD_OUT: tuple[str, ...] = (
    "substitute", "exchange", "transform", "trade", "let", "rather than",  # swap
    "get rid of", "erase", "edit", "gone", "lose", "eliminate",  # removal
    "paste", "appear", "drop", "needs", "bring", "what about",  # addition
    "recolour", "dye", "tint", "switch",  # attribute
    "backdrop", "shot",  # background
    "mood", "imagine", "how about",  # environment
    "render", "restyle", "go for", "do this",  # style
)  # fmt: skip
"""What the held-out templates ask with, and no training template."""
